/**
 * I2: whatever the checker lets through gives the same on two databases whose rows lie in opposite order, under plans
 * that sort and plans that hash. Every aggregate and window function of the positive list, grouping, DISTINCT,
 * ordering, set operation and join is tried over expressions of every type that a contract may use, among them
 * values that are equal and not identical. A function that joins the list without a form here fails the test.
 */

import { scalarTypes } from '@bucordo/protocol';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { connect } from '../../../node/src/postgres/connection.ts';
import { checkSyntax } from '../check/check-syntax.ts';
import type { ContractPackage } from '../package/contract-package.ts';
import { allowedSignatures } from './allowed-functions.ts';
import { isAllowedType } from './allowed-types.ts';
import { readCatalogue } from './catalogue.ts';
import { checkSemantics } from './check-semantics.ts';

const SCHEMA = `CREATE TABLE o.v (
  id int8 PRIMARY KEY, grp int4 NOT NULL, flag bool NOT NULL, small int2 NOT NULL, p2 numeric(10,2) NOT NULL, p4 numeric(10,4),
  label text NOT NULL CHECK (octet_length(label) <= 100), bin bytea NOT NULL, code uuid NOT NULL, day date NOT NULL,
  at timestamptz NOT NULL, doc jsonb, sums numeric(10,2)[]
);`;

const ROWS = `INSERT INTO o.v
  SELECT n, n % 3, n % 2 = 0, (n % 4)::int2, (n / 4) % 3, CASE WHEN n % 7 > 0 THEN (n / 4) % 3 END,
         (ARRAY['', 'a', 'a ', 'b', 'Grüße'])[1 + n % 5], decode((ARRAY['', '00', '0000', 'ff'])[1 + n % 4], 'hex'),
         ('00000000-0000-0000-0000-00000000000' || n % 4)::uuid, date '2026-01-30' + (n % 3)::int4, timestamptz '2026-01-30T23:30:00Z' + (n % 3) * interval '1 hour',
         (ARRAY['{"a": 1}', '{"a": 1.0}', '{"a": 1.00}', '1', '1.0', '[1]', '[1.0]', 'null', NULL, '{"a": 1e0}'])[1 + n % 10]::jsonb,
         ARRAY[(n / 4) % 3, 1, NULL]
    FROM generate_series(1, 48) AS n
   ORDER BY n`;

/** Numbers of which equal ones are written in two ways. */
const MIXED = 'CASE WHEN v.flag THEN v.p2 ELSE v.p4 END';

/** Expressions by what they are; the types among them are all that a contract may use. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  bool: 'v.flag',
  int2: 'v.small',
  int4: 'v.grp',
  int8: 'v.id',
  'numeric of one scale': 'v.p2',
  'numeric of a scale, or NULL': 'v.p4',
  'numeric of two scales': MIXED,
  'numeric beside a whole number': 'coalesce(v.p4, 0)',
  'numeric beside a constant of its scale': 'coalesce(v.p4, 0.0000)',
  'rounded numeric': `round(${MIXED}, 3)`,
  'trimmed numeric': `trim_scale(${MIXED})`,
  'product of numerics': 'v.p2 * v.p4 - v.small',
  'quotient of numerics': 'v.p2 / (v.small + 1)',
  'number of a text': `bucordo.decimal_number(v.grp::text || (CASE WHEN v.flag THEN '.0' ELSE '' END))`,
  'seconds of an interval': 'extract(epoch FROM make_interval(hours => v.grp))',
  text: 'v.label',
  varchar: 'v.label::varchar(20)',
  'bpchar of two lengths': 'CASE WHEN v.flag THEN v.label::char(3) ELSE v.label::char(6) END',
  'bpchar as text': 'v.label::char(6)::text',
  bytea: 'v.bin',
  uuid: 'v.code',
  date: 'v.day',
  timestamptz: 'v.at',
  timestamp: `v.at AT TIME ZONE 'UTC'`,
  interval: 'CASE WHEN v.flag THEN make_interval(days => v.grp) ELSE make_interval(hours => 24 * v.grp) END',
  jsonb: 'v.doc',
  'part of a jsonb': `v.doc -> 'a'`,
  'jsonb as text': 'v.doc::text',
  'jsonb of a numeric': `to_jsonb(${MIXED})`,
  'row of alike values': 'ROW(v.grp, v.p2)',
  'row of unlike values': `ROW(v.grp, ${MIXED})`,
  'row of the table': 'v',
  'array of a column': 'v.sums',
  'array of two scales': `ARRAY[${MIXED}]`,
  'array from zero on': 'CASE WHEN v.flag THEN array_fill(v.grp, ARRAY[1], ARRAY[0]) ELSE ARRAY[v.grp] END',
  'array of documents': 'ARRAY[v.doc]',
  'array of intervals': 'ARRAY[make_interval(hours => 24 * v.grp)]',
  'array of rows': 'ARRAY[ROW(v.grp, v.doc)]',
};

/** Columns and casts of which arrays are made, so that each admitted type of an array is there. */
const ELEMENTS = [
  'v.flag',
  'v.small',
  'v.grp',
  'v.id',
  'v.label',
  'v.bin',
  'v.code',
  'v.day',
  'v.at',
  `v.at AT TIME ZONE 'UTC'`,
  'v.label::varchar(9)',
  'v.label::char(3)',
];

