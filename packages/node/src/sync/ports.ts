/** What the port for other members' nodes needs from the rest of the node, and what it says about an ordering that waits. */

import type { RefusalCode } from '@bucordo/protocol';

import type { RowBuffer } from '../chain/row-buffer.ts';

/** A transaction that makes its block one that no honest node orders. */
export interface InvalidTransaction {
  /** Index within the block. */
  readonly index: number;
  readonly code: RefusalCode;
}

/** Checks the transactions of a block with the code that admits transactions. */
export interface TransactionsVerifier {
  /**
   * Appends one row per transaction to `rows`, in order. Resolves with null, or with what makes a
   * transaction one that no honest node orders (malformed, foreign, or with a bad signature).
   */
  verify(
    transactions: readonly Uint8Array[],
    height: number,
    rows: RowBuffer,
  ): Promise<InvalidTransaction | null>;
}

/** The chain in the database. */
export interface BlockHistory {
  /** Encoded blocks from height `from` to `to`, both included, in order. */
  blockBytes(from: number, to: number): Promise<readonly Uint8Array[]>;
}

/** Where forwarded transactions go. */
export interface ForwardSink {
  /**
   * Takes signed transactions as received; `refused` is called for each that will be in no block.
   * Resolves when more may come.
   */
  forward(
    transactions: readonly Uint8Array[],
    refused: (id: Uint8Array, code: RefusalCode) => void,
  ): Promise<void>;
}

/** Takes what the clocks of the nodes that follow say. */
export interface FellowClocks {
  /** The node of `member` says that it is `timeMs` now. */
  tell(member: string, timeMs: number): void;
  /** The node of `member` is not connected any more. */
  forget(member: string): void;
}

/** The authorities whose certificates are believed; they change when members come and go. */
export interface TrustedAuthorities {
  /** PEM, one after the other. */
  readonly pem: string;
  /** Calls `listener` with {@link pem} whenever it changes. */
  onChange(listener: (pem: string) => void): void;
}

/** An ordering node that has not begun to order. */
export interface WaitingForFellows {
  /** Members whose nodes have not answered yet. */
  readonly members: readonly string[];
  /** How many of them must. */
  readonly needed: number;
  /** Why it asks, in words. */
  readonly reason: string;
}
