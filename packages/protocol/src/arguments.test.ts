import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectVectors } from '../test/vector-file.ts';
import { checkArguments, isParameterType, type Parameter, type ParameterType } from './arguments.ts';
import type { RefusalCode } from './codes.ts';
import { argsBytesMax } from './limits.ts';
import { scalarTypes } from './scalar.ts';
import { toUtf8 } from './text.ts';

const check = (text: string, parameters: readonly Parameter[]): RefusalCode | null => {
  const bytes = toUtf8(`#${text}#`);
  return checkArguments(bytes, 1, bytes.length - 1, parameters);
};

/** JSON texts that are a value of the type, and some that are not. */
const values: Readonly<Record<string, { taken: readonly string[]; refused: readonly string[] }>> = {
  bool: { taken: ['true', 'false'], refused: ['1', '"true"', '"t"', '[]'] },
  int2: {
    taken: ['0', '-0', '7', '"-7"', '32767', '-32768', '"32767"', '"-32768"', '"0"', '"-0"'],
    refused: [
      '32768',
      '-32769',
      '"32768"',
      '"-32769"',
      '1.0',
      '1e2',
      '"01"',
      '"+1"',
      '" 1"',
      '"1 "',
      '""',
      '"-"',
      'true',
      '[1]',
    ],
  },
  int4: {
    taken: ['2147483647', '-2147483648', '"2147483647"', '"-2147483648"'],
    refused: ['2147483648', '-2147483649', '"2147483648"', '"0x10"', '"1_000"', '1.5', '{}', '"١"'],
  },
  int8: {
    taken: [
      '9007199254740991',
      '-9007199254740991',
      '"9223372036854775807"',
      '"-9223372036854775808"',
      '"9007199254740993"',
    ],
    refused: [
      '9007199254740992',
      '9007199254740993',
      '-9007199254740992',
      '"9223372036854775808"',
      '"-9223372036854775809"',
      '"92233720368547758070"',
      '1e3',
    ],
  },
  numeric: {
    taken: [
      '0',
      '-1.50',
      '"880.3484"',
      '"-0.10"',
      '"007"',
      `"${'9'.repeat(40)}"`,
      `"${'9'.repeat(20)}.${'9'.repeat(20)}"`,
      '12.'.concat('0'),
    ],
    refused: [
      '1e3',
      '1.5E1',
      '"1e3"',
      '"NaN"',
      '"Infinity"',
      '"-"',
      '"."',
      '"1."',
      '".5"',
      '"+1"',
      '" 1"',
      '"1,5"',
      `"${'9'.repeat(41)}"`,
      `"0.${'9'.repeat(40)}"`,
      'true',
      '""',
    ],
  },
  text: {
    taken: ['""', '"a"', '"é\\n\\u00e9😀"', '"\\ud83d\\ude00"'],
    refused: ['1', 'true', '{}', '["a"]'],
  },
  bytea: {
    taken: ['""', '"00ff"', '"deadbeef"'],
    refused: ['"0"', '"0G"', '"DEAD"', '"\\\\xff"', '"0\\u0030"', '1'],
  },
  uuid: {
    taken: ['"123e4567-e89b-12d3-a456-426614174000"'],
    refused: [
      '"123E4567-e89b-12d3-a456-426614174000"',
      '"123e4567e89b12d3a456426614174000"',
      '"{123e4567-e89b-12d3-a456-426614174000}"',
      '"123e4567-e89b-12d3-a456-42661417400"',
      '"123e4567-e89b-12d3-a4560426614174000"',
      '""',
    ],
  },
  date: {
    taken: ['"2024-02-29"', '"0001-01-01"', '"9999-12-31"', '"2000-02-29"'],
    refused: [
      '"2023-02-29"',
      '"1900-02-29"',
      '"0000-01-01"',
      '"2024-13-01"',
      '"2024-00-01"',
      '"2024-01-00"',
      '"2024-01-32"',
      '"2024-04-31"',
      '"2024-1-1"',
      '"20240101"',
      '"2024/01/01"',
      '"now"',
      '"today"',
      '"infinity"',
      '"2024-01-01 "',
      '20240101',
      '"10000-01-01"',
    ],
  },
  timestamptz: {
    taken: ['"2024-02-29T23:59:59Z"', '"2024-02-29T00:00:00.1Z"', '"2024-02-29T00:00:00.123456Z"'],
    refused: [
      '"2024-02-29T24:00:00Z"',
      '"2024-02-29T23:60:00Z"',
      '"2024-02-29T23:59:60Z"',
      '"2024-02-29 23:59:59Z"',
      '"2024-02-29T23:59:59"',
      '"2024-02-29T23:59:59+00:00"',
      '"2024-02-29T23:59:59.Z"',
      '"2024-02-29T23:59:59.1234567Z"',
      '"2023-02-29T00:00:00Z"',
      '"now"',
      '"epoch"',
      '1700000000',
      '"2024-02-29T23:59:59z"',
      '"2024-02-29T23:59:59.12a456Z"',
    ],
  },
  jsonb: { taken: ['1', '"a"', 'true', '{"a":[1,2]}', '[]', '1.5e30'], refused: [] },
};

