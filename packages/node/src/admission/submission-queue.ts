/**
 * Transactions that were received and wait for verification, in the order of their arrival.
 *
 * Bounded twice: at the first mark transports are asked to pause, at the second, which a transport
 * that pauses never reaches, a submission is refused.
 */

import type { WaitLevel } from '@bucordo/protocol';
import {
  slotFillBytes,
  slotShareMin,
  slotsPerWorker,
  slotTransactionsMax,
  verificationWorkersMax,
  waitingBytesMax,
  waitingBytesPause,
  waitingTransactionsMax,
  waitingTransactionsPause,
} from '../limits.ts';
import type { Replies } from './ports.ts';
import { NOBODY } from './replies.ts';
import type { Slot } from './slot.ts';

/** What one caller submitted in one piece. */
export interface QueuedSubmission {
  readonly transactions: readonly Uint8Array[];
  /** How many of the transactions have left the queue. */
  taken: number;
  /** The caller's number of the first transaction. */
  readonly first: number;
  readonly level: WaitLevel;
  readonly deadlineMs: number;
  /** Where the outcomes go; nobody, when the connection has closed meanwhile. */
  replies: Replies;
}

/** The transactions of a submission that lie in one slot. */
export interface Share {
  readonly submission: QueuedSubmission;
  /** The caller's number of the first of them. */
  readonly first: number;
  readonly count: number;
}

/** First in, first out, taken in batches. */
export class SubmissionQueue {
  #submissions: QueuedSubmission[] = [];
  #head = 0;
  #count = 0;
  #bytes = 0;
  #ready: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;

  /** Transactions that wait. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the transactions that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether transports should pause. */
  get isFull(): boolean {
    return this.#count >= waitingTransactionsPause || this.#bytes >= waitingBytesPause;
  }

  /** Resolves when the queue is not full. */
  ready(): Promise<void> {
    if (!this.isFull) return Promise.resolve();
    if (this.#ready === null) {
      let resolve: () => void = () => undefined;
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#ready = { promise, resolve };
    }
    return this.#ready.promise;
  }

  /** Takes a submission; false when it does not fit. */
  push(submission: QueuedSubmission): boolean {
    const bytes = bytesOf(submission);
    const { transactions } = submission;
    if (this.#count + transactions.length > waitingTransactionsMax) return false;
    if (this.#bytes + bytes > waitingBytesMax) return false;
    this.#submissions.push(submission);
    this.#count += transactions.length;
    this.#bytes += bytes;
    return true;
  }

  /** Moves the oldest transactions into an empty slot, at least one, and tells whose they are. */
  fill(slot: Slot): Share[] {
    const shares: Share[] = [];
    const { batch } = slot;
    batch.clear();
    const countMax = Math.min(Math.max(Math.ceil(this.#count / SHARES), slotShareMin), slotTransactionsMax);
    const isFilled = (): boolean => batch.count >= countMax || batch.inputBytes >= slotFillBytes;
    for (let submission = this.#first(); submission !== null && !isFilled(); submission = this.#first()) {
      const first = submission.first + submission.taken;
      const before = batch.count;
      while (submission.taken < submission.transactions.length && !isFilled()) {
        const transaction = submission.transactions[submission.taken] ?? EMPTY;
        submission.taken += 1;
        this.#bytes -= transaction.length;
        batch.append(slot.input, transaction);
      }
      const count = batch.count - before;
      this.#count -= count;
      shares.push({ submission, first, count });
    }
    this.#announceRoom();
    return shares;
  }

  /** Forgets who is to be answered on a connection that has closed; the transactions stay. */
  drop(replies: Replies): void {
    for (let i = this.#head; i < this.#submissions.length; i++) {
      const submission = this.#submissions[i];
      if (submission?.replies === replies) submission.replies = NOBODY;
    }
  }

  /** Removes everything. */
  takeAll(): QueuedSubmission[] {
    return this.#take(() => true);
  }

  /** Removes the submissions whose deadline has passed. */
  takeLate(nowMs: number): QueuedSubmission[] {
    return this.#take((submission) => submission.deadlineMs <= nowMs);
  }

  // The oldest submission that has transactions left.
  #first(): QueuedSubmission | null {
    for (;;) {
      const submission = this.#submissions[this.#head];
      if (submission === undefined) {
        this.#submissions.length = 0;
        this.#head = 0;
        return null;
      }
      if (submission.taken < submission.transactions.length) return submission;
      this.#head += 1;
      if (this.#head === COMPACT_AFTER) {
        this.#submissions = this.#submissions.slice(this.#head);
        this.#head = 0;
      }
    }
  }

  #take(isTaken: (submission: QueuedSubmission) => boolean): QueuedSubmission[] {
    const taken: QueuedSubmission[] = [];
    const kept: QueuedSubmission[] = [];
    for (let i = this.#head; i < this.#submissions.length; i++) {
      const submission = this.#submissions[i];
      if (submission !== undefined) (isTaken(submission) ? taken : kept).push(submission);
    }
    if (taken.length === 0) return taken;
    this.#submissions = kept;
    this.#head = 0;
    for (const submission of taken) {
      this.#count -= submission.transactions.length - submission.taken;
      this.#bytes -= bytesOf(submission);
    }
    this.#announceRoom();
    return taken;
  }

  // Half empty before transports go on, so that they do not pause and resume with every frame.
  #announceRoom(): void {
    if (this.#ready === null) return;
    if (this.#count > waitingTransactionsPause / 2 || this.#bytes > waitingBytesPause / 2) return;
    this.#ready.resolve();
    this.#ready = null;
  }
}

const EMPTY = new Uint8Array(0);
const COMPACT_AFTER = 1024;
/** Slots of all workers together; what waits is shared out among them. */
const SHARES: number = verificationWorkersMax * slotsPerWorker;

function bytesOf(submission: QueuedSubmission): number {
  let bytes = 0;
  for (let i = submission.taken; i < submission.transactions.length; i++) {
    bytes += submission.transactions[i]?.length ?? 0;
  }
  return bytes;
}
