import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCsv } from '../output/table.ts';
import { type CsvRecord, readCsvRecords } from './csv-records.ts';

async function* chunks(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

async function read(...texts: string[]): Promise<Omit<CsvRecord, 'isTooLong'>[]> {
  return (await readBy(',', ...texts)).map(({ line, cells }) => ({ line, cells }));
}

async function readBy(delimiter: string, ...texts: string[]): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  for await (const record of readCsvRecords(chunks(...texts), delimiter)) records.push(record);
  return records;
}

describe('readCsvRecords', () => {
  it('reads quotes, line ends within them, CRLF and a last line without end', async () => {
    expect(await read('a,b\r\n"x\r\ny","say ""hi"""\r\n1,2')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: ['x\r\ny', 'say "hi"'] },
      { line: 4, cells: ['1', '2'] },
    ]);
  });

  it('tells an empty cell from an empty text', async () => {
    expect(await read('a,,"",\n')).toEqual([{ line: 1, cells: ['a', null, '', null] }]);
  });

  it.each([';', '\t', '|'])('reads cells between %j', async (delimiter) => {
    const text = `a${delimiter}"b${delimiter}c"${delimiter}d,e\n`;
    expect((await readBy(delimiter, text)).map(({ cells }) => cells)).toEqual([
      ['a', `b${delimiter}c`, 'd,e'],
    ]);
  });

  it('goes on behind a record that is too long to be kept', async () => {
    const long = 'x'.repeat(1_000_000);
    const records = await readBy(
      ',',
      '1,',
      ...Array(5).fill(long),
      '\n2,b\n"',
      ...Array(5).fill(long),
      '\n",c\n3,d\n',
    );
    expect(records.map(({ line, isTooLong }) => [line, isTooLong])).toEqual([
      [1, true],
      [2, false],
      [3, true],
      [5, false],
    ]);
    expect(records.at(-1)?.cells).toEqual(['3', 'd']);
  });

  it('gives the same records however the text is cut', async () => {
    const text = 'a,b\r\n"1,""\n2",\r\n\r\nx,"y"\n';
    const whole = await read(text);
    for (let at = 0; at <= text.length; at += 1)
      expect(await read(text.slice(0, at), text.slice(at))).toEqual(whole);
  });

  it('reads back what formatCsv writes', async () => {
    const cell = fc.oneof(fc.constant(null), fc.string());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1 }), async (rows) => {
        const records = await read(`${formatCsv({ columns: ['c', 'd'], rows })}\n`);
        expect(records.slice(1).map(({ cells }) => cells)).toEqual(rows);
      }),
    );
  });

  it.each([
    ['a\n"open', 'line 2: a quoted cell is not closed'],
    ['"a"b', 'text after the closing quote'],
  ])('refuses %j', async (text, reason) => {
    await expect(read(text)).rejects.toThrow(reason);
  });
});
