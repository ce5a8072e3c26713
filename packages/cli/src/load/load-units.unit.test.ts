import { argsBytesMax, callsMax, transactionBytesMax } from '@bucordo/protocol';
import { describe, expect, it } from 'vitest';
import { parseColumnMap } from './column-map.ts';
import { judgeRows } from './judge-rows.ts';
import { type LoadIdentity, loadKey, loadNonce } from './load-journal.ts';
import type { LoadRow } from './load-rows.ts';
import { type LoadShape, type LoadUnit, loadUnits } from './load-units.ts';

const shape: LoadShape = {
  contract: 'shop',
  function: 'add',
  columnMap: [],
  groupBy: '',
  callsPerTransaction: 1,
};
const parameters = [
  { name: 'no', type: 'text' },
  { name: 'quantity', type: 'numeric' },
] as const;

async function* rows(...values: [no: string, quantity: string][]): AsyncGenerator<LoadRow> {
  for (const [index, [no, quantity]] of values.entries()) {
    const cells = new Map([
      ['no', no],
      ['quantity', quantity],
    ]);
    yield { line: index + 2, values: cells, isJson: false, flaw: null };
  }
}

async function unitsOf(
  source: AsyncIterable<LoadRow>,
  changes: Partial<LoadShape>,
  types: Parameters<typeof judgeRows>[1]['parameters'] = parameters,
): Promise<LoadUnit[]> {
  const made: LoadUnit[] = [];
  const own = { ...shape, ...changes };
  const judged = judgeRows(source, { columnMap: own.columnMap, parameters: types });
  for await (const unit of loadUnits(judged, own)) made.push(unit);
  return made;
}

const linesOf = ({ rows: own }: LoadUnit): number[] => own.map(({ row }) => row.line);

