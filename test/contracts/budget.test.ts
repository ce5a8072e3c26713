/**
 * Hostile contracts that loop, recurse and grow, built as any contract and executed with no checker
 * before them: the budget alone ends them, with the same code on two databases, and nothing of them stays.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Executor } from '../../packages/node/src/execution/executor.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import { builtContract } from '../support/built-contract.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { TestChain, type TestTransaction } from '../support/test-chain.ts';
import { trialContract } from './hostile/attack-chain.ts';
import { HOSTILE } from './hostile/corpus.ts';

const attacks = HOSTILE.filter(({ stoppedBy }) => stoppedBy.includes('budget'));
const chain = new TestChain([await builtContract(trialContract(attacks))]);
const databases: TestDatabase[] = [];
const executors: Executor[] = [];

/** The largest row is not counted by the budget but ends the call like any error. */
const FAILS: ReadonlySet<string> = new Set(['a row of more than a mebibyte']);

beforeAll(async () => {
  for (const _ of [1, 2]) {
    const database = await freshDatabase();
    databases.push(database);
    executors.push(await chain.found(database));
  }
  expect(await run(call('fill'))).toBe('');
});

afterAll(async () => {
  for (const executor of executors) await executor.close();
  for (const database of databases) await database.drop();
});

function call(name: string): TestTransaction {
  return chain.transaction('beta/bob', [{ contract: 'trial', function: name, args: {} }]);
}

/** Code of one transaction in a block of its own, which both databases must give. */
async function run(transaction: TestTransaction): Promise<string> {
  const block = chain.seal([transaction]);
  const outcomes = await Promise.all(executors.map((executor) => executor.run(block)));
  expect(outcomes[1]).toEqual(outcomes[0]);
  return outcomes[0]?.rejections[0]?.code ?? '';
}

async function rows(): Promise<string> {
  const client = await connect(databases[0]?.connection('postgres') ?? {});
  try {
    const { rows: found } = await client.query<{ all: string }>(
      `SELECT concat((SELECT jsonb_agg(i ORDER BY i.id) FROM trial.item AS i),
                     (SELECT jsonb_agg(l ORDER BY l.item, l.no) FROM trial.line AS l)) AS all`,
    );
    return found[0]?.all ?? '';
  } finally {
    await client.end();
  }
}

test('there are attacks that only the budget ends', () => {
  expect(attacks.length).toBeGreaterThan(15);
});

test.each([...attacks.entries()].map(([index, { name }]) => [name, index] as const))(
  'I6: %s',
  async (name, index) => {
    const before = await rows();
    expect(await run(call(`attack_${index}`))).toBe(FAILS.has(name) ? 'failed' : 'budget_exceeded');
    expect(await rows()).toBe(before);
  },
);
