/** A transaction whose caller still waits. */

import type { WaitLevel } from '@bucordo/protocol';

import type { EncodedCall } from './build-transaction.ts';
import type { RejectedError } from './errors.ts';
import type { Receipt } from './receipt.ts';
import type { ResultTypes } from './result-value.ts';

/** How long and how far a caller wants to wait. */
export interface WaitOptions {
  readonly wait: WaitLevel;
  /** Milliseconds after which the caller is told that there was no answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | null;
}

/** One transaction on its way; `entry` bytes stay the same however often it is sent. */
export class PendingTransaction {
  /** Lower-case hex; `''` until it is built. */
  id: string = '';
  /** What to build, or null once it is built. */
  calls: readonly EncodedCall[] | null;
  /** What to build anew where a rejection asks for it; null for bytes that somebody else has signed. */
  readonly source: readonly EncodedCall[] | null;
  /** How often it was built anew. */
  renewedCount: number = 0;
  /** The rejection after which it waits to be built anew. */
  rejected: RejectedError | null = null;
  /** Field 3 of a SubmitRequest: `entryBytes[entryAt, entryEnd)`. */
  entryBytes: Uint8Array | null = null;
  entryAt: number = 0;
  entryEnd: number = 0;
  /** Number within the present session, 0 = not sent in it. */
  number: number = 0;
  /** How often it was sent. */
  sentCount: number = 0;
  /** Whether a node may have taken it in, so that no other refusal of it is the last word. */
  mayBeUnderWay: boolean = false;
  /** Why a node could not say what became of it; `''` when none said so. */
  doubt: string = '';
  settled: boolean = false;
  /** What its calls return, as far as that is known. */
  readonly returns: ResultTypes;
  readonly wait: WaitLevel;
  readonly timeoutMs: number;
  /** `performance.now()` at which the caller is told that there was no answer. */
  readonly deadline: number;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
  #signal: AbortSignal | null = null;
  #onAbort: (() => void) | null = null;

  constructor(
    options: WaitOptions,
    settle: { resolve: (receipt: Receipt) => void; reject: (error: unknown) => void },
    calls: readonly EncodedCall[] | null,
    returns: ResultTypes = [],
  ) {
    this.calls = calls;
    this.source = calls;
    this.returns = returns;
    this.wait = options.wait;
    this.timeoutMs = options.timeoutMs;
    this.deadline = performance.now() + options.timeoutMs;
    this.resolve = settle.resolve;
    this.reject = settle.reject;
  }

  /** Forgets the bytes that were rejected for good: it is built anew, as another transaction. */
  renew(rejected: RejectedError): void {
    this.id = '';
    this.calls = this.source;
    this.entryBytes = null;
    this.sentCount = 0;
    this.mayBeUnderWay = false;
    this.doubt = '';
    this.renewedCount += 1;
    this.rejected = rejected;
  }

  /** Calls `aborted` when the signal is given before the answer. */
  abortWith(signal: AbortSignal, aborted: () => void): void {
    this.#signal = signal;
    this.#onAbort = aborted;
    signal.addEventListener('abort', aborted, { once: true });
  }

  /** Marks the transaction as answered; false when it was already. */
  settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    if (this.#signal !== null && this.#onAbort !== null)
      this.#signal.removeEventListener('abort', this.#onAbort);
    return true;
  }
}
