/** Which constants of dates and times are accepted: those whose text has a strict form and their value. */

import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadParser } from '../check/sql-parser.ts';
import { isCivilConstant } from './civil-constant.ts';

beforeAll(loadParser);

const DAY_MS = 86_400_000;
const EPOCH_MS = Date.UTC(2000, 0, 1);

function bytes(...parts: readonly (readonly [value: bigint, length: number])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap(([value, length]) =>
      Array.from({ length }, (_, index) => Number((value >> BigInt(8 * index)) & 255n)),
    ),
  );
}

const date = (ms: number): Uint8Array => bytes([BigInt((ms - EPOCH_MS) / DAY_MS), 4]);
const moment = (ms: number): Uint8Array => bytes([BigInt(ms - EPOCH_MS) * 1000n, 8]);

test.each<[string, Uint8Array, string, boolean]>([
  ['date', date(Date.UTC(2026, 0, 31)), `x = '2026-01-31'`, true],
  ['date', date(Date.UTC(2026, 0, 31)), `x = '2026-01-30'`, false],
  ['date', date(Date.UTC(2026, 0, 31)), `x = 'today'`, false],
  ['date', date(Date.UTC(2026, 0, 31)), `x = 'today' OR x = '2026-01-31'`, false],
  ['date', date(Date.UTC(2026, 0, 31)), `x = ' TODAY '`, false],
  ['date', date(Date.UTC(2026, 0, 31)), `x = '00:00 today' OR y = '2026-01-31'`, false],
  ['date', date(Date.UTC(2026, 0, 31)), `x = E'to\\x64ay' OR y = '2026-01-31'`, false],
  ['date', date(Date.UTC(2026, 0, 31)), `x = $$today$$ OR y = '2026-01-31'`, false],
  ['date', date(Date.UTC(2026, 0, 31)), `x = 'to'\n'day' OR y = '2026-01-31'`, false],
  ['date', date(Date.UTC(2026, 0, 31)), `x = 'unknown' OR y = '2026-01-31'`, true],
  ['date', date(Date.UTC(1999, 11, 31)), `'1999-12-31'`, true],
  ['timestamptz', moment(Date.UTC(2026, 0, 31, 12, 30, 5)), `'2026-01-31T12:30:05Z'`, true],
  ['timestamptz', moment(Date.UTC(2026, 0, 31, 12, 30, 5, 250)), `'2026-01-31 12:30:05.25+00'`, true],
  ['timestamptz', moment(Date.UTC(2026, 0, 31, 12, 30, 5)), `'2026-01-31T12:30:05'`, false],
  ['timestamptz', moment(Date.UTC(2026, 0, 31, 12, 30, 5)), `'2026-01-31T13:30:05+01'`, false],
  ['timestamp', moment(Date.UTC(2026, 0, 31, 12, 30, 5)), `'2026-01-31T12:30:05'`, false],
  ['interval', bytes([0n, 8], [3n, 4], [0n, 4]), `'3 days'`, true],
  ['interval', bytes([0n, 8], [0n, 4], [12n, 4]), `'1 year'`, true],
  ['interval', bytes([7_200_000_000n, 8], [0n, 4], [0n, 4]), `'2 hours'`, true],
  ['interval', bytes([0n, 8], [-3n, 4], [0n, 4]), `'-3 days'`, true],
  ['interval', bytes([0n, 8], [3n, 4], [0n, 4]), `'P3D'`, false],
  ['interval', bytes([0n, 8], [3n, 4], [1n, 4]), `'3 days'`, false],
  ['_date', bytes([64n, 4], [0n, 12]), `'{}'`, true],
  ['_date', bytes([64n, 4], [1n, 4], [0n, 20]), `'{today}'`, false],
  ['regclass', bytes([1259n, 8]), `'pg_class'`, false],
  ['time', bytes([0n, 8]), `'00:00'`, false],
  ['text', bytes([5n, 4]), `'now'`, true],
  ['_text', bytes([5n, 4]), `'{now}'`, true],
  ['int4', bytes([5n, 8]), `5`, true],
])('%s %o in %s: %s', (type, value, text, isAccepted) => {
  expect(isCivilConstant(type, value, text)).toBe(isAccepted);
});

test('every date of a strict form has its value', () => {
  const days = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(days, (day) => {
      const text = day.toISOString();
      const midnight = Date.parse(text.slice(0, 10));
      expect(isCivilConstant('date', date(midnight), `'${text.slice(0, 10)}'`)).toBe(true);
      expect(isCivilConstant('timestamptz', moment(day.getTime()), `'${text}'`)).toBe(true);
    }),
  );
});