describe('loadUnits', () => {
  it('makes a transaction of every row, arguments by column name', async () => {
    const made = await unitsOf(rows(['a', '1'], ['b', '2.50']), {});
    expect(made.map((unit) => [unit.number, linesOf(unit), unit.rows[0]?.args])).toEqual([
      [0, [2], '{"no":"a","quantity":"1"}'],
      [1, [3], '{"no":"b","quantity":"2.50"}'],
    ]);
  });

  it('packs rows, the last transaction holding the rest, and keeps refused ones apart', async () => {
    const source = rows(['a', '1'], ['b', '2,50'], ['c', '3'], ['d', '4'], ['e', '5']);
    const made = await unitsOf(source, { callsPerTransaction: 2 });
    expect(made.map((unit) => [unit.number, linesOf(unit), unit.flaw?.code ?? ''])).toEqual([
      [0, [3], 'argument_invalid'],
      [1, [2, 4], ''],
      [2, [5, 6], ''],
    ]);
    expect(made[0]?.flaw?.message).toContain('quantity');
    expect(made[0]?.flaw?.message).toContain('"2,50"');
  });

  it('begins another transaction where the rows would not fit', async () => {
    const long = 'x'.repeat(200_000);
    const made = await unitsOf(rows([long, '1'], [long, '2'], [long, '3']), { callsPerTransaction: 100 });
    expect(made.map(linesOf)).toEqual([[2, 3], [4]]);
    expect(200_000 * 3).toBeGreaterThan(transactionBytesMax);
  });

  it('refuses a row whose arguments are too large, and no other', async () => {
    const empty = '{"no":"","quantity":"1"}'.length;
    const made = await unitsOf(
      rows(['a', '1'], ['x'.repeat(argsBytesMax - empty + 1), '1'], ['x'.repeat(argsBytesMax - empty), '1']),
      {},
    );
    expect(made.map(({ flaw }) => flaw?.code ?? '')).toEqual(['', 'too_large', '']);
  });

  it('groups rows wherever they stand, in the order of the first of each', async () => {
    const made = await unitsOf(rows(['a', '1'], ['b', '2'], ['a', '3']), { groupBy: 'no' });
    expect(made.map((unit) => [unit.number, linesOf(unit)])).toEqual([
      [0, [2, 4]],
      [1, [3]],
    ]);
  });

  it('sends nothing of a group with a row that is refused, or that is too large', async () => {
    const made = await unitsOf(rows(['a', '1'], ['a', 'x'], ['b', '2']), { groupBy: 'no' });
    expect(made.map((unit) => [linesOf(unit), unit.flaw?.code ?? ''])).toEqual([
      [[2, 3], 'argument_invalid'],
      [[4], ''],
    ]);
    const long = 'x'.repeat(200_000);
    const [large] = await unitsOf(rows([long, '1'], [long, '2'], [long, '3']), { groupBy: 'no' });
    expect(large?.flaw?.code).toBe('too_large');
  });

  it('maps columns and kinds', async () => {
    const types = [
      { name: 'open', type: 'bool' },
      { name: 'n', type: 'numeric' },
    ] as const;
    const columnMap = parseColumnMap(['no=open:bool,quantity=n:json']);
    const made = await unitsOf(rows(['yes', '12.50'], ['F', '1'], ['perhaps', '1']), { columnMap }, types);
    expect(made.map((unit) => unit.flaw?.message ?? unit.rows[0]?.args)).toEqual([
      '{"open":true,"n":12.50}',
      '{"open":false,"n":1}',
      'no is "perhaps", not a truth value: true or false',
    ]);
  });

  it.each([
    ['jsonb', '{"a": [1, 2.50]}', '{"a":[1,2.50]}'],
    ['jsonb', 'word', null],
    ['jsonb', '"word"', '"word"'],
    ['int8[]', '[1, 9007199254740993]', null],
    ['int8[]', '[1, "9007199254740993"]', '[1,"9007199254740993"]'],
    ['text[]', '{a,b}', null],
    ['bool', 't', 'true'],
    ['bool', 'false', 'false'],
    ['bool', 'yes', null],
    ['int8', '9007199254740993', '"9007199254740993"'],
    ['int8', '1.000', null],
    ['numeric', '1,50', null],
    ['numeric', '1,000.00', null],
    ['numeric', '3.5 ', null],
    ['date', '31.01.2026', null],
    ['date', '2026-02-29', null],
    ['date', '2026-01-31', '"2026-01-31"'],
    ['timestamptz', '2026-01-31 12:00:00+00', null],
    ['bytea', '00ff', '"00ff"'],
  ] as const)('reads a cell for %s: %s', async (type, cell, json) => {
    const types = [
      { name: 'no', type: 'text' },
      { name: 'quantity', type },
    ] as const;
    const [unit] = await unitsOf(rows(['a', cell]), {}, types);
    if (json !== null) expect(unit?.rows[0]?.args).toBe(`{"no":"a","quantity":${json}}`);
    expect(unit?.flaw?.code ?? null).toBe(json === null ? 'argument_invalid' : null);
    if (json === null) expect(unit?.flaw?.message).toContain('quantity');
  });

  it('refuses more rows in a group than a transaction takes', async () => {
    const many = Array.from({ length: callsMax + 1 }, (): [string, string] => ['a', '1']);
    await expect(unitsOf(rows(...many), { groupBy: 'no' })).rejects.toThrow(
      'more than 1000 rows (line 1002)',
    );
  });

  it.each([['a'], ['a=B'], ['=b'], ['a=b:number']])('refuses the map %s', (text) => {
    expect(() => parseColumnMap([text])).toThrow('is not column=parameter');
  });

  it('names a column that is missing', async () => {
    const [unit] = await unitsOf(rows(['a', '1']), { columnMap: parseColumnMap(['nr=no']) });
    expect(unit?.flaw).toMatchObject({
      code: 'argument_missing',
      message: 'there is no nr, only no, quantity',
    });
  });

  it('gives equal digests to equal values, however they are written and ordered', async () => {
    async function* json(): AsyncGenerator<LoadRow> {
      const values = new Map([
        ['quantity', ' "1" '],
        ['no', '"a"'],
      ]);
      yield { line: 1, values, isJson: true, flaw: null };
    }
    const [fromJson] = await unitsOf(json(), {});
    const [fromCsv, other] = await unitsOf(rows(['a', '1'], ['a', '1.0']), {});
    expect(fromCsv?.rows[0]?.digest).toEqual(fromJson?.rows[0]?.digest);
    expect(other?.rows[0]?.digest).not.toEqual(fromJson?.rows[0]?.digest);
  });
});

describe('loadNonce', () => {
  const load: LoadIdentity = {
    network: 'n',
    identity: 'a/b',
    function: 'shop.add',
    fileHash: 'f',
    columnMap: '',
    groupBy: '',
    callsPerTransaction: 1,
    encoding: '',
    isAgain: false,
  };

  it('I5: is the same for the same row of the same load, and another for everything else', () => {
    expect(loadNonce(load, 7)).toEqual(loadNonce({ ...load }, 7));
    expect(loadNonce(load, 7)).not.toEqual(loadNonce(load, 8));
    const others: LoadIdentity[] = [
      { ...load, network: 'm' },
      { ...load, identity: 'a/c' },
      { ...load, fileHash: 'g' },
      { ...load, columnMap: 'x=y:text' },
      { ...load, groupBy: 'x' },
      { ...load, callsPerTransaction: 2 },
      { ...load, function: 'shop.remove' },
      { ...load, encoding: 'windows-1252' },
      { ...load, isAgain: true },
    ];
    expect(new Set([load, ...others].map(loadKey)).size).toBe(others.length + 1);
    expect(loadNonce(load, 0)).toHaveLength(16);
  });
});