const ALL: Readonly<Record<string, string>> = {
  ...EXPRESSIONS,
  ...Object.fromEntries(ELEMENTS.map((each) => [`array of ${each}`, `ARRAY[${each}]`])),
};

/** One of so many statements is tried without BUCORDO_THOROUGH, for each expression others. */
const SHARE = 24;

const isThorough = process.env['BUCORDO_THOROUGH'] !== undefined;

/** How each aggregate and window function of the list is called; `e` is the expression. */
const CALLS: Readonly<Record<string, readonly ((e: string) => string)[]>> = {
  count: [() => 'count(*)', (e) => `count(${e})`],
  ...same([
    'min',
    'max',
    'sum',
    'avg',
    'bit_and',
    'bit_or',
    'bool_and',
    'bool_or',
    'every',
    'array_agg',
    'jsonb_agg',
  ]),
  string_agg: [(e) => `string_agg(${e}, ',')`, (e) => `string_agg(${e}, v.bin)`],
  jsonb_object_agg: [(e) => `jsonb_object_agg(v.grp, ${e})`],
  ...same(['row_number', 'rank', 'dense_rank'], () => ''),
  ...same(['first_value', 'last_value']),
  lag: [(e) => `lag(${e})`, (e) => `lag(${e}, 2)`, (e) => `lag(${e}, 1, ${e})`],
  lead: [(e) => `lead(${e})`, (e) => `lead(${e}, 2)`, (e) => `lead(${e}, 1, ${e})`],
  nth_value: [(e) => `nth_value(${e}, 2)`],
  ntile: [() => 'ntile(3)'],
};

function same(
  names: readonly string[],
  arg = (e: string): string => e,
): Record<string, ((e: string) => string)[]> {
  return Object.fromEntries(names.map((name) => [name, [(e: string) => `${name}(${arg(e)})`]]));
}

/** A statement: one value, or the rows of a loop. */
interface Trial {
  readonly name: string;
  readonly sql: string;
  readonly isLoop: boolean;
}

const texts = (query: string): string =>
  `(SELECT string_agg(DISTINCT to_jsonb(q.a)::text, ';') FROM (${query}) AS q)`;
const inside = (call: string, what: string): string => call.replace(/\)$/, ` ${what})`);
const distinct = (call: string): string => call.replace('(', '(DISTINCT ');

function aggregates(call: string, e: string): readonly string[] {
  const forms = [
    call,
    distinct(call),
    inside(call, `ORDER BY ${e}`),
    inside(call, `ORDER BY v.grp, ${e}`),
    inside(call, `ORDER BY ${e}, v.id`),
    `${call} FILTER (WHERE v.small > 0)`,
  ];
  return forms.flatMap((form) => [
    `to_jsonb((SELECT ${form} FROM o.v AS v))::text`,
    `(SELECT jsonb_agg(to_jsonb(q.a) ORDER BY q.g) FROM (SELECT v.grp AS g, ${form} AS a FROM o.v AS v GROUP BY v.grp) AS q)::text`,
  ]);
}

