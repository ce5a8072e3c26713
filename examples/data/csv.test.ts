import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { CsvParser, readCsvWhole, recordCharactersMax } from './csv.ts';
import { DataError } from './data-error.ts';

const shape = { columns: ['a', 'b'] };
const parse = (text: string): readonly (readonly string[])[] => {
  const parser = new CsvParser('test.csv', shape);
  return [...parser.push(text), ...parser.end()];
};

describe('records', () => {
  it.each([
    ['a,b\n', []],
    ['a,b\n1,2\n', [['1', '2']]],
    ['a,b\n1,2', [['1', '2']]],
    ['a,b\r\n1,2\r\n', [['1', '2']]],
    ['a,b\n,\n', [['', '']]],
    ['a,b\n" x ",y \n', [[' x ', 'y ']]],
    ['a,b\n"one, two","say ""yes"""\n', [['one, two', 'say "yes"']]],
    ['a,b\n"two\nlines",x\n', [['two\nlines', 'x']]],
    ['a,b\n"",""\n', [['', '']]],
    ['"a",b\n£,é\n', [['£', 'é']]],
  ])('reads %j', (text, records) => {
    expect(parse(text)).toEqual(records);
  });

  it.each([
    ['', /line 1: the file is empty/],
    ['a,c\n', /line 1: the header is "a,c", expected "a,b"/],
    ['\uFEFFa,b\n', /line 1: the header is/],
    ['a,b\n1\n', /line 2: 1 fields, expected 2/],
    ['a,b\n1,2\n1,2,3\n', /line 3: 3 fields, expected 2/],
    ['a,b\n\n', /line 2: 1 fields/],
    ['a,b\n1,"2\n', /line 2: a quoted field is not closed/],
    ['a,b\n1,"2"x\n', /line 2: text follows a closing quotation mark/],
    ['a,b\n1,2"\n"\n', /line 2: a quotation mark stands inside an unquoted field/],
    ['a,b\n1\r,2\n', /line 2: a carriage return/],
    ['a,b\n"x\ny",1\nz\n', /line 4: 1 fields/],
  ])('refuses %j', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('refuses a record that does not end', () => {
    expect(() => parse(`a,b\n"${'x'.repeat(recordCharactersMax + 1)}`)).toThrow(
      /longer than 65536 characters/,
    );
  });

  it('gives the same records however the text is cut', () => {
    const field = fc.string({ unit: fc.constantFrom('x', '"', ',', '\n', ' ', '£'), maxLength: 6 });
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field)), fc.array(fc.nat(40)), (records, cuts) => {
        const text = ['a,b', ...records.map((record) => record.map(quoted).join(','))]
          .join('\n')
          .concat('\n');
        const parser = new CsvParser('test.csv', shape);
        const found: (readonly string[])[] = [];
        let at = 0;
        for (const cut of cuts) {
          found.push(...parser.push(text.slice(at, at + cut)));
          at += cut;
        }
        found.push(...parser.push(text.slice(at)), ...parser.end());
        expect(found).toEqual(records);
      }),
      { numRuns: 200 },
    );
  });
});

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bucordo-csv-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, bytes: string | Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };

  it('reads plain and compressed files alike', async () => {
    const text = 'a,b\n1,£2\n';
    const plain = await readCsvWhole(file('plain.csv', text), shape);
    expect(await readCsvWhole(file('packed.csv.gz', gzipSync(text)), shape)).toEqual(plain);
    expect(plain).toEqual([['1', '£2']]);
  });

  it.each([
    ['an absent file', () => join(folder, 'absent.csv')],
    ['bytes that are not UTF-8', () => file('latin.csv', Buffer.from('a,b\n\xa3,1\n', 'latin1'))],
    ['text that ends inside a character', () => file('cut.csv', Buffer.from('a,b\n1,£').subarray(0, 7))],
    ['a compressed file that is cut short', () => file('cut.csv.gz', gzipSync('a,b\n1,2\n').subarray(0, 15))],
    ['a file that is not compressed', () => file('plain.csv.gz', 'a,b\n1,2\n')],
  ])('refuses %s', async (_, path) => {
    await expect(readCsvWhole(path(), shape)).rejects.toThrow(DataError);
  });
});
