/**
 * A change of one row, in the bytes that are hashed, and the root over a block's changes.
 *
 * The bytes are `contract, table` (UTF-8 behind 32-bit lengths), `operation` (one byte I, U or D),
 * `position` (64 bits: height · 2^20 + index in the block) and the columns in their canonical text,
 * each behind a 32-bit length; NULL is the length 0xFFFFFFFF with nothing behind it. The hash is
 * plain SHA-256, because Postgres makes one for every row. The root does not depend on the order
 * in which the rows were written: the hashes are sorted.
 */

import { BinaryWriter } from './binary.ts';
import { DecodeError } from './decode-error.ts';
import { type Sha256, sha256, taggedHash } from './hash.ts';

/** One row that a block inserted, updated or deleted. */
export interface RowChange {
  readonly contract: string;
  readonly table: string;
  readonly operation: 'I' | 'U' | 'D';
  /** height · 2^20 + index of the transaction in its block. */
  readonly position: bigint;
  /** Canonical text of each column in table order; of the new row, of the old one for D. */
  readonly columns: readonly (string | null)[];
}

const NULL_LENGTH = 0xffff_ffff;

/** The bytes of a row change. */
export function encodeRowChange(change: RowChange): Uint8Array {
  const writer = new BinaryWriter(256)
    .text(change.contract)
    .text(change.table)
    .u8(change.operation.charCodeAt(0))
    .u32(Number(change.position >> 32n))
    .u32(Number(change.position & 0xffff_ffffn));
  return writeColumns(writer, change.columns).finish();
}

/** Writes canonical texts of columns, each behind its length. */
export function writeColumns(writer: BinaryWriter, columns: readonly (string | null)[]): BinaryWriter {
  for (const column of columns) {
    if (column === null) {
      writer.u32(NULL_LENGTH);
    } else {
      writer.text(column);
    }
  }
  return writer;
}

/** SHA-256 of the bytes of a row change. */
export function rowChangeHash(change: RowChange, hash: Sha256 = sha256): Uint8Array {
  return hash(encodeRowChange(change));
}

/** `H("change", count u32 ‖ hashes in ascending byte order)`; the hashes may come in any order. */
export function changesRoot(hashes: readonly Uint8Array[], hash: Sha256 = sha256): Uint8Array {
  return taggedHash('change', hashList(hashes), hash);
}

/** `count u32 ‖ hashes in ascending byte order`. Throws {@link DecodeError} when one has not 32 bytes. */
export function hashList(hashes: readonly Uint8Array[]): Uint8Array {
  const sorted = hashes.toSorted(compareBytes);
  const writer = new BinaryWriter(4 + sorted.length * 32).u32(sorted.length);
  for (const element of sorted) {
    if (element.length !== 32) {
      throw new DecodeError(`a row-change hash has 32 bytes, not ${element.length}`);
    }
    writer.raw(element);
  }
  return writer.finish();
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < 32; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}
