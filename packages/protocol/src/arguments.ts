/**
 * The arguments of a call, checked against the parameters of its function.
 *
 * One JSON object with exactly the parameters as keys, each value in the strict notation of its
 * type, so that no cast in Postgres ever meets a surprise (`now`, `0x10`, `1_000`, `NaN`). The same
 * function runs where a transaction is admitted and where a block is verified, and its verdict is
 * part of the receipt: it depends on nothing but bytes and parameters. The first thing wrong in
 * reading order decides the code.
 */

import type { RefusalCode } from './codes.ts';
import { skipSpace, skipString, skipValue, skipWord, stringValue } from './json.ts';
import { type JsonFlaw, noteFlaw } from './json-flaw.ts';
import { argsBytesMax } from './limits.ts';
import { isOfType, type ScalarType, scalarTypes } from './scalar.ts';
import { toUtf8 } from './text.ts';

/** Type of a parameter: a scalar or a one-dimensional array of it. */
export type ParameterType = ScalarType | `${ScalarType}[]`;

/** A parameter of a contract function. */
export interface Parameter {
  /** The key in the arguments. */
  readonly name: string;
  readonly type: ParameterType;
}

/** A parameter ready for comparison with bytes. */
interface Expected {
  readonly name: string;
  /** The name as a JSON string, quotes included. */
  readonly bytes: Uint8Array;
  readonly scalar: ScalarType;
  readonly isArray: boolean;
}

/**
 * Checks the arguments in `bytes[start, end)`. Returns null when a call may be made with them, or
 * `too_large`, `arguments_malformed`, `argument_unknown`, `argument_invalid`, `argument_missing`.
 * O(size). Keep `parameters` the same array between calls: what is prepared from it is remembered.
 */
export function checkArguments(
  bytes: Uint8Array,
  start: number,
  end: number,
  parameters: readonly Parameter[],
): RefusalCode | null {
  if (end - start > argsBytesMax) {
    return 'too_large';
  }
  const expected = expectedOf(parameters);
  refusedParameter = NONE;
  let r = skipSpace(bytes, start, end);
  if (r >= end || bytes[r] !== 0x7b) {
    return malformed('unexpected', r);
  }
  seenMark = seenMark === 0x7fff_ffff ? 1 : seenMark + 1;
  let count = 0;
  r = skipSpace(bytes, r + 1, end);
  if (r < end && bytes[r] === 0x7d) {
    return checkEnd(bytes, r + 1, end, count, expected.length);
  }
  for (;;) {
    const index = findParameter(expected, bytes, r, end, count);
    if (index < 0) {
      refusedAt = r;
      return index === INVALID ? 'argument_unknown' : 'arguments_malformed';
    }
    if (seen[index] === seenMark) {
      return malformed('repeated', r);
    }
    seen[index] = seenMark;
    count += 1;
    r = skipSpace(bytes, keyEnd, end);
    if (r >= end || bytes[r] !== 0x3a) {
      return malformed('unexpected', r);
    }
    const valueAt = skipSpace(bytes, r + 1, end);
    r = checkValue(bytes, valueAt, end, expected[index]);
    if (r < 0) {
      refusedParameter = index;
      refusedAt = valueAt;
      return r === INVALID ? 'argument_invalid' : 'arguments_malformed';
    }
    r = skipSpace(bytes, r, end);
    const next = r < end ? bytes[r] : 0;
    if (next === 0x7d) {
      return checkEnd(bytes, r + 1, end, count, expected.length);
    }
    if (next !== 0x2c) {
      return malformed(r < end ? 'unexpected' : 'ends', r);
    }
    r = skipSpace(bytes, r + 1, end);
  }
}

/** Where {@link checkArguments} found what it refused last. */
export interface RefusedPlace {
  /** Index of the parameter whose value is wrong; −1 for none. */
  readonly parameter: number;
  /** Where that value begins, else the key that is none of a parameter. */
  readonly at: number;
  /** The element that is wrong, when the value is an array and has the form of one; −1 otherwise. */
  readonly element: number;
  /** Where that element begins. */
  readonly elementAt: number;
  /** Whether the parameter at an index has had a value. */
  readonly isGiven: (index: number) => boolean;
}

/** The place of what was refused last; to be read before anything else is judged. */
export function refusedPlace(): RefusedPlace {
  return {
    parameter: refusedParameter,
    at: refusedAt,
    element: refusedElement,
    elementAt: refusedElementAt,
    isGiven: (index) => seen[index] === seenMark,
  };
}

/** True when `text` names a parameter type. */
export function isParameterType(text: string): text is ParameterType {
  const scalar = text.endsWith('[]') ? text.slice(0, -2) : text;
  return (scalarTypes as readonly string[]).includes(scalar);
}

const MALFORMED = -1;
const INVALID = -2;
const NONE = -1;

// Written only when something is refused, read by refusedPlace.
let refusedParameter = NONE;
let refusedAt = 0;
let refusedElement = NONE;
let refusedElementAt = 0;

