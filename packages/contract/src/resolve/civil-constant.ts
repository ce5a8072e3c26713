/**
 * Constants of dates, times and intervals. Postgres reads their text when a statement is parsed, so
 * that `'now'` has become a moment before the checker sees it. Such a constant is accepted if the text
 * that the author wrote contains a literal of a strict form with exactly this value. Beside it, all
 * literals of the statement are plain ones, and none has a word that the clock decides: else a second
 * literal could take the first one's place on the day of the check.
 */

import { scanTokens } from '../check/sql-parser.ts';
import type { TreeValue } from './node-tree.ts';

/** Days from 1970-01-01 to 2000-01-01, from which Postgres counts. */
const EPOCH_DAYS = 10_957n;
const DAY_US = 86_400_000_000n;

/** Words in a literal that the clock decides, or that stand for no moment. */
const CLOCK_WORDS: ReadonlySet<string> = new Set([
  'now',
  'today',
  'tomorrow',
  'yesterday',
  'allballs',
  'epoch',
  'infinity',
]);

/** Whether a constant of `type` is of no such type, or written in one of the strict forms in the SQL `text`. */
export function isCivilConstant(type: string, value: TreeValue | undefined, text: string): boolean {
  const isArray = type.startsWith('_');
  const reader = READERS.get(isArray ? type.slice(1) : type);
  if (reader === undefined) return !FORBIDDEN.has(isArray ? type.slice(1) : type);
  const literals = plainLiterals(text);
  if (literals === null || literals.some(hasClockWord) || !(value instanceof Uint8Array)) return false;
  // The text of an array is not one of the strict forms, so it is accepted when empty only.
  return isArray ? value.length <= EMPTY_ARRAY_BYTES && literals.includes('{}') : reader(value, literals);
}

/** Constants of these types are names of this node's objects, or read by its settings. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'time',
  'timetz',
  'timestamp',
  'regclass',
  'regproc',
  'regprocedure',
  'regtype',
  'regoper',
  'regoperator',
  'regnamespace',
  'regrole',
  'regconfig',
  'regdictionary',
  'regcollation',
  'money',
  'oid',
  'tid',
  'xid',
  'xid8',
  'cid',
]);

type Reader = (value: Uint8Array, literals: readonly string[]) => boolean;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['date', (value, literals) => literals.some((each) => dateOf(each) === int(value, 0, 4))],
  ['timestamptz', (value, literals) => literals.some((each) => momentOf(each) === int(value, 0, 8))],
  ['interval', (value, literals) => literals.some((each) => isInterval(each, value))],
]);

/** The contents of all literals; null when one has another form than `'…'` on one piece. */
function plainLiterals(text: string): readonly string[] | null {
  const tokens = scanTokens(text);
  if (tokens === null) return null;
  const written = tokens.filter((token) => token.text.includes("'") || token.kind === 'string');
  const isPlain = written.every((token) => token.text.startsWith("'") && !/'[ \t]*\n\s*'/.test(token.text));
  return isPlain ? written.map((token) => token.text.slice(1, -1).replaceAll("''", "'")) : null;
}

function hasClockWord(literal: string): boolean {
  return (literal.toLowerCase().match(/[a-z]+/g) ?? []).some((word) => CLOCK_WORDS.has(word));
}

/** Days since 2000-01-01 of `YYYY-MM-DD`; null for any other text. */
function dateOf(literal: string): bigint | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(literal);
  if (match === null) return null;
  return daysOf(Number(match[1]), Number(match[2]), Number(match[3])) - EPOCH_DAYS;
}

/** Microseconds since 2000-01-01 of `YYYY-MM-DDThh:mm:ss[.ffffff]Z`; null for any other text. */
function momentOf(literal: string): bigint | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:Z|\+00(?::00)?)$/.exec(
    literal,
  );
  if (match === null) return null;
  const days = daysOf(Number(match[1]), Number(match[2]), Number(match[3])) - EPOCH_DAYS;
  const seconds = BigInt(Number(match[4]) * 3600 + Number(match[5]) * 60 + Number(match[6]));
  return days * DAY_US + seconds * 1_000_000n + BigInt((match[7] ?? '').padEnd(6, '0'));
}

/** Days since 1970-01-01 in the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms"). */
function daysOf(year: number, month: number, day: number): bigint {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return BigInt(era * 146_097 + dayOfEra - 719_468);
}

const UNITS: ReadonlyMap<string, readonly [microseconds: bigint, days: bigint, months: bigint]> = new Map([
  ['microsecond', [1n, 0n, 0n]],
  ['millisecond', [1_000n, 0n, 0n]],
  ['second', [1_000_000n, 0n, 0n]],
  ['minute', [60_000_000n, 0n, 0n]],
  ['hour', [3_600_000_000n, 0n, 0n]],
  ['day', [0n, 1n, 0n]],
  ['week', [0n, 7n, 0n]],
  ['month', [0n, 0n, 1n]],
  ['year', [0n, 0n, 12n]],
]);

function isInterval(literal: string, value: Uint8Array): boolean {
  const match = /^(-?\d{1,9}) (microsecond|millisecond|second|minute|hour|day|week|month|year)s?$/.exec(
    literal,
  );
  const unit = UNITS.get(match?.[2] ?? '');
  if (match === null || unit === undefined) return false;
  const count = BigInt(match[1] ?? '0');
  return (
    int(value, 0, 8) === count * unit[0] &&
    int(value, 8, 4) === count * unit[1] &&
    int(value, 12, 4) === count * unit[2]
  );
}

/** Length word, dimensions, offset and element type of an array without elements. */
const EMPTY_ARRAY_BYTES = 16;

/** A little-endian signed number. */
function int(bytes: Uint8Array, start: number, length: number): bigint {
  let value = 0n;
  for (let index = 0; index < length; index++)
    value |= BigInt(bytes[start + index] ?? 0) << BigInt(8 * index);
  return BigInt.asIntN(8 * length, value);
}
