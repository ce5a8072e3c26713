/** History: every version of every row, the newest ones equal to the table, the table as of a height. */

import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { type TestCall, TestChain } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';
import type { Executor } from './executor.ts';

/** Everything that SQL can do to rows in one statement, behind one function. */
const SHELF = {
  name: 'shelf',
  version: '1.0.0',
  functions: { act: { roles: [], classes: [] } },
  schema: `
    CREATE TABLE shelf.box (place int4, number int4, content text, PRIMARY KEY (number, place));
    CREATE TABLE shelf.label (
      id int4 PRIMARY KEY,
      number int4 NOT NULL,
      place int4 NOT NULL,
      FOREIGN KEY (number, place) REFERENCES shelf.box (number, place) ON DELETE CASCADE
    );`,
  source: `
    CREATE FUNCTION shelf.act(way text, place int4, number int4, content text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      CASE way
        WHEN 'insert' THEN INSERT INTO shelf.box VALUES (place, number, content);
        WHEN 'upsert' THEN
          INSERT INTO shelf.box AS b VALUES (place, number, content)
          ON CONFLICT ON CONSTRAINT box_pkey DO UPDATE SET content = excluded.content;
        WHEN 'update' THEN UPDATE shelf.box AS b SET content = act.content WHERE b.place = act.place;
        WHEN 'same' THEN UPDATE shelf.box AS b SET content = b.content WHERE b.number = act.number;
        WHEN 'delete' THEN DELETE FROM shelf.box AS b WHERE b.number = act.number;
        WHEN 'label' THEN INSERT INTO shelf.label VALUES (place * 100 + number, number, place);
        WHEN 'twice' THEN
          UPDATE shelf.box AS b SET content = 'one' WHERE b.number = act.number;
          UPDATE shelf.box AS b SET content = act.content WHERE b.number = act.number;
        WHEN 'replace' THEN
          DELETE FROM shelf.box AS b WHERE b.number = act.number AND b.place = act.place;
          INSERT INTO shelf.box VALUES (place, number, content);
        WHEN 'fail' THEN
          DELETE FROM shelf.box;
          RAISE EXCEPTION USING ERRCODE = 'BC001', MESSAGE = 'no';
      END CASE;
    END $$;`,
};

const chain = new TestChain([SHELF]);
let database: TestDatabase;
let executor: Executor;
let client: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  executor = await chain.found(database);
  client = await connect(database.connection('bucordo_reader'));
});

afterAll(async () => {
  await client?.end();
  await executor?.close();
  await database?.drop();
});

const WAYS = ['insert', 'upsert', 'update', 'same', 'delete', 'label', 'twice', 'replace', 'fail'] as const;

const call: fc.Arbitrary<TestCall> = fc
  .record({
    way: fc.constantFrom(...WAYS),
    place: fc.integer({ min: 1, max: 3 }),
    number: fc.integer({ min: 1, max: 4 }),
    content: fc.option(fc.constantFrom('x', 'y', 'z')),
  })
  .map((args) => ({ contract: 'shelf', function: 'act', args }));

const block = fc.array(fc.array(call, { minLength: 1, maxLength: 3 }), { maxLength: 12 });

async function rows(sql: string, values: unknown[] = []): Promise<unknown[]> {
  return (await client.query(sql, values)).rows;
}

const now = async (): Promise<unknown[]> => [
  await rows('SELECT * FROM shelf.box ORDER BY number, place'),
  await rows('SELECT * FROM shelf.label ORDER BY id'),
];

const at = async (height: number): Promise<unknown[]> => [
  await rows('SELECT * FROM shelf_history.box_at($1) ORDER BY number, place', [height]),
  await rows('SELECT * FROM shelf_history.label_at($1) ORDER BY id', [height]),
];

test('I8: tables equal their newest history, and the table as of a height equals what was there then', async () => {
  const snapshots = new Map<number, unknown[]>();
  await fc.assert(
    fc.asyncProperty(block, async (content) => {
      const sealed = chain.seal(content.map((calls) => chain.transaction('alpha/ann', calls)));
      const { height } = await executor.run(sealed);
      const present = await now();
      expect(await at(height)).toEqual(present);
      snapshots.set(height, present);
      const earlier = 1 + Math.floor((height - 1) / 2);
      expect(await at(earlier)).toEqual(snapshots.get(earlier));
    }),
    { numRuns: 60 },
  );
  for (const [height, snapshot] of snapshots) expect(await at(height)).toEqual(snapshot);
});

test('I8: a version names member, identity, transaction, height, time, function and operation', async () => {
  const transaction = chain.transaction('beta/bob', [
    { contract: 'shelf', function: 'act', args: { way: 'insert', place: 70, number: 70, content: 'new' } },
    { contract: 'shelf', function: 'act', args: { way: 'delete', place: 0, number: 70, content: null } },
  ]);
  const sealed = chain.seal([transaction]);
  await executor.run(sealed);
  const versions = await rows(
    `SELECT member, identity, transaction, height, time = bucordo.time_of($1) AS is_time, function, operation, ordinal, place, number, content
       FROM shelf_history.box_versions WHERE number = 70 ORDER BY position, ordinal`,
    [sealed.time],
  );
  const common = {
    member: 'beta',
    identity: 'beta/bob',
    transaction: Buffer.from(transaction.id).toString('hex'),
    height: BigInt(sealed.height),
    is_time: true,
    function: 'shelf.act (2)',
    place: 70,
    number: 70,
    content: 'new',
  };
  expect(versions).toEqual([
    { ...common, operation: 'I', ordinal: 1 },
    { ...common, operation: 'D', ordinal: 2 },
  ]);
});
