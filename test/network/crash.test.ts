/**
 * A node is killed at every step of a block, and its database with it: after the next start it goes
 * on at the right place, and nothing that was acknowledged is lost or doubled (I3, I4, I5).
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import type { Client } from '../../packages/client/src/node.ts';
import { COUNTER_ID, findAcknowledged, startLoad } from './support/acknowledgements.ts';
import { type NodeProcess, startProcess } from './support/node-process.ts';
import { clientFor } from './support/test-client.ts';
import { createTestNetwork, type TestNetwork } from './support/test-network.ts';
import { until } from './support/until.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

async function oneMember(): Promise<TestNetwork> {
  const network = await createTestNetwork({ count: 1 });
  open.push({ close: () => network.end() });
  return network;
}

async function started(network: TestNetwork, failpoint?: string): Promise<NodeProcess> {
  const node = await startProcess(network.of('buyer'), failpoint === undefined ? {} : { failpoint });
  open.push({ close: () => node.end('SIGKILL') });
  return node;
}

async function clientWithCounter(network: TestNetwork, node: NodeProcess): Promise<Client> {
  const client = clientFor(network, network.of('buyer').clerk, [node]);
  open.push({ close: () => client.close() });
  await client.call('ledger', 'put', { id: COUNTER_ID, amount: 0 });
  return client;
}

describe('I3, I4, I5: a node killed at a step of a block loses and doubles nothing', () => {
  test.each(['storing', 'executing', 'committing', 'acknowledging'])('%s', async (failpoint) => {
    const network = await oneMember();
    const first = await started(network, `${failpoint}@5`);
    const client = await clientWithCounter(network, first);
    const load = startLoad(client, { count: 400 });
    expect(await first.ended).toEqual({ code: null, signal: 'SIGKILL' });
    const acknowledged = [...load.receipts];
    const { database } = network.of('buyer');
    const between = await findAcknowledged(database, acknowledged);
    expect(between.lost).toEqual([]);

    await started(network);
    await load.done;
    expect(load.failures).toEqual([]);
    const found = await findAcknowledged(database, load.receipts);
    expect(found).toMatchObject({ total: 400, lost: [], doubled: 0 });
  });
});

test('I4: killed at any moment under load, again and again', async () => {
  const network = await oneMember();
  let node = await started(network);
  const client = await clientWithCounter(network, node);
  const load = startLoad(client, { count: 1_500, inFlightMax: 200 });
  for (const after of [200, 600, 1_000]) {
    await until(() => load.receipts.length > after);
    await node.end('SIGKILL');
    node = await started(network);
  }
  await load.done;
  expect(load.failures).toEqual([]);
  const found = await findAcknowledged(network.of('buyer').database, load.receipts);
  expect(found).toMatchObject({ total: 1_500, lost: [], doubled: 0 });
});

test('SIGTERM under load: exit code 0 within ten seconds, nothing acknowledged is lost', async () => {
  const network = await oneMember();
  const node = await started(network);
  const client = await clientWithCounter(network, node);
  const load = startLoad(client, { count: 1_500, inFlightMax: 200 });
  await until(() => load.receipts.length > 500);
  const { code, ms } = await node.end('SIGTERM');
  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);
  const { database } = network.of('buyer');
  expect((await findAcknowledged(database, load.receipts)).lost).toEqual([]);

  await started(network);
  await load.done;
  expect(load.failures).toEqual([]);
  expect(await findAcknowledged(database, load.receipts)).toMatchObject({
    total: 1_500,
    lost: [],
    doubled: 0,
  });
});

test('I3, I4: Postgres killed under load ends the node with a reason; the next start recovers and goes on', async () => {
  const network = await oneMember();
  const member = network.of('buyer');
  const node = await startProcess(member, { isEmbedded: true });
  open.push({ close: () => node.end('SIGKILL') });
  const client = await clientWithCounter(network, node);
  const load = startLoad(client, { count: 600, inFlightMax: 100 });
  await until(() => load.receipts.length > 100);
  process.kill(await postmasterOf(network), 'SIGKILL');
  expect(await node.ended).toEqual({ code: 1, signal: null });
  expect(node.errors()).toMatch(/fault: postgres_(unreachable|lost)/);

  const next = await startProcess(member, { isEmbedded: true });
  open.push({ close: () => next.end('SIGTERM') });
  await load.done;
  expect(load.failures).toEqual([]);
  const counter = await client.call('ledger', 'add', { id: COUNTER_ID, amount: 0 });
  expect(counter.result).toBe(600);
});

async function postmasterOf(network: TestNetwork): Promise<number> {
  const file = join(network.directory, 'buyer', 'postgres', 'postmaster.pid');
  return Number((await readFile(file, 'utf8')).split('\n')[0]);
}
