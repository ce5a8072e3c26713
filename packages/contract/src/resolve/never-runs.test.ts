/**
 * Functions that Postgres accepts and that can never run: the checker says so, and Postgres itself, which runs each
 * here, is the judge. Beside each stands one that differs little and runs: about that the checker says nothing.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCRATCH_VERSIONS, scratchOf, type TestScratch } from '../../../../test/support/scratch.ts';
import { packageOfContract } from '../package/package-of-contract.ts';
import { checkSemantics } from './check-semantics.ts';

const SCHEMA = `CREATE TABLE shop.item (id int4 PRIMARY KEY, label text NOT NULL, price numeric(9,2) NOT NULL DEFAULT 0, found bool, tags text[]);`;

interface Pair {
  readonly name: string;
  /** Parameters and result, `() RETURNS void` when left out. */
  readonly head?: string;
  readonly declare?: string;
  readonly fails: string;
  /** What Postgres answers to `fails`. */
  readonly sqlstate: string;
  readonly runs: string;
  /** Head of `runs`, where it is another one. */
  readonly runsHead?: string;
}

const PAIRS: readonly Pair[] = [
  {
    name: 'a parameter named like a column',
    head: '(id int4) RETURNS text',
    declare: 'x text;',
    fails: 'SELECT i.label INTO x FROM shop.item AS i WHERE i.id = id; RETURN x;',
    sqlstate: '42702',
    runs: 'SELECT i.label INTO x FROM shop.item AS i WHERE i.id = try.id; RETURN x;',
  },
  {
    name: 'a variable named like a column, in SET',
    declare: 'price numeric := 1;',
    fails: 'UPDATE shop.item AS i SET price = price + 1 WHERE i.id = 1;',
    sqlstate: '42702',
    runs: 'UPDATE shop.item AS i SET price = i.price + 1 WHERE i.id = 1;',
  },
  {
    name: 'a variable named like a column, in RETURNING',
    declare: 'id int4 := 7;',
    fails: `INSERT INTO shop.item AS i (id, label) VALUES (7, 'x') RETURNING id INTO id;`,
    sqlstate: '42702',
    runs: `INSERT INTO shop.item AS i (id, label) VALUES (id, 'x') RETURNING i.id INTO id;`,
  },
  {
    name: 'a parameter named like the column of a conflict',
    head: '(id int4) RETURNS void',
    fails: `INSERT INTO shop.item (id, label) VALUES (1, 'x') ON CONFLICT (id) DO NOTHING;`,
    sqlstate: '42702',
    runs: `INSERT INTO shop.item (id, label) VALUES (id, 'x') ON CONFLICT ON CONSTRAINT item_pkey DO NOTHING;`,
  },
  {
    name: 'a result column named like a column of the query',
    head: '() RETURNS TABLE (id int4, label text)',
    fails: 'RETURN QUERY SELECT id, i.label FROM shop.item AS i WHERE i.id = 1;',
    sqlstate: '42702',
    runs: 'RETURN QUERY SELECT i.id, i.label FROM shop.item AS i WHERE i.id = 1 ORDER BY id;',
  },
  {
    name: 'a result column by which a query groups',
    head: '() RETURNS TABLE (label text, many int8)',
    fails: 'RETURN QUERY SELECT i.label, count(*) FROM shop.item AS i WHERE i.id = 1 GROUP BY label;',
    sqlstate: '42702',
    runs: 'RETURN QUERY SELECT i.label, count(*) FROM shop.item AS i WHERE i.id = 1 GROUP BY i.label ORDER BY label;',
  },
  {
    name: 'a name of two meanings beside one of one',
    declare: 'label text; n int8;',
    fails: 'SELECT count(*) INTO n FROM shop.item AS i WHERE i.id = 1 AND label = (SELECT label);',
    sqlstate: '42702',
    runs: 'SELECT count(*) INTO n FROM shop.item AS i WHERE i.id = 1 AND i.label = (SELECT s.label FROM (SELECT 1 AS label) AS s)::text;',
  },
  {
    name: 'FOUND beside a column of this name',
    declare: 'x bool;',
    fails: 'SELECT found INTO x FROM shop.item AS i WHERE i.id = 1;',
    sqlstate: '42702',
    runs: 'SELECT i.found INTO x FROM shop.item AS i WHERE i.id = 1; IF found THEN x := found; END IF;',
  },
  {
    name: 'a record named like the table that fills it',
    declare: 'item record;',
    fails: 'FOR item IN SELECT item.id FROM shop.item WHERE item.id = 1 LOOP NULL; END LOOP;',
    sqlstate: '42702|55000',
    runs: 'FOR item IN SELECT i.id FROM shop.item AS i WHERE i.id = 1 LOOP PERFORM item.id; END LOOP;',
  },
  {
    name: 'a row variable named like a table',
    declare: 'item shop.item; n int4;',
    fails: 'SELECT item.id INTO n FROM shop.item WHERE item.id = 1;',
    sqlstate: '42702',
    runs: 'SELECT i.id INTO n FROM shop.item AS i WHERE i.id = item.id;',
  },
  {
    name: 'a variable of a block, named like a column there and not elsewhere',
    declare: 'n int4;',
    fails: 'DECLARE label text; BEGIN SELECT i.id INTO n FROM shop.item AS i WHERE label = i.label; END;',
    sqlstate: '42702',
    runs: 'SELECT i.id INTO n FROM shop.item AS i WHERE label = i.label;\nDECLARE label text;\nBEGIN label := 1; END;',
  },
  {
    name: 'an unknown column',
    fails: 'UPDATE shop.item AS i SET label = i.nothing WHERE i.id = 1;',
    sqlstate: '42703',
    runs: `UPDATE shop.item AS i SET label = 'y' WHERE i.id = 1;`,
  },
  {
    name: 'more values than columns',
    fails: `INSERT INTO shop.item (id, label) VALUES (1, 'x', 2);`,
    sqlstate: '42601',
    runs: `INSERT INTO shop.item (id, label, price) VALUES (3, 'x', 2);`,
  },
  {
    name: 'a column that needs a value left out',
    fails: 'INSERT INTO shop.item (id) VALUES (4);',
    sqlstate: '23502',
    runs: `INSERT INTO shop.item (id, label) VALUES (4, 'x');`,
  },
  {
    name: 'rows with too few columns',
    head: '() RETURNS SETOF shop.item',
    fails: 'RETURN QUERY SELECT i.id, i.label FROM shop.item AS i WHERE i.id = 1;',
    sqlstate: '42804',
    runs: 'RETURN QUERY SELECT i.* FROM shop.item AS i WHERE i.id = 1;',
  },
  {
    name: 'rows of another type',
    head: '() RETURNS SETOF int8',
    fails: 'RETURN QUERY SELECT i.id FROM shop.item AS i WHERE i.id = 1;',
    sqlstate: '42804',
    runs: 'RETURN QUERY SELECT i.id::int8 FROM shop.item AS i WHERE i.id = 1; RETURN NEXT 5::int4;',
  },
  {
    name: 'a record that is no row of the result',
    head: '() RETURNS shop.item',
    declare: 'r record;',
    fails: 'SELECT i.id, i.label INTO r FROM shop.item AS i WHERE i.id = 1; RETURN r;',
    sqlstate: '42804',
    runs: 'SELECT i.* INTO r FROM shop.item AS i WHERE i.id = 1; RETURN r;',
  },
  {
    name: 'a field that a row does not have',
    declare: 'r shop.item;',
    fails: 'r.nothing := 1;',
    sqlstate: '42703',
    runs: `r.label := 'x';`,
  },
  {
    name: 'a field that a record does not have',
    declare: 'r record;',
    fails: 'SELECT 1 AS a INTO r; r.b := 1;',
    sqlstate: '42703',
    runs: 'SELECT 1 AS a INTO r; r.a := 2;',
  },
  {
    name: 'rows that go nowhere',
    fails: 'SELECT i.id FROM shop.item AS i WHERE i.id = 1;',
    sqlstate: '42601',
    runs: 'PERFORM i.id FROM shop.item AS i WHERE i.id = 1;',
  },
  {
    name: 'changed rows that go nowhere',
    declare: 'n int4;',
    fails: 'UPDATE shop.item AS i SET price = 2 WHERE i.id = 1 RETURNING i.id;',
    sqlstate: '42601',
    runs: 'UPDATE shop.item AS i SET price = 2 WHERE i.id = 1 RETURNING i.id INTO n;',
  },
  {
    name: 'an end without RETURN',
    head: '() RETURNS int4',
    fails: 'UPDATE shop.item AS i SET price = 2 WHERE i.id = 1;',
    sqlstate: '2F005',
    runs: 'UPDATE shop.item AS i SET price = 2 WHERE i.id = 1; IF true THEN RETURN 1; END IF;',
  },
  {
    name: 'an end without RETURN behind a branch that refuses',
    head: '() RETURNS int4',
    fails: `IF false THEN RAISE EXCEPTION 'x' USING ERRCODE = 'BC001'; END IF;`,
    sqlstate: '2F005',
    runs: `IF false THEN RAISE EXCEPTION 'x' USING ERRCODE = 'BC001'; ELSE LOOP RETURN 1; END LOOP; END IF;`,
  },
  {
    name: 'a write where none may be',
    head: '() RETURNS int4 STABLE',
    fails: 'UPDATE shop.item AS i SET price = 2 WHERE i.id = 1; RETURN 1;',
    sqlstate: '0A000',
    runs: 'RETURN (SELECT i.id FROM shop.item AS i WHERE i.id = 1);',
  },
  {
    name: 'FOREACH over no array',
    declare: 'x int4;',
    fails: 'FOREACH x IN ARRAY 5 LOOP NULL; END LOOP;',
    sqlstate: '42804',
    runs: 'FOREACH x IN ARRAY ARRAY[5] LOOP NULL; END LOOP;',
  },
  {
    name: 'a value that cannot be converted',
    declare: 'x date;',
    fails: 'x := 5;',
    sqlstate: '22007|22008|42804|42846',
    runs: `x := date '2026-01-31' + 1;`,
  },
  {
    name: 'an own function with other arguments',
    fails: `PERFORM shop.helper('x');`,
    sqlstate: '22P02|42883',
    runs: 'PERFORM shop.helper(5);',
  },
  {
    name: 'an option of RAISE twice',
    head: '() RETURNS text',
    fails: `RAISE EXCEPTION 'x' USING ERRCODE = 'BC001', MESSAGE = 'y';`,
    sqlstate: '42601',
    runs: `BEGIN RAISE EXCEPTION 'x' USING ERRCODE = 'BC001', HINT = 'y'; EXCEPTION WHEN raise_exception OR sqlstate 'BC001' THEN RETURN 'z'; END;`,
  },
];