function windows(call: string, e: string): readonly string[] {
  const over = [
    '',
    'PARTITION BY v.small',
    `ORDER BY ${e}`,
    `ORDER BY v.grp, v.id`,
    `PARTITION BY v.grp ORDER BY ${e}, v.id`,
    `PARTITION BY ${e} ORDER BY v.id`,
    `ORDER BY ${e}, v.id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING`,
    `ORDER BY ${e} ROWS UNBOUNDED PRECEDING`,
    `ORDER BY ${e} GROUPS 1 PRECEDING`,
  ];
  return over.flatMap((each) => [
    `(SELECT jsonb_agg(to_jsonb(q.a) ORDER BY q.i) FROM (SELECT v.id AS i, ${call} OVER (${each}) AS a FROM o.v AS v) AS q)::text`,
  ]);
}

/** Windows over rows of which only the value tells them apart. */
const numbered = (call: string): string =>
  texts(
    `SELECT jsonb_build_array(to_jsonb(v.e)::text, ${call} OVER (ORDER BY v.e)) AS a FROM (SELECT v.e FROM (SELECT EXPRESSION AS e FROM o.v AS v) AS v) AS v`,
  );

function queries(e: string): readonly string[] {
  const some = `SELECT ${e} AS a FROM o.v AS v WHERE v.small = 0`;
  const others = `SELECT ${e} AS a FROM o.v AS v WHERE v.small > 1`;
  const mixed = `SELECT ${e} AS a FROM o.v AS v`;
  return [
    texts(`SELECT ${e} AS a FROM o.v AS v GROUP BY ${e}`),
    texts(`SELECT ${e} AS a FROM o.v AS v GROUP BY ${e}, v.grp HAVING count(*) > 1`),
    texts(`SELECT ${e} AS a FROM o.v AS v GROUP BY v.id, ${e}`),
    texts(`SELECT DISTINCT ${e} AS a FROM o.v AS v`),
    texts(`SELECT DISTINCT v.grp, ${e} AS a FROM o.v AS v`),
    texts(`SELECT DISTINCT v.id, ${e} AS a FROM o.v AS v`),
    texts(`SELECT DISTINCT ON (${e}) ${e} AS a FROM o.v AS v ORDER BY ${e}`),
    texts(`SELECT DISTINCT ON (${e}) ${e} AS a FROM o.v AS v ORDER BY ${e}, v.id`),
    texts(`SELECT DISTINCT ON (v.grp) ${e} AS a FROM o.v AS v ORDER BY v.grp, ${e}`),
    ...['UNION', 'INTERSECT', 'EXCEPT', 'UNION ALL', 'INTERSECT ALL', 'EXCEPT ALL'].flatMap((word) => [
      texts(`${some} ${word} ${others}`),
      texts(`(${some} ${word} ${others}) ORDER BY 1 LIMIT 2`),
    ]),
    texts(`SELECT x.a FROM (${some}) AS x JOIN (${others}) AS y USING (a)`),
    texts(`SELECT a FROM (${some}) AS x FULL JOIN (${others}) AS y USING (a)`),
    texts(`SELECT x.a FROM (${some}) AS x WHERE x.a IN (${others})`),
    `(SELECT count(*) FROM o.v AS v WHERE (${e}) IN (${mixed}))::text`,
    `(SELECT string_agg(to_jsonb(q.a)::text, ';' ORDER BY q.a) FROM (${mixed}) AS q)`,
    `(SELECT string_agg(to_jsonb(q.a)::text, ';' ORDER BY q.a, q.i) FROM (SELECT v.id AS i, ${e} AS a FROM o.v AS v) AS q)`,
    `(SELECT to_jsonb(q.a)::text FROM (${mixed}) AS q ORDER BY q.a LIMIT 1)`,
    `to_jsonb((SELECT ${e} FROM o.v AS v ORDER BY ${e} LIMIT 1))::text`,
    `to_jsonb((SELECT ${e} FROM o.v AS v ORDER BY ${e} DESC, v.id OFFSET 2 LIMIT 1))::text`,
    `to_jsonb(ARRAY(SELECT ${e} FROM o.v AS v ORDER BY ${e}))::text`,
    `to_jsonb((SELECT max(q.a) FROM (SELECT max(${e}) AS a FROM o.v AS v GROUP BY v.grp) AS q))::text`,
    `to_jsonb((SELECT sum(DISTINCT q.a) FROM (SELECT sum(${e}) AS a FROM o.v AS v GROUP BY v.grp) AS q))::text`,
    `(WITH q AS (${mixed}) SELECT to_jsonb(min(q.a)) FROM q)::text`,
    ...['row_number()', 'lag(v.e)', 'first_value(v.e)', 'ntile(3)'].map((call) =>
      numbered(call).replace('EXPRESSION', e),
    ),
  ];
}

