/**
 * An edit behind the system's back in one member's database is found when the next transaction
 * touches the row: the member says that it has diverged and from which height, stops signing and
 * taking transactions, and goes on serving reads; the others go on and name it (I9).
 */

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Client } from '../../packages/client/src/node.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import { clientOf } from './support/test-client.ts';
import { createTestNetwork, MEMBERS, type TestNetwork } from './support/test-network.ts';
import { until } from './support/until.ts';

let network: TestNetwork;
let buyer: Client;
let carrier: Client;
let changedAt = 0;

beforeAll(async () => {
  network = await createTestNetwork();
  for (const member of MEMBERS) await network.start(member);
  buyer = clientOf(network, 'buyer');
  carrier = clientOf(network, 'carrier');
  const put = await buyer.call('ledger', 'put', { id: 1, amount: 10 }, { wait: 'final' });
  await until(() => network.node('carrier').status().final >= (put.height ?? 0));
});
afterAll(async () => {
  buyer?.close();
  carrier?.close();
  await network?.end();
});

async function editRow(): Promise<void> {
  const superuser = await connect(network.of('carrier').database.connection('postgres'));
  try {
    // Without triggers, as somebody who wants to leave no trace would do it.
    await superuser.query('SET session_replication_role = replica');
    await superuser.query('UPDATE ledger.entry SET amount = 1000000 WHERE id = 1');
  } finally {
    await superuser.end();
  }
}

test('I9: the member whose row was edited diverges at the height of the next transaction that touches the row', async () => {
  await editRow();
  const untouched = await buyer.call('ledger', 'put', { id: 2, amount: 1 }, { wait: 'final' });
  expect(network.node('carrier').status().diverged).toBeNull();
  changedAt = (await buyer.call('ledger', 'add', { id: 1, amount: 5 })).height ?? 0;
  expect(changedAt).toBeGreaterThan(untouched.height ?? 0);
  await until(() => network.node('carrier').status().diverged !== null);

  const { diverged } = network.node('carrier').status();
  expect(diverged?.height).toBeGreaterThanOrEqual(changedAt);
  const theirs = { buyer: '', seller: '', ...diverged?.theirs };
  expect(Object.keys(diverged?.theirs ?? {}).sort()).toEqual(['buyer', 'seller']);
  expect(theirs.buyer).toBe(theirs.seller);
  expect(theirs.buyer).not.toBe(diverged?.ours);
});

test('the others name it and go on, however soon it has seen theirs', async () => {
  for (const member of ['buyer', 'seller'] as const) {
    await until(() => 'carrier' in network.node(member).status().differing);
    expect(network.node(member).status().differing['carrier']).toBeGreaterThanOrEqual(changedAt);
  }
  expect(network.node('buyer').status().diverged).toBeNull();
  expect(network.node('seller').status().diverged).toBeNull();
  const receipt = await buyer.call('ledger', 'put', { id: 3, amount: 1 });
  await until(() => network.node('seller').status().height >= (receipt.height ?? Infinity));
});

test('I1: it vouches for nothing that is not final, not even for what it has answered before', async () => {
  const { transactionId } = await buyer.call('ledger', 'put', { id: 50, amount: 1 });
  const id = await buyer.receipt(transactionId);
  expect(id?.code).toBe('');
  await until(() => network.node('carrier').status().height >= (id?.height ?? Infinity));
  await expect(carrier.receipt(transactionId)).rejects.toMatchObject({ code: 'diverged' });
});

test('it serves reads, marked, and takes no transactions', async () => {
  const { rows } = await carrier.query('SELECT e.amount FROM ledger.entry AS e WHERE e.id = 1');
  expect(rows.length).toBe(1);
  expect(await carrier.status()).toMatchObject({
    divergedAt: network.node('carrier').status().diverged?.height,
  });
  // The client is told so and turns to the next node.
  const either = clientOf(network, 'carrier', ['carrier', 'buyer']);
  const receipt = await either.call('ledger', 'put', { id: 4, amount: 1 });
  either.close();
  expect(receipt.height).toBeGreaterThan(changedAt);
});

test('I10: it signs nothing more, and knows after a restart that it has diverged', async () => {
  const { signed, diverged } = network.node('carrier').status();
  for (const id of [10, 11, 12]) await buyer.call('ledger', 'put', { id, amount: 1 });
  await until(() => network.node('carrier').status().height >= network.node('buyer').status().height);
  expect(network.node('carrier').status().signed).toBe(signed);

  await network.stop('carrier');
  await network.start('carrier');
  expect(network.node('carrier').status().diverged).toMatchObject({ height: diverged?.height });
  expect(network.node('carrier').status().signed).toBe(signed);
});
