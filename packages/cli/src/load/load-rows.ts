/**
 * The rows of a file to load, as objects: JSON lines (one object a line) or CSV with a header.
 * `.gz` files are unpacked on the way. Values stay as written: a decimal must not lose its scale in
 * a JavaScript number, so a CSV cell is a text and a JSON line keeps its own text where it can.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { usageError } from '../command-error.ts';
import { readJsonMembers } from '../json-members.ts';
import { readCsvRecords } from './csv-records.ts';

/** What a file's ending says about its contents. */
export type RowFormat = 'csv' | 'jsonl';

/** One row: its line in the file and its members, each as JSON text ready for the arguments. */
export interface LoadRow {
  readonly line: number;
  /** Column or member name to the JSON text of its value. */
  readonly values: ReadonlyMap<string, string>;
}

/** The format by the name's ending (`.csv`, `.jsonl`, `.ndjson`, each also with `.gz`), or a usage error. */
export function rowFormatOf(path: string): RowFormat {
  const name = path.toLowerCase().replace(/\.gz$/, '');
  if (name.endsWith('.csv')) return 'csv';
  if (name.endsWith('.jsonl') || name.endsWith('.ndjson')) return 'jsonl';
  throw usageError(`${path} is neither .csv nor .jsonl`, 'Say what it is: --format csv or --format jsonl.', {
    path,
  });
}

/** Reads the rows of a file in its order. A line that is not a row is a usage error that names it. */
export async function* readLoadRows(path: string, format: RowFormat): AsyncGenerator<LoadRow> {
  const text = openText(path);
  if (format === 'csv') yield* csvRows(text);
  else yield* jsonRows(text);
}

function openText(path: string): Readable {
  const file = createReadStream(path);
  if (!path.toLowerCase().endsWith('.gz')) return file.setEncoding('utf8');
  const unpacked = createGunzip();
  file.on('error', (error) => unpacked.destroy(error));
  return file.pipe(unpacked).setEncoding('utf8');
}

async function* csvRows(text: Readable): AsyncGenerator<LoadRow> {
  let header: readonly string[] | null = null;
  for await (const record of readCsvRecords(text)) {
    if (header === null) {
      header = columnsOf(record.cells);
      continue;
    }
    if (record.cells.length !== header.length) {
      throw usageError(
        `line ${record.line}: ${record.cells.length} cells, the header has ${header.length}`,
        'Correct the line; a comma inside a cell needs quotes around the cell.',
      );
    }
    yield {
      line: record.line,
      values: new Map(header.map((name, index) => [name, JSON.stringify(record.cells[index] ?? null)])),
    };
  }
}

function columnsOf(cells: readonly (string | null)[]): readonly string[] {
  const names = cells.map((cell) => (cell ?? '').trim());
  const repeated = names.find((name, index) => name === '' || names.indexOf(name) !== index);
  if (repeated !== undefined)
    throw usageError(
      `the header has ${repeated === '' ? 'an empty column name' : `the column ${repeated} twice`}`,
      'Give every column a name of its own.',
    );
  return names;
}

async function* jsonRows(text: Readable): AsyncGenerator<LoadRow> {
  let line = 0;
  for await (const source of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (source.trim() === '') continue;
    yield { line, values: readJsonMembers(source, `line ${line}`) };
  }
}
