/**
 * Blocks: an ordered run of transactions and the header that binds them into the chain.
 *
 * The header is a fixed layout of 150 bytes, all integers big-endian:
 *
 * ```
 *   0  u8   version, 1            81  32   transactions root
 *   1  32   network              113  u32  transaction count
 *  33  u64  height               117  u8   ordering: 1 solo, 2 etcd, 3 cometbft
 *  41  u64  time in ms           118  32   SHA-256 of the evidence
 *  49  32   previous hash
 * ```
 *
 * `blockHash = H("block", header)`. The transactions root is the RFC 6962 root over
 * `transaction id ‖ signature`, so the header fixes signatures too. A block travels as
 * `Block { bytes header = 1; bytes evidence = 2; bytes signature = 3; repeated SignedTransaction = 4; }`.
 */

import { BinaryReader, BinaryWriter } from './binary.ts';
import type { BlockHash, Height, NetworkId, Plain } from './brands.ts';
import { parseHeight } from './brands.ts';
import { DecodeError } from './decode-error.ts';
import { type Sha256, sha256, taggedHash } from './hash.ts';
import {
  blockBytesMax,
  blockMessageBytesMax,
  blockTimeMax,
  blockTransactionsMax,
  evidenceBytesMax,
} from './limits.ts';
import { LENGTH_DELIMITED, WireReader, WireWriter } from './wire.ts';

/** What orders a network. */
export type OrderingKind = 'solo' | 'etcd' | 'cometbft';

/** The header of a block. */
export interface BlockHeader {
  readonly network: NetworkId;
  /** At least 1. */
  readonly height: Height;
  /** Milliseconds since the epoch, above the previous block's. */
  readonly time: number;
  /** Hash of the block before; the network id at height 1. */
  readonly previousHash: BlockHash;
  /** RFC 6962 root over the transactions' leaves. */
  readonly transactionsRoot: Uint8Array;
  /** 0 to `blockTransactionsMax`. */
  readonly transactionCount: number;
  readonly ordering: OrderingKind;
  /** SHA-256 of the evidence. */
  readonly evidenceHash: Uint8Array;
}

/** A block as it travels; the parts are views of the decoded bytes. */
export interface Block {
  /** The header's 150 bytes as built or received. */
  readonly header: Uint8Array;
  /** What the ordering engine offers as evidence; solo: the ordering node's public key. */
  readonly evidence: Uint8Array;
  /** The ordering node's signature over the block hash, 64 bytes or empty. */
  readonly signature: Uint8Array;
  /** Encoded signed transactions, not yet looked into. */
  readonly transactions: readonly Uint8Array[];
}

/** Length of an encoded header. */
export const BLOCK_HEADER_LENGTH = 150;

const VERSION = 1;
const ORDERING_KINDS: readonly (OrderingKind | undefined)[] = [undefined, 'solo', 'etcd', 'cometbft'];

/** Encodes a header. Throws {@link DecodeError} on sizes that a decoder would refuse. */
export function encodeBlockHeader(header: Plain<BlockHeader>): Uint8Array {
  return new BinaryWriter(BLOCK_HEADER_LENGTH)
    .u8(VERSION)
    .fixed(header.network, 32)
    .u64(requireBlockHeight(header.height))
    .u64(header.time)
    .fixed(header.previousHash, 32)
    .fixed(header.transactionsRoot, 32)
    .u32(requireCount(header.transactionCount))
    .u8(ORDERING_KINDS.indexOf(header.ordering))
    .fixed(header.evidenceHash, 32)
    .finish();
}

/** Decodes a header. Throws {@link DecodeError}. */
export function decodeBlockHeader(bytes: Uint8Array): BlockHeader {
  const reader = new BinaryReader(bytes);
  reader.version(VERSION);
  const header = {
    network: reader.fixed(32) as NetworkId,
    height: requireBlockHeight(reader.u64()),
    time: reader.u64(),
    previousHash: reader.fixed(32) as BlockHash,
    transactionsRoot: reader.fixed(32),
    transactionCount: requireCount(reader.u32()),
    ordering: orderingKind(reader.u8()),
    evidenceHash: reader.fixed(32),
  };
  reader.finish();
  return header;
}

/**
 * Whether a block of this height may bear this time. The bound grows by a millisecond with every
 * height: whatever time a block bears, the next one can bear a later one.
 */
export function isBlockTimePossible({
  height,
  time,
}: {
  readonly height: number;
  readonly time: number;
}): boolean {
  return time > 0 && time <= blockTimeMax + height;
}

/** `H("block", header)`. */
export function blockHash(header: Uint8Array, hash: Sha256 = sha256): BlockHash {
  return taggedHash('block', header, hash) as BlockHash;
}

/** Encodes a block. Throws {@link DecodeError} above the limits. */
export function encodeBlock(block: Block): Uint8Array {
  const writer = new WireWriter(1024)
    .element(1, block.header)
    .bytes(2, block.evidence)
    .bytes(3, block.signature);
  let length = 0;
  for (const transaction of block.transactions) {
    length += transaction.length;
    writer.element(4, transaction);
  }
  requireCount(block.transactions.length);
  requireBlockBytes(length);
  return writer.finish();
}

/**
 * Decodes a block into views of `bytes`. Throws {@link DecodeError}. The header is decoded once to
 * see that it is one; hashes, signatures and transactions are the caller's to verify.
 */
export function decodeBlock(bytes: Uint8Array): Block {
  if (bytes.length > blockMessageBytesMax) {
    throw new DecodeError(`a block of ${bytes.length} bytes is above ${blockMessageBytesMax}`, 'too_large');
  }
  const reader = new WireReader(bytes);
  const header = reader.fixed(1, BLOCK_HEADER_LENGTH);
  const evidence = reader.bytes(2, evidenceBytesMax);
  const signature = reader.bytes(3, 64);
  if (signature.length !== 0 && signature.length !== 64) {
    throw new DecodeError(`a block's signature has 64 bytes or none, not ${signature.length}`);
  }
  const { transactionCount } = decodeBlockHeader(header);
  const transactions = readTransactions(reader, transactionCount);
  return { header, evidence, signature, transactions };
}

function readTransactions(reader: WireReader, count: number): Uint8Array[] {
  const transactions: Uint8Array[] = [];
  let length = 0;
  while (transactions.length < count && reader.take(4, LENGTH_DELIMITED)) {
    const transaction = reader.content();
    length += transaction.length;
    transactions.push(transaction);
  }
  reader.finish();
  if (transactions.length !== count) {
    throw new DecodeError(`the header announces ${count} transactions, the block has ${transactions.length}`);
  }
  requireBlockBytes(length);
  return transactions;
}

function requireBlockBytes(length: number): void {
  if (length > blockBytesMax) {
    throw new DecodeError(`transactions of ${length} bytes are above ${blockBytesMax}`, 'too_large');
  }
}

function requireBlockHeight(value: number): Height {
  const height = parseHeight(value);
  if (height === 0) {
    throw new DecodeError('height 0 is the genesis, not a block');
  }
  return height;
}

function requireCount(count: number): number {
  if (count > blockTransactionsMax) {
    throw new DecodeError(`${count} transactions in a block are above ${blockTransactionsMax}`, 'too_large');
  }
  return count;
}

function orderingKind(value: number): OrderingKind {
  const kind = ORDERING_KINDS[value];
  if (kind === undefined) {
    throw new DecodeError(`ordering kind ${value} is not known`);
  }
  return kind;
}
