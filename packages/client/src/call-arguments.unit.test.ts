import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeArguments } from './call-arguments.ts';
import { ArgumentError } from './errors.ts';

// Values that the types refuse but JavaScript callers pass.
const encode = (args: unknown): string => encodeArguments(args as Parameters<typeof encodeArguments>[0]);

describe('arguments', () => {
  it.each<[unknown, string]>([
    [{}, '{}'],
    [{ a: 'x', b: 1, c: true, d: null, e: [1, 'y'] }, '{"a":"x","b":1,"c":true,"d":null,"e":[1,"y"]}'],
    [{ a: 2n ** 70n }, '{"a":"1180591620717411303424"}'],
    [{ a: -5n, b: 3 }, '{"a":"-5","b":3}'],
    [{ a: new Uint8Array([0, 171, 255]) }, '{"a":"00abff"}'],
    [{ a: { b: [1n] } }, '{"a":{"b":["1"]}}'],
    [{ a: '12.50' }, '{"a":"12.50"}'],
    [{ a: -0 }, '{"a":0}'],
    [{ a: Number.MAX_SAFE_INTEGER }, '{"a":9007199254740991}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    [JSON.parse('{"__proto__":1,"b":{"__proto__":2}}'), '{"__proto__":1,"b":{"__proto__":2}}'],
    [{ ...JSON.parse('{"__proto__":1}'), b: 1n }, '{"__proto__":1,"b":"1"}'],
  ])('%o become %s', (args, text) => {
    expect(encode(args)).toBe(text);
  });

  it.each<[string, unknown, string]>([
    ['a decimal number', { price: 12.5 }, '$.price'],
    ['an unsafe integer', { a: [2 ** 53] }, '$.a[0]'],
    ['NaN', { a: Number.NaN }, '$.a'],
    ['Infinity', { a: Number.POSITIVE_INFINITY }, '$.a'],
    ['a Date', { a: { b: new Date() } }, '$.a.b'],
    ['undefined', { a: undefined }, '$.a'],
    ['undefined in a list', { a: [1, undefined] }, '$.a[1]'],
    ['a function', { a: () => 1 }, '$.a'],
    ['a symbol', { a: Symbol('x') }, '$.a'],
    ['a Map', { a: new Map() }, '$.a'],
    ['something with toJSON', { a: { toJSON: () => 1 } }, '$.a'],
    ['a list instead of an object', [1], '$'],
    ['text', 'x', '$'],
    ['null', null, '$'],
  ])('refuses %s and says where', (_name, args, path) => {
    let error: unknown;
    try {
      encode(args);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error).toMatchObject({ code: 'argument_invalid', path });
  });

  it('refuses nesting beyond the limit and cycles without overflowing', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 63; i++) deep = [deep];
    expect(() => encode({ a: deep })).not.toThrow();
    expect(() => encode({ a: [deep] })).toThrow(ArgumentError);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => encode({ a: cycle })).toThrow(ArgumentError);
  });

  it('come back unchanged where JSON can say them', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.maxSafeInteger().map((n) => n + 0),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('any')),
        fc.dictionary(
          fc.string().filter((key) => key !== 'toJSON'),
          tie('any'),
        ),
      ),
    })).any;
    fc.assert(
      fc.property(value, (any) => {
        expect(JSON.parse(encode({ any }))).toEqual(JSON.parse(JSON.stringify({ any })));
      }),
      { numRuns: 200 },
    );
  });
});
