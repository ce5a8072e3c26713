/**
 * The rows of one block in one buffer, ready for the socket to Postgres.
 *
 * The buffer begins with room for the head of a CopyData message and the signature of the binary
 * COPY format, so that sealing writes 24 bytes in front and 7 behind and copies nothing.
 */

import { rowJudgedBy, setRowPosition } from './transaction-row.ts';

const HEAD_BYTES = 24;
const TRAILER_BYTES = 7;
const COPY_SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');

/** Rows of `bucordo.transaction` in COPY binary form, appended one by one, then sealed as one block. */
export class RowBuffer {
  /** The bytes; rows lie at `rowAt[i]` with length `rowLength[i]`. Replaced when the buffer grows. */
  bytes: Buffer;
  /** Number of rows. */
  count = 0;
  /** Offsets of the rows in `bytes`. */
  rowAt: Int32Array;
  /** Lengths of the rows. */
  rowLength: Int32Array;
  /** Height of the functions by which the rows were judged, the oldest of them; set by {@link setPositions}. */
  judgedBy = 0;
  #end: number = HEAD_BYTES;

  /** `bytes` and `rows` are first guesses; both grow. */
  constructor(bytes: number = 65_536, rows: number = 256) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(bytes, HEAD_BYTES + TRAILER_BYTES));
    this.rowAt = new Int32Array(rows);
    this.rowLength = new Int32Array(rows);
  }

  /** Bytes taken by rows so far. */
  get rowBytes(): number {
    return this.#end - HEAD_BYTES;
  }

  /** Appends the row `source[start, end)` and returns its index. */
  append(source: Buffer, start: number, end: number): number {
    const length = end - start;
    this.#reserve(length);
    source.copy(this.bytes, this.#end, start, end);
    const index = this.count;
    this.rowAt[index] = this.#end;
    this.rowLength[index] = length;
    this.count = index + 1;
    this.#end += length;
    return index;
  }

  /** Writes the positions of a block at `height` into its rows, where until now stands what judged them. Once per block. */
  setPositions(height: number): void {
    let judgedBy = Number.MAX_SAFE_INTEGER;
    for (let index = 0; index < this.count; index++) {
      const at = this.rowAt[index] ?? 0;
      judgedBy = Math.min(judgedBy, rowJudgedBy(this.bytes, at));
      setRowPosition(this.bytes, at, height, index);
    }
    this.judgedBy = judgedBy;
  }

  /** The CopyData message with all rows followed by CopyDone; valid until the next append. */
  copyMessages(): Buffer {
    const bytes = this.bytes;
    bytes[0] = 0x64;
    COPY_SIGNATURE.copy(bytes, 5);
    let w = bytes.writeInt16BE(-1, this.#end);
    bytes.writeInt32BE(w - 1, 1);
    bytes[w++] = 0x63;
    w = bytes.writeInt32BE(4, w);
    return bytes.subarray(0, w);
  }

  /** Empties the buffer so that it can be used for another block. */
  reset(): void {
    this.count = 0;
    this.#end = HEAD_BYTES;
  }

  #reserve(length: number): void {
    const needed = this.#end + length + TRAILER_BYTES;
    if (needed > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
      this.bytes.copy(grown, 0, 0, this.#end);
      this.bytes = grown;
    }
    if (this.count === this.rowAt.length) {
      const at = new Int32Array(this.count * 2);
      at.set(this.rowAt);
      this.rowAt = at;
      const lengths = new Int32Array(this.count * 2);
      lengths.set(this.rowLength);
      this.rowLength = lengths;
    }
  }
}
