/**
 * What only the budget stops: hostile cases, built as contracts are before they are installed, and
 * called through the real executor of two databases. Each is rejected alike, nothing of it stays, and
 * the node goes on.
 */

import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Executor } from '../../packages/node/src/execution/executor.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import { builtContract } from '../support/built-contract.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { TestChain, type TestTransaction } from '../support/test-chain.ts';
import { trialContract } from './hostile/attack-chain.ts';
import { HOSTILE } from './hostile/corpus.ts';

const attacks = HOSTILE.filter((each) => each.stoppedBy.includes('budget'));

let chain: TestChain;
let databases: TestDatabase[];
let executors: Executor[];
let superuser: pg.Client;

beforeAll(async () => {
  chain = new TestChain([await builtContract(trialContract(attacks))]);
  databases = [await freshDatabase(), await freshDatabase()];
  executors = [];
  for (const database of databases) executors.push(await chain.found(database));
  superuser = await connect((databases[0] as TestDatabase).connection('postgres'));
  await run([call('fill')]);
});

afterAll(async () => {
  await superuser?.end();
  for (const executor of executors ?? []) await executor.close();
  for (const database of databases ?? []) await database.drop();
});

const call = (name: string): TestTransaction =>
  chain.transaction('beta/bob', [{ contract: 'trial', function: name, args: {} }]);

/** Runs a block on both databases and expects them to agree. */
async function run(transactions: readonly TestTransaction[]): Promise<string[]> {
  const block = chain.seal(transactions);
  const [first, second] = await Promise.all(executors.map((executor) => executor.run(block)));
  expect(second).toEqual(first);
  return (first?.rejections ?? []).map(({ code }) => code);
}

async function content(): Promise<unknown> {
  const { rows } = await superuser.query(`
    SELECT (SELECT jsonb_agg(t ORDER BY t.id) FROM trial.item AS t) AS items,
           (SELECT count(*)::text FROM trial.line) AS lines, (SELECT count(*)::text FROM trial_history.line) AS history`);
  return rows[0];
}

describe('I12: the budget stops, on every node alike,', () => {
  test.each(attacks.map(({ name }, index) => [name, index] as const))('%s', async (_, index) => {
    const before = await content();
    const [code, ...others] = await run([call(`attack_${index}`)]);
    expect(code).toMatch(/^(budget_exceeded|result_too_large|failed)$/);
    expect(others).toEqual([]);
    expect(await content()).toEqual(before);
  });

  test('many of them in one block, and what stands between them is executed', async () => {
    const hostile = attacks.slice(0, 6).map((_, index) => call(`attack_${index}`));
    expect(await run(hostile)).toHaveLength(hostile.length);
    expect(await content()).toMatchObject({ lines: '40' });
  });
});
