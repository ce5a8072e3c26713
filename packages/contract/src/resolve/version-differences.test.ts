/**
 * The positive list on the lowest and the highest version of Postgres: every function, operator, aggregate
 * and conversion gives the same text at the edges of its types, or an error on both. The calls are made
 * from the list itself. `BUCORDO_THOROUGH=1` makes all of them, otherwise a fixed part.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callsOf, edgeTypes, edgeValues, type ListedFunction } from '../../../../test/support/edge-values.ts';
import { SCRATCH_VERSIONS, scratchOf, type TestScratch } from '../../../../test/support/scratch.ts';
import { profileStatements } from '../../../node/src/execution/session-profile.ts';
import { allowedSignatures } from './allowed-functions.ts';
import { convertibleTypes } from './value-rules.ts';

const effort = process.env['BUCORDO_THOROUGH'] === undefined ? 'few' : 'all';
const LOWEST = SCRATCH_VERSIONS.find((version) => version === '15');

/** Of which some versions have one form, some the other; the checker allows the call that both have. */
const SAME_CALL = /^jsonb_strip_nulls\(jsonb(,bool)?\)$/;

/** Errors that a handler may catch: which one it is, decides what a contract does. */
const CATCHABLE: ReadonlySet<string> = new Set(
  '22012 23505 23503 23514 23502 P0002 P0003 P0001 22003 22P02'.split(' '),
);

/** An error of this node and not of the transaction. */
const TROUBLE = /^(40|53|57|58|XX|F0)/;

const LISTED = `
  SELECT p.proname || '(' || coalesce(string_agg(t.typname, ',' ORDER BY a.place), '') || ')' AS signature,
         p.prokind::text AS kind, p.proretset AS "isSet", p.provariadic <> 0 AS "isVariadic"
    FROM pg_proc AS p
    LEFT JOIN LATERAL unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a (type, place) ON true
    LEFT JOIN pg_type AS t ON t.oid = a.type
   WHERE p.pronamespace = 'pg_catalog'::regnamespace
   GROUP BY p.oid, p.proname`;

const TRIED = `
  CREATE FUNCTION pg_temp.tried(call text) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE
    result text;
  BEGIN
    EXECUTE 'SELECT ' || call INTO result;
    RETURN CASE WHEN length(result) > 1000 THEN '=' || left(result, 100) || md5(result) ELSE coalesce('=' || result, 'null') END;
  EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
  END $$`;

describe.runIf(LOWEST !== undefined)('Postgres 15 and the embedded one', () => {
  let servers: readonly TestScratch[] = [];
  let listed: ReadonlyMap<string, ListedFunction>;

  beforeAll(async () => {
    servers = await Promise.all([scratchOf(LOWEST ?? ''), scratchOf('embedded')]);
    for (const server of servers) {
      await server.query(`${profileStatements()}; SET max_stack_depth = '2MB'; ${TRIED}`);
    }
    const { rows } = (await servers[0]?.query(LISTED)) ?? { rows: [] };
    listed = new Map(rows.map((row) => [String(row['signature']), row as unknown as ListedFunction]));
  });

  afterAll(async () => {
    for (const server of servers) await server.end();
  });

  /** What each call gives on each server. */
  async function results(calls: readonly string[]): Promise<readonly (readonly string[])[]> {
    const asked = servers.map(async (server) => {
      const { rows } = await server.query(
        `SELECT pg_temp.tried(c.call) AS result FROM unnest($1::text[]) WITH ORDINALITY AS c (call, place) ORDER BY c.place`,
        [calls],
      );
      return rows.map((row) => outcome(String(row['result'])));
    });
    return await Promise.all(asked);
  }

  test('I2: every function, operator and aggregate of the list', async () => {
    const open: string[] = [];
    const untried: string[] = [];
    let count = 0;
    for (const signature of allowedSignatures()) {
      const known = listed.get(signature);
      if (known === undefined) {
        if (!SAME_CALL.test(signature)) untried.push(signature);
        continue;
      }
      let calls = callsOf(known, effort);
      let found = compared(calls, await results(calls));
      if (!found.hasValue && effort === 'few') {
        calls = callsOf(known, 'all');
        found = compared(calls, await results(calls));
      }
      open.push(...found.different.slice(0, 3));
      // A form that gives nothing but errors tries nothing.
      if (!found.hasValue) untried.push(signature);
      count += calls.length;
    }
    expect(open).toEqual([]);
    expect(untried).toEqual([]);
    expect(count).toBeGreaterThan(effort === 'all' ? 100_000 : 5_000);
  }, 600_000);

  test('I2: every conversion through text that the checker allows', async () => {
    for (const from of edgeTypes()) {
      for (const to of convertibleTypes(from)) {
        const convert = `CREATE OR REPLACE FUNCTION pg_temp.converted(given ${from}) RETURNS text LANGUAGE plpgsql AS $$
          DECLARE result ${to}; BEGIN result := given; RETURN result::text; END $$`;
        for (const server of servers) await server.query(convert);
        const calls = edgeValues(from).map((value) => `pg_temp.converted(${value})`);
        expect(compared(calls, await results(calls)).different).toEqual([]);
      }
    }
  }, 120_000);
});

test.runIf(LOWEST === undefined)('no Postgres 15 was found on this machine', (context) => {
  context.skip();
});

/** The calls that differ, in words, and whether any gives a value. */
function compared(
  calls: readonly string[],
  [low = [], high = []]: readonly (readonly string[])[],
): { readonly different: readonly string[]; readonly hasValue: boolean } {
  const different = calls.flatMap((call, at) =>
    low[at] === high[at] && low[at] !== 'trouble' ? [] : [`${call}: ${low[at]} on 15, ${high[at]} above`],
  );
  return { different, hasValue: low.some((each) => each.startsWith('=')) };
}

function outcome(result: string): string {
  if (result.startsWith('=') || result === 'null' || CATCHABLE.has(result)) return result;
  return TROUBLE.test(result) ? 'trouble' : 'error';
}