const HELPER = `CREATE FUNCTION shop.helper(n int4) RETURNS void LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;\n`;

function functionOf({ head, declare }: Pair, body: string): string {
  return `CREATE FUNCTION shop.try${head ?? '() RETURNS void'} LANGUAGE plpgsql AS $$
DECLARE
  ${declare ?? ''}
BEGIN
${body}
END $$;`;
}

describe.each(SCRATCH_VERSIONS)('on Postgres %s', (version) => {
  let scratch: TestScratch;

  beforeAll(async () => {
    scratch = await scratchOf(version);
  });

  afterAll(async () => {
    await scratch?.end();
  });

  async function rules(source: string): Promise<readonly string[]> {
    const contract = {
      name: 'shop',
      version: '1.0.0',
      functions: {},
      schema: SCHEMA,
      source: HELPER + source,
    };
    const findings = await checkSemantics(packageOfContract(contract), scratch);
    return findings.map((each) => each.rule).filter((rule) => FAILING.has(rule));
  }

  /** What Postgres answers to a call: an SQLSTATE, or nothing. */
  async function called(source: string, head: string): Promise<string> {
    await scratch.query('BEGIN; CREATE SCHEMA shop');
    try {
      await scratch.query(SCHEMA + HELPER + source);
      await scratch.query(`INSERT INTO shop.item (id, label) VALUES (1, 'a')`);
      await scratch.query(
        `SELECT * FROM shop.try(${head.includes('id int4)') && !head.includes('TABLE') ? '1' : ''})`,
      );
      return '';
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    } finally {
      await scratch.query('ROLLBACK');
    }
  }

  test.each(PAIRS)('$name', async (pair) => {
    const head = pair.head ?? '';
    expect(await called(functionOf(pair, pair.fails), head)).toMatch(new RegExp(`^(${pair.sqlstate})$`));
    expect(await rules(functionOf(pair, pair.fails))).not.toEqual([]);
    expect(await called(functionOf(pair, pair.runs), head)).toBe('');
    expect(await rules(functionOf(pair, pair.runs))).toEqual([]);
  });
});

/** The rules that say that something cannot run. */
const FAILING: ReadonlySet<string> = new Set([
  'always-fails',
  'unresolved',
  'conversion',
  'record',
  'unknown-construct',
]);
