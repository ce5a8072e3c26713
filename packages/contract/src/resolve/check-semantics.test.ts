/** Layer B2: each rule refuses at its line and column, and lets the remedy pass. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCRATCH_VERSIONS, scratchOf, type TestScratch } from '../../../../test/support/scratch.ts';
import type { Finding } from '../check/finding.ts';
import type { ContractPackage, PackageMigration } from '../package/contract-package.ts';
import type { Manifest } from '../package/manifest.ts';
import { checkSemantics, type SemanticOptions } from './check-semantics.ts';

const SCHEMA = `CREATE TABLE shop.item (
  id int4 PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (octet_length(code) <= 20),
  place int4 UNIQUE,
  price numeric(10,2) NOT NULL,
  stock int4 NOT NULL,
  sold date,
  seen timestamptz,
  facts jsonb,
  tags text[]
);
CREATE TABLE shop.line (
  item int4 REFERENCES shop.item,
  no int4,
  amount numeric(10,2) NOT NULL,
  PRIMARY KEY (item, no)
);
CREATE INDEX item_stock ON shop.item (stock, place);
CREATE VIEW shop.cheap AS SELECT i.id, i.code, i.price FROM shop.item AS i WHERE i.price < 10;
CREATE VIEW shop.sums AS SELECT l.item, sum(l.amount) AS total FROM shop.line AS l GROUP BY l.item;
`;

interface Parts {
  readonly manifest?: Partial<Manifest>;
  readonly schema?: string;
  readonly functions?: string;
  readonly migrations?: readonly PackageMigration[];
}

function shop(parts: Parts): ContractPackage {
  const manifest = {
    name: 'shop',
    version: '1.0.0',
    functions: {},
    views: {},
    uses: {},
    readers: [],
    scans: {},
  };
  return {
    manifest: { ...manifest, ...parts.manifest },
    manifestText: {
      file: 'contract.json',
      text: JSON.stringify({ ...manifest, ...parts.manifest }, null, 2),
    },
    schema: { file: 'schema.sql', text: parts.schema ?? SCHEMA },
    functions: { file: 'functions.sql', text: parts.functions ?? '' },
    migrations: parts.migrations ?? [],
    tests: [],
  };
}

/** A function with declarations on line 3 and the body from line 5 on. */
function body(declare: string, statements: string, returns = 'void'): string {
  return `CREATE FUNCTION shop.try(p int4, t text, doc jsonb, many int4[]) RETURNS ${returns} LANGUAGE plpgsql AS $$
DECLARE
  ${declare}
BEGIN
${statements}
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

  async function check(parts: Parts, options: SemanticOptions = {}): Promise<readonly string[]> {
    const findings = await checkSemantics(shop(parts), scratch, options);
    return findings.map(({ rule, file, line, column }) => `${rule} ${file}:${line}:${column}`);
  }

  describe('functions', () => {
    // Declarations, statements, and what is found: the rule with line and column, or nothing.
    test.each<[string, string, string, string]>([
      ['clock by an implicit cast', `d date;`, `d := t;`, 'conversion 5:1'],
      ['clock by a literal', `d date := 'today';`, ``, 'time-constant 3:13'],
      ['a date by a strict literal', `d date := '2026-01-31';`, ``, ''],
      [
        'a strict literal beside one of the clock',
        `d date;`,
        `d := CASE WHEN '2026-01-31' = d THEN 'now' ELSE d END;`,
        'time-constant 5:38',
      ],
      ['a time by a strict literal', `m timestamptz := '2026-01-31T12:00:00Z';`, ``, ''],
      ['a time without zone', `m timestamptz := '2026-01-31 12:00:00';`, ``, 'time-constant 3:20'],
      [
        'an interval by a strict literal',
        `d date := '2026-01-31';`,
        `d := (d + '1 month'::interval)::date;`,
        '',
      ],
      ['a path of a few elements', `j jsonb;`, `j := jsonb_set(j, ARRAY['a', t], j #- '{a,b}');`, ''],
      ['a path of any length', `j jsonb; a text[];`, `j := jsonb_set(j, a, j);`, 'path 5:6'],
      ['a pattern that is cut', `b bool;`, `b := t LIKE left(t, 1000) OR t ILIKE 'a%' ESCAPE '#';`, ''],
      ['a pattern of any length', `b bool;`, `b := t LIKE t;`, 'pattern 5:8'],
      ['a pattern that is cut too late', `b bool;`, `b := t LIKE left(t, 1001);`, 'pattern 5:8'],
      ['fields that all versions know', `d date;`, `p := extract(week FROM d);`, ''],
      ['months of a variable', `d date;`, `d := (d + make_interval(months => p, years => 0))::date;`, ''],
      ['years of a constant', `d date;`, `d := (d + make_interval(years => 2, months => 3))::date;`, ''],
      ['years of a variable', `d date;`, `d := (d + make_interval(years => p))::date;`, 'units 5:11'],
      ['years beside months of a variable', `d date;`, `d := (d + make_interval(1, p))::date;`, 'units 5:11'],
      ['a text assigned to a number', ``, `p := t;`, 'number-cast 5:1'],
      ['a number by a function', ``, `p := bucordo.whole_number(t);`, ''],
      ['the clock by an assignment to the first parameter', ``, `p := 'x' || p;`, 'number-cast 5:1'],
      ['a text assigned to the elements of a parameter', ``, `many[1] := t;`, 'number-cast 5:1'],
      ['a function that is not listed', `x text;`, `x := quote_ident(t);`, 'function 5:6'],
      ['a function as an attribute', `i shop.item;`, `t := (i).hash_record;`, 'function 5:10'],
      ['a type', `x float8;`, `x := 1;`, 'type 5:1 function 5:1'],
      [
        'a system column',
        `x text;`,
        `SELECT i.xmin::text INTO x FROM shop.item AS i WHERE i.id = p;`,
        'type 5:1 system-column 5:10',
      ],
      [
        'division in a predicate',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.item AS i WHERE i.id = p AND 10 / i.stock > 1;`,
        'raising-predicate 5:66',
      ],
      [
        'division before the predicate',
        `n int8;`,
        `n := 10 / p;\nPERFORM FROM shop.item AS i WHERE i.id = p AND i.stock > n;`,
        '',
      ],
      [
        'a product of very many digits in a predicate',
        `x numeric;`,
        `PERFORM FROM shop.item AS i WHERE i.id = p AND i.price * ${'x * '.repeat(110)}1 > 1;`,
        'raising-predicate 5:56',
      ],
      [
        'a number of very many digits in a predicate',
        ``,
        `PERFORM FROM shop.item AS i WHERE i.id = p AND i.price * '1e110000'::numeric > 1;`,
        'raising-predicate 5:56',
      ],
      [
        'a product of a few variables in a predicate',
        `n int8; x numeric;`,
        `SELECT count(*) INTO n FROM shop.item AS i WHERE i.id = p AND i.price * x + x * x * 1.5 > i.price / 3;`,
        '',
      ],
      [
        'numeric arithmetic in a predicate',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.item AS i WHERE i.id = p AND i.price * i.stock > 1;`,
        '',
      ],
      [
        'division behind a subquery',
        `n int8;`,
        `SELECT count(*) INTO n FROM (SELECT 10 / i.stock AS x FROM shop.item AS i WHERE i.id = p) AS q WHERE q.x > 1;`,
        'raising-predicate 5:40 raising-unread 5:40',
      ],
      [
        'division in a FOR query',
        `r record;`,
        `FOR r IN SELECT i.id, 10 / i.stock AS x FROM shop.item AS i WHERE i.id = p ORDER BY i.id LOOP NULL; END LOOP;`,
        'raising-unread 5:26',
      ],
      [
        'division in a filter',
        `n int8;`,
        `SELECT count(*) FILTER (WHERE 1 / i.stock = 1) INTO n FROM shop.item AS i WHERE i.id = p;`,
        'raising-predicate 5:33',
      ],
      [
        'a context function in a predicate',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.item AS i WHERE i.code = bucordo.caller();`,
        'call-in-predicate 5:67',
      ],
      ['a context function in a condition', ``, `IF t = bucordo.caller() THEN NULL; END IF;`, ''],
      [
        'an id for each row',
        ``,
        `INSERT INTO shop.line (item, no, amount) SELECT i.id, bucordo.ordinal(), 1 FROM shop.item AS i WHERE i.id = p;`,
        'draw-per-row 5:63',
      ],
      [
        'ids in VALUES',
        ``,
        `INSERT INTO shop.line (item, no, amount) VALUES (p, bucordo.ordinal(), 1), (p, bucordo.ordinal(), 1);`,
        '',
      ],
      [
        'a key set on several rows',
        ``,
        `UPDATE shop.item SET place = place + 1 WHERE stock = 0;`,
        'multi-row-key-update 5:22',
      ],
      ['a key set on one row', ``, `UPDATE shop.item SET place = place + 1 WHERE id = p;`, ''],
      [
        'a read without an index',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.item AS i WHERE i.sold IS NULL;`,
        'unbounded-read 5:29',
      ],
      [
        'a read by a later column of an index',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.line AS l WHERE l.no = p;`,
        'unbounded-read 5:29',
      ],
      [
        'a read by a leading column',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.line AS l WHERE l.item = p;`,
        '',
      ],
      [
        'a join by an index',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.item AS i JOIN shop.line AS l ON l.item = i.id WHERE i.code = t;`,
        '',
      ],
      [
        'a join without an index',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.item AS i JOIN shop.line AS l ON l.no = i.id WHERE i.code = t;`,
        'unbounded-read 5:49',
      ],
      [
        'a left join that restricts the wrong side',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.item AS i LEFT JOIN shop.line AS l ON l.item = i.id AND i.id = p;`,
        'unbounded-read 5:29 unbounded-read 5:54',
      ],
      [
        'any of an array',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.item AS i WHERE i.id = ANY (many);`,
        '',
      ],
      [
        'one key or another',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.item AS i WHERE i.id = p OR i.code = t;`,
        '',
      ],
      [
        'one key or no key',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.item AS i WHERE i.id = p OR i.price = 1;`,
        'unbounded-read 5:29',
      ],
      [
        'a view by the key of its table',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.cheap AS c WHERE c.id = p;`,
        '',
      ],
      [
        'a view of groups by the group',
        `n numeric;`,
        `SELECT s.total INTO n FROM shop.sums AS s WHERE s.item = p;`,
        '',
      ],
      [
        'a view without a key',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.sums AS s WHERE s.total > 1;`,
        'unbounded-read 5:29',
      ],
      ['deleting what others refer to', ``, `DELETE FROM shop.item WHERE id = p;`, ''],
      ['deleting everything', ``, `DELETE FROM shop.line;`, ''],
      [
        'a record of several shapes',
        `r record;`,
        `SELECT i.id INTO r FROM shop.item AS i WHERE i.id = p;\nSELECT i.code INTO r FROM shop.item AS i WHERE i.id = p;`,
        'record 6:20',
      ],
      ['a record that nothing fills', `r record;`, `t := r.x;`, 'record 5:6'],
      [
        'a record by a query',
        `r record;`,
        `SELECT i.code, i.price INTO r FROM shop.item AS i WHERE i.id = p;\nt := r.code || r.price::text;`,
        '',
      ],
      [
        'a row variable with an initial value',
        `i shop.item := jsonb_populate_record(NULL::shop.item, doc);`,
        ``,
        'function 3:18',
      ],
      [
        'a row of literals',
        `i shop.item;`,
        `i := ROW(1, 'a', 1, 1, 1, 'today', NULL, NULL, NULL);`,
        'time-constant 5:27',
      ],
      [
        'a pattern that ends in its escape',
        `n int8;`,
        `SELECT count(*) INTO n FROM shop.item AS i WHERE i.id = p AND i.code LIKE 'a\\' AND i.code LIKE 'b%';`,
        'raising-predicate 5:1',
      ],
      ['a row by a text', `i shop.item;`, `i := t;`, 'conversion 5:1'],
      [
        'a name declared twice',
        `x int4;`,
        `DECLARE\n x text;\nBEGIN x := 'a'; END;`,
        'unknown-construct 6:2',
      ],
      [
        'a variable by its label',
        `x int4;`,
        `<<inner_block>>\nDECLARE\n  y int4 := 1;\nBEGIN x := inner_block.y; END;`,
        '',
      ],
      [
        'a word that Postgres does not know',
        ``,
        `PERFORM nothing FROM shop.item AS i WHERE i.id = p;`,
        'unresolved 5:9',
      ],
      [
        'another schema',
        ``,
        `PERFORM FROM pg_catalog.pg_class AS c WHERE c.relname = 'x';`,
        'foreign-relation 5:14 operator 5:55 type 5:1',
      ],
      ['a pattern of a variable', ``, `IF t ~ doc::text THEN NULL; END IF;`, 'pattern 5:6'],
      ['a call of itself', ``, `PERFORM shop.try(p, t, doc, many);`, 'recursion 5:14'],
      [
        'many rows by a variable',
        `n int8;`,
        `SELECT count(*) INTO n FROM generate_series(1, p) AS g;`,
        'unbounded 5:29',
      ],
      [
        'many rows up to a bound',
        `n int8;`,
        `SELECT count(*) INTO n FROM generate_series(1, least(p, 100)) AS g;`,
        '',
      ],
      [
        'foreach into another type',
        `d date;`,
        `FOREACH d IN ARRAY string_to_array(t, ',') LOOP NULL; END LOOP;`,
        'conversion 5:20',
      ],
      [
        'text of a message',
        `d interval := '1 day';`,
        `RAISE EXCEPTION 'after %', d USING ERRCODE = 'BC001';`,
        'conversion 5:28',
      ],
    ])('%s', async (_name, declare, statements, expected) => {
      const found = await check({ functions: body(declare, statements) });
      const wanted =
        expected === ''
          ? []
          : (expected.match(/\S+ \S+/g) ?? []).map((each) => each.replace(' ', ' functions.sql:'));
      expect([...found].sort()).toEqual([...wanted].sort());
    });

    test('a declared scan', async () => {
      const functions = body('n int8;', 'SELECT count(*) INTO n FROM shop.item AS i;');
      expect(await check({ functions })).toEqual(['unbounded-read functions.sql:5:29']);
      expect(await check({ functions, manifest: { scans: { try: { item: 100 } } } })).toEqual([]);
      expect(await check({ functions, manifest: { scans: { try: { line: 100 } } } })).toHaveLength(1);
      expect(await check({ functions, manifest: { scans: { try: { item: 100, nothing: 5 } } } })).toEqual([
        'missing-table contract.json:11:7',
      ]);
    });

    test('deleting what is looked up without an index', async () => {
      const table =
        'CREATE TABLE shop.a (id int4 PRIMARY KEY); CREATE TABLE shop.b (id int4 PRIMARY KEY, a int4 REFERENCES shop.a);';
      const functions = body('', 'DELETE FROM shop.a WHERE id = p;');
      expect(await check({ schema: table, functions })).toEqual(['unindexed-key functions.sql:5:18']);
      expect(await check({ schema: `${table} CREATE INDEX b_a ON shop.b (a);`, functions })).toEqual([]);
    });

    test('a result that is converted without a word', async () => {
      expect(await check({ functions: body('', 'RETURN t;', 'date') })).toEqual([
        'conversion functions.sql:5:8',
      ]);
      expect(await check({ functions: body('', 'RETURN NULL;', 'date') })).toEqual([]);
      expect(await check({ functions: body('', "RETURN 'now';", 'date') })).toEqual([
        'time-constant functions.sql:5:8',
      ]);
    });

    test('a body in SQL', async () => {
      const sql = (text: string): string =>
        `CREATE FUNCTION shop.give(t text) RETURNS text LANGUAGE sql AS $$ ${text} $$;`;
      expect(await check({ functions: sql('SELECT t') })).toEqual([]);
      expect(await check({ functions: sql('SELECT quote_ident($1)') })).toEqual([
        'function functions.sql:1:74',
      ]);
      const atomic =
        'CREATE FUNCTION shop.give(t text) RETURNS text\nBEGIN ATOMIC\n  SELECT quote_ident(t);\nEND;';
      expect(await check({ functions: atomic })).toEqual(['function functions.sql:3:10']);
    });

    test('a default of a parameter', async () => {
      const functions = `CREATE FUNCTION shop.give(t date DEFAULT 'today') RETURNS date LANGUAGE plpgsql AS $$ BEGIN RETURN t; END $$;`;
      expect(await check({ functions })).toEqual(['time-constant functions.sql:1:42']);
    });
  });

  describe('tables', () => {
    test.each([
      ['CREATE TABLE shop.t (id int4);', 'primary-key 1:1'],
      ['CREATE TABLE shop.t (id int4 PRIMARY KEY, x numeric);', 'numeric-scale 1:43'],
      ['CREATE TABLE shop.t (id int4 PRIMARY KEY, x float8);', 'column-type 1:43'],
      ['CREATE TABLE shop.t (id int4 PRIMARY KEY, x int4[][]);', 'array-dimensions 1:43'],
      ['CREATE TABLE shop.t (id int4 PRIMARY KEY, x text COLLATE "POSIX");', 'collation 1:43'],
      ['CREATE TABLE shop.t (id text PRIMARY KEY);', 'key-length 1:22'],
      ['CREATE TABLE shop.t (id text PRIMARY KEY CHECK (octet_length(id) <= 1025));', 'key-length 1:22'],
      ['CREATE TABLE shop.t (id text PRIMARY KEY CHECK (octet_length(id) <= 1024));', ''],
      ['CREATE TABLE shop.t (id text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 256));', ''],
      ["CREATE TABLE shop.t (id text PRIMARY KEY CHECK (id IN ('a', 'b')));", ''],
      ["CREATE TABLE shop.t (id text PRIMARY KEY CHECK (id ~ '^[A-Z]{2}[0-9]{1,10}$'));", ''],
      ["CREATE TABLE shop.t (id text PRIMARY KEY CHECK (id ~ '^[A-Z]+$'));", 'key-length 1:22'],
      [
        'CREATE TABLE shop.t (id text PRIMARY KEY CHECK (octet_length(id) <= 99)); CREATE TABLE shop.u (id text PRIMARY KEY REFERENCES shop.t);',
        '',
      ],
      [
        "CREATE TABLE shop.t (id int4 PRIMARY KEY, q numeric(9,3), x numeric(9,2) GENERATED ALWAYS AS (q * ('1e' || '2')::numeric) STORED);",
        'number-cast 1:112',
      ],
      [
        "CREATE TABLE shop.t (id int4, x int4); ALTER TABLE ONLY shop.t ADD CONSTRAINT t_key PRIMARY KEY (id), ADD CONSTRAINT t_x CHECK (x::text::date > '2020-01-01');",
        'conversion 1:136',
      ],
      ['CREATE TABLE shop.t (id int4 PRIMARY KEY, x int4, y int4, CHECK (x + y > 0));', ''],
      ["CREATE TABLE shop.t (id int4 PRIMARY KEY, x text, CHECK (substr(x, 1, 2) = 'ab'));", ''],
      ['CREATE TABLE shop.t (id int4 PRIMARY KEY UNIQUE DEFERRABLE);', 'deferrable 1:49'],
      [
        'CREATE TABLE shop.t (id int4 PRIMARY KEY, x int4 GENERATED ALWAYS AS IDENTITY);',
        'identity 1:43 table-kind 1:70',
      ],
      ['CREATE TABLE shop.t (id int4 PRIMARY KEY, x uuid DEFAULT bucordo.new_id());', 'default 1:50'],
      ["CREATE TABLE shop.t (id int4 PRIMARY KEY, x text NOT NULL DEFAULT 'open');", ''],
      [
        'CREATE TABLE shop.t (id int4 PRIMARY KEY, x text); CREATE INDEX i ON shop.t (lower(x));',
        'index-expression 1:65',
      ],
      [
        'CREATE TABLE shop.t (id int4 PRIMARY KEY, x int4); CREATE INDEX i ON shop.t USING hash (x);',
        'index-method 1:83',
      ],
      [
        'CREATE TABLE shop.t (id int4 PRIMARY KEY, x int4 REFERENCES shop.t ON DELETE SET NULL);',
        'cascade 1:78',
      ],
      ['CREATE TABLE shop.t (id int4 PRIMARY KEY, x jsonb UNIQUE);', 'index-type 1:43'],
      ['CREATE VIEW shop.v AS SELECT 1 AS one LIMIT 1;', 'view-limit 1:39'],
      [
        'CREATE VIEW shop.v AS SELECT c.relname::text AS name FROM pg_catalog.pg_class AS c;',
        'foreign-relation 1:59 function 1:41 type 1:49',
      ],
      ['CREATE TABEL shop.t (id int4);', 'syntax 1:8'],
      ['CREATE TABLE shop.t (id nothing);', 'unresolved 1:25'],
      ['DROP TABLE shop.t;', 'statement 1:1'],
    ])('%s', async (schema, expected) => {
      const wanted = (expected.match(/\S+ \S+/g) ?? []).map((each) => each.replace(' ', ' schema.sql:'));
      expect([...(await check({ schema }))].sort()).toEqual([...wanted].sort());
    });
  });

  describe('what other contracts and versions say', () => {
    const other = {
      name: 'stock',
      schema:
        'CREATE TABLE stock.t (id int4 PRIMARY KEY); CREATE VIEW stock.shown AS SELECT t.id FROM stock.t AS t;',
      views: { shown: { contracts: ['shop'] } },
    };
    const functions = body('', 'PERFORM FROM stock.shown AS s WHERE s.id = p;');

    test('a published view that is used', async () => {
      const manifest = { uses: { stock: ['shown'] } };
      expect(await check({ functions, manifest }, { others: [other] })).toEqual([]);
      const hidden = { ...other, views: { shown: { contracts: ['bank'] } } };
      expect(await check({ functions, manifest }, { others: [hidden] })).toContain(
        'unpublished-view contract.json:8:7',
      );
      expect(await check({ functions }, { others: [other] })).toEqual([
        'foreign-relation functions.sql:5:20',
      ]);
      expect(await check({ functions, manifest })).toContain('unpublished-view contract.json:8:7');
    });

    test('a published view shows the own tables only', async () => {
      const schema = `${SCHEMA}CREATE VIEW shop.passed_on AS SELECT s.id FROM stock.shown AS s;`;
      const manifest = { uses: { stock: ['shown'] } };
      expect(await check({ schema, manifest }, { others: [other] })).toEqual([]);
      const published = { ...manifest, views: { passed_on: { contracts: ['*'] } } };
      expect(await check({ schema, manifest: published }, { others: [other] })).toEqual([
        'foreign-relation schema.sql:21:54',
      ]);
      expect(await check({ manifest: { views: { nothing: { contracts: [] } } } })).toEqual([
        'missing-view contract.json:6:5',
      ]);
    });

    test('a migration leads to the tables of schema.sql', async () => {
      const manifest = { version: '2.0.0' };
      const previous = { version: '1.0.0', schema: 'CREATE TABLE shop.t (id int4 PRIMARY KEY, old int4);' };
      const schema = 'CREATE TABLE shop.t (id int4 PRIMARY KEY, fresh int4 NOT NULL);';
      const attempt = async (sql: string): Promise<readonly string[]> => {
        const migrations = [{ file: 'migrations/1.0.0-2.0.0.sql', text: sql, from: '1.0.0', to: '2.0.0' }];
        return check({ manifest, schema, migrations }, { previous });
      };
      const add = 'ALTER TABLE shop.t ADD COLUMN fresh int4;\n';
      const rest =
        'UPDATE shop.t SET fresh = old;\nALTER TABLE shop.t ALTER COLUMN fresh SET NOT NULL;\nALTER TABLE shop.t DROP COLUMN old;';
      expect(await attempt(`${add}${rest}`)).toEqual([]);
      expect(await attempt(add)).not.toEqual([]);
      expect(await attempt(`${add}UPDATE shop.t SET nothing = 1;`)).toEqual([
        'migration migrations/1.0.0-2.0.0.sql:2:19',
      ]);
      expect(await attempt(`${add}UPDATE shop.t SET fresh = pg_backend_pid();\n${rest}`)).toEqual([
        'function migrations/1.0.0-2.0.0.sql:2:27',
      ]);
      expect(await attempt('DO $$ BEGIN END $$;')).toEqual(['migration migrations/1.0.0-2.0.0.sql:1:1']);
      expect(await check({ manifest, schema }, { previous })).toEqual(['migration-missing schema.sql:1:1']);
      expect(await check({ manifest, schema: previous.schema }, { previous })).toEqual([]);
    });

    describe('a migration', () => {
      const manifest = { version: '2.0.0' };
      const before =
        'CREATE TABLE shop.t (id int4 PRIMARY KEY, old int4, price numeric(5,2)); CREATE TABLE shop.u (id int4 PRIMARY KEY);';
      const attempt = async (sql: string, schema: string): Promise<readonly Finding[]> => {
        const migrations = [{ file: 'migrations/1.0.0-2.0.0.sql', text: sql, from: '1.0.0', to: '2.0.0' }];
        const previous = { version: '1.0.0', schema: before };
        return checkSemantics(shop({ manifest, schema, migrations }), scratch, { previous });
      };
      const table = (columns: string): string =>
        `CREATE TABLE shop.t (id int4 PRIMARY KEY${columns}); CREATE TABLE shop.u (id int4 PRIMARY KEY);`;

      test.each([
        [
          'a name that comes back with another type',
          'ALTER TABLE shop.t DROP COLUMN old; ALTER TABLE shop.t ADD COLUMN old text; UPDATE shop.t SET old = price::text;',
          ', price numeric(5,2), old text',
        ],
        [
          'a name that comes back in one statement',
          'ALTER TABLE shop.t DROP COLUMN price, ADD COLUMN price numeric(9,4);',
          ', old int4, price numeric(9,4)',
        ],
        [
          'a generated column',
          'ALTER TABLE shop.t ADD COLUMN above boolean GENERATED ALWAYS AS (old > 4) STORED;',
          ', old int4, price numeric(5,2), above boolean GENERATED ALWAYS AS (old > 4) STORED',
        ],
        [
          'a default for what comes',
          'ALTER TABLE shop.t ALTER COLUMN old SET DEFAULT 7;',
          ', old int4 DEFAULT 7, price numeric(5,2)',
        ],
      ])('I8: may bring %s', async (_, sql, columns) => {
        expect(await attempt(sql, table(columns))).toEqual([]);
      });

      test.each([
        ['renames a column', 'ALTER TABLE shop.t RENAME COLUMN old TO fresh;', /renamed to fresh/],
        ['renames a table', 'ALTER TABLE shop.u RENAME TO w;', /table u is renamed/],
        ['drops a table', 'DROP TABLE shop.u;', /table u is gone/],
        ['changes a type', 'ALTER TABLE shop.t ALTER COLUMN old TYPE int8;', /from integer to bigint/],
        [
          'narrows a type',
          'ALTER TABLE shop.t ALTER COLUMN price TYPE numeric(4,1);',
          /from numeric\(5,2\) to numeric\(4,1\)/,
        ],
        [
          'writes rows by a type',
          'ALTER TABLE shop.t ALTER COLUMN price TYPE numeric(5,2) USING price * 2;',
          /written anew/,
        ],
        ['adds a default', 'ALTER TABLE shop.t ADD COLUMN fresh int4 DEFAULT 1;', /added with a default/],
        ['adds what is required', 'ALTER TABLE shop.t ADD COLUMN fresh int4 NOT NULL;', /added as NOT NULL/],
        [
          'changes the key',
          'ALTER TABLE shop.t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (id, old);',
          /primary key of t changes/,
        ],
        [
          'sets a default that schema.sql does not have',
          'ALTER TABLE shop.t ALTER COLUMN old SET DEFAULT 3;',
          /no such default/,
        ],
      ])('I8: is refused that %s, with a remedy', async (_, sql, message) => {
        const findings = await attempt(sql, before);
        const [first] = findings.filter(({ rule }) => rule === 'migration');
        expect(first?.message).toMatch(message);
        expect(first?.remedy).not.toBe('');
      });
    });

    test('a rule for readers asks who reads', async () => {
      const readers = (rows: string): Partial<Manifest> => ({
        readers: [{ table: 'item', classes: [], roles: ['clerk'], rows }],
      });
      expect(await check({ manifest: readers('code = bucordo.reader_member()') })).toEqual([]);
      expect(await check({ manifest: readers('code = current_user') })).toHaveLength(2);
      expect(await check({ manifest: readers('nothing = 1') })).toEqual(['unresolved contract.json:14:15']);
      expect(await check({ manifest: readers('true) OR (true') })).toEqual([]);
      expect(await check({ manifest: readers('true); SELECT (1') })).toEqual([
        'unresolved contract.json:14:15',
      ]);
    });

    test('a name that is taken', async () => {
      for (const name of ['bucordo', 'bucordo_check', 'public', 'pg_temp']) {
        expect(await check({ manifest: { name } })).toEqual(['contract-name contract.json:2:11']);
      }
    });

    test('nothing of a check stays', async () => {
      await check({ functions });
      const { rows } = await scratch.query(
        "SELECT nspname FROM pg_namespace WHERE nspname IN ('shop', 'stock', 'bucordo_check')",
      );
      expect(rows).toEqual([]);
    });
  });
});
