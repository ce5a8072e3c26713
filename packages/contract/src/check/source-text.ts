/**
 * One text of a package with the positions of its bytes: the parser counts UTF-8 bytes, people count
 * lines and columns.
 */

import type { Place } from './finding.ts';

/** A text that knows where its lines begin. Offsets are bytes of UTF-8, from 0. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  readonly bytes: Buffer;
  /** Byte offsets of the beginnings of the lines. */
  readonly #lines: readonly number[];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.bytes = Buffer.from(text, 'utf8');
    this.#lines = lineStarts(this.bytes);
  }

  /** The text between two offsets. */
  slice(start: number, end: number): string {
    return this.bytes.toString('utf8', start, end);
  }

  /** Line and column of an offset; offsets beyond the text name its end. */
  place(offset: number): Place {
    const at = Math.min(Math.max(offset, 0), this.bytes.length);
    let low = 0;
    let high = this.#lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lines[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    const column = this.slice(this.#lines[low] ?? 0, at).length + 1;
    return { file: this.file, line: low + 1, column };
  }
}

function lineStarts(bytes: Buffer): readonly number[] {
  const starts = [0];
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  return starts;
}
