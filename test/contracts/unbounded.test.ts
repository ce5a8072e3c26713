/**
 * Contracts that neither the checker nor the build has seen, as a network would have them whose
 * members approved without looking: what they waste is rejected alike on every node or harms nobody,
 * and the node goes on. Only an endless loop is not here: without the budget nothing ends it.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Executor } from '../../packages/node/src/execution/executor.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { TestChain, type TestTransaction } from '../support/test-chain.ts';
import { trialContract } from './hostile/attack-chain.ts';
import { cases } from './hostile/hostile-case.ts';

const REJECTED = cases('resources', 'A', {
  'recursion without end': `RETURN trial.attack();`,
  'a text of a gibibyte': `RETURN length(repeat('x', 1073741824))::text;`,
  'a result of two mebibytes': `RETURN repeat('x', 2097152);`,
  'eleven thousand rows': `INSERT INTO trial.line (item, no, amount) SELECT 1, g, 1 FROM generate_series(10, 11009) AS g; RETURN 'x';`,
  'a row of two mebibytes': `UPDATE trial.item SET facts = to_jsonb(repeat('x', 2097152)) WHERE id = 1; RETURN 'x';`,
  'the same row eleven thousand times': `FOR i IN 1 .. 11000 LOOP UPDATE trial.item SET balance = i WHERE id = 1; END LOOP; RETURN 'x';`,
  'an error swallowed, then raised again': `BEGIN PERFORM 1 / 0; EXCEPTION WHEN OTHERS THEN RAISE; END; RETURN 'x';`,
  'rows written, then the counter swallowed': {
    body: `BEGIN FOR i IN 1 .. 11000 LOOP INSERT INTO trial.line (item, no, amount) VALUES (2, i + 10, 1); END LOOP;
      EXCEPTION WHEN OTHERS THEN NULL; END;
      INSERT INTO trial.line (item, no, amount) VALUES (3, 3, 3); RETURN 'x';`,
  },
});

const HARMLESS = cases('resources', 'A', {
  'two hundred thousand notices': `FOR i IN 1 .. 200000 LOOP RAISE NOTICE 'flood %', i; END LOOP; RETURN 'x';`,
  'a sort that needs the disk': `RETURN (SELECT max(q.n) FROM (SELECT g AS n, row_number() OVER (ORDER BY g DESC) AS r FROM generate_series(1, 300000) AS g) AS q)::text;`,
  'an error swallowed': `BEGIN PERFORM 1 / 0; EXCEPTION WHEN OTHERS THEN NULL; END; RETURN 'x';`,
});

const all = [...REJECTED, ...HARMLESS];
const chain = new TestChain([trialContract(all)]);
let databases: TestDatabase[];
let executors: Executor[];

beforeAll(async () => {
  databases = [await freshDatabase(), await freshDatabase()];
  executors = [];
  for (const database of databases) executors.push(await chain.found(database));
  await run(call('fill'));
});

afterAll(async () => {
  for (const executor of executors ?? []) await executor.close();
  for (const database of databases ?? []) await database.drop();
});

const call = (name: string): TestTransaction =>
  chain.transaction('beta/bob', [{ contract: 'trial', function: name, args: {} }]);

/** Runs a block of one transaction on both databases, expects them to agree, and returns its code. */
async function run(transaction: TestTransaction): Promise<string | undefined> {
  const block = chain.seal([transaction]);
  const [first, second] = await Promise.all(executors.map((executor) => executor.run(block)));
  expect(second).toEqual(first);
  return first?.rejections[0]?.code;
}

describe('I6: without checker and budget, rejected alike:', () => {
  test.each(REJECTED.map(({ name }, index) => [name, index] as const))('%s', async (_, index) => {
    expect(await run(call(`attack_${index}`))).toMatch(/^(failed|budget_exceeded|result_too_large)$/);
  });
});

describe('I6: without checker and budget, carried out alike:', () => {
  test.each(HARMLESS.map(({ name }, index) => [name, index + REJECTED.length] as const))(
    '%s',
    async (_, index) => {
      expect(await run(call(`attack_${index}`))).toBeUndefined();
    },
  );
});
