import { afterAll, beforeAll, expect, test } from 'vitest';
import { BANK, bankCall } from '../../../../test/support/bank-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import type { Executor } from './executor.ts';

let database: TestDatabase;
let executor: Executor;
const chain = new TestChain([BANK]);

beforeAll(async () => {
  database = await freshDatabase();
  executor = await chain.found(database);
});

afterAll(async () => {
  await executor?.close();
  await database?.drop();
});

test('a block of calls is executed and committed', async () => {
  const opened = await executor.run(
    chain.seal([
      chain.transaction('alpha/ann', [bankCall('open_account', { id: 1, owner: 'ann', balance: 100 })]),
      chain.transaction('beta/bob', [bankCall('open_account', { id: 2, owner: 'bob', balance: 0 })]),
    ]),
  );
  expect(opened).toMatchObject({ height: 1, rejections: [], results: [] });
  const moved = await executor.run(
    chain.seal([
      chain.transaction('alpha/ann', [bankCall('transfer', { source: 1, target: 2, amount: 30 })]),
      chain.transaction('alpha/ann', [bankCall('transfer', { source: 1, target: 2, amount: 3000 })]),
      chain.transaction('alpha/ann', [bankCall('transfer', { source: 9, target: 2, amount: 30 })]),
      chain.transaction('gamma/guest', [bankCall('transfer', { source: 1, target: 2, amount: 30 })]),
      chain.transaction('gamma/guest', [bankCall('balance', { id: 1 })]),
      chain.transaction('gamma/guest', [bankCall('balance', { id: 2 }), bankCall('balance', { id: 7 })]),
      chain.transaction('gamma/guest', [bankCall('balance', { id: 'now' })]),
    ]),
  );
  expect(moved.rejections).toEqual([
    { index: 1, code: 'failed', message: '', call: 0 },
    { index: 2, code: 'BC001', message: 'no account 9', call: 0 },
    { index: 3, code: 'not_permitted', message: '', call: 0 },
    { index: 6, code: 'argument_invalid', message: '', call: 0 },
  ]);
  expect(moved.results).toEqual([
    { index: 4, value: '70' },
    { index: 5, value: '[30,null]' },
  ]);
  const head = await executor.head();
  expect(head.height).toBe(2);
  expect(head.stateHash).toEqual(moved.stateHash);
});

test('a traced block tells of each transaction before it executes, the next one does not', async () => {
  const told: number[] = [];
  const balances = () => [1, 2, 3].map((id) => chain.transaction('alpha/ann', [bankCall('balance', { id })]));
  const traced = chain.seal(balances());
  const next = chain.seal(balances());
  void executor.trace(traced.height, (index) => told.push(index));
  await Promise.all([executor.run(traced), executor.run(next)]);
  expect(told).toEqual([0, 1, 2]);
});
