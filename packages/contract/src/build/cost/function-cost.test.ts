/** Every function of the positive list has a cost class, and every operator one that is as dear as the functions behind it. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { SCRATCH_VERSIONS, scratchOf } from '../../../../../test/support/scratch.ts';
import { allowedSignatures } from '../../resolve/allowed-functions.ts';
import { type CostClass, functionCost, hasCost, isOnePass, operatorCost } from './function-cost.ts';

/** What stands behind each operator, in the notation of the positive list. */
const OPERATORS = `
  SELECT o.oprname AS symbol, p.proname AS name,
         p.proname || '(' || string_agg(t.typname, ',' ORDER BY a.place) || ')' AS signature
    FROM pg_operator AS o
    JOIN pg_proc AS p ON p.oid = o.oprcode
    CROSS JOIN LATERAL unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a (type, place)
    JOIN pg_type AS t ON t.oid = a.type
   WHERE o.oprnamespace = 'pg_catalog'::regnamespace
   GROUP BY o.oid, o.oprname, p.oid, p.proname`;

const DEARNESS: readonly CostClass[] = ['small', 'copy', 'linear', 'digits', 'rows', 'pattern', 'product'];

let operators: readonly { readonly symbol: string; readonly name: string; readonly signature: string }[];

beforeAll(async () => {
  const scratch = await scratchOf(SCRATCH_VERSIONS[0] ?? '');
  const { rows } = await scratch.query(OPERATORS);
  operators = rows.map((row) => ({
    symbol: String(row['symbol']),
    name: String(row['name']),
    signature: String(row['signature']),
  }));
  await scratch.end();
});

afterAll(() => undefined);

test('I15: every function of the positive list has a cost class', () => {
  const names = new Set(allowedSignatures().map((signature) => signature.replace(/\(.*$/, '')));
  expect([...names].filter((name) => !hasCost(name))).toEqual([]);
});

test('I15: every operator is as dear as what stands behind it', () => {
  const allowed = new Set(allowedSignatures());
  const reached = operators.filter(({ signature }) => allowed.has(signature));
  expect(reached.length).toBeGreaterThan(100);
  const isCheap = ({ symbol, name }: { symbol: string; name: string }): boolean =>
    !hasCost(symbol) || DEARNESS.indexOf(operatorCost(symbol)) < DEARNESS.indexOf(functionCost(name));
  // A document or its elements taken from an array of texts is charged as the array is.
  const known = new Set(['- jsonb_delete']);
  expect(
    reached
      .filter(isCheap)
      .map(({ symbol, name }) => `${symbol} ${name}`)
      .filter((each) => !known.has(each)),
  ).toEqual([]);
});

test.each([
  ['^[0-9]+$', true],
  ['^[^@]+@[^@]+$', true],
  ['[0-9]{3}$', false],
  ['\\s+', true],
  ['abc', true],
  ['\\s+$', false],
  ['a*b|c', false],
  ['^(a*)(a*)b', true],
  ['^(a+)+$', false],
  ['(a|b)*?c', false],
])('the pattern %s is matched in one pass: %s', (pattern, is) => {
  expect(isOnePass(pattern)).toBe(is);
});
