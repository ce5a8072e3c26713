import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CONTEXT_FUNCTIONS } from './context-functions.ts';

const sql = ['context.sql', 'letters.sql']
  .map((name) => readFileSync(join(import.meta.dirname, '../../../../node/sql/system', name), 'utf8'))
  .join('');

it('knows the functions that the node gives to contracts, no more and no less', () => {
  const defined = [...sql.matchAll(/^CREATE FUNCTION bucordo\.(\w+)\(/gm)].map(([, name]) => name);
  expect([...CONTEXT_FUNCTIONS.keys()].sort()).toEqual(defined.sort());
});

it('knows which of them give another value at every call', () => {
  const counting = [...sql.matchAll(/^CREATE FUNCTION bucordo\.(\w+)\([^)]*\)[^$]*VOLATILE/gm)].map(
    ([, name]) => name,
  );
  expect(
    [...CONTEXT_FUNCTIONS]
      .filter(([, { countsCalls }]) => countsCalls)
      .map(([name]) => name)
      .sort(),
  ).toEqual(counting.sort());
});
