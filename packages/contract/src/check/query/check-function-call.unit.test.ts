import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { allowedSignatures } from '../../resolve/allowed-functions.ts';
import { adviceOnFunction } from '../rules/refused-functions.ts';

const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
const allowed = new Set(allowedSignatures().map((signature) => signature.slice(0, signature.indexOf('('))));

it('allows the functions that the README promises', () => {
  const promised = /<!-- functions -->([^<]*)<!-- end -->/.exec(readme)?.[1]?.trim().split(/\s+/) ?? [];
  expect(promised.length).toBeGreaterThan(100);
  expect(promised.filter((name) => !allowed.has(name))).toEqual([]);
});

it('gives no advice against a function that is allowed', () => {
  expect([...allowed].filter((name) => adviceOnFunction(name) !== null)).toEqual([]);
});
