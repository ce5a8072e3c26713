/**
 * What one transaction may use: loops, calls, scans and values that grow end it with the same code on
 * every node, nothing of it stays, and the next one is not touched by it.
 */

import { type GenesisContract, limitDefaults } from '@bucordo/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtContract } from '../../../../test/support/built-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain, type TestTransaction } from '../../../../test/support/test-chain.ts';
import type { BlockOutcome } from '../chain/sealed-block.ts';
import { connect } from '../postgres/connection.ts';
import type { Executor } from './executor.ts';

const BUDGET = 5000;
/** The first turns of an entry cost nothing; then they are charged by the hundred. */
const FREE_TURNS = 100;

const WORK: GenesisContract = {
  name: 'work',
  version: '1.0.0',
  functions: Object.fromEntries(
    ['note', 'turns', 'nested', 'helped', 'caught', 'unseen', 'many', 'grow', 'square', 'scan'].map(
      (name) => [name, { roles: [], classes: [] }],
    ),
  ),
  scans: { scan: { line: 20 } },
  schema: 'CREATE TABLE work.line (id int4 PRIMARY KEY);',
  source: `
CREATE FUNCTION work.note(first int4, count int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR n IN first .. first + count - 1 LOOP INSERT INTO work.line (id) VALUES (n); END LOOP;
END $$;
CREATE FUNCTION work.turns(id int4, count int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO work.line (id) VALUES (turns.id);
  FOR n IN 1 .. count LOOP NULL; END LOOP;
END $$;
CREATE FUNCTION work.nested(id int4, outer_count int4, inner_count int4) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  n int4 := 0;
BEGIN
  INSERT INTO work.line (id) VALUES (nested.id);
  WHILE n < outer_count LOOP
    n := n + 1;
    FOR m IN 1 .. inner_count LOOP NULL; END LOOP;
  END LOOP;
END $$;
CREATE FUNCTION work.rest(n int4) RETURNS int4 LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN n % 7; END $$;
CREATE FUNCTION work.step(n int4) RETURNS int4 LANGUAGE sql IMMUTABLE AS $$ SELECT work.rest(n) $$;
CREATE FUNCTION work.helped(id int4, count int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO work.line (id) VALUES (helped.id);
  FOR n IN 1 .. count LOOP PERFORM work.step(7); END LOOP;
END $$;
CREATE FUNCTION work.caught(id int4, count int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO work.line (id) VALUES (caught.id);
  FOR i IN 1 .. 3 LOOP
    BEGIN
      FOR n IN 1 .. count LOOP NULL; END LOOP;
    EXCEPTION WHEN raise_exception OR check_violation THEN
      NULL;
    END;
  END LOOP;
END $$;
CREATE FUNCTION work.copies(text_of text, count int4) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  FOR n IN 1 .. count LOOP RETURN NEXT text_of; END LOOP;
END $$;
CREATE FUNCTION work.many(id int4, count int4) RETURNS int8 LANGUAGE plpgsql AS $$
DECLARE
  large text := repeat('x', 10000);
BEGIN
  INSERT INTO work.line (id) VALUES (many.id);
  RETURN (SELECT count(*) FROM work.copies(large, many.count));
END $$;
CREATE FUNCTION work.unseen(id int4) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  turns int4 := 0;
  seen text := '';
  touched int4;
  pair int4[];
  name text;
BEGIN
  INSERT INTO work.line (id) VALUES (unseen.id);
  UPDATE work.line SET id = line.id WHERE line.id = -1;
  LOOP
    EXIT WHEN FOUND OR turns = 350;
    turns := turns + 1;
    SELECT ARRAY[l.id] || l.id INTO pair FROM work.line AS l WHERE l.id = -1;
    IF FOUND THEN seen := 'the row of an array'; END IF;
    SELECT l.id || 'x' INTO name FROM work.line AS l WHERE l.id = unseen.id;
    GET DIAGNOSTICS touched = ROW_COUNT;
    IF NOT FOUND OR touched <> 1 THEN seen := 'another row count'; END IF;
    UPDATE work.line SET id = line.id WHERE line.id = -1;
  END LOOP;
  RETURN turns::text || seen;
END $$;
CREATE FUNCTION work.grow(id int4, kind text, turns int4) RETURNS int4 LANGUAGE plpgsql AS $$
DECLARE
  t text := 'xxxxxxxx';
  b bytea := '\\x0001020304050607';
  j jsonb := '["xxxxxx"]';
  a int4[] := '{1,2,3,4}';
  s text[] := '{abc,def}';
  r record;
BEGIN
  INSERT INTO work.line (id) VALUES (grow.id);
  SELECT 'xxxxxxxx'::text AS t INTO r;
  FOR n IN 1 .. turns LOOP
    CASE kind
      WHEN 'text' THEN t := t || t;
      WHEN 'bytea' THEN b := b || b;
      WHEN 'jsonb' THEN j := j || j;
      WHEN 'array' THEN a := a || a;
      WHEN 'texts' THEN s := array_cat(s, s);
      WHEN 'element' THEN a[n * 900000] := 1;
      WHEN 'field' THEN r.t := r.t || r.t;
      WHEN 'into' THEN SELECT t || t INTO t;
    END CASE;
  END LOOP;
  RETURN turns;
END $$;
CREATE FUNCTION work.square(id int4, turns int4) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  number numeric := 99;
BEGIN
  INSERT INTO work.line (id) VALUES (square.id);
  FOR n IN 1 .. turns LOOP number := number * number; END LOOP;
END $$;
CREATE FUNCTION work.scan(id int4) RETURNS int8 LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO work.line (id) VALUES (scan.id);
  RETURN (SELECT count(*) FROM work.line);
END $$;`,
};

