import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openInput } from './input-file.ts';
import { type RowFormat, readLoadRows, rowFormatOf } from './load-rows.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo-rows-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function read(
  content: string | Uint8Array,
  {
    format = 'csv',
    columns = ['a', 'b'],
    name = 'x.csv',
  }: { format?: RowFormat; columns?: string[]; name?: string } = {},
): Promise<{ rows: unknown[]; empty: number }> {
  const path = join(directory, name);
  writeFileSync(path, content);
  const rows: unknown[] = [];
  let empty = 0;
  const csv = format === 'csv' ? { delimiter: ',', columns } : null;
  const input = { file: await openInput(path), encoding: null, format, csv };
  for await (const { line, values, flaw } of readLoadRows(input, () => {
    empty += 1;
  }))
    rows.push([line, ...values.values(), ...(flaw === null ? [] : [flaw.code])]);
  return { rows, empty };
}

const refusal = (...words: Parameters<typeof read>): Promise<string> =>
  read(...words).then(
    () => 'read',
    (error: Error) => error.message,
  );

describe('readLoadRows', () => {
  it('leaves out empty lines, wherever they are', async () => {
    expect(await read('a,b\n1,2\n\n3,4\n  \n,\n\n')).toEqual({
      rows: [
        [2, '1', '2'],
        [4, '3', '4'],
      ],
      empty: 4,
    });
    expect(await read('\r\na,b\r\n1,2\r\n\r\n')).toEqual({ rows: [[3, '1', '2']], empty: 1 });
  });

  it('asks what an empty line among rows of one column means', async () => {
    expect((await read('a\n1\n""\n\n', { columns: ['a'] })).rows).toEqual([
      [2, '1'],
      [3, ''],
    ]);
    expect(await refusal('a\n1\n\n2\n', { columns: ['a'] })).toBe('line 3 is empty, with rows behind it');
  });

  it.each([
    ['a,b\n1\n', 'line 2: 1 cell, the header has 2'],
    ['a,b\n1,2\n1,2,3\n', 'line 3: 3 cells, the header has 2'],
    ['a,b\n"1,2\n', 'line 2: a quoted cell is not closed'],
  ])('refuses %j', async (text, words) => {
    expect(await refusal(text)).toBe(words);
  });

  it('keeps a line that is too long apart, and goes on', async () => {
    const long = 'x'.repeat(5_000_000);
    expect((await read(`a,b\n1,2\n3,${long}\n5,6\n`)).rows).toEqual([
      [2, '1', '2'],
      [3, 'too_large'],
      [4, '5', '6'],
    ]);
    const json = `{"a":1}\n{"a":"${long}"}\n{"a":3}`;
    expect((await read(json, { format: 'jsonl' })).rows).toEqual([
      [1, '1'],
      [2, 'too_large'],
      [3, '3'],
    ]);
  });

  it('reads JSON lines with values as written, remarks left out', async () => {
    const text = '{"a":1.50,"b":{"c": 9007199254740993},"#line":4}\r\n\r\n{"a":"x\u2028y"}';
    expect(await read(text, { format: 'jsonl' })).toEqual({
      rows: [
        [1, '1.50', '{"c": 9007199254740993}'],
        [3, '"x\u2028y"'],
      ],
      empty: 1,
    });
    expect(await refusal('{"a":1}\n[]', { format: 'jsonl' })).toBe('line 2: not a JSON object');
  });

  it('reads packed files, and says which cannot be unpacked', async () => {
    const packed = gzipSync('a,b\n1,2\n');
    expect((await read(packed, { name: 'x.csv.gz' })).rows).toEqual([[2, '1', '2']]);
    expect(await refusal(packed.subarray(0, 20), { name: 'x.csv.gz' })).toContain('cannot be unpacked');
  });

  it('knows formats by name', () => {
    expect(['a.csv', 'a.CSV.gz', 'a.tsv', 'a.ndjson', 'a.jsonl.gz'].map(rowFormatOf)).toEqual([
      'csv',
      'csv',
      'csv',
      'jsonl',
      'jsonl',
    ]);
    expect(() => rowFormatOf('a.xlsx')).toThrow('neither .csv nor .jsonl');
    expect(() => rowFormatOf('-')).toThrow('standard input has no name');
  });
});
