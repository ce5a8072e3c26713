import { describe, expect, it } from 'vitest';
import { parseColumnMap } from './column-map.ts';
import { type LoadIdentity, loadKey, loadNonce } from './load-journal.ts';
import type { LoadRow } from './load-rows.ts';
import { type LoadShape, type LoadTransaction, loadTransactions } from './load-transactions.ts';

const shape: LoadShape = {
  contract: 'shop',
  function: 'add',
  columnMap: [],
  groupBy: '',
  callsPerTransaction: 1,
};

async function* rows(...values: [no: string, quantity: string][]): AsyncGenerator<LoadRow> {
  for (const [index, [no, quantity]] of values.entries()) {
    yield {
      line: index + 2,
      values: new Map([
        ['no', JSON.stringify(no)],
        ['quantity', JSON.stringify(quantity)],
      ]),
    };
  }
}

async function transactionsOf(
  source: AsyncIterable<LoadRow>,
  changes: Partial<LoadShape>,
): Promise<LoadTransaction[]> {
  const made: LoadTransaction[] = [];
  for await (const transaction of loadTransactions(source, { ...shape, ...changes })) made.push(transaction);
  return made;
}

describe('loadTransactions', () => {
  it('makes a transaction of every row, arguments by column name', async () => {
    const made = await transactionsOf(rows(['a', '1'], ['b', '2']), {});
    expect(made.map(({ number, lines, calls }) => [number, lines, calls[0]?.args])).toEqual([
      [0, [2], '{"no":"a","quantity":"1"}'],
      [1, [3], '{"no":"b","quantity":"2"}'],
    ]);
  });

  it('packs rows, the last transaction holding the rest', async () => {
    const made = await transactionsOf(rows(['a', '1'], ['b', '2'], ['c', '3']), { callsPerTransaction: 2 });
    expect(made.map(({ lines }) => lines)).toEqual([[2, 3], [4]]);
  });

  it('groups rows wherever they stand, in the order of the first of each', async () => {
    const made = await transactionsOf(rows(['a', '1'], ['b', '2'], ['a', '3']), { groupBy: 'no' });
    expect(made.map(({ number, lines }) => [number, lines])).toEqual([
      [0, [2, 4]],
      [1, [3]],
    ]);
  });

  it('maps columns and kinds', async () => {
    const columnMap = parseColumnMap(['no=open:bool,quantity=n:json']);
    const made = await transactionsOf(rows(['yes', '12.50'], ['F', '1']), { columnMap });
    expect(made.map(({ calls }) => calls[0]?.args)).toEqual([
      '{"open":true,"n":12.50}',
      '{"open":false,"n":1}',
    ]);
  });

  it('refuses more rows in a group than a transaction takes', async () => {
    const many = Array.from({ length: 1_001 }, (): [string, string] => ['a', '1']);
    await expect(transactionsOf(rows(...many), { groupBy: 'no' })).rejects.toThrow(
      'more than 1000 rows (line 1002)',
    );
  });

  it.each([['a'], ['a=B'], ['=b'], ['a=b:number']])('refuses the map %s', (text) => {
    expect(() => parseColumnMap([text])).toThrow('is not column=parameter');
  });

  it('names a column that is missing', async () => {
    await expect(transactionsOf(rows(['a', '1']), { columnMap: parseColumnMap(['nr=no']) })).rejects.toThrow(
      'line 2 has no column nr',
    );
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
    ];
    expect(new Set([load, ...others].map(loadKey)).size).toBe(others.length + 1);
    expect(loadNonce(load, 0)).toHaveLength(16);
  });
});
