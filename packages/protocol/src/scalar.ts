/**
 * The notation of each scalar type in the arguments of a call: one strict grammar per type, on
 * the bytes of a JSON value that the scanner has already passed.
 *
 * Strings of every type but `text` and `jsonb` are taken without escapes: their characters never
 * need one.
 */

import { isHexByte } from './hex.ts';
import { skipDigits } from './json.ts';
import { numberDigitsMax } from './limits.ts';

/** The types of columns and parameters, as Postgres names them. */
export const scalarTypes = [
  'bool',
  'int2',
  'int4',
  'int8',
  'numeric',
  'text',
  'bytea',
  'uuid',
  'date',
  'timestamptz',
  'jsonb',
] as const;

/** One of {@link scalarTypes}. */
export type ScalarType = (typeof scalarTypes)[number];

/**
 * True when the JSON value in `bytes[start, end)` is in the notation of `scalar`. Integers within
 * ±(2^53 − 1) may be JSON numbers without fraction and exponent; every number may be a string.
 */
export function isOfType(bytes: Uint8Array, start: number, end: number, scalar: ScalarType): boolean {
  switch (scalar) {
    case 'jsonb':
      return true;
    case 'text':
      return isQuoted(bytes, start);
    case 'bool':
      return bytes[start] === 0x74 || bytes[start] === 0x66;
    case 'int2':
      return isInteger(bytes, start, end, '32768');
    case 'int4':
      return isInteger(bytes, start, end, '2147483648');
    case 'int8':
      return isInteger(bytes, start, end, '9223372036854775808');
    case 'numeric':
      return isNumeric(bytes, start, end);
    case 'bytea':
      return isQuoted(bytes, start) && (end - start) % 2 === 0 && isHexText(bytes, start + 1, end - 1);
    case 'uuid':
      return isUuid(bytes, start, end);
    case 'date':
      return isQuoted(bytes, start) && end - start === 12 && isDate(bytes, start + 1);
    case 'timestamptz':
      return isQuoted(bytes, start) && isTimestamp(bytes, start + 1, end - 1);
    default:
      scalar satisfies never;
      return false;
  }
}

/** True when `bytes[start, end)` is `YYYY-MM-DDThh:mm:ss[.f{1,6}]Z` with a valid date of the years 1 to 9999. */
export function isTimestamp(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < 20 || length > 27 || length === 21 || bytes[end - 1] !== 0x5a || !isDate(bytes, start)) {
    return false;
  }
  const isClock =
    bytes[start + 10] === 0x54 &&
    bytes[start + 13] === 0x3a &&
    bytes[start + 16] === 0x3a &&
    isBetween(digits(bytes, start + 11, 2), 0, 23) &&
    isBetween(digits(bytes, start + 14, 2), 0, 59) &&
    isBetween(digits(bytes, start + 17, 2), 0, 59);
  if (!isClock || length === 20) {
    return isClock;
  }
  return bytes[start + 19] === 0x2e && skipDigits(bytes, start + 20, end) === end - 1;
}

const SAFE_INTEGER = '9007199254740991';

function isQuoted(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === 0x22;
}

// `bound` is the absolute value of the type's lowest number; the highest is one less.
function isInteger(bytes: Uint8Array, start: number, end: number, bound: string): boolean {
  const quoted = isQuoted(bytes, start);
  const from = quoted ? start + 1 : start;
  const to = quoted ? end - 1 : end;
  const isNegative = bytes[from] === 0x2d;
  const first = isNegative ? from + 1 : from;
  if (first >= to || skipDigits(bytes, first, to) !== to || (bytes[first] === 0x30 && to - first > 1)) {
    return false;
  }
  if (!quoted && compareDigits(bytes, first, to, SAFE_INTEGER) > 0) {
    return false;
  }
  const order = compareDigits(bytes, first, to, bound);
  return order < 0 || (isNegative && order === 0);
}

// Digits without leading zeros against others: the longer is the greater, else the first difference decides.
function compareDigits(bytes: Uint8Array, start: number, end: number, bound: string): number {
  if (end - start !== bound.length) {
    return end - start - bound.length;
  }
  for (let index = 0; index < bound.length; index++) {
    const difference = (bytes[start + index] ?? 0) - bound.charCodeAt(index);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}

function isNumeric(bytes: Uint8Array, start: number, end: number): boolean {
  const quoted = isQuoted(bytes, start);
  const from = quoted ? start + 1 : start;
  const to = quoted ? end - 1 : end;
  const whole = bytes[from] === 0x2d ? from + 1 : from;
  const point = skipDigits(bytes, whole, to);
  if (point === whole) {
    return false;
  }
  if (point === to) {
    return to - whole <= numberDigitsMax;
  }
  const hasFraction = bytes[point] === 0x2e && point + 1 < to && skipDigits(bytes, point + 1, to) === to;
  return hasFraction && to - whole - 1 <= numberDigitsMax;
}

function isHexText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let r = start; r < end; r++) {
    if (!isHexByte(bytes[r] ?? 0)) {
      return false;
    }
  }
  return true;
}

function isUuid(bytes: Uint8Array, start: number, end: number): boolean {
  if (!isQuoted(bytes, start) || end - start !== 38) {
    return false;
  }
  for (let index = 0; index < 36; index++) {
    const byte = bytes[start + 1 + index] ?? 0;
    const isHyphenDue = index === 8 || index === 13 || index === 18 || index === 23;
    if (isHyphenDue ? byte !== 0x2d : !isHexByte(byte)) {
      return false;
    }
  }
  return true;
}

// `YYYY-MM-DD` at `at`; the caller has made sure of 10 bytes.
function isDate(bytes: Uint8Array, at: number): boolean {
  const year = digits(bytes, at, 4);
  const month = digits(bytes, at + 5, 2);
  const day = digits(bytes, at + 8, 2);
  return (
    bytes[at + 4] === 0x2d &&
    bytes[at + 7] === 0x2d &&
    year >= 1 &&
    isBetween(month, 1, 12) &&
    isBetween(day, 1, daysOf(year, month))
  );
}

function daysOf(year: number, month: number): number {
  if (month === 2) {
    return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  }
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

// The number of `count` digits at `at`, or −1.
function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let r = at; r < at + count; r++) {
    const byte = bytes[r] ?? 0;
    if (byte < 0x30 || byte > 0x39) {
      return -1;
    }
    value = value * 10 + byte - 0x30;
  }
  return value;
}

function isBetween(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}
