/** Three members, each with a node and a database of its own, hold one shared database. */

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Client } from '../../packages/client/src/node.ts';
import { clientOf } from './support/test-client.ts';
import { createTestNetwork, MEMBERS, type Member, must, type TestNetwork } from './support/test-network.ts';
import { until } from './support/until.ts';

let network: TestNetwork;
const clients = new Map<Member, Client>();

beforeAll(async () => {
  network = await createTestNetwork();
  for (const member of MEMBERS) await network.start(member);
  for (const member of MEMBERS) clients.set(member, clientOf(network, member));
});
afterAll(async () => {
  for (const client of clients.values()) client.close();
  await network?.end();
});

const statuses = () => MEMBERS.map((member) => network.node(member).status());
const sameHeight = () => new Set(statuses().map(({ height }) => height)).size === 1;

test('what is submitted to any member is committed on all, with equal states and receipts', async () => {
  for (const [index, [member, client]] of [...clients].entries()) {
    const receipt = await client.call('ledger', 'put', { id: index, amount: 10 });
    expect(receipt.height, member).toBeGreaterThan(0);
  }
  await until(sameHeight);
  expect(new Set(statuses().map(({ stateHash }) => stateHash)).size).toBe(1);
});

test('receipts are the same on every member, of what was committed and of what was refused', async () => {
  const buyer = must(clients.get('buyer'));
  const transactions = await Promise.all([
    buyer.build([{ contract: 'ledger', function: 'put', args: { id: 50, amount: 7 } }]),
    buyer.build([{ contract: 'ledger', function: 'add', args: { id: 50, amount: 8 } }]),
    buyer.build([{ contract: 'ledger', function: 'refuse', args: { reason: 'a reason' } }]),
    buyer.build([{ contract: 'ledger', function: 'put', args: { id: 51, amount: -1 } }]),
  ]);
  for (const transaction of transactions) await buyer.submitRaw(transaction).catch(() => undefined);
  await until(sameHeight);
  const receipts = await Promise.all(
    [...clients.values()].map((client) => Promise.all(transactions.map(({ id }) => client.receipt(id)))),
  );
  expect(receipts[0]?.map((receipt) => [receipt?.code, receipt?.message, receipt?.resultText])).toEqual([
    ['', '', ''],
    ['', '', '15'],
    ['BC002', 'a reason', ''],
    ['failed', '', ''],
  ]);
  expect(receipts[1]).toEqual(receipts[0]);
  expect(receipts[2]).toEqual(receipts[0]);
});

test('checkpoints of all members make heights final, and a quiet network falls silent', async () => {
  const client = clients.get('seller');
  const receipt = await client?.call('ledger', 'put', { id: 100, amount: 1 }, { wait: 'final' });
  expect(receipt?.height).toBeGreaterThan(0);
  await until(() => statuses().every(({ final }) => final >= (receipt?.height ?? Infinity)));
  // A height may be final by what nodes tell each other before the last checkpoint has been ordered.
  await until(async () => {
    const before = statuses().map(({ height }) => height);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return sameHeight() && statuses().every(({ height }, index) => height === before[index]);
  });
  expect(statuses().map(({ diverged }) => diverged)).toEqual([null, null, null]);
});
