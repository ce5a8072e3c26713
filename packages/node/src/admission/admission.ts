/**
 * Admission: the way of a transaction from a connection to the ordering.
 *
 * ```
 * frame ─► queue ─► verification slot ─► duplicate? ─► waiters + ordering ─► block ─► outcome
 *                   (here or in a worker)     └► stored receipt
 * ```
 *
 * What holds: a transaction that is refused is answered with one code and reaches nothing behind
 * admission (I7); one that is on the chain or on its way is not offered a second time (I5); every
 * number that a caller sent gets exactly one outcome unless its connection closes; memory is bounded
 * by asking transports to pause, so that a client is slowed down and not refused.
 */

import {
  DecodeError,
  decodeSubmitRequest,
  type Outcome,
  type RefusalCode,
  type SubmitRequest,
} from '@bucordo/protocol';
import type { Catalogue } from '../chain/catalogue.ts';
import type { BlockOutcome, SealedBlock } from '../chain/sealed-block.ts';
import { ROW_ID_AT, rowValidUntil } from '../chain/transaction-row.ts';
import type { StoredReceipt } from '../execution/ports.ts';
import {
  deadlineSweepMs,
  orderingBytesPause,
  orderingTransactionsPause,
  outcomeWaitMs,
  outcomeWaitMsMax,
} from '../limits.ts';
import type { Ordering } from '../ordering/ports.ts';
import { readExplanation } from './explain-refusal.ts';
import type { Hindrance, Replies, Submission, SubmissionOptions } from './ports.ts';
import type { RecentIds } from './recent-ids.ts';
import { NOBODY, OutcomeBatches } from './replies.ts';
import type { Slot } from './slot.ts';
import { outcomeOfReceipt, type ReceiptById, ReceiptLookups } from './stored-receipts.ts';
import { type QueuedSubmission, type Share, SubmissionQueue } from './submission-queue.ts';
import type { VerificationPool } from './verification-pool.ts';
import { type Caller, Waiters } from './waiters.ts';

/** What admission needs. */
export interface AdmissionOptions {
  readonly pool: VerificationPool;
  /** Height of the last committed block. */
  readonly height: number;
  readonly catalogue: Catalogue;
  readonly recentIds: RecentIds;
  readonly receiptById: ReceiptById;
  /** Milliseconds of a clock that never goes back; for deadlines only. */
  readonly monotonicMs: () => number;
}

/** Admits transactions and answers for them. */
export class Admission implements Submission {
  readonly #options: AdmissionOptions;
  readonly #queue: SubmissionQueue = new SubmissionQueue();
  readonly #inWork: Set<readonly Share[]> = new Set();
  readonly #waiters: Waiters = new Waiters();
  readonly #refusals: OutcomeBatches = new OutcomeBatches();
  readonly #lookups: ReceiptLookups;
  #ordering: Pick<Ordering, 'offer'> | null = null;
  #height: number;
  #final = 0;
  #distrust: Hindrance | null = null;
  #pumpPlanned = false;
  #stopping = false;
  #sweep: NodeJS.Timeout | null = null;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#height = options.height;
    this.#lookups = new ReceiptLookups(options.receiptById);
    options.pool.setCatalogue(options.catalogue);
    options.pool.onFree(() => this.#pump());
  }

  /** Begins to admit; what is admitted goes to `ordering`. */
  open(ordering: Pick<Ordering, 'offer'>): void {
    this.#ordering = ordering;
    this.#sweep = setInterval(() => this.#expire(), deadlineSweepMs);
    this.#sweep.unref();
    this.#planPump();
  }

  /** Transactions received and not yet verified. */
  get unverifiedCount(): number {
    return this.#queue.count + this.#options.pool.countInWork;
  }

  /** Whether transports should stop reading until {@link ready} resolves. */
  get isFull(): boolean {
    return this.#queue.isFull;
  }

  /** Resolves when transports may read on; at once unless admission is full. */
  ready(): Promise<void> {
    return this.#queue.ready();
  }

  /** See {@link Submission.submit}. */
  submit(frame: Buffer, replies: Replies): boolean {
    const request = requestOf(frame);
    if (request === null) return false;
    this.submitTransactions(request.transactions, { first: request.first, level: request.wait }, replies);
    return true;
  }

