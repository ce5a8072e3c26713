/**
 * The ordering node on an older database than it had: blocks of its own that its fellows have are
 * fetched and executed before it orders anything, so nothing that was acknowledged is lost and no height
 * is signed twice (I1, I4, I10).
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import type { Client } from '../../packages/client/src/node.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { COUNTER_ID, findAcknowledged, startLoad } from './support/acknowledgements.ts';
import { clientOf } from './support/test-client.ts';
import { createTestNetwork, type Member, type TestNetwork } from './support/test-network.ts';
import { until } from './support/until.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

async function networkOf(count: number): Promise<TestNetwork> {
  const network = await createTestNetwork({ count });
  open.push({ close: () => network.end() });
  return network;
}

function opened(client: Client): Client {
  open.push({ close: () => client.close() });
  return client;
}

async function emptyDatabase(): Promise<TestDatabase> {
  const empty = await freshDatabase();
  open.push({ close: () => empty.drop() });
  return empty;
}

const heightOf = (network: TestNetwork, member: Member): number => network.node(member).status().height;
const isLevel = (network: TestNetwork, ...members: Member[]): boolean =>
  new Set(members.map((member) => `${heightOf(network, member)} ${network.node(member).status().stateHash}`))
    .size === 1;

test.each<[string, (network: TestNetwork) => Promise<TestDatabase>]>([
  ['an older copy', (network) => network.snapshot('buyer')],
  ['an empty database', emptyDatabase],
])(
  'I1, I4: started on %s it takes back what its fellows have, and every acknowledgement holds',
  async (_, old) => {
    const network = await networkOf(2);
    for (const member of ['buyer', 'seller'] as const) await network.start(member);
    const first = opened(clientOf(network, 'buyer'));
    await first.call('ledger', 'put', { id: COUNTER_ID, amount: 0 });
    await network.stop('buyer');
    const database = await old(network);
    await network.start('buyer');
    const load = startLoad(opened(clientOf(network, 'buyer')), { count: 100 });
    await load.done;
    expect(load.failures).toEqual([]);
    await until(() => isLevel(network, 'buyer', 'seller'));
    const before = heightOf(network, 'buyer');
    await network.stop('buyer');

    await network.startOn('buyer', database);
    const after = await opened(clientOf(network, 'buyer')).call('ledger', 'add', {
      id: COUNTER_ID,
      amount: 1,
    });
    expect(after.height).toBeGreaterThan(before);
    expect(after.result).toBe(101);
    await until(() => isLevel(network, 'buyer', 'seller'));
    expect(network.node('seller').status()).toMatchObject({
      following: { fault: null },
      agreement: { fork: null },
    });
    for (const held of [database, network.of('seller').database]) {
      expect(await findAcknowledged(held, load.receipts)).toMatchObject({ total: 101, lost: [], doubled: 0 });
    }
  },
);

test('I1, I4: without a fellow it orders nothing and says whom it waits for, until one is there', async () => {
  const network = await networkOf(2);
  for (const member of ['buyer', 'seller'] as const) await network.start(member);
  await opened(clientOf(network, 'buyer')).call('ledger', 'put', { id: COUNTER_ID, amount: 0 });
  await network.stop('buyer');
  const old = await network.snapshot('buyer');
  await network.start('buyer');
  await opened(clientOf(network, 'buyer')).call('ledger', 'add', { id: COUNTER_ID, amount: 1 });
  await until(() => isLevel(network, 'buyer', 'seller'));
  for (const member of ['seller', 'buyer'] as const) await network.stop(member);

  await network.startOn('buyer', old);
  const { agreement, health } = network.node('buyer').status();
  expect(agreement.waiting).toMatchObject({ members: ['seller'], needed: 1 });
  await until(() => network.node('buyer').status().agreement.waiting?.reason.includes('older') === true);
  expect(health.state).toBe('waiting');
  const waiting = opened(clientOf(network, 'buyer')).call('ledger', 'add', { id: COUNTER_ID, amount: 1 });
  await network.start('seller');
  expect((await waiting).result).toBe(2);
  expect(network.node('buyer').status().agreement.waiting).toBeNull();
});

test('with three members one that is down keeps nobody from ordering again, unless the database is older', async () => {
  const network = await networkOf(3);
  for (const member of ['buyer', 'seller', 'carrier'] as const) await network.start(member);
  await opened(clientOf(network, 'buyer')).call('ledger', 'put', { id: COUNTER_ID, amount: 0 });
  await until(() => isLevel(network, 'buyer', 'seller', 'carrier'));
  await network.stop('carrier');
  await network.stop('buyer');
  const old = await network.snapshot('buyer');
  await network.start('buyer');
  const added = await opened(clientOf(network, 'buyer')).call('ledger', 'add', { id: COUNTER_ID, amount: 1 });
  expect(added.result).toBe(1);
  await until(() => isLevel(network, 'buyer', 'seller'));

  await network.stop('buyer');
  await network.startOn('buyer', old);
  await until(() => heightOf(network, 'buyer') === heightOf(network, 'seller'));
  expect(network.node('buyer').status().agreement.waiting?.members).toEqual(['carrier']);
  await network.start('carrier');
  await until(() => network.node('buyer').status().agreement.waiting === null);
  await until(() => isLevel(network, 'buyer', 'seller', 'carrier'));
});

test('I1: an operator may have it order alone; what a fellow had then names it', async () => {
  const network = await networkOf(2);
  for (const member of ['buyer', 'seller'] as const) await network.start(member);
  await opened(clientOf(network, 'buyer')).call('ledger', 'put', { id: COUNTER_ID, amount: 0 });
  await until(() => heightOf(network, 'seller') > 0 && isLevel(network, 'buyer', 'seller'));
  for (const member of ['seller', 'buyer'] as const) await network.stop(member);
  rmSync(join(network.directory, 'buyer', 'postgres.ordering.json'));
  await network.start('buyer', { orderAlone: true });
  await opened(clientOf(network, 'buyer')).call('ledger', 'add', { id: COUNTER_ID, amount: 1 });
  await network.start('seller');
  await until(() => isLevel(network, 'buyer', 'seller'));
  expect(network.node('seller').status().agreement.fork).toBeNull();

  // On another disk it signs a second history, and both sides can prove it.
  for (const member of ['seller', 'buyer'] as const) await network.stop(member);
  const own = network.of('buyer').database;
  const empty = await emptyDatabase();
  Reflect.set(network.of('buyer'), 'database', empty);
  await network.start('buyer', { orderAlone: true });
  await opened(clientOf(network, 'buyer')).call('ledger', 'put', { id: COUNTER_ID, amount: 5 });
  await network.start('seller');
  await until(() => network.node('seller').status().agreement.fork !== null);
  expect(network.node('seller').status().agreement.fork).toMatchObject({ signer: 'buyer', height: 1 });
  await until(() => network.node('buyer').status().agreement.fork !== null);
  // And it orders nothing more by itself, also when it is started again.
  await network.stop('buyer');
  await network.start('buyer');
  expect(network.node('buyer').status().agreement).toMatchObject({ fork: { signer: 'buyer' } });
  expect(network.node('buyer').status().agreement.waiting).not.toBeNull();
  await network.stop('buyer');
  Reflect.set(network.of('buyer'), 'database', own);
});