function loops(e: string): readonly string[] {
  return [
    `SELECT ${e} AS a FROM o.v AS v ORDER BY ${e}`,
    `SELECT to_jsonb(q.a)::text AS b FROM (SELECT ${e} AS a FROM o.v AS v) AS q ORDER BY q.a`,
    `SELECT ${e} AS a FROM o.v AS v ORDER BY ${e} DESC, v.id`,
    `SELECT ${e} AS a, count(*) AS c FROM o.v AS v GROUP BY ${e} ORDER BY ${e}`,
    `SELECT v.grp, max(${e}) AS a FROM o.v AS v GROUP BY v.grp ORDER BY v.grp`,
    `SELECT ${e} AS a FROM o.v AS v UNION ALL SELECT ${e} FROM o.v AS v ORDER BY 1`,
    `SELECT q.a FROM (SELECT ${e} AS a, v.id AS i FROM o.v AS v) AS q ORDER BY q.a, q.i`,
  ];
}

function trialsOf(name: string, e: string): readonly Trial[] {
  const values = [
    ...Object.values(CALLS).flatMap((calls) =>
      calls.flatMap((call) => [...aggregates(call(e), e), ...windows(call(e), e)]),
    ),
    ...queries(e),
  ];
  return [
    ...values.map((sql) => ({ name: `${name}: ${sql}`, sql: `SELECT ${sql}`, isLoop: false })),
    ...loops(e).map((sql) => ({ name: `${name}: ${sql}`, sql, isLoop: true })),
  ];
}

/** Settings under which the planner sorts, hashes, and takes the index. */
const PLANS: readonly string[] = [
  'SET enable_hashagg = off; SET enable_hashjoin = off; SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_nestloop = off',
  'SET enable_sort = off; SET enable_mergejoin = off; SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_incremental_sort = off',
  'SET enable_seqscan = off; SET work_mem = 64',
];

let databases: readonly TestDatabase[] = [];
/** One for each database and each plan, those of the first database first. */
let clients: readonly pg.Client[] = [];
let scratch: TestDatabase;
let checker: pg.Client;

beforeAll(async () => {
  databases = [await freshDatabase(), await freshDatabase()];
  for (const [index, database] of databases.entries()) {
    const client = await connect(database.connection('postgres'));
    await client.query(
      `${CONTEXT} CREATE SCHEMA o; ${SCHEMA} ${ROWS} ${index === 0 ? 'ASC' : 'DESC'}; ANALYZE o.v`,
    );
    await client.end();
  }
  const pairs = databases.flatMap((database) => PLANS.map((plan) => ({ database, plan })));
  clients = await Promise.all(pairs.map(({ database }) => connect(database.connection('postgres'))));
  await Promise.all(clients.map((client, index) => client.query(pairs[index]?.plan ?? '')));
  scratch = await freshDatabase();
  checker = await connect(scratch.connection('postgres'));
});

afterAll(async () => {
  for (const client of [...clients, checker]) await client.end();
  for (const database of [...databases, scratch]) await database.drop();
});

// The one context function that the expressions call, as the node's own does it.
const CONTEXT = `CREATE SCHEMA bucordo;
  CREATE FUNCTION bucordo.decimal_number(value text) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT value::numeric';`;

function firstClient(): pg.Client {
  const [client] = clients;
  if (client === undefined) throw new Error('the databases are not ready');
  return client;
}

/** The trials that Postgres can resolve: the sum of a text is none. */
async function typed(trials: readonly Trial[]): Promise<readonly Trial[]> {
  const found: Trial[] = [];
  for (const trial of trials) {
    if (!/^error 42/.test(await answer(firstClient(), trial.sql))) found.push(trial);
  }
  return found;
}

