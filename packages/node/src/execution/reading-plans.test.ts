/** What people are told to ask is answered by looking at what the answer holds, however long the chain is. */

import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BANK, bankCall } from '../../../../test/support/bank-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';
import type { Executor } from './executor.ts';

const HEIGHT = 400;
const PER_BLOCK = 50;

const chain = new TestChain([BANK]);
let database: TestDatabase;
let executor: Executor;
let reader: pg.Client;

// Copies of one real block stand for a long chain.
beforeAll(async () => {
  database = await freshDatabase();
  executor = await chain.found(database);
  await executor.run(
    chain.seal([
      chain.transaction('alpha/ann', [bankCall('open_account', { id: 1, owner: 'ann', balance: 5 })]),
    ]),
  );
  const superuser = await connect(database.connection('postgres'));
  await superuser.query(
    `SET session_replication_role = replica;
     INSERT INTO bucordo.block (height, time, hash, previous_hash, header, evidence, signature, transaction_count)
     SELECT h, b.time, b.hash, b.previous_hash, b.header, b.evidence, b.signature, ${PER_BLOCK}
       FROM bucordo.block AS b CROSS JOIN generate_series(2::int8, ${HEIGHT}) AS h;
     INSERT INTO bucordo.state (height, block_time, block_hash, state_hash, receipts_root, changes_root)
     SELECT h, s.block_time, s.block_hash, s.state_hash, s.receipts_root, s.changes_root
       FROM bucordo.state AS s CROSS JOIN generate_series(2::int8, ${HEIGHT}) AS h WHERE s.height = 1;
     INSERT INTO bucordo.transaction (position, id, payload, signature, calls)
     SELECT (h << 20) + i, sha256(int8send((h << 20) + i)), t.payload, t.signature, t.calls
       FROM bucordo.transaction AS t CROSS JOIN generate_series(2::int8, ${HEIGHT}) AS h CROSS JOIN generate_series(0, ${PER_BLOCK - 1}) AS i;
     INSERT INTO bucordo.rejection (position, code, message)
     SELECT t.position, 'BC001', 'no' FROM bucordo.transaction AS t WHERE t.position % 7 = 3;
     INSERT INTO bucordo.result (position, value)
     SELECT t.position, '1' FROM bucordo.transaction AS t WHERE t.position % 10 = 3;
     INSERT INTO bank_history.account (_position, _ordinal, _operation, id, owner, balance)
     SELECT t.position, 1, 'U', t.position % 500, 'ann', t.position % 1000
       FROM bucordo.transaction AS t WHERE t.position > 2 << 20;`,
  );
  await superuser.query('VACUUM ANALYZE');
  await superuser.end();
  reader = await connect(database.connection('bucordo_reader'));
});

afterAll(async () => {
  await reader?.end();
  await executor?.close();
  await database?.drop();
});

interface Plan {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly Plans?: readonly Plan[];
}

/** Rows that the parts of a plan have looked at together. */
function rowsTouched(plan: Plan): number {
  const own =
    (plan['Actual Rows'] +
      (plan['Rows Removed by Filter'] ?? 0) +
      (plan['Rows Removed by Join Filter'] ?? 0)) *
    plan['Actual Loops'];
  return (plan.Plans ?? []).reduce((sum, each) => sum + rowsTouched(each), own);
}

async function touchedBy(sql: string): Promise<number> {
  const { rows } = await reader.query<{ 'QUERY PLAN': readonly { Plan: Plan }[] }>(
    `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${sql}`,
  );
  const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
  if (plan === undefined) throw new Error('no plan');
  return rowsTouched(plan);
}

describe('I15: a question about a part looks at this part', () => {
  test.each([
    ['the receipts of a block', `SELECT * FROM bucordo.receipts AS r WHERE r.height = ${HEIGHT / 2}`],
    ['the newest receipts', 'SELECT * FROM bucordo.receipts AS r ORDER BY r.position DESC LIMIT 50'],
    [
      'the newest receipts by height',
      'SELECT * FROM bucordo.receipts AS r ORDER BY r.height DESC, r.index DESC LIMIT 50',
    ],
    [
      'the transactions of a block',
      `SELECT * FROM bucordo.transactions AS t WHERE t.block_id = ${HEIGHT / 2}`,
    ],
    [
      'the newest transactions',
      'SELECT t.block_id, t.client_uname, t.proc_and_args FROM bucordo.transactions AS t ORDER BY t.block_id DESC LIMIT 50',
    ],
    ['the newest blocks', 'SELECT * FROM bucordo.blocks AS b ORDER BY b.id DESC LIMIT 1'],
    [
      'the versions of a block',
      `SELECT * FROM bank_history.account_versions AS v WHERE v.height = ${HEIGHT / 2}`,
    ],
    [
      'the newest versions',
      'SELECT * FROM bank_history.account_versions AS v ORDER BY v.position DESC, v.ordinal DESC LIMIT 50',
    ],
  ])('%s', async (_, sql) => {
    expect(await touchedBy(sql)).toBeLessThan(20 * PER_BLOCK);
  });

  test.each([
    ['receipts', 'SELECT r.function, r.status, count(*) FROM bucordo.receipts AS r GROUP BY 1, 2'],
    [
      'versions',
      'SELECT v.function, v.member, count(*) FROM bank_history.account_versions AS v GROUP BY 1, 2',
    ],
    ['a table as of a height', `SELECT * FROM bank_history.account_at(${HEIGHT}) AS a`],
  ])('all %s: each row a few times', async (_, sql) => {
    expect(await touchedBy(sql)).toBeLessThan(12 * HEIGHT * PER_BLOCK);
  });

  test('the name of a single call is joined, not asked for row by row', async () => {
    for (const view of ['bucordo.receipts', 'bank_history.account_versions']) {
      const { rows } = await reader.query<{ definition: string }>(
        'SELECT pg_get_viewdef($1::regclass) AS definition',
        [view],
      );
      expect(rows[0]?.definition).toMatch(/cardinality\(t\.calls\) = 3\) THEN COALESCE/);
    }
    const names = await reader.query(
      'SELECT DISTINCT r.function, v.function AS same FROM bucordo.receipts AS r JOIN bank_history.account_versions AS v USING (position)',
    );
    expect(names.rows).toEqual([{ function: 'bank.open_account', same: 'bank.open_account' }]);
  });
});
