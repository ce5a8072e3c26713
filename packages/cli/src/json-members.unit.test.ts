import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonMembers } from './json-members.ts';

describe('readJsonMembers', () => {
  it('gives every member as the text it was written as', () => {
    const text = ' { "a" : 9007199254740993 , "b":[1, {"c":"}"}], "d":"\\"," } ';
    expect([...readJsonMembers(text, 'x')]).toEqual([
      ['a', '9007199254740993'],
      ['b', '[1, {"c":"}"}]'],
      ['d', '"\\","'],
    ]);
  });

  it('takes any object apart without loss', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value, null, 1);
        const members = readJsonMembers(text, 'x');
        const again = Object.fromEntries([...members].map(([name, json]) => [name, JSON.parse(json)]));
        expect(again).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each(['', 'null', '[]', '1', '{"a":1}}'])('refuses %j', (text) => {
    expect(() => readJsonMembers(text, 'here')).toThrow('here');
  });
});
