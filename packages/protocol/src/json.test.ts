import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStrictJson } from './json.ts';
import { argsDepthMax, numberDigitsMax, numberExponentMax } from './limits.ts';
import { toUtf8 } from './text.ts';

const taken: readonly string[] = [
  '0',
  '-0',
  '1',
  '-1.5',
  '1e30',
  '1E-30',
  '1e+030',
  '0.0',
  'true',
  'false',
  'null',
  '""',
  '[]',
  '{}',
  ' [ ] ',
  '\t{\n}\r ',
  '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001"',
  '"é€😀"',
  '"\\ud83d\\ude00"',
  '"\\uD83D\\uDE00"',
  '"\u007f"',
  '"\ufeff"',
  '{"a":1,"A":2}',
  '{"":0}',
  '[{"a":1},{"a":1}]',
  '{"a":{"a":{"a":1}}}',
  '[1,[2,[3]]]',
  '{"a":"a"}',
  '1'.repeat(numberDigitsMax),
  `${'1'.repeat(20)}.${'1'.repeat(numberDigitsMax - 20)}`,
  `1e${numberExponentMax}`,
  '['.repeat(argsDepthMax) + ']'.repeat(argsDepthMax),
  `{"k0":0,"k1":0,"k2":0,"k3":0,"k4":0,"k5":0,"k6":0,"k7":0,"k8":0,"k9":0}`,
];

const refused: readonly string[] = [
  '',
  ' ',
  '01',
  '-',
  '+1',
  '.5',
  '1.',
  '1e',
  '1e+',
  '0x10',
  '1_000',
  'NaN',
  'Infinity',
  '-Infinity',
  '1 2',
  'tru',
  'True',
  "'a'",
  '"',
  '"a',
  '"\\"',
  '"\\x"',
  '"\\u12"',
  '"\\u12g4"',
  '"\\u"',
  '"\t"',
  '"\n"',
  '"\\u0000"',
  '"\\ud83d"',
  '"\\ude00"',
  '"\\ud83dx"',
  '"\\ud83d\\u0041"',
  '"\\ud83d\\n"',
  '[',
  ']',
  '[,]',
  '[1,]',
  '[1 2]',
  '{',
  '}',
  '{,}',
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{a:1}',
  '{1:1}',
  '{"a":1 "b":2}',
  '{"a":1}}',
  '[1]x',
  '\ufeff{}',
  '/**/1',
  '1,',
  '{"a" 1}',
  '[1;2]',
  '{"a":1,"a":2}',
  '{"a":1,"\\u0061":2}',
  '{"\\u0061":1,"a":2}',
  '{"é":1,"\\u00e9":2}',
  '[{"x":{"a":1,"b":1,"a":1}}]',
  `{"k0":0,"k1":0,"k2":0,"k3":0,"k4":0,"k5":0,"k6":0,"k7":0,"k8":0,"k9":0,"k0":1}`,
  `{"k0":0,"k1":0,"k2":0,"k3":0,"k4":0,"k5":0,"k6":0,"k7":0,"k8":0,"k9":0,"k9":1}`,
  '1'.repeat(numberDigitsMax + 1),
  `0.${'0'.repeat(numberDigitsMax)}`,
  `1e${numberExponentMax + 1}`,
  '1e131071',
  '1e-31',
  '1e99999999999',
  '['.repeat(argsDepthMax + 1) + ']'.repeat(argsDepthMax + 1),
  `${'{"a":'.repeat(argsDepthMax + 1)}1${'}'.repeat(argsDepthMax + 1)}`,
];

const invalidUtf8: readonly number[][] = [
  [0x80],
  [0xbf],
  [0xc0, 0x80],
  [0xc1, 0xbf],
  [0xc2],
  [0xc2, 0x41],
  [0xe0, 0x80, 0x80],
  [0xe0, 0x9f, 0xbf],
  [0xed, 0xa0, 0x80],
  [0xed, 0xbf, 0xbf],
  [0xe2, 0x82],
  [0xf0, 0x80, 0x80, 0x80],
  [0xf0, 0x8f, 0xbf, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xf0, 0x9f, 0x98],
  [0xff],
  [0xfe],
];

describe('isStrictJson', { timeout: 60_000 }, () => {
  it.each(taken)('takes %s', (text) => {
    expect(isStrictJson(toUtf8(text))).toBe(true);
    expect(() => JSON.parse(text)).not.toThrow();
  });

  it.each(refused)('refuses %s', (text) => {
    expect(isStrictJson(toUtf8(text))).toBe(false);
  });

  it.each(invalidUtf8)('refuses the bytes %s in a string', (...bytes) => {
    expect(isStrictJson(Uint8Array.from([0x22, ...bytes, 0x22]))).toBe(false);
    expect(isStrictJson(Uint8Array.from([0x22, ...bytes]))).toBe(false);
  });

  it('takes what JSON.stringify writes, but for lone surrogates, NUL and long numbers', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' }), (value) => {
        const text = JSON.stringify(value);
        const isPlain =
          text.isWellFormed() && !/\\u0000|\\ud[89a-f]|e[+-]?[3-9][0-9]|e[+-]?[12][0-9]{2}/.test(text);
        fc.pre(isPlain);
        expect(isStrictJson(toUtf8(text))).toBe(true);
        expect(isStrictJson(toUtf8(JSON.stringify(value, null, 2)))).toBe(true);
      }),
    );
  });

  it('never takes what JSON.parse refuses', () => {
    const fragment = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '"\\u0061"',
      '1',
      '-',
      '0',
      '.5',
      'e3',
      'true',
      'null',
      ' ',
      '"',
      '\\',
      'é',
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), (fragments) => {
        const text = fragments.join('');
        if (isStrictJson(toUtf8(text))) {
          expect(() => JSON.parse(text)).not.toThrow();
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('reads only the range it is given', () => {
    const bytes = toUtf8('xx{"a":[1]}yy');
    expect(isStrictJson(bytes, 2, bytes.length - 2)).toBe(true);
    expect(isStrictJson(bytes, 2, bytes.length - 3)).toBe(false);
    expect(isStrictJson(bytes, 2, bytes.length - 1)).toBe(false);
  });
});
