/** Large transactions: many calls, large arguments, large results. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { BANK, bankCall } from '../../../../test/support/bank-contract.ts';
import { KINDS } from '../../../../test/support/every-type-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import type { Executor } from './executor.ts';

const chain = new TestChain([BANK, KINDS]);
let database: TestDatabase;
let executor: Executor;

beforeAll(async () => {
  database = await freshDatabase();
  executor = await chain.found(database);
});

afterAll(async () => {
  await executor?.close();
  await database?.drop();
});

/** Milliseconds for a block with one transaction of `count` calls; account numbers from `first`. */
async function openAccounts(first: number, count: number): Promise<number> {
  const calls = Array.from({ length: count }, (_, index) =>
    bankCall('open_account', { id: first + index, owner: 'x'.repeat(90), balance: 1 }),
  );
  const padded = calls.map((call) => ({
    ...call,
    args: `${JSON.stringify(call.args).slice(0, -1)}${' '.repeat(330)}}`,
  }));
  const block = chain.seal([chain.transaction('alpha/ann', padded)]);
  const started = performance.now();
  const outcome = await executor.run(block);
  expect(outcome.rejections).toEqual([]);
  return performance.now() - started;
}

test('1,000 calls in 500 kB take linear time', async () => {
  await openAccounts(1, 100);
  const hundred = Math.min(
    await openAccounts(1_000, 100),
    await openAccounts(2_000, 100),
    await openAccounts(3_000, 100),
  );
  const thousand = Math.min(await openAccounts(10_000, 1_000), await openAccounts(20_000, 1_000));
  // Quadratic would be 100 times; the rest is left to a busy machine.
  expect(thousand).toBeLessThan(hundred * 30);
});

test('results of 60 kB come back whole', async () => {
  const give = (bytes: number) => ({
    contract: 'kinds',
    function: 'give',
    args: { document: 'x'.repeat(bytes) },
  });
  const outcome = await executor.run(
    chain.seal([
      chain.transaction('alpha/ann', [give(30_000), give(30_000)]),
      chain.transaction('alpha/ann', [give(10)]),
    ]),
  );
  expect(outcome.results.map(({ value }) => value.length)).toEqual([60_007, 12]);
});

test('a block of 1,000 transactions', async () => {
  const transactions = Array.from({ length: 1_000 }, (_, index) =>
    chain.transaction('alpha/ann', [bankCall('balance', { id: index })]),
  );
  const outcome = await executor.run(chain.seal(transactions));
  expect(outcome.results).toHaveLength(1_000);
});