const chain = new TestChain([await builtContract(WORK)], undefined, {
  ...limitDefaults,
  budget: BUDGET,
  rows: 200,
});
const databases: TestDatabase[] = [];
const executors: Executor[] = [];
let next = 1_000;

beforeAll(async () => {
  for (const _ of [1, 2]) {
    const database = await freshDatabase();
    databases.push(database);
    executors.push(await chain.found(database));
  }
});

afterAll(async () => {
  for (const executor of executors) await executor.close();
  for (const database of databases) await database.drop();
});

/** A transaction of calls of one function, each with an id of its own. */
function work(name: string, ...calls: readonly Readonly<Record<string, unknown>>[]): TestTransaction {
  return chain.transaction(
    'alpha/ann',
    calls.map((args) => ({ contract: 'work', function: name, args: { id: next++, ...args } })),
  );
}

/** Runs one block on both databases and requires that they agree. */
async function run(...transactions: readonly TestTransaction[]): Promise<BlockOutcome> {
  const block = chain.seal([...transactions]);
  const [first, second] = await Promise.all(executors.map((executor) => executor.run(block)));
  if (first === undefined) throw new Error('there is no database');
  expect(second).toEqual(first);
  return first;
}

async function codes(...transactions: readonly TestTransaction[]): Promise<string[]> {
  const outcome = await run(...transactions);
  const rejected = new Map(outcome.rejections.map(({ index, code }) => [index, code]));
  return transactions.map((_, index) => rejected.get(index) ?? '');
}

