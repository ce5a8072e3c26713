/**
 * CSV as spreadsheets and databases write it (RFC 4180), read as a stream: quoted cells with line
 * ends and doubled quotes, CRLF, LF or CR, any delimiter of one sign. An empty cell is null, a quoted
 * empty cell the empty text, as Postgres' COPY has it.
 */
import { usageError } from '../command-error.ts';

/** Longest record that is kept, in characters: 16 times the largest arguments of a call. The cells of a longer one are not kept whole. */
export const recordCharactersMax: number = 4 * 1024 * 1024;

/** One record: its cells, and the number of the line it begins on (the header is line 1). */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly (string | null)[];
  /** Whether it is longer than {@link recordCharactersMax}: its cells are not all there. */
  readonly isTooLong: boolean;
}

/** Splits chunks of text into records. Fails with a usage error that names the line of a broken quote. */
export async function* readCsvRecords(
  chunks: AsyncIterable<string>,
  delimiter: string,
): AsyncGenerator<CsvRecord> {
  const parser = new CsvParser(delimiter);
  for await (const chunk of chunks) yield* parser.push(chunk);
  yield* parser.end();
}

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** Where the parser stands inside a record. */
type Place = 'cell-start' | 'plain' | 'quoted' | 'after-quote';

class CsvParser {
  #place: Place = 'cell-start';
  #cell = '';
  #cells: (string | null)[] = [];
  #line = 1;
  #recordLine = 1;
  #recordCharacters = 0;
  #lastWasReturn = false;
  readonly #delimiter: string;
  readonly #delimiterCode: number;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
    this.#delimiterCode = delimiter.charCodeAt(0);
  }

  *push(chunk: string): Generator<CsvRecord> {
    for (let at = 0; at < chunk.length; ) {
      const end = this.#ordinaryEnd(chunk, at);
      if (end > at) {
        this.#lastWasReturn = false;
        this.#recordCharacters += end - at;
        this.#keep(chunk.slice(at, end));
        at = end;
        continue;
      }
      const record = this.#step(chunk[at] ?? '');
      if (record !== null) yield record;
      at += 1;
    }
  }

  // Where a run of characters ends that only add to the cell: most of a file is read by this alone.
  #ordinaryEnd(chunk: string, at: number): number {
    if (this.#place !== 'plain' && this.#place !== 'quoted') return at;
    const end = this.#place === 'quoted' ? QUOTE : this.#delimiterCode;
    let r = at;
    for (; r < chunk.length; r++) {
      const code = chunk.charCodeAt(r);
      if (code === end || code === LINE_FEED || code === RETURN) break;
    }
    return r;
  }

  *end(): Generator<CsvRecord> {
    if (this.#place === 'quoted') {
      throw usageError(
        `line ${this.#recordLine}: a quoted cell is not closed`,
        'Close the quote, or double a quote that belongs to the text.',
      );
    }
    if (this.#place !== 'cell-start' || this.#cells.length > 0) yield this.#endRecord();
  }

  #step(character: string): CsvRecord | null {
    this.#recordCharacters += 1;
    const secondOfPair = this.#lastWasReturn && character === '\n';
    this.#lastWasReturn = character === '\r';
    if (character === '\n' && !secondOfPair) this.#line += 1;
    if (character === '\r') this.#line += 1;
    if (this.#place === 'quoted') return this.#stepQuoted(character);
    if (secondOfPair) {
      this.#recordCharacters = 0;
      this.#recordLine = this.#line;
      return null;
    }
    return this.#stepPlain(character);
  }

  #stepQuoted(character: string): null {
    if (character === '"') this.#place = 'after-quote';
    else this.#keep(character);
    return null;
  }

  #stepPlain(character: string): CsvRecord | null {
    if (character === this.#delimiter) {
      this.#endCell();
      return null;
    }
    if (character === '\n' || character === '\r') return this.#endRecord();
    if (character === '"' && this.#place === 'cell-start') {
      this.#place = 'quoted';
      return null;
    }
    if (this.#place === 'after-quote') {
      if (character !== '"')
        throw usageError(
          `line ${this.#recordLine}: text after the closing quote of a cell`,
          'Double a quote that belongs to the text.',
        );
      this.#keep('"');
      this.#place = 'quoted';
      return null;
    }
    this.#keep(character);
    this.#place = 'plain';
    return null;
  }

  // A quote that is not closed must not fill the memory with the rest of the file.
  #keep(text: string): void {
    if (this.#recordCharacters <= recordCharactersMax) this.#cell += text;
  }

  #endCell(): void {
    this.#cells.push(this.#place === 'cell-start' ? null : this.#cell);
    this.#cell = '';
    this.#place = 'cell-start';
  }

  #endRecord(): CsvRecord {
    this.#endCell();
    const isTooLong = this.#recordCharacters > recordCharactersMax;
    const record = { line: this.#recordLine, cells: this.#cells, isTooLong };
    this.#cells = [];
    this.#recordLine = this.#line;
    this.#recordCharacters = 0;
    return record;
  }
}
