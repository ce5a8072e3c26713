/**
 * What is wrong with the arguments of a call, in words for whoever sent them: which parameter, how its type is
 * written, how the value begins. Made only for those that are refused, of the same judgement as the code.
 *
 * Words go to the caller alone; what receipts hold is the code. They quote little: enough of a value to find it,
 * and too little of a secret that was put into the wrong place.
 */

import { checkArguments, type Parameter, refusedPlace } from './arguments.ts';
import type { RefusalCode } from './codes.ts';
import { skipString, skipValue, stringValue } from './json.ts';
import { type FoundFlaw, notedFlaw, pathTo } from './json-flaw.ts';
import { argsBytesMax, argsDepthMax, numberDigitsMax, numberExponentMax } from './limits.ts';
import { nearName } from './near-name.ts';
import { quoteText } from './quote-text.ts';
import type { ScalarType } from './scalar.ts';

/** What is wrong with the arguments of a call. */
export interface ArgumentFlaw {
  readonly code: RefusalCode;
  /** The parameter that is wrong or missing, or the name that is none, as the caller wrote it; null where it is about all. */
  readonly argument: string | null;
  /** What is wrong and how it is written, without the name of the function. */
  readonly message: string;
}

/** Where arguments lie: `bytes[start, end)`. */
export interface ArgumentsRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What is wrong with the arguments in `bytes[start, end)`; null when {@link checkArguments} passes them. O(size). */
export function explainArguments(
  bytes: Uint8Array,
  start: number,
  end: number,
  parameters: readonly Parameter[],
): ArgumentFlaw | null {
  const code = checkArguments(bytes, start, end, parameters);
  return code === null ? null : explainRefusedArguments(code, { bytes, start, end }, parameters);
}

/** The same of arguments that {@link checkArguments} has just refused with `code`, before it judges any others. */
export function explainRefusedArguments(
  code: RefusalCode,
  { bytes, start, end }: ArgumentsRange,
  parameters: readonly Parameter[],
): ArgumentFlaw {
  const range = { bytes, start, end };
  switch (code) {
    case 'argument_invalid':
      return { code, ...explainValue(range, parameters) };
    case 'argument_unknown':
      return { code, ...explainName(range, parameters) };
    case 'argument_missing':
      return { code, ...explainMissing(parameters) };
    case 'arguments_malformed':
      return { code, ...explainFlaw(range, parameters) };
    default:
      return {
        code,
        argument: null,
        message: `the arguments have ${end - start} bytes, ${argsBytesMax} are allowed; split the call`,
      };
  }
}

/** How values of a type are written, with an example. */
export const notations: Readonly<Record<ScalarType, string>> = {
  bool: 'true or false',
  int2: 'a whole number from -32768 to 32767, such as 12',
  int4: 'a whole number from -2147483648 to 2147483647, such as 12',
  int8: 'a whole number from -9223372036854775808 to 9223372036854775807, as a string when it is beyond ±9007199254740991, such as 12 or "9007199254740993"',
  numeric: `a decimal of at most ${numberDigitsMax} digits without an exponent, such as "12.50"`,
  text: 'a string, such as "hello"',
  bytea: 'a string of lower-case hex, two digits a byte, such as "00ff"',
  uuid: 'a string of lower-case hex, such as "0b5e1c9a-7d3f-4c1e-9a55-2f8d6e4b7a10"',
  date: 'a day that exists as YYYY-MM-DD, such as "2026-03-01"',
  timestamptz: 'a moment in UTC with a Z at its end, such as "2026-03-01T09:00:00Z"',
  jsonb: 'any JSON value',
};

/** Characters of a value that are quoted: half of a key in hex, so that what is left of it stays as hard to guess as the strongest code. */
const QUOTED_MAX = 32;

/** Parameters that are listed. */
const LISTED_MAX = 20;

type Words = Omit<ArgumentFlaw, 'code'>;

function explainValue({ bytes, end }: ArgumentsRange, parameters: readonly Parameter[]): Words {
  const { parameter: index, at, element, elementAt } = refusedPlace();
  const { name, type } = parameters[index] ?? { name: '', type: 'jsonb' as const };
  const isElement = element >= 0;
  const from = isElement ? elementAt : at;
  const scalar = (type.endsWith('[]') ? type.slice(0, -2) : type) as ScalarType;
  const isArray = type.endsWith('[]') && !isElement;
  const path = `${name}${isElement ? `[${element}]` : ''}`;
  const value = valueWords(bytes.subarray(from, skipValue(bytes, from, end, 1)), scalar);
  const form = isArray
    ? `an array, each element ${notations[scalar]}`
    : `${notations[scalar]}${scalar === 'timestamptz' ? offsetWords(value) : ''}`;
  return { argument: name, message: `${path} is ${value}; ${isElement ? scalar : type} is ${form}` };
}

