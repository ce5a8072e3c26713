/**
 * A strict reader for comma-separated files (RFC 4180): the header must name exactly the expected
 * columns, every record has as many fields, a quotation mark opens a field only at its start, and
 * text is valid UTF-8. Line ends are LF or CRLF. Nothing is trimmed and nothing is guessed.
 *
 * Time and memory are O(size of a chunk): a year of invoice lines is read from its compressed file
 * without ever being whole in memory.
 */

import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { DataError } from './data-error.ts';

/** One record: its fields in the order of the columns. An empty field is an empty string. */
export type CsvRecord = readonly string[];

/** What a file must look like. */
export interface CsvShape {
  /** Names in the header line, in their order. */
  readonly columns: readonly string[];
}

/** Longest record in characters; the longest in the example data has 180. */
export const recordCharactersMax = 65_536;

/**
 * Reads a file (`.gz`: compressed) and yields its records in batches as they come from the disk.
 * Fails with `DataError` at the first thing that is not as it should be, an absent file included.
 */
export async function* readCsv(path: string, shape: CsvShape): AsyncGenerator<CsvRecord[]> {
  const source = basename(path);
  const parser = new CsvParser(source, shape);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const bytes = path.endsWith('.gz') ? file.pipe(createGunzip({ chunkSize: 1 << 18 })) : file;
  file.on('error', (cause) => bytes.destroy(cause));
  try {
    for await (const chunk of bytes) {
      yield parser.push(decoder.decode(chunk, { stream: true }));
    }
    yield parser.push(decoder.decode());
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(
      `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { source },
      { cause },
    );
  }
  yield parser.end();
}

/** Reads a whole file that is known to be small. */
export async function readCsvWhole(path: string, shape: CsvShape): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  for await (const batch of readCsv(path, shape)) {
    for (const record of batch) records.push(record);
  }
  return records;
}

/** The parser behind `readCsv`: text in pieces of any size goes in, records come out. */
export class CsvParser {
  readonly #source: string;
  readonly #columns: readonly string[];
  #rest = '';
  #line = 0;
  #headerSeen = false;

  constructor(source: string, shape: CsvShape) {
    this.#source = source;
    this.#columns = shape.columns;
  }

  /** Takes the next piece of text and returns the records that it completes. */
  push(text: string): CsvRecord[] {
    const buffer = this.#rest + text;
    const records: CsvRecord[] = [];
    let start = 0;
    for (;;) {
      const end = recordEnd(buffer, start);
      if (end < 0) break;
      this.#take(buffer.slice(start, buffer[end - 1] === '\r' ? end - 1 : end), records);
      start = end + 1;
    }
    this.#rest = buffer.slice(start);
    if (this.#rest.length > recordCharactersMax) {
      throw this.#error(`a record is longer than ${recordCharactersMax} characters`, this.#line + 1);
    }
    return records;
  }

  /** Says that the text is over; returns the last record if no line end followed it. */
  end(): CsvRecord[] {
    const records: CsvRecord[] = [];
    if (this.#rest !== '') this.#take(this.#rest, records);
    this.#rest = '';
    if (!this.#headerSeen) throw this.#error('the file is empty: its header line is missing', 1);
    return records;
  }

  #take(text: string, records: CsvRecord[]): void {
    const line = this.#line + 1;
    this.#line += 1 + newlineCount(text);
    const fields = text.includes('"') ? this.#quotedFields(text, line) : text.split(',');
    if (!this.#headerSeen) {
      if (fields.join(',') !== this.#columns.join(',')) {
        throw this.#error(`the header is "${fields.join(',')}", expected "${this.#columns.join(',')}"`, line);
      }
      this.#headerSeen = true;
      return;
    }
    if (fields.length !== this.#columns.length) {
      throw this.#error(`${fields.length} fields, expected ${this.#columns.length}`, line);
    }
    if (text.includes('\r')) throw this.#error('a carriage return stands outside of a line end', line);
    records.push(fields);
  }

  #quotedFields(text: string, line: number): string[] {
    const fields: string[] = [];
    let at = 0;
    for (;;) {
      if (text[at] === '"') {
        const close = closingQuote(text, at);
        if (close < 0) throw this.#error('a quoted field is not closed', line);
        fields.push(text.slice(at + 1, close).replaceAll('""', '"'));
        at = close + 1;
        if (at < text.length && text[at] !== ',') {
          throw this.#error('text follows a closing quotation mark', line);
        }
      } else {
        const comma = text.indexOf(',', at);
        const field = text.slice(at, comma < 0 ? text.length : comma);
        if (field.includes('"')) throw this.#error('a quotation mark stands inside an unquoted field', line);
        fields.push(field);
        at += field.length;
      }
      if (at === text.length) return fields;
      at += 1;
    }
  }

  #error(message: string, line: number): DataError {
    return new DataError(message, { source: this.#source, line });
  }
}

/** Index of the LF that ends the record, or −1. A line end between quotation marks belongs to a field. */
function recordEnd(text: string, start: number): number {
  let end = text.indexOf('\n', start);
  if (end < 0) return end;
  let quote = text.indexOf('"', start);
  if (quote < 0 || quote > end) return end;
  let open = false;
  while (end >= 0) {
    while (quote >= 0 && quote < end) {
      open = !open;
      quote = text.indexOf('"', quote + 1);
    }
    if (!open) return end;
    end = text.indexOf('\n', end + 1);
  }
  return end;
}

/** Index of the quotation mark that closes the field opened at `open`, or −1. A doubled mark is a character. */
function closingQuote(text: string, open: number): number {
  for (let at = open + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0 || text[at + 1] !== '"') return at;
  }
}

function newlineCount(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