function malformed(flaw: JsonFlaw, at: number): RefusalCode {
  noteFlaw(flaw, at);
  return 'arguments_malformed';
}

// Which parameters have had a value: an entry equal to the mark of the current call.
let seen = new Int32Array(128);
let seenMark = 0;

let lastParameters: readonly Parameter[] = [];
let lastExpected: readonly Expected[] = [];
const prepared = new WeakMap<readonly Parameter[], readonly Expected[]>();

function expectedOf(parameters: readonly Parameter[]): readonly Expected[] {
  if (parameters !== lastParameters) {
    lastExpected = prepared.get(parameters) ?? prepare(parameters);
    lastParameters = parameters;
  }
  return lastExpected;
}

function prepare(parameters: readonly Parameter[]): readonly Expected[] {
  const expected = parameters.map(({ name, type }) => ({
    name,
    bytes: toUtf8(JSON.stringify(name)),
    scalar: (type.endsWith('[]') ? type.slice(0, -2) : type) as ScalarType,
    isArray: type.endsWith('[]'),
  }));
  prepared.set(parameters, expected);
  if (expected.length > seen.length) {
    seen = new Int32Array(expected.length);
  }
  return expected;
}

function checkEnd(
  bytes: Uint8Array,
  at: number,
  end: number,
  count: number,
  expected: number,
): RefusalCode | null {
  const behind = skipSpace(bytes, at, end);
  if (behind !== end) {
    return malformed('behind', behind);
  }
  return count === expected ? null : 'argument_missing';
}

// Where the key that findParameter found last ends.
let keyEnd = 0;

// The index of the parameter whose name stands at `at`, MALFORMED, or INVALID for a key that is none. Clients
// send the parameters in their order almost always, so the one that is due is compared first.
function findParameter(
  expected: readonly Expected[],
  bytes: Uint8Array,
  at: number,
  end: number,
  due: number,
): number {
  const first = expected[due];
  if (first !== undefined && isKey(first, bytes, at, at + first.bytes.length) && keyEnd <= end) {
    return due;
  }
  const behind = skipString(bytes, at, end);
  if (behind < 0) {
    return MALFORMED;
  }
  for (let index = 0; index < expected.length; index++) {
    if (isKey(expected[index], bytes, at, behind)) {
      return index;
    }
  }
  keyEnd = behind;
  return bytes.subarray(at, behind).includes(0x5c) ? findEscaped(expected, bytes, at, behind) : INVALID;
}

function isKey(parameter: Expected | undefined, bytes: Uint8Array, start: number, end: number): boolean {
  if (parameter === undefined || parameter.bytes.length !== end - start) {
    return false;
  }
  const name = parameter.bytes;
  for (let index = 0; index < name.length; index++) {
    if (bytes[start + index] !== name[index]) {
      return false;
    }
  }
  keyEnd = end;
  return true;
}

function findEscaped(expected: readonly Expected[], bytes: Uint8Array, start: number, end: number): number {
  const name = stringValue(bytes, start, end);
  const index = expected.findIndex((parameter) => parameter.name === name);
  return index < 0 ? INVALID : index;
}

// The offset behind the value, MALFORMED when it is not JSON, INVALID when it is but not of the type.
function checkValue(bytes: Uint8Array, at: number, end: number, parameter: Expected | undefined): number {
  if (parameter === undefined) {
    return INVALID;
  }
  if (parameter.isArray && at < end && bytes[at] === 0x5b) {
    return checkElements(bytes, at, end, parameter.scalar);
  }
  refusedElement = NONE;
  if (parameter.isArray && (at >= end || bytes[at] !== 0x6e)) {
    return skipValue(bytes, at, end, 2) < 0 ? MALFORMED : INVALID;
  }
  return checkScalar(bytes, at, end, parameter.scalar, 2);
}

function checkElements(bytes: Uint8Array, at: number, end: number, scalar: ScalarType): number {
  let r = skipSpace(bytes, at + 1, end);
  if (r < end && bytes[r] === 0x5d) {
    return r + 1;
  }
  for (let element = 0; ; element++) {
    const elementAt = r;
    r = checkScalar(bytes, r, end, scalar, 3);
    if (r < 0) {
      refusedElement = element;
      refusedElementAt = elementAt;
      return r;
    }
    r = skipSpace(bytes, r, end);
    const next = r < end ? bytes[r] : 0;
    if (next === 0x5d) {
      return r + 1;
    }
    if (next !== 0x2c) {
      return noteFlaw(r < end ? 'unexpected' : 'ends', r);
    }
    r = skipSpace(bytes, r + 1, end);
  }
}

function checkScalar(bytes: Uint8Array, at: number, end: number, scalar: ScalarType, depth: number): number {
  if (at < end && bytes[at] === 0x6e) {
    return skipWord(bytes, at, end, 'null');
  }
  const behind = skipValue(bytes, at, end, depth);
  if (behind < 0) {
    return MALFORMED;
  }
  return isOfType(bytes, at, behind, scalar) ? behind : INVALID;
}