  /** Takes encoded signed transactions, which must not change afterwards. */
  submitTransactions(
    transactions: readonly Uint8Array[],
    options: SubmissionOptions,
    replies: Replies,
  ): void {
    if (transactions.length === 0) return;
    const waitMs = Math.min(options.timeoutMs ?? outcomeWaitMs, outcomeWaitMsMax);
    const submission: QueuedSubmission = {
      transactions,
      taken: 0,
      first: options.first,
      level: options.level,
      deadlineMs: this.#options.monotonicMs() + waitMs,
      replies,
    };
    if (this.#stopping) this.#refuseRest(submission, 'stopping');
    else if (!this.#queue.push(submission)) this.#refuseRest(submission, 'overloaded');
    this.#refusals.send();
    this.#planPump();
  }

  /** Forgets the callers of a connection that has closed; what they submitted may still commit. */
  drop(replies: Replies): void {
    this.#queue.drop(replies);
    for (const shares of this.#inWork) {
      for (const { submission } of shares) if (submission.replies === replies) submission.replies = NOBODY;
    }
    this.#waiters.drop(replies);
    this.#refusals.drop(replies);
  }

  /** Tells those who wait for the order alone that the block is ordered. */
  ordered(block: SealedBlock): void {
    this.#waiters.ordered(block);
  }

  /** Takes note of a committed block and answers those who wait for it. The block's rows are read, not kept. */
  settle(block: SealedBlock, outcome: BlockOutcome): void {
    const { rows, height } = block;
    for (let index = 0; index < rows.count; index++) {
      this.#options.recentIds.add(rows.bytes, (rows.rowAt[index] ?? 0) + ROW_ID_AT, height);
    }
    this.#height = height;
    this.#waiters.settle(block, outcome, this.#distrust);
    this.#planPump();
  }

  /** Answers those who wait for finality of heights up to `height`. */
  final(height: number): void {
    this.#final = height;
    this.#waiters.final(height);
  }

  /**
   * From now on this node vouches for nothing but what is final: whoever waits for more than the order
   * of a transaction is answered with `doubt`.
   */
  distrust(doubt: Hindrance): void {
    this.#distrust = doubt;
    this.#waiters.doubtFinals(doubt);
  }

  /** Why the node does not say what became of a transaction at `height`; null when it does. */
  doubtAt(height: number): Hindrance | null {
    return height > this.#final ? this.#distrust : null;
  }

  /** Tells those who wait for an offered transaction that it will be in no block. */
  refuse(id: Buffer, code: string): void {
    this.#waiters.refuse(id.toString('latin1', 0, 32), code, '');
    this.#planPump();
  }

  /** Tells those who wait for a forwarded transaction that the ordering node refused it, which this node does not believe. */
  doubt(id: Buffer, code: string): void {
    this.#waiters.doubt(id.toString('latin1', 0, 32), (validUntil) => ({
      code: 'unknown',
      message: `the ordering node answered ${code}, which this node cannot confirm: the transaction may be executed up to height ${validUntil}; send the same bytes again or ask for its receipt`,
    }));
  }

  /** Judges transactions by another catalogue from now on. */
  setCatalogue(catalogue: Catalogue): void {
    this.#options.pool.setCatalogue(catalogue);
  }

  /** Refuses everything that is not yet on its way; what is, still gets its outcome. */
  stop(): void {
    this.#stopping = true;
    for (const submission of this.#queue.takeAll()) this.#refuseRest(submission, 'stopping');
    this.#refusals.send();
  }

  /** Answers everyone who still waits with `stopping`: their transactions may have been committed or not. */
  close(): void {
    this.stop();
    if (this.#sweep !== null) clearInterval(this.#sweep);
    for (const shares of this.#inWork) {
      for (const share of shares) this.#refuseShare(share, 'stopping');
    }
    this.#inWork.clear();
    this.#waiters.refuseAll('stopping', 'the node stopped before the outcome was known; ask for its receipt');
    this.#refusals.send();
  }

  // Frames that arrive in one turn of the event loop are verified together.
  #planPump(): void {
    if (this.#pumpPlanned) return;
    this.#pumpPlanned = true;
    setImmediate(() => {
      this.#pumpPlanned = false;
      this.#pump();
    });
  }

  #pump(): void {
    const { pool } = this.#options;
    while (this.#ordering !== null && this.#queue.count > 0 && !this.#isOrderingFull()) {
      const slot = pool.acquire(this.#queue.count);
      if (slot === null) return;
      const shares = this.#queue.fill(slot);
      this.#inWork.add(shares);
      pool.run(slot, { height: this.#height, purpose: 'admission' }, () => this.#prepared(slot, shares));
    }
  }

  #isOrderingFull(): boolean {
    return this.#waiters.count >= orderingTransactionsPause || this.#waiters.rowBytes >= orderingBytesPause;
  }

  #prepared(slot: Slot, shares: readonly Share[]): void {
    let index = 0;
    if (this.#inWork.delete(shares)) {
      for (const { submission, first, count } of shares) {
        const { replies, level, deadlineMs } = submission;
        for (let i = 0; i < count; i++, index++) {
          this.#admit(slot, index, { replies, number: first + i, level, deadlineMs });
        }
      }
    }
    this.#refusals.send();
    this.#options.pool.release(slot);
  }

  #admit(slot: Slot, index: number, caller: Caller): void {
    const code = slot.batch.refusal(index);
    if (code !== null && code !== 'expired') {
      const { batch, output } = slot;
      const words = readExplanation(output, batch.rowAt(index), batch.rowEnd(index));
      this.#answer(caller, code, { call: batch.refusedCall(index), ...words });
      return;
    }
    const rowAt = slot.batch.rowAt(index);
    const rowEnd = slot.batch.rowEnd(index);
    const id = slot.output.toString('latin1', rowAt + ROW_ID_AT, rowAt + ROW_ID_AT + 32);
    if (this.#waiters.attach(id, caller)) {
      if (caller.level === 'accepted') this.#answer(caller, '', { duplicate: true });
      return;
    }
    const validUntil = rowValidUntil(slot.output, rowAt);
    const facts = { validUntil, rowBytes: rowEnd - rowAt };
    const { recentIds } = this.#options;
    if (code === 'expired' || !recentIds.isCertainlyNew(slot.output, rowAt + ROW_ID_AT, validUntil)) {
      this.#lookUp(id, Buffer.from(slot.output.subarray(rowAt, rowEnd)), caller, code);
      return;
    }
    this.#waiters.add(id, caller, facts);
    const offered = this.#offer(id, slot.output, rowAt, rowEnd);
    if (caller.level === 'accepted') this.#answer(caller, offered);
  }

  // Empty when the ordering has taken the transaction, else the code with which its waiters were answered.
  #offer(id: string, rows: Buffer, rowAt: number, rowEnd: number): RefusalCode | '' {
    if (this.#ordering?.offer(rows, rowAt, rowEnd) === true) return '';
    const code = this.#stopping ? 'stopping' : 'overloaded';
    this.#waiters.refuse(id, code, '');
    return code;
  }

  // Others who submit the same transaction meanwhile attach to it; it goes on its way when the database does not know it.
  #lookUp(id: string, row: Buffer, caller: Caller, code: RefusalCode | null): void {
    const validUntil = rowValidUntil(row, 0);
    const found = (receipt: StoredReceipt | null): void => {
      const outcome = this.#afterLookUp(id, row, code, receipt);
      // Whoever only wants to know that it was accepted has no waiter.
      if (caller.level === 'accepted')
        this.#refusals.add(caller.replies, { ...outcome, number: caller.number });
      this.#refusals.send();
      this.#planPump();
    };
    const failed = (): void => {
      this.#waiters.refuse(id, 'overloaded', 'the database did not answer');
      if (caller.level === 'accepted') this.#answer(caller, 'overloaded');
      this.#refusals.send();
    };
    if (this.#lookups.look(row.subarray(ROW_ID_AT, ROW_ID_AT + 32), found, failed)) {
      this.#waiters.add(id, caller, { validUntil, rowBytes: row.length });
    } else {
      this.#answer(caller, 'overloaded');
    }
  }

  #afterLookUp(id: string, row: Buffer, code: RefusalCode | null, receipt: StoredReceipt | null): Outcome {
    if (receipt !== null) {
      const doubt = this.doubtAt(receipt.height);
      if (doubt !== null) {
        this.#waiters.refuse(id, doubt.code, doubt.message);
        return { ...refusal(0, ''), ...doubt };
      }
      const outcome = outcomeOfReceipt(receipt, 0);
      this.#waiters.answer(id, outcome);
      return outcome;
    }
    // Without an entry it was settled meanwhile, by a block of which the database did not know yet.
    if (!this.#waiters.has(id)) return refusal(0, '');
    if (code === null) return refusal(0, this.#offer(id, row, 0, row.length));
    const message = expiredMessage(rowValidUntil(row, 0), this.#height);
    this.#waiters.refuse(id, code, message);
    return { ...refusal(0, code), message };
  }

  #answer(caller: Caller, code: string, facts: Partial<Outcome> = {}): void {
    this.#refusals.add(caller.replies, { ...refusal(caller.number, code), ...facts });
  }

  #refuseShare(share: Share, code: RefusalCode): void {
    for (let i = 0; i < share.count; i++) {
      this.#refusals.add(share.submission.replies, refusal(share.first + i, code));
    }
  }

  #refuseRest(submission: QueuedSubmission, code: RefusalCode): void {
    const { replies, first, taken, transactions } = submission;
    for (let i = taken; i < transactions.length; i++) this.#refusals.add(replies, refusal(first + i, code));
  }

  #expire(): void {
    const nowMs = this.#options.monotonicMs();
    for (const submission of this.#queue.takeLate(nowMs)) this.#refuseRest(submission, 'timeout');
    this.#refusals.send();
    this.#waiters.expire(nowMs, this.#height);
    this.#pump();
  }
}

function requestOf(frame: Buffer): SubmitRequest | null {
  try {
    return decodeSubmitRequest(frame);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

function refusal(number: number, code: string): Outcome {
  return {
    number,
    height: 0,
    index: 0,
    code,
    message: '',
    result: '',
    duplicate: false,
    call: null,
    detail: null,
  };
}

function expiredMessage(validUntil: number, height: number): string {
  return `valid until height ${validUntil}; the next block has height ${height + 1}`;
}
