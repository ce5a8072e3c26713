import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactJson, jsonElements, parseExactJson } from './exact-json.ts';

describe('parseExactJson', () => {
  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740992', '-9007199254740992'],
    ['1234567890123456789.01', '1234567890123456789.01'],
    ['12.50', '12.50'],
    ['12.5', '12.5'],
    ['0.1', '0.1'],
    ['1e3', '1e3'],
    ['-0', '-0'],
    ['0', 0],
    ['-7', -7],
    ['"9007199254740993"', '9007199254740993'],
    ['null', null],
    [
      ' [1, 1.0 , {"n":-9007199254740993,"1.5":"2.50 \\" 3.5"}] ',
      [1, '1.0', { n: '-9007199254740993', '1.5': '2.50 " 3.5' }],
    ],
  ])('reads %s', (text, value) => {
    expect(parseExactJson(text)).toEqual(value);
  });

  it('reads all numbers as text where it is asked to', () => {
    expect(parseExactJson('[1, null, 2.0]', 'text')).toEqual(['1', null, '2.0']);
  });

  it.each([
    '',
    '01',
    '1.',
    '.5',
    '1 2',
    '[1,]',
    '{1:2}',
    '{1.5:2}',
    '-',
    '+1',
    '1e',
    'NaN',
    '"a',
    '1"',
    '--1',
    '1.2.3',
    '[1 2.5]',
  ])('refuses %j as JSON.parse does', (text) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(() => parseExactJson(text)).toThrow(SyntaxError);
  });

  it('reads JSON whose numbers are safe integers as JSON.parse does', () => {
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'binary' }),
        fc.maxSafeInteger().map((value) => value || 0),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('tree')),
        fc.dictionary(fc.string(), tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.nat(2), (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(parseExactJson(text)).toEqual(JSON.parse(text));
        expect(compactJson(text)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('refuses whatever JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'[]{},:"\\ 019.-+eE') }), (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        if (isJson) parseExactJson(text);
        else expect(() => parseExactJson(text)).toThrow(SyntaxError);
      }),
      { numRuns: 500 },
    );
  });

  it('reads a key that is named like the prototype, and texts of a megabyte', () => {
    expect(Object.keys(parseExactJson('{"__proto__":1.50}') as object)).toEqual(['__proto__']);
    const long = 'x'.repeat(1_000_000);
    expect(parseExactJson(JSON.stringify([long, 1]))).toEqual([long, 1]);
  });
});

describe('jsonElements', () => {
  it.each([
    ['[]', []],
    [' [ ] ', []],
    ['[1.50, "a,]", null]', ['1.50', '"a,]"', 'null']],
    ['[[1,2],{"a":[3,4]} ]', ['[1,2]', '{"a":[3,4]}']],
  ])('splits %s', (text, elements) => {
    expect(jsonElements(text)).toEqual(elements);
  });

  it('refuses what is no array', () => {
    expect(() => jsonElements('{"a":[1]}')).toThrow(SyntaxError);
  });
});
