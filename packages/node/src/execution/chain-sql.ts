/**
 * Positions and payloads in SQL that is generated for a contract: the same expressions as those of the
 * functions `height_of`, `first_position` and `signer_of` in `sql/system/chain.sql`, written out, so that what is
 * generated is the same text on every node.
 */

import { POSITION_INDEX_BITS } from '../chain/transaction-row.ts';

/** Bytes of a payload before the key of the identity that signed. */
const SIGNER_AT = 36;

/** The height of the block in which the transaction at `position` stands. */
export function heightOf(position: string): string {
  return `${position} >> ${POSITION_INDEX_BITS}`;
}

/** The position of the first transaction of the block at `height`. */
export function firstPosition(height: string): string {
  return `${height} << ${POSITION_INDEX_BITS}`;
}

/** The key of the identity that signed `payload`. */
export function signerOf(payload: string): string {
  return `pg_catalog.substr(${payload}, ${SIGNER_AT + 1}, 32)`;
}
