import { describe, expect, it } from 'vitest';
import { parseQueryResult } from './answers.ts';
import { Receipt } from './receipt.ts';
import { returnsOf } from './result-value.ts';

function result(resultText: string, ...returns: (string | undefined)[]): unknown {
  return new Receipt({ transactionId: '', height: 1, index: 0, resultText, duplicate: false, returns })
    .result;
}

describe('the result of a receipt', () => {
  it.each([
    ['', null],
    ['null', null],
    ['9007199254740993', '9007199254740993'],
    ['1234567890123456789.01', '1234567890123456789.01'],
    ['12.50', '12.50'],
    ['7', 7],
    ['"a"', 'a'],
    ['{"n":9007199254740993,"list":[0.10,1]}', { n: '9007199254740993', list: ['0.10', 1] }],
    ['[7,12.50]', [7, '12.50']],
  ])('%s has lost no digit', (text, value) => {
    expect(result(text)).toEqual(value);
  });

  it.each([
    ['7', 'int8', '7'],
    ['9007199254740993', 'int8', '9007199254740993'],
    ['12', 'numeric', '12'],
    ['null', 'numeric', null],
    ['[1,null,9007199254740993]', 'int8[]', ['1', null, '9007199254740993']],
    ['[]', 'numeric[]', []],
    ['7', 'int4', 7],
    ['[7]', 'int2[]', [7]],
    ['true', 'bool', true],
    ['"12"', 'text', '12'],
    ['{"n":1}', 'jsonb', { n: 1 }],
  ])('%s of type %s has one type whatever the value', (text, type, value) => {
    expect(result(text, type)).toEqual(value);
  });

  it('of several calls has each by its own type', () => {
    expect(result('[7, null, 8, {"a":[1,2]}, 9]', 'int8', 'void', 'int4', 'jsonb', undefined)).toEqual([
      '7',
      null,
      8,
      { a: [1, 2] },
      9,
    ]);
  });

  it('knows the types that calls tell', () => {
    expect(returnsOf([{}, {}])).toEqual([]);
    expect(returnsOf([{ returns: 'int8' }, {}])).toEqual(['int8', undefined]);
  });
});

describe('the rows of a query', () => {
  it('have lost no digit', () => {
    const types = ['int8', 'numeric', 'int4', 'float8', 'bool', 'jsonb', 'json', 'int8', 'jsonb'];
    const cells = [
      '7',
      '12.50',
      '7',
      '0.1',
      't',
      '{"n": 9007199254740993, "p": 1.10, "i": 3}',
      '[1.0]',
      null,
      null,
    ];
    const { rows, values } = parseQueryResult({
      height: 1,
      columns: types.map((type, at) => ({ name: `c${at}`, type })),
      rows: [cells],
      truncated: false,
      diverged: false,
    });
    const body = { n: '9007199254740993', p: '1.10', i: 3 };
    expect(Object.values(rows[0] ?? {})).toEqual(['7', '12.50', 7, 0.1, true, body, ['1.0'], null, null]);
    expect(values).toEqual([cells]);
  });
});