// Bytes are what keys are: of them only the length is said and the first character that is no hex.
function valueWords(value: Uint8Array, type: ScalarType): string {
  const isString = value[0] === 0x22;
  if (!isString || type !== 'bytea') return quoteText(value, QUOTED_MAX, { isJson: true });
  const text = stringValue(value, 0, value.length);
  const at = [...text].findIndex((character) => !/^[0-9a-f]$/.test(character));
  const wrong = at < 0 ? '' : `, of which number ${at + 1} is ${JSON.stringify([...text][at])}`;
  return `a string of ${text.length} characters${wrong}`;
}

function offsetWords(value: string): string {
  return /[+-][0-9]{2}(:?[0-9]{2})?"?$/.test(value) ? ' (convert the offset to UTC)' : '';
}

function explainName({ bytes, end }: ArgumentsRange, parameters: readonly Parameter[]): Words {
  const { at } = refusedPlace();
  const name = stringValue(bytes, at, skipString(bytes, at, end));
  const names = parameters.map((parameter) => parameter.name);
  const near = nearName(name, names);
  const meant = near === null ? '' : `did you mean ${near}? `;
  const all = names.length === 0 ? 'it takes none' : `it takes ${listed(parameters)}`;
  return {
    argument: name.slice(0, QUOTED_MAX),
    message: `it has no parameter ${quoteText(name, QUOTED_MAX)}; ${meant}${all}`,
  };
}

function explainMissing(parameters: readonly Parameter[]): Words {
  const { isGiven } = refusedPlace();
  const missing = parameters.filter((_, index) => !isGiven(index));
  return {
    argument: missing[0]?.name ?? null,
    message: `no value for ${listed(missing)}; give every parameter, with null where there is none`,
  };
}

function listed(parameters: readonly Parameter[]): string {
  const more = parameters.length > LISTED_MAX ? ` and ${parameters.length - LISTED_MAX} more` : '';
  return `${parameters
    .slice(0, LISTED_MAX)
    .map(({ name, type }) => `${name} (${type})`)
    .join(', ')}${more}`;
}

function explainFlaw({ bytes, start, end }: ArgumentsRange, parameters: readonly Parameter[]): Words {
  const found = notedFlaw();
  const { parameter: index, at } = refusedPlace();
  const { name } = parameters[index] ?? { name: null };
  const path =
    name === null ? '' : quoteText(`${name}${pathTo(bytes, at, found.at)}`, PATH_MAX, { isJson: true });
  const place = path === '' ? `at byte ${found.at - start}` : `in ${path}, at byte ${found.at - start}`;
  return { argument: name, message: `${flawWords({ bytes, start, end }, found)} (${place})` };
}

/** Characters of a path into a document. */
const PATH_MAX = 120;

function flawWords({ bytes, start, end }: ArgumentsRange, { flaw, at }: FoundFlaw): string {
  switch (flaw) {
    case 'ends':
      return 'the JSON ends too early';
    case 'unexpected':
      return at < end
        ? `${at === start ? 'the arguments are one JSON object; ' : ''}${quoteText(bytes.subarray(at, Math.min(end, at + QUOTED_MAX * 4)), QUOTED_MAX)} is no JSON there`
        : 'the JSON ends too early';
    case 'behind':
      return 'something stands behind the JSON object';
    case 'number':
      return 'a number is not written as JSON writes it: no zeros before it, digits on both sides of the point';
    case 'digits':
      return `a number has more than ${numberDigitsMax} digits`;
    case 'exponent':
      return `a number has an exponent beyond ±${numberExponentMax}; write it out`;
    case 'utf8':
      return 'the bytes are not UTF-8; write the text again from its source';
    case 'surrogate':
      return 'half of a character stands there (a surrogate without its other half, \\ud800 to \\udfff), as when a text is cut inside an emoji; take it out';
    case 'nul':
      return 'the character NUL stands there (\\u0000), which Postgres holds in no text; take it out';
    case 'control':
      return `a control character stands there as it is; write it as \\u00${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`;
    case 'escape':
      return 'a backslash stands there with what JSON does not know behind it; write a backslash as \\\\';
    case 'depth':
      return `objects and arrays lie more than ${argsDepthMax} deep in each other`;
    case 'repeated':
      return `the key ${quoteText(bytes.subarray(at, skipString(bytes, at, end)), QUOTED_MAX, { isJson: true })} stands twice in one object`;
    default:
      flaw satisfies never;
      return '';
  }
}
