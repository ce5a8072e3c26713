/**
 * How numbers are written. Postgres reads more notations with each version: `0x10`, `0o7`, `0b1` and
 * `1_000` are numbers from 16 on and errors before, so a contract has none of them, and texts become
 * numbers by functions that read one notation.
 */

import type { Advice } from './refused-functions.ts';

/** Types of numbers, by their names in `pg_type`. */
export const NUMBER_TYPES: ReadonlySet<string> = new Set(['int2', 'int4', 'int8', 'numeric']);

/** Whether a number's token has a notation that only newer versions read. */
export function isNewNotation(token: string): boolean {
  return /[xob_]/i.test(token);
}

/** What to say about such a token. */
export const NOTATION_ADVICE: Advice = {
  rule: 'number-notation',
  message: 'Only newer versions of Postgres read a number that is written so.',
  remedy: 'Write it in decimal digits without underscores.',
};

/** Whether every version reads this text the same when it is cast to a number, or to an array of numbers. */
export function isPlainNumber(literal: string): boolean {
  const number = String.raw`\s*(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan|[+-]?infinity)\s*`;
  const element = String.raw`(?:${number}|\s*"${number}"\s*|\s*null\s*)`;
  return new RegExp(`^(?:${number}|\\s*\\{(?:\\s*|${element}(?:,${element})*)\\}\\s*)$`, 'i').test(literal);
}

/** What to write instead of a cast of a text to this type. */
export function numberRemedy(type: string, text: string): string {
  if (type === 'numeric') return `Write bucordo.decimal_number(${text}).`;
  const read = `bucordo.whole_number(${text})`;
  return type === 'int8' ? `Write ${read}.` : `Write ${read}::${type}.`;
}
