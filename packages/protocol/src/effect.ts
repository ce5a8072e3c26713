/**
 * The effect of a transaction: what it does to rows, in 32 bytes that do not depend on where it stands
 * in the chain. Whoever signs a transaction can demand the effect that a dry run showed.
 *
 * A changed row is hashed as in `row-change.ts` without the position:
 * `contract, table` (UTF-8 behind 32-bit lengths), `operation` (one byte I, U or D) and the columns in
 * their canonical text, each behind a 32-bit length; NULL is the length 0xFFFFFFFF with nothing behind it.
 * The order in which a transaction wrote its rows does not count: the hashes are sorted.
 */

import { BinaryWriter } from './binary.ts';
import { type Sha256, sha256, taggedHash } from './hash.ts';
import { hashList, type RowChange, writeColumns } from './row-change.ts';

/** One row that a transaction inserted, updated or deleted, wherever it stands in the chain. */
export type RowEffect = Omit<RowChange, 'position'>;

/** SHA-256 of one changed row without its position. */
export function rowEffectHash(row: RowEffect, hash: Sha256 = sha256): Uint8Array {
  const writer = new BinaryWriter(256).text(row.contract).text(row.table).u8(row.operation.charCodeAt(0));
  return hash(writeColumns(writer, row.columns).finish());
}

/** `H("effect", count u32 ‖ hashes in ascending byte order)`; the hashes may come in any order. */
export function effectHash(hashes: readonly Uint8Array[], hash: Sha256 = sha256): Uint8Array {
  return taggedHash('effect', hashList(hashes), hash);
}
