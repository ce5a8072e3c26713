/**
 * A block as it travels through the node: verified or built here, not yet committed.
 * Made by ordering (solo) or by following (sync), taken by execution.
 */

import type { OutcomeDetail } from '@bucordo/protocol';
import type { RowBuffer } from './row-buffer.ts';

/** A block whose header, hash and rows belong together; positions are already in the rows. */
export interface SealedBlock {
  readonly height: number;
  /** Milliseconds since the epoch, strictly rising from block to block. */
  readonly time: number;
  /** The header's bytes as built or received. */
  readonly header: Uint8Array;
  /** `H("block", header)`. */
  readonly hash: Uint8Array;
  readonly previousHash: Uint8Array;
  /** What the ordering engine offers as evidence; its hash is in the header. */
  readonly evidence: Uint8Array;
  /** Signature of the ordering node over `hash`; empty where the engine's evidence replaces it. */
  readonly signature: Uint8Array;
  readonly rows: RowBuffer;
}

/** A transaction that was ordered but changed nothing. */
export interface Rejection {
  /** Index within the block. */
  readonly index: number;
  /** The code of the receipt: `BCnnn` of the contract, `failed`, or a refusal of the protocol. */
  readonly code: string;
  /** The contract's own message; empty for other codes. */
  readonly message: string;
  /** Index of the call that failed, from 0; null when the transaction was rejected as a whole. */
  readonly call: number | null;
}

/** What the results of a block's calls are; only transactions that returned something. */
export interface CallResult {
  readonly index: number;
  /** JSON text: the value of the single call, or an array with one element per call. */
  readonly value: string;
}

/** What executing a block came to. */
export interface BlockOutcome {
  readonly height: number;
  readonly stateHash: Uint8Array;
  readonly rejections: readonly Rejection[];
  readonly results: readonly CallResult[];
  /** What this node knows about rejections beyond their receipts, by index; other nodes may know something else. */
  readonly details: ReadonlyMap<number, OutcomeDetail>;
  /** Whether functions, members or identities are others now: admission must judge by a new catalogue. */
  readonly catalogueChanged: boolean;
}

/** The end of the chain in this node's database. Height 0 is the genesis: `blockHash` is then the network id. */
export interface ChainHead {
  readonly height: number;
  readonly time: number;
  readonly blockHash: Uint8Array;
  readonly stateHash: Uint8Array;
}