function packageOf(trials: readonly Trial[]): ContractPackage {
  const names = trials.map((_, index) => `f${index}`);
  const scans = Object.fromEntries(names.map((each) => [each, { v: 1000 }]));
  const manifest = { name: 'o', version: '1.0.0', functions: {}, views: {}, uses: {}, readers: [], scans };
  const text = trials
    .map(({ sql, isLoop }, index) => {
      const body = isLoop
        ? `FOR r IN ${sql} LOOP x := 'x'; END LOOP;`
        : `x := (${sql.replace(/^SELECT /, '')});`;
      return `CREATE FUNCTION o.f${index}() RETURNS text LANGUAGE plpgsql AS $$ DECLARE x text; r record; BEGIN ${body} RETURN x; END $$;`;
    })
    .join('\n');
  return {
    manifest,
    manifestText: { file: 'contract.json', text: JSON.stringify(manifest) },
    schema: { file: 'schema.sql', text: SCHEMA },
    functions: { file: 'functions.sql', text },
    migrations: [],
    tests: [],
  };
}

/** The trials to which the checker has no objection. */
async function accepted(trials: readonly Trial[]): Promise<readonly Trial[]> {
  const found: Trial[] = [];
  for (let from = 0; from < trials.length; from += 100) {
    const part = trials.slice(from, from + 100);
    const contract = packageOf(part);
    const findings = [...(await checkSyntax(contract)), ...(await checkSemantics(contract, checker))];
    const lines = new Set(findings.map(({ line }) => line));
    found.push(...part.filter((_, index) => !lines.has(index + 1)));
  }
  return found;
}

/** What a statement gives on both databases under each of the plans, each different answer once. */
async function answers(trial: Trial): Promise<readonly string[]> {
  return [...new Set(await Promise.all(clients.map((client) => answer(client, trial.sql))))];
}

async function answer(client: pg.Client, text: string): Promise<string> {
  try {
    const raw = { getTypeParser: () => (value: string) => value };
    const { rows } = await client.query({ text, rowMode: 'array', types: raw });
    return JSON.stringify(rows);
  } catch (error) {
    return error instanceof Error && 'code' in error ? `error ${String(error.code)}` : String(error);
  }
}

