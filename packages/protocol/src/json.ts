/**
 * A strict JSON scanner over bytes (RFC 8259), which decides whether a document is safe to hand to
 * Postgres without building it.
 *
 * Refused beyond bad syntax: invalid UTF-8, NUL (`\u0000`, which jsonb cannot hold), lone
 * surrogates, duplicate keys (parsers disagree on which counts), nesting over `argsDepthMax`,
 * numbers of more than `numberDigitsMax` digits or with an exponent beyond ±`numberExponentMax`
 * (Postgres writes `1e131071` out in full).
 *
 * Each `skipX(bytes, at, end)` returns the offset behind what it read, or −1 with the reason noted
 * (`json-flaw.ts`). Time is O(size) and
 * recursion is bounded by the depth. Nothing is allocated, except for objects of many keys or with
 * escaped keys.
 */

import { noteFlaw } from './json-flaw.ts';
import { argsDepthMax, numberDigitsMax, numberExponentMax } from './limits.ts';
import { fromUtf8 } from './text.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** True when `bytes[start, end)` is one JSON value with white space around it. */
export function isStrictJson(bytes: Uint8Array, start: number = 0, end: number = bytes.length): boolean {
  const behind = skipValue(bytes, skipSpace(bytes, start, end), end, 1);
  return behind >= 0 && skipSpace(bytes, behind, end) === end;
}

/** Offset of the next byte that is not white space. */
export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  let r = at;
  while (r < end) {
    const byte = bytes[r];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
      break;
    }
    r += 1;
  }
  return r;
}

/** Skips any value that begins at `at`; containers there are at `depth`, the outermost being 1. */
export function skipValue(bytes: Uint8Array, at: number, end: number, depth: number): number {
  if (at >= end) {
    return noteFlaw('ends', at);
  }
  switch (bytes[at]) {
    case QUOTE:
      return skipString(bytes, at, end);
    case 0x7b:
      return skipObject(bytes, at, end, depth);
    case 0x5b:
      return skipArray(bytes, at, end, depth);
    case 0x74:
      return skipWord(bytes, at, end, 'true');
    case 0x66:
      return skipWord(bytes, at, end, 'false');
    case 0x6e:
      return skipWord(bytes, at, end, 'null');
    default:
      return skipNumber(bytes, at, end);
  }
}

/** Skips the literal `word` (ASCII). */
export function skipWord(bytes: Uint8Array, at: number, end: number, word: string): number {
  const behind = at + word.length;
  if (behind > end) {
    return noteFlaw('unexpected', at);
  }
  for (let index = 0; index < word.length; index++) {
    if (bytes[at + index] !== word.charCodeAt(index)) {
      return noteFlaw('unexpected', at);
    }
  }
  return behind;
}

/** Skips a number within the limits for digits and exponent. */
export function skipNumber(bytes: Uint8Array, at: number, end: number): number {
  const whole = at < end && bytes[at] === 0x2d ? at + 1 : at;
  let r = skipDigits(bytes, whole, end);
  let digits = r - whole;
  if (digits === 0 || (digits > 1 && bytes[whole] === 0x30)) {
    return noteFlaw(digits === 0 && whole === at ? 'unexpected' : 'number', at);
  }
  if (r < end && bytes[r] === 0x2e) {
    const fraction = r + 1;
    r = skipDigits(bytes, fraction, end);
    if (r === fraction) {
      return noteFlaw('number', at);
    }
    digits += r - fraction;
  }
  if (digits > numberDigitsMax) {
    return noteFlaw('digits', at);
  }
  return r < end && (bytes[r] === 0x65 || bytes[r] === 0x45) ? skipExponent(bytes, at, r + 1, end) : r;
}

/** Offset of the first byte from `at` that is not a digit. */
export function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  let r = at;
  while (r < end) {
    const byte = bytes[r] ?? 0;
    if (byte < 0x30 || byte > 0x39) {
      break;
    }
    r += 1;
  }
  return r;
}

/** Skips a string, quotes included. */
export function skipString(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || bytes[at] !== QUOTE) {
    return noteFlaw(at >= end ? 'ends' : 'unexpected', at);
  }
  let r = at + 1;
  while (r < end) {
    const byte = bytes[r] ?? 0;
    if (isPlainCharacter(byte)) {
      r += 1;
      continue;
    }
    if (byte === QUOTE) {
      return r + 1;
    }
    if (byte >= 0x80) {
      r = skipMultibyte(bytes, r, end);
    } else if (byte === BACKSLASH) {
      r = skipEscape(bytes, r + 1, end);
    } else {
      return noteFlaw(byte === 0 ? 'nul' : 'control', r);
    }
    if (r < 0) {
      return -1;
    }
  }
  return noteFlaw('ends', end);
}

