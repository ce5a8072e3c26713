/** The same blocks on databases that differ in everything a node may set, and with the rows of tables in another order. */

import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BANK, bankCall } from '../../../../test/support/bank-contract.ts';
import { KINDS, thing } from '../../../../test/support/every-type-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { type TestCall, TestChain } from '../../../../test/support/test-chain.ts';
import type { SealedBlock } from '../chain/sealed-block.ts';
import { connect } from '../postgres/connection.ts';
import type { Executor } from './executor.ts';

/** Settings of a node's login that must not matter. */
const SETTINGS: readonly (readonly string[])[] = [
  [],
  [
    "TimeZone = 'Asia/Kathmandu'",
    "DateStyle = 'German'",
    "IntervalStyle = 'sql_standard'",
    "bytea_output = 'escape'",
  ],
  [
    'enable_indexscan = off',
    'enable_seqscan = on',
    'plan_cache_mode = force_custom_plan',
    'jit = on',
    'jit_above_cost = 0',
  ],
  [
    'work_mem = 64',
    'enable_hashjoin = off',
    'enable_sort = off',
    'enable_nestloop = off',
    'extra_float_digits = -15',
  ],
  [
    "plpgsql.extra_errors = 'none'",
    'plpgsql.check_asserts = off',
    'transform_null_equals = on',
    "search_path = 'bank, kinds'",
  ],
  ['track_counts = off', 'enable_material = off', 'enable_hashagg = off', 'geqo_threshold = 2'],
];

const chain = new TestChain([BANK, KINDS]);
const databases: TestDatabase[] = [];
const executors: Executor[] = [];
const superusers: pg.Client[] = [];

beforeAll(async () => {
  for (const settings of SETTINGS) {
    const database = await freshDatabase();
    databases.push(database);
    const statements = settings.map(
      (setting) => `ALTER ROLE bucordo_node IN DATABASE ${database.name} SET ${setting};`,
    );
    executors.push(await chain.found(database, statements.join('\n')));
    superusers.push(await connect(database.connection('postgres')));
  }
});

afterAll(async () => {
  for (const client of [...superusers, ...executors]) await ('end' in client ? client.end() : client.close());
  for (const database of databases) await database.drop();
});

const account = fc.integer({ min: 1, max: 12 });

const call: fc.Arbitrary<TestCall> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .record({
        id: account,
        owner: fc.string({ maxLength: 20 }).filter((text) => !text.includes('\0')),
        balance: fc.integer({ min: 0, max: 500 }),
      })
      .map((args) => bankCall('open_account', args)),
  },
  {
    weight: 5,
    arbitrary: fc
      .record({ source: account, target: account, amount: fc.integer({ min: 1, max: 300 }) })
      .map((args) => bankCall('transfer', args)),
  },
  { weight: 1, arbitrary: account.map((id) => bankCall('balance', { id })) },
  { weight: 1, arbitrary: account.map((id) => ({ contract: 'kinds', function: 'put', args: thing(id) })) },
  { weight: 1, arbitrary: account.map((id) => ({ contract: 'kinds', function: 'remove', args: { id } })) },
  { weight: 1, arbitrary: fc.constant({ contract: 'kinds', function: 'context', args: {} }) },
);

const identity = fc.constantFrom('alpha/ann' as const, 'beta/bob' as const, 'gamma/guest' as const);
const transaction = fc.tuple(identity, fc.array(call, { minLength: 1, maxLength: 3 }));
const blocks = fc.array(fc.array(transaction, { maxLength: 40 }), { minLength: 1, maxLength: 4 });

/** Moves rows about, so that the order on disk differs from the other databases'. */
async function shuffle(client: pg.Client, seed: number): Promise<void> {
  await client.query(`
    SET session_replication_role = replica;
    SELECT setseed(${seed / 10});
    CREATE TEMPORARY TABLE moved AS SELECT * FROM bank.account;
    DELETE FROM bank.account;
    INSERT INTO bank.account SELECT * FROM moved ORDER BY random();
    DROP TABLE moved;
    RESET session_replication_role;
    ANALYZE;`);
}

test('I2: the same blocks give the same outcomes and hashes under all settings and in any physical order', async () => {
  await fc.assert(
    fc.asyncProperty(blocks, async (content) => {
      const sealed: SealedBlock[] = content.map((transactions) =>
        chain.seal(transactions.map(([signer, calls]) => chain.transaction(signer, calls))),
      );
      for (const block of sealed) {
        const [first, ...others] = await Promise.all(executors.map((executor) => executor.run(block)));
        for (const other of others) expect(other).toEqual(first);
      }
      for (const [index, client] of superusers.entries()) if (index % 2 === 1) await shuffle(client, index);
    }),
    { numRuns: 6 },
  );
});
