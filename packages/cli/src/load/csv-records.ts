/**
 * CSV as spreadsheets and databases write it (RFC 4180), read as a stream: quoted cells with line
 * ends and doubled quotes, CRLF or LF, a byte order mark. An empty cell is null, a quoted empty
 * cell the empty text, as Postgres' COPY has it.
 */
import { usageError } from '../command-error.ts';

/** Longest record accepted, in characters: a missing closing quote must not swallow the file. */
const recordCharactersMax = 4 * 1024 * 1024;

/** One record: its cells, and the number of the line it begins on (the header is line 1). */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly (string | null)[];
}

/** Splits chunks of text into records. Fails with a usage error that names the line of a broken quote. */
export async function* readCsvRecords(chunks: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  const parser = new CsvParser();
  for await (const chunk of chunks) yield* parser.push(chunk);
  yield* parser.end();
}

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
  #atStart = true;

  *push(chunk: string): Generator<CsvRecord> {
    const text = this.#atStart && chunk.startsWith('\ufeff') ? chunk.slice(1) : chunk;
    if (chunk !== '') this.#atStart = false;
    for (const character of text) {
      const record = this.#step(character);
      if (record !== null) yield record;
    }
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
    if (this.#recordCharacters > recordCharactersMax) {
      throw usageError(
        `line ${this.#recordLine}: a record longer than ${recordCharactersMax} characters`,
        'Look for a quote that is not closed.',
      );
    }
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
    else this.#cell += character;
    return null;
  }

  #stepPlain(character: string): CsvRecord | null {
    if (character === ',') {
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
      this.#cell += '"';
      this.#place = 'quoted';
      return null;
    }
    this.#cell += character;
    this.#place = 'plain';
    return null;
  }

  #endCell(): void {
    this.#cells.push(this.#place === 'cell-start' ? null : this.#cell);
    this.#cell = '';
    this.#place = 'cell-start';
  }

  #endRecord(): CsvRecord {
    this.#endCell();
    const record = { line: this.#recordLine, cells: this.#cells };
    this.#cells = [];
    this.#recordLine = this.#line;
    this.#recordCharacters = 0;
    return record;
  }
}