/**
 * The text of a string that {@link skipString} has passed: `bytes[start, end)` includes the quotes.
 */
export function stringValue(bytes: Uint8Array, start: number, end: number): string {
  return JSON.parse(fromUtf8(bytes.subarray(start, end)));
}

// ASCII that stands for itself in a string.
function isPlainCharacter(byte: number): boolean {
  return byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH;
}

// `at` is behind the letter; the number begins at `numberAt`.
function skipExponent(bytes: Uint8Array, numberAt: number, at: number, end: number): number {
  const sign = bytes[at];
  const start = at < end && (sign === 0x2b || sign === 0x2d) ? at + 1 : at;
  const behind = skipDigits(bytes, start, end);
  if (behind === start) {
    return noteFlaw('number', numberAt);
  }
  let exponent = 0;
  for (let r = start; r < behind && exponent <= numberExponentMax; r++) {
    exponent = exponent * 10 + (bytes[r] ?? 0) - 0x30;
  }
  return exponent > numberExponentMax ? noteFlaw('exponent', numberAt) : behind;
}

// Well-formed sequences of RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
function skipMultibyte(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] ?? 0;
  const second = at + 1 < end ? (bytes[at + 1] ?? 0) : 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    return isContinuation(second) ? at + 2 : noteFlaw('utf8', at);
  }
  if (lead >= 0xe0 && lead <= 0xef) {
    const low = lead === 0xe0 ? 0xa0 : 0x80;
    const high = lead === 0xed ? 0x9f : 0xbf;
    const isTail = at + 2 < end && isContinuation(bytes[at + 2]);
    return second >= low && second <= high && isTail ? at + 3 : noteFlaw('utf8', at);
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const low = lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xf4 ? 0x8f : 0xbf;
    const isTail = at + 3 < end && isContinuation(bytes[at + 2]) && isContinuation(bytes[at + 3]);
    return second >= low && second <= high && isTail ? at + 4 : noteFlaw('utf8', at);
  }
  return noteFlaw('utf8', at);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

// `at` is behind the backslash.
function skipEscape(bytes: Uint8Array, at: number, end: number): number {
  switch (at < end ? bytes[at] : 0) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return at + 1;
    case 0x75:
      return skipUnicodeEscape(bytes, at + 1, end);
    default:
      return noteFlaw(at < end ? 'escape' : 'ends', at - 1);
  }
}

function skipUnicodeEscape(bytes: Uint8Array, at: number, end: number): number {
  const unit = hexUnit(bytes, at, end);
  if (unit <= 0) {
    return noteFlaw(unit === 0 ? 'nul' : 'escape', at - 2);
  }
  if (unit >= 0xdc00 && unit <= 0xdfff) {
    return noteFlaw('surrogate', at - 2);
  }
  if (unit < 0xd800 || unit > 0xdbff) {
    return at + 4;
  }
  const hasEscape = at + 6 <= end && bytes[at + 4] === BACKSLASH && bytes[at + 5] === 0x75;
  const low = hasEscape ? hexUnit(bytes, at + 6, end) : -1;
  return low >= 0xdc00 && low <= 0xdfff ? at + 10 : noteFlaw('surrogate', at - 2);
}

// Four hex digits of either case, or −1.
function hexUnit(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 > end) {
    return -1;
  }
  let unit = 0;
  for (let index = at; index < at + 4; index++) {
    const byte = bytes[index] ?? 0;
    const lower = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) {
      unit = unit * 16 + byte - 0x30;
    } else if (lower >= 0x61 && lower <= 0x66) {
      unit = unit * 16 + lower - 0x57;
    } else {
      return -1;
    }
  }
  return unit;
}

