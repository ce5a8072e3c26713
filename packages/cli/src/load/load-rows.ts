/**
 * The rows of an input, as objects: JSON lines (one object a line) or CSV with a header. Values stay as written: a
 * decimal must not lose its scale in a JavaScript number, so a CSV cell is a text and a JSON line keeps its own text.
 */
import { argsBytesMax } from '@bucordo/protocol';
import { usageError } from '../command-error.ts';
import { readJsonMembers } from '../json-members.ts';
import { type CsvForm, delimiterWords, remarkSign } from './csv-form.ts';
import { readCsvRecords, recordCharactersMax } from './csv-records.ts';
import { decodeText } from './decode-text.ts';
import { type InputFile, readBytes } from './input-file.ts';

/** What a file's ending says about its contents. */
export type RowFormat = 'csv' | 'jsonl';

/** An input and how it is read. */
export interface LoadInput {
  readonly file: InputFile;
  /** Null for UTF-8. */
  readonly encoding: string | null;
  readonly format: RowFormat;
  /** Null for JSON lines. */
  readonly csv: CsvForm | null;
}

/** Why a row cannot become a call, in the words of the protocol. */
export interface RowFlaw {
  readonly code: string;
  readonly message: string;
}

/** One row: its line in the file and its values. */
export interface LoadRow {
  readonly line: number;
  /** Column or member name to its value: the text of a cell, null for an empty one, or JSON text. */
  readonly values: ReadonlyMap<string, string | null>;
  /** Whether the values are JSON already. */
  readonly isJson: boolean;
  /** Set when the row could not be read whole. */
  readonly flaw: RowFlaw | null;
}

/** The format by the name's ending (`.csv`, `.jsonl`, `.ndjson`, each also with `.gz`), or a usage error. */
export function rowFormatOf(path: string): RowFormat {
  const name = path.toLowerCase().replace(/\.gz$/, '');
  if (name.endsWith('.csv') || name.endsWith('.tsv')) return 'csv';
  if (name.endsWith('.jsonl') || name.endsWith('.ndjson')) return 'jsonl';
  const shown =
    path === '-' ? 'standard input has no name that says what it is' : `${path} is neither .csv nor .jsonl`;
  throw usageError(shown, 'Say what it is: --format csv or --format jsonl.', { path });
}

/** The text of an input. */
export function readText({ file, encoding }: Pick<LoadInput, 'file' | 'encoding'>): AsyncGenerator<string> {
  return decodeText(readBytes(file), encoding);
}

/** Reads the rows of an input in its order. A line that is not a row is a usage error that names it. */
export async function* readLoadRows(input: LoadInput, onEmpty: () => void = ignore): AsyncGenerator<LoadRow> {
  const text = readText(input);
  if (input.csv === null) yield* jsonRows(text, onEmpty);
  else yield* csvRows(text, input.csv, onEmpty);
}

function ignore(): void {}

async function* csvRows(
  text: AsyncIterable<string>,
  { columns, delimiter }: CsvForm,
  onEmpty: () => void,
): AsyncGenerator<LoadRow> {
  let isHeaderRead = false;
  let emptyLine = 0;
  for await (const { line, cells, isTooLong } of readCsvRecords(text, delimiter)) {
    if (isTooLong) {
      isHeaderRead = true;
      yield { line, values: new Map(), isJson: false, flaw: tooLong };
      continue;
    }
    if (isEmpty(cells)) {
      if (isHeaderRead) onEmpty();
      if (emptyLine === 0) emptyLine = line;
      continue;
    }
    if (!isHeaderRead) {
      isHeaderRead = true;
      emptyLine = 0;
      continue;
    }
    // In one column an empty line may be a row without a value as well as none.
    if (columns.length === 1 && emptyLine > 0) throw emptyAmongRows(emptyLine);
    if (cells.length !== columns.length) throw uneven(line, cells, { columns, delimiter });
    const values = new Map<string, string | null>();
    for (const [index, name] of columns.entries())
      if (!name.startsWith(remarkSign)) values.set(name, cells[index] ?? null);
    yield { line, values, isJson: false, flaw: null };
  }
}

// Spreadsheets end a file with empty lines, or with lines of delimiters alone.
function isEmpty(cells: readonly (string | null)[]): boolean {
  return (
    cells.every((cell) => cell === null) || (cells.length === 1 && cells[0]?.trim() === '' && cells[0] !== '')
  );
}

const tooLong: RowFlaw = {
  code: 'too_large',
  message: `the line has more than ${recordCharactersMax} characters, the arguments of a call up to ${argsBytesMax} bytes`,
};

function emptyAmongRows(line: number): Error {
  return usageError(
    `line ${line} is empty, with rows behind it`,
    'Remove it, or write "" for an empty text; for a row without a value write JSON lines.',
    { line },
  );
}

function uneven(line: number, cells: readonly (string | null)[], { columns, delimiter }: CsvForm): Error {
  return usageError(
    `line ${line}: ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}, the header has ${columns.length}`,
    `Correct the line; ${delimiterWords(delimiter)} inside a cell needs quotes around the cell.`,
    { line },
  );
}

async function* jsonRows(text: AsyncIterable<string>, onEmpty: () => void): AsyncGenerator<LoadRow> {
  for await (const { line, source } of readLines(text)) {
    if (source === null) {
      yield { line, values: new Map(), isJson: true, flaw: tooLong };
      continue;
    }
    if (source.trim() === '') {
      onEmpty();
      continue;
    }
    const members = [...readJsonMembers(source, `line ${line}`)];
    const values = new Map(members.filter(([name]) => !name.startsWith(remarkSign)));
    yield { line, values, isJson: true, flaw: null };
  }
}

/** Lines as JSON lines have them: ended by LF, with CR before it or not. `source` is null for one that is too long to be kept. */
async function* readLines(
  text: AsyncIterable<string>,
): AsyncGenerator<{ readonly line: number; readonly source: string | null }> {
  let line = 1;
  let rest = '';
  let isTooLong = false;
  for await (const chunk of text) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      yield { line, source: isTooLong || part.length > recordCharactersMax ? null : part };
      isTooLong = false;
      line += 1;
    }
    if (rest.length <= recordCharactersMax) continue;
    isTooLong = true;
    rest = '';
  }
  if (rest !== '' || isTooLong) yield { line, source: isTooLong ? null : rest };
}
