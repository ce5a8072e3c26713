/**
 * Arguments of a call as the JSON text that is signed.
 *
 * JavaScript values that JSON would change silently are either written without loss or refused:
 * a bigint becomes its decimal digits as a string, bytes become lower-case hex, a number must be a
 * safe integer, a decimal must be a string (`'12.50'` keeps its scale, `12.5` does not).
 */

import { ArgumentError } from './errors.ts';

/** A value that may stand in the arguments of a call. */
export type ArgumentValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly ArgumentValue[]
  | { readonly [key: string]: ArgumentValue };

/** The arguments of a call by parameter name. */
export type CallArguments = Readonly<Record<string, ArgumentValue>>;

const DEPTH_MAX = 64;

/**
 * JSON text of `args`.
 *
 * @throws ArgumentError for numbers that are not safe integers, dates, `undefined`, functions,
 * class instances and nesting deeper than 64.
 */
export function encodeArguments(args: CallArguments): string {
  if (!isRecord(args))
    throw new ArgumentError('$', 'arguments are an object with one entry per parameter', '');
  return isPlain(args, 1) ? JSON.stringify(args) : JSON.stringify(convert(args, '$', 1));
}

// The common case: nothing to convert, so that JSON.stringify can work on the caller's object.
function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isSafeInteger(value);
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth > DEPTH_MAX) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isPlain(value[i], depth + 1)) return false;
    return true;
  }
  if (!isRecord(value)) return false;
  for (const key in value) if (!isPlain(value[key], depth + 1)) return false;
  return true;
}

function convert(value: unknown, path: string, depth: number): unknown {
  if (depth > DEPTH_MAX + 1) throw new ArgumentError(path, `nested deeper than ${DEPTH_MAX}`, '');
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return convertNumber(value, path);
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? null : convertObject(value, path, depth);
    default:
      throw new ArgumentError(
        path,
        `${typeof value} is not a value of JSON`,
        'Pass null for an absent value.',
      );
  }
}

function convertNumber(value: number, path: string): number {
  if (Number.isSafeInteger(value)) return value;
  const hint = Number.isInteger(value)
    ? 'Pass it as a bigint or as a string of digits.'
    : "Pass decimals as a string such as '12.50': a JavaScript number loses their scale.";
  throw new ArgumentError(path, `the number ${value} is not a safe integer`, hint);
}

function convertObject(value: object, path: string, depth: number): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Date) {
    throw new ArgumentError(
      path,
      'a Date is ambiguous',
      "Pass a date as '2026-01-31' and a moment as '2026-01-31T12:00:00Z' (date.toISOString()).",
    );
  }
  if (Array.isArray(value)) return value.map((element, i) => convert(element, `${path}[${i}]`, depth + 1));
  if (!isRecord(value)) {
    throw new ArgumentError(
      path,
      `a ${value.constructor?.name ?? 'class'} object is not a value of JSON`,
      'Pass a plain object.',
    );
  }
  const converted: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    Object.defineProperty(converted, key, {
      value: convert(value[key], `${path}.${key}`, depth + 1),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return converted;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !('toJSON' in value);
}

function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16);
  return text;
}