test('every aggregate and window function of the positive list is called', async () => {
  const { rows } = await firstClient().query<{ signature: string }>(AGGREGATES);
  const names = rows
    .filter(({ signature }) => allowedSignatures().includes(signature))
    .map(({ signature }) => signature.replace(/\(.*/, ''));
  expect([...new Set(names)].sort()).toEqual(Object.keys(CALLS).sort());
});

const AGGREGATES = `
  SELECT p.proname || '(' || coalesce(string_agg(t.typname, ',' ORDER BY a.place), '') || ')' AS signature
    FROM pg_proc AS p
    LEFT JOIN LATERAL unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a (type, place) ON true
    LEFT JOIN pg_type AS t ON t.oid = a.type
   WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind IN ('a', 'w')
   GROUP BY p.oid, p.proname`;

test('every type that a contract may use is among the expressions', async () => {
  const catalogue = await readCatalogue(firstClient(), ['o']);
  const scope = {
    catalogue,
    contract: 'o',
    usedViews: new Set<string>(),
    scans: {},
    unindexedKeys: [],
    rowErrors: new Map(),
    views: new Map(),
    refusing: new Set<string>(),
  };
  const { rows } = await firstClient().query<{ oid: number }>(
    `SELECT t.oid FROM pg_type AS t WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typname NOT IN ('void', 'unknown')`,
  );
  const admitted = rows.filter(({ oid }) => {
    const type = catalogue.type(oid);
    return type !== undefined && isAllowedType(type, scope);
  });
  const seen = new Set<number>();
  for (const e of Object.values(ALL)) {
    const { fields } = await firstClient().query(`SELECT ${e} AS a FROM o.v AS v LIMIT 0`);
    for (const { dataTypeID } of fields) seen.add(dataTypeID);
  }
  const missing = admitted.filter(({ oid }) => !seen.has(oid)).map(({ oid }) => catalogue.type(oid)?.sql);
  expect(missing).toEqual([]);
  expect(scalarTypes.length).toBeGreaterThan(10);
});

describe('I2: what passes the checker is the same in both orders', () => {
  test.each(Object.entries(ALL).map(([name, e], place) => [name, e, place] as const))(
    '%s',
    async (name, e, place) => {
      const trials = await typed(
        trialsOf(name, e).filter((_, index) => isThorough || (index + place) % SHARE === 0),
      );
      const passing = await accepted(trials);
      const differing: string[] = [];
      for (const trial of passing) {
        const [first, ...others] = await answers(trial);
        if (others.length > 0) differing.push(`${trial.name} gives ${first} and ${others.join(' and ')}`);
      }
      process.stderr.write(`${name} ${trials.length} ${passing.length}\n`);
      expect(differing).toEqual([]);
      expect(passing.length).toBeGreaterThan(0);
      if (!UNLIKE.has(name)) return;
      // The rows are such that the order would show: some of what is refused differs.
      const refused = trials.filter((each) => !passing.includes(each));
      let shown = 0;
      for (const trial of refused.slice(-60)) if ((await answers(trial)).length > 1) shown += 1;
      expect(shown).toBeGreaterThan(0);
    },
  );
});

/** Those whose equal values differ. */
const UNLIKE: ReadonlySet<string> = new Set([
  'numeric of two scales',
  'numeric beside a whole number',
  'jsonb',
  'interval',
  'bpchar of two lengths',
  'row of unlike values',
  'array of two scales',
  'array of documents',
]);

/** Arguments of numeric functions by type: columns of one scale and of two, and constants. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  numeric: ['(v.p2 + 1)', '(v.p4 + 1)', '(CASE WHEN v.flag THEN v.p2 + 1 ELSE v.p4 + 1 END)', '1.5', '100'],
  int2: ['v.small'],
  int4: ['v.grp', '2', '0'],
  int8: ['v.id'],
  text: ["'year'", "'second'", "'epoch'", "'millisecond'", "'julian'"],
  date: ['v.day'],
  timestamp: [`(v.at AT TIME ZONE 'UTC')`],
  interval: ['make_interval(hours => v.grp)'],
};

test('I2: equal results of a numeric function are written alike where the checker says so', async () => {
  const { rows } = await firstClient().query<{ name: string; arguments: string }>(NUMERIC_FUNCTIONS, [
    allowedSignatures(),
  ]);
  const expressions = rows.flatMap(({ name, arguments: types }) => {
    const choices = types.split(',').map((type) => ARGUMENTS[type] ?? []);
    const calls = choices.reduce<readonly string[]>(
      (all, each) => all.flatMap((left) => each.map((right) => `${left}, ${right}`.replace(/^, /, ''))),
      [''],
    );
    return calls.map((each) => `pg_catalog.${name}(${each})`);
  });
  const trials = await typed(
    expressions.map((e) => ({
      name: e,
      sql: `SELECT to_jsonb((SELECT max(${e}) FROM o.v AS v))::text`,
      isLoop: false,
    })),
  );
  const passing = await accepted(trials);
  const unlike: string[] = [];
  for (const { name } of passing) {
    const found = await answer(
      firstClient(),
      `SELECT count(DISTINCT scale(${name})) < 2 OR bool_and(scale(${name}) = min_scale(${name})) FROM o.v AS v`,
    );
    if (found !== '[["t"]]') unlike.push(`${name} ${found}`);
  }
  expect(unlike).toEqual([]);
  expect(passing.length).toBeGreaterThan(30);
  expect(trials.length).toBeGreaterThan(passing.length + 30);
});

const NUMERIC_FUNCTIONS = `
  SELECT f.name, f.arguments
    FROM (SELECT p.proname AS name, string_agg(t.typname, ',' ORDER BY a.place) AS arguments
            FROM pg_proc AS p
            CROSS JOIN LATERAL unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a (type, place)
            JOIN pg_type AS t ON t.oid = a.type
           WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prorettype = 'numeric'::regtype AND p.prokind = 'f'
           GROUP BY p.oid, p.proname) AS f
   WHERE f.name || '(' || f.arguments || ')' = ANY ($1)
   ORDER BY 1, 2`;
