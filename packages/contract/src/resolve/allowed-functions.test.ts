/** The positive list against the catalogues of real servers, and against what the sandbox grants. */

import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { SCRATCH_VERSIONS, scratchOf } from '../../../../test/support/scratch.ts';
import { connect } from '../../../node/src/postgres/connection.ts';
import { allowedFunction, allowedSignatures, isPatternFunction } from './allowed-functions.ts';

/** Every function of the catalogue in the notation of the list. */
const SIGNATURES = `
  SELECT p.proname || '(' || coalesce(string_agg(t.typname, ',' ORDER BY a.place), '') || ')' AS signature, p.provolatile AS volatility
    FROM pg_proc AS p
    LEFT JOIN LATERAL unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a (type, place) ON true
    LEFT JOIN pg_type AS t ON t.oid = a.type
   WHERE p.pronamespace = 'pg_catalog'::regnamespace
   GROUP BY p.oid, p.proname, p.provolatile`;

/** Of which some versions have one form, some the other. */
const BY_VERSION: ReadonlySet<string> = new Set([
  'jsonb_strip_nulls(jsonb)',
  'jsonb_strip_nulls(jsonb,bool)',
]);

let database: TestDatabase;
let superuser: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  superuser = await connect(database.connection('postgres'));
});

afterAll(async () => {
  await superuser?.end();
  await database?.drop();
});

test.each(SCRATCH_VERSIONS)(
  'every signature of the list exists on Postgres %s and is not volatile',
  async (version) => {
    const scratch = await scratchOf(version);
    try {
      const { rows } = await scratch.query(SIGNATURES);
      const volatility = new Map(rows.map((row) => [row['signature'], row['volatility']]));
      const missing = allowedSignatures().filter((each) => !volatility.has(each) && !BY_VERSION.has(each));
      expect(missing).toEqual([]);
      expect(allowedSignatures().filter((each) => volatility.get(each) === 'v')).toEqual([]);
    } finally {
      await scratch.end();
    }
  },
);

test('the sandbox grants what the checker allows', async () => {
  const { rows } = await superuser.query<{ signature: string; granted: boolean }>(
    `SELECT s.signature, p.oid IN (SELECT routine FROM bucordo_guard.routine_right WHERE is_contract) AS granted
       FROM (${SIGNATURES.replace('p.provolatile AS volatility', 'p.oid AS oid')}) AS s JOIN pg_proc AS p ON p.oid = s.oid`,
  );
  const granted = new Map(rows.map((row) => [row.signature, row.granted]));
  expect(allowedSignatures().filter((each) => granted.has(each) && granted.get(each) !== true)).toEqual([]);
});

test('what may not stand in a predicate is told apart', () => {
  expect(allowedFunction('int4eq(int4,int4)')).toEqual({ isTotal: true });
  expect(allowedFunction('int4div(int4,int4)')).toEqual({ isTotal: false });
  expect(allowedFunction('now()')).toBeUndefined();
  expect(allowedFunction('abs(float8)')).toBeUndefined();
});

/** Values at the edges of the types, as SQL. */
const EDGES: Readonly<Record<string, string>> = {
  bool: `ARRAY[true, false, NULL]`,
  int2: `ARRAY[-32768, -1, 0, 1, 32767, NULL]::int2[]`,
  int4: `ARRAY[-2147483648, -1, 0, 1, 2147483647, NULL]::int4[]`,
  int8: `ARRAY[-9223372036854775808, -1, 0, 1, 9223372036854775807, NULL]::int8[]`,
  numeric: `ARRAY['-1e999', '-0.5', '0', '1.00', '1e999', NULL]::numeric[]`,
  text: `ARRAY['', 'a', 'Grüße ß', repeat('x', 1000), '%_', NULL]`,
  bpchar: `ARRAY['', 'a ', 'Grüße', NULL]::bpchar[]`,
  bytea: `ARRAY['', '\\x00', '\\xffff', NULL]::bytea[]`,
  uuid: `ARRAY['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', NULL]::uuid[]`,
  date: `ARRAY['4713-01-01 BC', '2000-02-29', '5874897-12-31', 'infinity', NULL]::date[]`,
  timestamptz: `ARRAY['4713-01-01 00:00Z BC', '2000-02-29 00:00Z', '294276-12-31 23:59Z', '-infinity', NULL]::timestamptz[]`,
  timestamp: `ARRAY['4713-01-01 00:00 BC', '2000-02-29 00:00', '294276-12-31 23:59', 'infinity', NULL]::timestamp[]`,
  interval: `ARRAY['0 days', '-178000000 years', '178000000 years', NULL]::interval[]`,
  jsonb: `ARRAY['null', '1', '"a"', '[]', '[1, [2]]', '{"a": {"b": null}}', NULL]::jsonb[]`,
};

test('total functions give a value at the edges of their types', async () => {
  const tried: string[] = [];
  for (const signature of allowedSignatures()) {
    const [, name = '', list = ''] = /^(\w+)\((.*)\)$/.exec(signature) ?? [];
    const types = list.split(',').filter((each) => each !== '');
    const isPlain = types.length > 0 && types.every((each) => EDGES[each] !== undefined);
    if (allowedFunction(signature)?.isTotal !== true || !isPlain || isPatternFunction(name)) continue;
    const columns = types.map((_, index) => `v${index}`);
    const from = types.map((type, index) => `unnest(${EDGES[type]}) AS v${index}`).join(', ');
    const call = `pg_catalog.${name === 'position' ? '"position"' : name}(${columns.join(', ')})`;
    await superuser.query(`SELECT ${call} FROM ${from}`).catch((error: unknown) => {
      expect.fail(`${signature}: ${String(error)}`);
    });
    tried.push(signature);
  }
  expect(tried.length).toBeGreaterThan(200);
});