/** Whole objects with the verdict; `id int4`, `tags text[]`. */
const parameters: readonly Parameter[] = [
  { name: 'id', type: 'int4' },
  { name: 'tags', type: 'text[]' },
];
const objects: readonly (readonly [string, RefusalCode | null])[] = [
  ['{"id":1,"tags":[]}', null],
  ['{"tags":["a",null,"b"],"id":null}', null],
  [' { "id" : 1 ,\n"tags" : [ "a" , "b" ] } ', null],
  ['{"\\u0069d":1,"tags":null}', null],
  ['{"id":1}', 'argument_missing'],
  ['{}', 'argument_missing'],
  ['{ }', 'argument_missing'],
  ['{"id":1,"tags":[],"other":1}', 'argument_unknown'],
  ['{"ID":1,"tags":[]}', 'argument_unknown'],
  ['{"":1}', 'argument_unknown'],
  ['{"i":1}', 'argument_unknown'],
  ['{"id":"x","tags":[]}', 'argument_invalid'],
  ['{"id":1,"tags":"a"}', 'argument_invalid'],
  ['{"id":1,"tags":{"a":1}}', 'argument_invalid'],
  ['{"id":1,"tags":[1]}', 'argument_invalid'],
  ['{"id":1,"tags":[["a"]]}', 'argument_invalid'],
  ['{"id":[1],"tags":[]}', 'argument_invalid'],
  ['', 'arguments_malformed'],
  ['[]', 'arguments_malformed'],
  ['null', 'arguments_malformed'],
  ['{"id":1,"tags":[]', 'arguments_malformed'],
  ['{"id":1,"tags":[]}}', 'arguments_malformed'],
  ['{"id":1,"tags":[],}', 'arguments_malformed'],
  ['{"id":1,"tags":["a",]}', 'arguments_malformed'],
  ['{"id":1,"tags":["a" "b"]}', 'arguments_malformed'],
  ['{"id" 1,"tags":[]}', 'arguments_malformed'],
  ['{"id":1 "tags":[]}', 'arguments_malformed'],
  ['{"id":1,"id":1}', 'arguments_malformed'],
  ['{"id":1,"\\u0069d":1}', 'arguments_malformed'],
  ['{id:1,"tags":[]}', 'arguments_malformed'],
  ['{"id":01,"tags":[]}', 'arguments_malformed'],
  ['{"id":1e400,"tags":[]}', 'arguments_malformed'],
  ['{"id":nul,"tags":[]}', 'arguments_malformed'],
  ['{"id":1,"tags":["\\u0000"]}', 'arguments_malformed'],
  ['{"id":1,"tags":["\\ud800"]}', 'arguments_malformed'],
  [`{"id":${'1'.repeat(41)},"tags":[]}`, 'arguments_malformed'],
];

