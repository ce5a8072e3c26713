/** I5: a transaction changes state at most once, whatever is resubmitted, to whichever node, before or after restarts. */

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { BuiltTransaction, Client } from '../../packages/client/src/node.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import { clientOf } from './support/test-client.ts';
import { createTestNetwork, type Member, type TestNetwork } from './support/test-network.ts';
import { until } from './support/until.ts';

const TWO: readonly Member[] = ['buyer', 'seller'];

let network: TestNetwork;
let buyer: Client;
let seller: Client;

beforeAll(async () => {
  network = await createTestNetwork({ count: 2 });
  for (const member of TWO) await network.start(member);
  openClients();
  await buyer.call('ledger', 'put', { id: 1, amount: 0 });
});
afterAll(async () => {
  closeClients();
  await network?.end();
});

function openClients(): void {
  buyer = clientOf(network, 'buyer');
  seller = clientOf(network, 'seller');
}

function closeClients(): void {
  buyer?.close();
  seller?.close();
}

const addOne = (): Promise<BuiltTransaction> =>
  buyer.build([{ contract: 'ledger', function: 'add', args: { id: 1, amount: 1 } }]);

async function total(member: Member): Promise<number> {
  const client = await connect(network.of(member).database.connection('bucordo_node'));
  try {
    const { rows } = await client.query(
      'SELECT e.amount::text AS amount FROM ledger.entry AS e WHERE e.id = 1',
    );
    return Number(rows[0]?.amount);
  } finally {
    await client.end();
  }
}

async function levelTotals(): Promise<number> {
  await until(() => network.node('seller').status().height === network.node('buyer').status().height);
  const totals = [await total('buyer'), await total('seller')];
  expect(totals[0]).toBe(totals[1]);
  return totals[0] ?? -1;
}

test('the same bytes many times at once, to both nodes', async () => {
  const before = await levelTotals();
  const transaction = await addOne();
  const receipts = await Promise.all(
    Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? buyer : seller).submitRaw(transaction)),
  );
  expect(new Set(receipts.map(({ height, index }) => `${height}/${index}`)).size).toBe(1);
  expect(receipts.every(({ result }) => result === before + 1)).toBe(true);
  expect(await levelTotals()).toBe(before + 1);
});

test('again to the other node, when it is committed', async () => {
  const before = await levelTotals();
  const transaction = await addOne();
  const first = await buyer.submitRaw(transaction);
  await until(() => network.node('seller').status().height >= (first.height ?? Infinity));
  const second = await seller.submitRaw(transaction);
  expect(second).toMatchObject({
    height: first.height,
    index: first.index,
    result: first.result,
    duplicate: true,
  });
  expect(await levelTotals()).toBe(before + 1);
});

test('a rejected transaction is answered with the same rejection', async () => {
  const transaction = await buyer.build([
    { contract: 'ledger', function: 'refuse', args: { reason: 'not today' } },
  ]);
  for (const client of [buyer, seller, buyer]) {
    await expect(client.submitRaw(transaction)).rejects.toMatchObject({
      code: 'BC002',
      message: expect.stringContaining('not today'),
    });
    await levelTotals();
  }
});

test('again after both nodes were restarted', async () => {
  const transaction = await addOne();
  const first = await seller.submitRaw(transaction);
  const before = await levelTotals();
  closeClients();
  for (const member of TWO) await network.stop(member);
  for (const member of TWO) await network.start(member);
  openClients();
  for (const client of [buyer, seller]) {
    expect(await client.submitRaw(transaction)).toMatchObject({
      height: first.height,
      index: first.index,
      duplicate: true,
    });
  }
  expect(await levelTotals()).toBe(before);
});
