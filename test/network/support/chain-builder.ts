/**
 * Builds blocks as an honest ordering node would, from parts that a test may alter: what a lying
 * ordering node sends is made of the same bytes.
 */

import { createHash, randomBytes } from 'node:crypto';
import {
  type Block,
  type BlockHeader,
  blockHash,
  encodeBlock,
  encodeBlockHeader,
  encodeSignedTransaction,
  encodeTransaction,
  merkleRootOfData,
  type Plain,
  publicKeyOf,
  sign,
  signTransaction,
  transactionId,
} from '@bucordo/protocol';

/** What a transaction calls. */
export interface BuiltCall {
  readonly contract: string;
  readonly function: string;
  readonly args: object;
}

/** An identity of a test: its secret and public key. */
export interface TestIdentity {
  readonly seed: Uint8Array;
  readonly key: Uint8Array;
}

/** A new identity. */
export function newIdentity(): TestIdentity {
  const seed = new Uint8Array(randomBytes(32));
  return { seed, key: publicKeyOf(seed) };
}

/** An encoded signed transaction. */
export function buildTransaction(options: {
  network: Uint8Array;
  identity: TestIdentity;
  calls: readonly BuiltCall[];
  validUntil?: number;
  nonce?: Uint8Array;
}): Uint8Array {
  const payload = encodeTransaction({
    network: options.network,
    identity: options.identity.key,
    calls: options.calls.map(({ args, ...call }) => ({ ...call, args: Buffer.from(JSON.stringify(args)) })),
    validUntil: options.validUntil ?? 1_000,
    nonce: options.nonce ?? randomBytes(16),
  });
  return encodeSignedTransaction(signTransaction(payload, options.identity.seed));
}

/** A block with its parts, so that a test can alter one and encode it again. */
export interface BuiltBlock {
  readonly header: Plain<BlockHeader>;
  readonly block: Block;
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}

/** What a test may alter while a block is built; the rest is honest. */
export interface Alterations {
  readonly header?: Partial<Plain<BlockHeader>>;
  readonly evidence?: Uint8Array;
  readonly signature?: Uint8Array;
  /** Signs instead of the ordering node. */
  readonly signer?: TestIdentity;
}

/** The chain of an ordering node. */
export class ChainBuilder {
  readonly network: Uint8Array;
  readonly ordering: TestIdentity;
  readonly blocks: BuiltBlock[] = [];
  #time = 1_000;

  constructor(network: Uint8Array, ordering: TestIdentity) {
    this.network = network;
    this.ordering = ordering;
  }

  /** Builds the next block and adds it to the chain. */
  add(transactions: readonly Uint8Array[]): BuiltBlock {
    const block = this.build(transactions);
    this.blocks.push(block);
    this.#time += 1;
    return block;
  }

  /** Builds what would be the next block, altered. */
  build(transactions: readonly Uint8Array[], altered: Alterations = {}): BuiltBlock {
    const evidence = altered.evidence ?? this.ordering.key;
    const header: Plain<BlockHeader> = {
      network: this.network,
      height: this.blocks.length + 1,
      time: this.#time,
      previousHash: this.blocks.at(-1)?.hash ?? this.network,
      transactionsRoot: merkleRootOfData(transactions.map(leafOf)),
      transactionCount: transactions.length,
      ordering: 'solo',
      evidenceHash: createHash('sha256').update(this.ordering.key).digest(),
      ...altered.header,
    };
    const encoded = encodeBlockHeader(header);
    const hash = blockHash(encoded);
    const signature = altered.signature ?? sign(hash, (altered.signer ?? this.ordering).seed);
    const block = { header: encoded, evidence, signature, transactions };
    return { header, block, bytes: encodeBlock(block), hash };
  }
}

// Payload and signature lie in fixed places behind the length of the payload.
function leafOf(signed: Uint8Array): Uint8Array {
  const signature = signed.subarray(signed.length - 64);
  let payloadAt = 1;
  while ((signed[payloadAt] ?? 0) >= 0x80) payloadAt += 1;
  const payload = signed.subarray(payloadAt + 1, signed.length - 66);
  return Buffer.concat([transactionId(payload), signature]);
}
