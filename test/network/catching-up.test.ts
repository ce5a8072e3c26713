/** Members whose nodes stop, die or lose their connection catch up, whoever they submitted to meanwhile. */

import { afterEach, expect, test } from 'vitest';

import type { Client } from '../../packages/client/src/node.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import { COUNTER_ID, findAcknowledged, startLoad } from './support/acknowledgements.ts';
import { startProcess } from './support/node-process.ts';
import { clientFor, clientOf } from './support/test-client.ts';
import { createTestNetwork, type Member, type TestNetwork } from './support/test-network.ts';
import { until } from './support/until.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

async function networkOf(count: number, started: readonly Member[]): Promise<TestNetwork> {
  const network = await createTestNetwork({ count });
  open.push({ close: () => network.end() });
  for (const member of started) await network.start(member);
  return network;
}

function opened(client: Client): Client {
  open.push({ close: () => client.close() });
  return client;
}

const isLevel = (network: TestNetwork, members: readonly Member[]): boolean => {
  const statuses = members.map((member) => network.node(member).status());
  return new Set(statuses.map(({ height, stateHash }) => `${height} ${stateHash}`)).size === 1;
};

test('a node that was down catches up from the database of the ordering node, and its members get their receipts', async () => {
  const network = await networkOf(2, ['buyer', 'seller']);
  const buyer = opened(clientOf(network, 'buyer'));
  await buyer.call('ledger', 'put', { id: COUNTER_ID, amount: 0 });
  await until(() => isLevel(network, ['buyer', 'seller']));
  await network.stop('seller');
  for (let n = 0; n < 100; n++) await buyer.call('ledger', 'add', { id: COUNTER_ID, amount: 1 });
  await network.start('seller');
  await until(() => isLevel(network, ['buyer', 'seller']));
  const seller = opened(clientOf(network, 'seller'));
  const added = await seller.call('ledger', 'add', { id: COUNTER_ID, amount: 1 });
  expect(added.result).toBe(101);
  await until(() => network.node('buyer').status().final >= (added.height ?? Infinity));
});

test('I4: a follower killed under its own load comes back, and everything it acknowledged is on the chain once', async () => {
  const network = await networkOf(2, ['buyer']);
  const first = await startProcess(network.of('seller'));
  open.push({ close: () => first.end('SIGKILL') });
  const client = opened(clientFor(network, network.of('seller').clerk, [first]));
  await client.call('ledger', 'put', { id: COUNTER_ID, amount: 0 });
  const load = startLoad(client, { count: 600, inFlightMax: 100 });
  await until(() => load.receipts.length > 200);
  await first.end('SIGKILL');
  const second = await startProcess(network.of('seller'));
  open.push({ close: () => second.end('SIGKILL') });
  await load.done;
  expect(load.failures).toEqual([]);
  for (const member of ['buyer', 'seller'] as const) {
    const found = await findAcknowledged(network.of(member).database, load.receipts);
    expect(found).toMatchObject({ total: 600, lost: [], doubled: 0 });
  }
});

test('I4: what a follower was given while the ordering node is down reaches the chain when it is back', async () => {
  const network = await networkOf(2, ['buyer', 'seller']);
  const seller = opened(clientOf(network, 'seller'));
  await seller.call('ledger', 'put', { id: COUNTER_ID, amount: 0 });
  await network.stop('buyer');
  await until(() => network.node('seller').status().following?.connected === false);
  const load = startLoad(seller, { count: 50 });
  const { total } = await findAcknowledged(network.of('seller').database, []);
  expect(total).toBe(0);
  await network.start('buyer');
  await load.done;
  expect(load.failures).toEqual([]);
  await until(() => isLevel(network, ['buyer', 'seller']));
  expect(await findAcknowledged(network.of('buyer').database, load.receipts)).toMatchObject({
    total: 50,
    lost: [],
    doubled: 0,
  });
});

test.each(['storing', 'committing', 'acknowledging'])(
  'I1, I4: the ordering node is killed while %s a block; its follower had forwarded the load',
  async (failpoint) => {
    const network = await networkOf(2, []);
    const first = await startProcess(network.of('buyer'), { failpoint: `${failpoint}@6` });
    open.push({ close: () => first.end('SIGKILL') });
    await network.start('seller');
    const client = opened(clientOf(network, 'seller'));
    await client.call('ledger', 'put', { id: COUNTER_ID, amount: 0 });
    const load = startLoad(client, { count: 300, inFlightMax: 50 });
    expect(await first.ended).toMatchObject({ signal: 'SIGKILL' });
    const second = await startProcess(network.of('buyer'));
    open.push({ close: () => second.end('SIGKILL') });
    await load.done;
    expect(load.failures).toEqual([]);
    expect(network.node('seller').status().following?.fault).toBeNull();
    for (const member of ['buyer', 'seller'] as const) {
      const found = await findAcknowledged(network.of(member).database, load.receipts);
      expect(found).toMatchObject({ total: 300, lost: [], doubled: 0 });
    }
  },
);

test('I10: a node restored from an old disk signs no height a second time', async () => {
  const network = await networkOf(2, ['buyer', 'seller']);
  const buyer = opened(clientOf(network, 'buyer'));
  await buyer.call('ledger', 'put', { id: COUNTER_ID, amount: 0 }, { wait: 'final' });
  await network.stop('seller');
  const old = await network.snapshot('seller');
  await network.start('seller');
  for (let n = 0; n < 5; n++)
    await buyer.call('ledger', 'add', { id: COUNTER_ID, amount: 1 }, { wait: 'final' });
  await network.stop('seller');
  await network.startOn('seller', old);
  const last = await buyer.call('ledger', 'add', { id: COUNTER_ID, amount: 1 }, { wait: 'final' });
  await until(() => network.node('seller').status().final >= (last.height ?? Infinity));
  const signedHeights = await heightsSignedBy(network, 'seller');
  expect(signedHeights.length).toBeGreaterThan(3);
  expect(new Set(signedHeights).size).toBe(signedHeights.length);
});

// From the transactions themselves, as everybody received them; the height lies behind version and network.
async function heightsSignedBy(network: TestNetwork, member: Member): Promise<number[]> {
  const client = await connect(network.of('buyer').database.connection('bucordo_node'));
  try {
    const { rows } = await client.query<{ text: string }>(
      `SELECT pg_catalog.convert_from(pg_catalog.substr(t.payload, t.calls[2] + 1, t.calls[3]), 'UTF8') AS text
         FROM bucordo.transaction AS t
         JOIN bucordo.identity AS i ON i.key = bucordo.signer_of(t.payload)
        WHERE i.member = $1 AND i.name = 'node'
        ORDER BY t.position`,
      [member],
    );
    return rows.map(({ text }) => Number(BigInt(`0x${JSON.parse(text).checkpoint.slice(66, 82)}`)));
  } finally {
    await client.end();
  }
}