async function lineCount(): Promise<number> {
  const [database] = databases;
  if (database === undefined) throw new Error('there is no database');
  const client = await connect(database.connection('bucordo_node'));
  try {
    const { rows } = await client.query<{ count: number }>('SELECT count(*)::int4 AS count FROM work.line');
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}

const most = BUDGET + FREE_TURNS;

describe('I6: the budget of a transaction', () => {
  it('I6: is used up to its last turn and not beyond, and leaves nothing behind', async () => {
    const before = await lineCount();
    expect(
      await codes(
        work('turns', { count: most }),
        work('turns', { count: most + 1 }),
        work('turns', { count: 1 }),
      ),
    ).toEqual(['', 'budget_exceeded', '']);
    expect(await lineCount()).toBe(before + 2);
  });

  it('I6: belongs to all calls of a transaction together', async () => {
    const half = { count: BUDGET / 2 + FREE_TURNS };
    expect(
      await codes(
        work('turns', half, half),
        work('turns', half, { count: half.count + 1 }),
        work('turns', half),
      ),
    ).toEqual(['', 'budget_exceeded', '']);
  });

  it('I6: is whole again when a chunk is executed once more because a neighbour failed', async () => {
    const all = { count: most };
    const twice = next;
    expect(
      await codes(
        work('turns', all),
        work('turns', all),
        work('turns', { id: twice, count: 1 }),
        work('turns', all),
        work('turns', { count: most * 2 }),
        work('turns', all),
      ),
    ).toEqual(['', '', 'failed', '', 'budget_exceeded', '']);
  });

  it('I6: counts the turns of loops in loops', async () => {
    expect(
      await codes(
        work('nested', { outer_count: 50, inner_count: 101 }),
        work('nested', { outer_count: 50, inner_count: 102 }),
      ),
    ).toEqual(['', 'budget_exceeded']);
  });

  it('I6: counts entries of helpers, also of one that says it is immutable', async () => {
    // Two calls on each of 240 turns, and 200 units for the turns.
    expect(await codes(work('helped', { count: 240 }), work('helped', { count: 241 }))).toEqual([
      '',
      'budget_exceeded',
    ]);
  });

  it('I6: cannot be caught', async () => {
    expect(await codes(work('caught', { count: 100 }), work('caught', { count: most }))).toEqual([
      '',
      'budget_exceeded',
    ]);
  });
});

it('I6: the author’s functions see nothing of the budget: FOUND and row counts are their own', async () => {
  const { results, rejections } = await run(work('unseen', {}));
  expect([rejections, results]).toEqual([[], [{ index: 0, value: '"350"' }]]);
});

describe('I6: values that grow', () => {
  it.each([
    ['text', 17],
    ['bytea', 17],
    ['jsonb', 13],
    ['array', 15],
    ['texts', 15],
    ['element', 1],
    ['field', 17],
    ['into', 17],
  ])('I6: %s is refused long before memory ends', async (kind, turns) => {
    expect(
      await codes(
        work('grow', { kind, turns }),
        work('grow', { kind, turns: turns + 3 }),
        work('grow', { kind, turns: 60 }),
        work('grow', { kind, turns: 1 }),
      ),
    ).toEqual(['', 'budget_exceeded', 'budget_exceeded', '']);
  });

  it('I6: rows that a helper hands back pay for their size', async () => {
    expect(await codes(work('many', { count: 400 }), work('many', { count: 500 }))).toEqual([
      '',
      'budget_exceeded',
    ]);
  });

  it('I6: numbers keep to 250 digits', async () => {
    expect(await codes(work('square', { turns: 6 }), work('square', { turns: 7 }))).toEqual([
      '',
      'budget_exceeded',
    ]);
  });
});

describe('I6: rows', () => {
  it('I6: read by a declared scan are charged, up to the number declared', async () => {
    const count = await lineCount();
    expect(count).toBeGreaterThan(20);
    expect(await codes(work('scan', {}))).toEqual(['budget_exceeded']);
    expect(await lineCount()).toBe(count);
  });

  it('I6: written keep to the limit of the network', async () => {
    const note = (first: number, count: number): TestTransaction =>
      chain.transaction('alpha/ann', [{ contract: 'work', function: 'note', args: { first, count } }]);
    expect(await codes(note(100_000, 200), note(200_000, 201), note(300_000, 1))).toEqual([
      '',
      'budget_exceeded',
      '',
    ]);
  });
});