function skipArray(bytes: Uint8Array, at: number, end: number, depth: number): number {
  if (depth > argsDepthMax) {
    return noteFlaw('depth', at);
  }
  let r = skipSpace(bytes, at + 1, end);
  if (r < end && bytes[r] === 0x5d) {
    return r + 1;
  }
  for (;;) {
    r = skipValue(bytes, r, end, depth + 1);
    if (r < 0) {
      return -1;
    }
    r = skipSpace(bytes, r, end);
    if (r >= end) {
      return noteFlaw('ends', r);
    }
    if (bytes[r] === 0x5d) {
      return r + 1;
    }
    if (bytes[r] !== 0x2c) {
      return noteFlaw('unexpected', r);
    }
    r = skipSpace(bytes, r + 1, end);
  }
}

function skipObject(bytes: Uint8Array, at: number, end: number, depth: number): number {
  if (depth > argsDepthMax) {
    return noteFlaw('depth', at);
  }
  const r = skipSpace(bytes, at + 1, end);
  if (r < end && bytes[r] === 0x7d) {
    return r + 1;
  }
  const base = keyTop;
  const behind = skipMembers(bytes, r, end, depth, base);
  keyTop = base;
  return behind;
}

function skipMembers(bytes: Uint8Array, at: number, end: number, depth: number, base: number): number {
  let seen: Set<string> | null = null;
  let r = at;
  for (;;) {
    const keyEnd = skipString(bytes, r, end);
    if (keyEnd < 0) {
      return -1;
    }
    if (seen === null && !isPlainNewKey(bytes, r, keyEnd, base)) {
      seen = rememberKeys(bytes, base);
    }
    if (seen !== null && !addKey(seen, bytes, r, keyEnd)) {
      return noteFlaw('repeated', r);
    }
    r = skipSpace(bytes, keyEnd, end);
    if (r >= end || bytes[r] !== 0x3a) {
      return noteFlaw(r >= end ? 'ends' : 'unexpected', r);
    }
    r = skipValue(bytes, skipSpace(bytes, r + 1, end), end, depth + 1);
    if (r < 0) {
      return -1;
    }
    r = skipSpace(bytes, r, end);
    if (r >= end) {
      return noteFlaw('ends', r);
    }
    if (bytes[r] === 0x7d) {
      return r + 1;
    }
    if (bytes[r] !== 0x2c) {
      return noteFlaw('unexpected', r);
    }
    r = skipSpace(bytes, r + 1, end);
  }
}

/*
 * Duplicate keys. The keys of the objects that are open lie on a stack of offsets, one after the
 * other; up to eight keys without escapes are compared as bytes. The ninth key, an escaped one or
 * an equal one turns to a set of texts, so that the whole stays O(size).
 */
const KEYS_COMPARED_MAX = 8;
const keyStarts = new Int32Array(argsDepthMax * KEYS_COMPARED_MAX + 1);
const keyEnds = new Int32Array(argsDepthMax * KEYS_COMPARED_MAX + 1);
let keyTop = 0;

// True when the key could be told apart from the earlier ones by its bytes; it is then on the stack.
function isPlainNewKey(bytes: Uint8Array, start: number, end: number, base: number): boolean {
  if (keyTop - base === KEYS_COMPARED_MAX || hasEscape(bytes, start, end)) {
    return false;
  }
  for (let index = base; index < keyTop; index++) {
    if (isSameRange(bytes, keyStarts[index] ?? 0, keyEnds[index] ?? 0, start, end)) {
      return false;
    }
  }
  keyStarts[keyTop] = start;
  keyEnds[keyTop] = end;
  keyTop += 1;
  return true;
}

function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
  for (let r = start; r < end; r++) {
    if (bytes[r] === BACKSLASH) {
      return true;
    }
  }
  return false;
}

function isSameRange(bytes: Uint8Array, aStart: number, aEnd: number, bStart: number, bEnd: number): boolean {
  if (aEnd - aStart !== bEnd - bStart) {
    return false;
  }
  for (let a = aStart, b = bStart; a < aEnd; a++, b++) {
    if (bytes[a] !== bytes[b]) {
      return false;
    }
  }
  return true;
}

function rememberKeys(bytes: Uint8Array, base: number): Set<string> {
  const seen = new Set<string>();
  for (let index = base; index < keyTop; index++) {
    seen.add(stringValue(bytes, keyStarts[index] ?? 0, keyEnds[index] ?? 0));
  }
  return seen;
}

function addKey(seen: Set<string>, bytes: Uint8Array, start: number, end: number): boolean {
  const key = stringValue(bytes, start, end);
  if (seen.has(key)) {
    return false;
  }
  seen.add(key);
  return true;
}