describe('checkArguments', { timeout: 60_000 }, () => {
  const isTaken = (type: string, text: string): RefusalCode | null =>
    check(`{"v":${text}}`, [{ name: 'v', type: type as ParameterType }]);

  it.each(Object.entries(values))(
    'judges values of %s, alone and in an array',
    (type, { taken, refused }) => {
      for (const text of [...taken, 'null']) {
        expect([text, isTaken(type, text)]).toEqual([text, null]);
        expect([text, isTaken(`${type}[]`, `[${text},${text}]`)]).toEqual([text, null]);
      }
      for (const text of refused) {
        expect([text, isTaken(type, text)]).toEqual([text, 'argument_invalid']);
        expect([text, isTaken(`${type}[]`, `[ ${text} ]`)]).toEqual([text, 'argument_invalid']);
      }
      if (type !== 'jsonb') {
        expect(isTaken(`${type}[]`, '[[]]')).toBe('argument_invalid');
      }
      expect(isTaken(`${type}[]`, '[]')).toBeNull();
      expect(isTaken(`${type}[]`, '{}')).toBe('argument_invalid');
    },
  );

  it('has a row of values for every type', () => {
    expect(Object.keys(values)).toEqual(scalarTypes);
    expect(scalarTypes.every((type) => isParameterType(type) && isParameterType(`${type}[]`))).toBe(true);
    expect(['float8', 'int4[][]', 'json', ''].some(isParameterType)).toBe(false);
  });

  it.each(objects)('judges %s: %s', (text, expected) => {
    expect(check(text, parameters)).toBe(expected);
  });

  it('takes an empty object for a function without parameters', () => {
    expect(check('{}', [])).toBeNull();
    expect(check('{"a":1}', [])).toBe('argument_unknown');
  });

  it('refuses nested documents that break the general rules, at any depth', () => {
    const document: readonly Parameter[] = [{ name: 'd', type: 'jsonb' }];
    const nested = (depth: number): string => `{"d":${'['.repeat(depth)}1${']'.repeat(depth)}}`;
    expect(check(nested(63), document)).toBeNull();
    expect(check(nested(64), document)).toBe('arguments_malformed');
    expect(check('{"d":[{"a":1,"a":2}]}', document)).toBe('arguments_malformed');
    expect(check('{"d":{"a":1e131071}}', document)).toBe('arguments_malformed');
    const elements: readonly Parameter[] = [{ name: 'd', type: 'jsonb[]' }];
    expect(check(nested(63), elements)).toBeNull();
    expect(check(nested(64), elements)).toBe('arguments_malformed');
  });

  it('refuses more than argsBytesMax', () => {
    const text = (length: number): string => `{"t":"${'a'.repeat(length - 8)}"}`;
    const one: readonly Parameter[] = [{ name: 't', type: 'text' }];
    expect(check(text(argsBytesMax), one)).toBeNull();
    expect(check(text(argsBytesMax + 1), one)).toBe('too_large');
  });

  it('judges a function of 100 parameters in any order, and again, without mixing calls up', () => {
    const many = Array.from({ length: 100 }, (_, index): Parameter => ({ name: `p${index}`, type: 'int4' }));
    const shuffled = fc.shuffledSubarray(many, { minLength: 99 });
    fc.assert(
      fc.property(shuffled, (some) => {
        const text = `{${some.map(({ name }, index) => `"${name}":${index}`).join(',')}}`;
        expect(check(text, many)).toBe(some.length === 100 ? null : 'argument_missing');
      }),
    );
  });

  it('has golden vectors', async () => {
    await expectVectors('arguments', {
      values: Object.entries(values).map(([type, { taken, refused }]) => ({
        type,
        taken,
        argument_invalid: refused,
      })),
      objects: { parameters, verdicts: objects.map(([args, refusal]) => ({ args, refusal })) },
    });
  });
});
