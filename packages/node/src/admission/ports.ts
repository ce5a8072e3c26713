/** Admission as others see it: where transactions go in, where answers come out, and why there may be none. */

import type { Outcome, RefusalCode, WaitLevel } from '@bucordo/protocol';

/** Where the answers of one connection or request go; an object of its own for every connection. */
export interface Replies {
  /** Takes the outcomes of some transactions, in the order in which they were decided. Must not throw. */
  outcomes(batch: readonly Outcome[]): void;
}

/** How a caller wants to be answered. */
export interface SubmissionOptions {
  /** The caller's number of the first transaction; the others count on from it. */
  readonly first: number;
  readonly level: WaitLevel;
  /** How long the caller waits, in milliseconds; afterwards the outcome is `timeout`. */
  readonly timeoutMs?: number;
}

/** Takes transactions in. Every transaction gets exactly one outcome unless its replies are dropped. */
export interface Submission {
  /** Takes the bytes of a `SubmitRequest`, which must not change afterwards. False when they are not one: close the connection. */
  submit(frame: Buffer, replies: Replies): boolean;
  /** Takes encoded signed transactions, which must not change afterwards. */
  submitTransactions(transactions: readonly Uint8Array[], options: SubmissionOptions, replies: Replies): void;
  /** Whether nothing more should be handed over until {@link ready} resolves. */
  readonly isFull: boolean;
  /** Resolves when more may be handed over; at once unless it is full. */
  ready(): Promise<void>;
  /** The connection is gone and its outcomes interest nobody any more. The transactions go on. */
  drop(replies: Replies): void;
}

/** Why a node takes no transactions, or does not say what became of one: a code for clients, and what is the matter. */
export interface Hindrance {
  readonly code: RefusalCode;
  readonly message: string;
}
