import { describe, expect, it } from 'vitest';
import { parseBatch, parseCall, parseQualifiedName } from './call-arguments.ts';

describe('parseCall', () => {
  it('passes the JSON on as typed, so that numbers keep their digits', () => {
    const json = '{"n":9007199254740993,"price":10.50}';
    expect(parseCall({ name: 'shop.sell', json, pairs: [] })).toEqual({
      contract: 'shop',
      function: 'sell',
      args: json,
    });
  });

  it.each([
    [['a=1'], '{"a":1}'],
    [['a=12.50', 'b=text'], '{"a":12.50,"b":"text"}'],
    [['a=true', 'b=null', 'c="12"'], '{"a":true,"b":null,"c":"12"}'],
    [['a=x=y'], '{"a":"x=y"}'],
    [['a='], '{"a":""}'],
    [[], '{}'],
  ])('takes %j as %s', (pairs, args) => {
    expect(parseCall({ name: 'shop.sell', json: undefined, pairs }).args).toBe(args);
  });

  it.each([
    [{ name: 'shop', json: '{}', pairs: [] }, 'not contract.function'],
    [{ name: 'shop.sell', json: '[]', pairs: [] }, 'not a JSON object'],
    [{ name: 'shop.sell', json: '{"a":1,"a":2}', pairs: [] }, 'twice'],
    [{ name: 'shop.sell', json: '{', pairs: [] }, 'not JSON'],
    [{ name: 'shop.sell', json: '{}', pairs: ['a=1'] }, 'both'],
    [{ name: 'shop.sell', json: undefined, pairs: ['=1'] }, 'not name=value'],
    [{ name: 'shop.sell', json: undefined, pairs: ['a=1', 'a=2'] }, 'twice'],
  ])('refuses %j', (options, reason) => {
    expect(() => parseCall(options)).toThrow(reason);
  });
});

describe('parseBatch', () => {
  it('reads one call a line and skips empty lines', () => {
    const calls = parseBatch('{"call":"a.b","args":{"n":1.50}}\n\n{"call":"a.c"}\n');
    expect(calls).toEqual([
      { contract: 'a', function: 'b', args: '{"n":1.50}' },
      { contract: 'a', function: 'c', args: '{}' },
    ]);
  });

  it.each([
    ['', 'no calls'],
    ['{"args":{}}', 'line 1 of the batch names no call'],
    ['{"call":"a.b"}\nnonsense', 'line 2'],
    ['{"call":"a.b","args":[]}', 'not a JSON object'],
  ])('refuses %j', (text, reason) => {
    expect(() => parseBatch(text)).toThrow(reason);
  });
});

describe('parseQualifiedName', () => {
  it.each(['a.b.c', 'A.b', 'a', '.b', 'a.', "a.b'"])('refuses %s', (text) => {
    expect(() => parseQualifiedName(text, 'table')).toThrow('not contract.table');
  });
});
