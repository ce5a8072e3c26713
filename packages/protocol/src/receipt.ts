/**
 * What a transaction did, in the bytes that every node hashes alike.
 *
 * `version u8 = 1, height u64, index u32, transaction id 32, status u8 (0 committed, 1 rejected)`,
 * `call u32`, then code, message and result, each UTF-8 behind a 32-bit length. Code and message are
 * empty when committed, the result when rejected; `call` is the index of the call that failed, or
 * 0xFFFFFFFF for none. SQL makes the same bytes while a block executes.
 */

import { BinaryReader, BinaryWriter } from './binary.ts';
import type { Height, Plain, TransactionId } from './brands.ts';
import { parseHeight } from './brands.ts';
import { isContractCode, isRefusalCode, receiptCode } from './codes.ts';
import { DecodeError } from './decode-error.ts';
import { type Sha256, sha256 } from './hash.ts';
import { blockTransactionsMax, callsMax, messageBytesMax, resultBytesMax } from './limits.ts';
import { merkleLeaf } from './merkle.ts';

/** The receipt of a transaction. */
export interface Receipt {
  readonly height: Height;
  /** Index within the block, from 0. */
  readonly index: number;
  readonly transactionId: TransactionId;
  readonly status: 'committed' | 'rejected';
  /** Index of the call that failed, from 0; null when committed, or when the transaction was rejected as a whole. */
  readonly call: number | null;
  /** Empty when committed; else `BCnnn` of the contract, `failed`, or a refusal of the protocol. Hashed as {@link receiptCode} has it. */
  readonly code: string;
  /** The contract's message with a `BCnnn` code; else empty. */
  readonly message: string;
  /** JSON text, or empty when nothing was returned. */
  readonly result: string;
}

const VERSION = 1;

/** In place of the index of a call: none. */
const NO_CALL = 0xffff_ffff;

/** Encodes a receipt. Throws {@link DecodeError} where a decoder would refuse the result. */
export function encodeReceipt(receipt: Plain<Receipt>): Uint8Array {
  requireConsistent(receipt);
  return new BinaryWriter(128)
    .u8(VERSION)
    .u64(parseHeight(receipt.height))
    .u32(requireIndex(receipt.index))
    .fixed(receipt.transactionId, 32)
    .u8(receipt.status === 'committed' ? 0 : 1)
    .u32(receipt.call ?? NO_CALL)
    .text(receiptCode(receipt.code))
    .text(receipt.message)
    .text(receipt.result)
    .finish();
}

/** Decodes a receipt. Throws {@link DecodeError}. */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const reader = new BinaryReader(bytes);
  reader.version(VERSION);
  const receipt: Receipt = {
    height: parseHeight(reader.u64()),
    index: requireIndex(reader.u32()),
    transactionId: reader.fixed(32) as TransactionId,
    status: statusOf(reader.u8()),
    call: callOf(reader.u32()),
    code: reader.text(messageBytesMax),
    message: reader.text(messageBytesMax),
    result: reader.text(resultBytesMax),
  };
  reader.finish();
  requireConsistent(receipt);
  if (receiptCode(receipt.code) !== receipt.code) {
    throw new DecodeError(`the code ${receipt.code} stands in no receipt; it is hashed as failed`);
  }
  return receipt;
}

/** Leaf of a receipt in its block's tree: `SHA-256(0x00 ‖ receipt bytes)`; the root over a block's is `merkleRoot`. */
export function receiptLeaf(bytes: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  return merkleLeaf(bytes, hash);
}

function requireConsistent(receipt: Plain<Receipt>): void {
  if (receipt.status === 'committed') {
    if (receipt.code !== '' || receipt.message !== '' || receipt.call !== null) {
      throw new DecodeError('a committed transaction has neither code nor message, and no call failed');
    }
  } else if (receipt.result !== '' || !(isContractCode(receipt.code) || isRefusalCode(receipt.code))) {
    throw new DecodeError(
      `a rejected transaction has a known code and no result, not "${receipt.code.slice(0, 40)}"`,
    );
  }
  if (receipt.call !== null && (receipt.call < 0 || receipt.call >= callsMax)) {
    throw new DecodeError(`call ${receipt.call} is not one of at most ${callsMax}`);
  }
}

function requireIndex(index: number): number {
  if (index >= blockTransactionsMax) {
    throw new DecodeError(`index ${index} is not within a block of at most ${blockTransactionsMax}`);
  }
  return index;
}

function callOf(value: number): number | null {
  return value === NO_CALL ? null : value;
}

function statusOf(value: number): Receipt['status'] {
  if (value > 1) {
    throw new DecodeError(`receipt status ${value} is not known`);
  }
  return value === 0 ? 'committed' : 'rejected';
}
