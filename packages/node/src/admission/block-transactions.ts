/**
 * Judges the transactions of a block that another node has ordered, by the same code and in the same
 * threads as transactions at admission.
 *
 * No honest node orders a transaction that is malformed, of another network, or badly signed: such
 * a block is refused. Whatever depends on a height or on the catalogue is no reason for that; the
 * transaction keeps its place, its row carries the refusal, and so does its receipt on every node.
 */

import type { RowBuffer } from '../chain/row-buffer.ts';
import type { Fault } from '../fault.ts';
import { slotFillBytes, slotTransactionsMax } from '../limits.ts';
import type { InvalidTransaction, TransactionsVerifier } from '../sync/ports.ts';
import type { Slot } from './slot.ts';
import type { VerificationPool } from './verification-pool.ts';

interface Job {
  readonly transactions: readonly Uint8Array[];
  readonly height: number;
  readonly rows: RowBuffer;
  readonly resolve: (invalid: InvalidTransaction | null) => void;
  readonly reject: (fault: Fault) => void;
  /** Transactions handed to slots. */
  taken: number;
  /** Transactions whose rows are in `rows`. */
  written: number;
  invalid: InvalidTransaction | null;
  /** Slots in the order of their transactions; judged ones wait for those before them. */
  readonly slots: { readonly slot: Slot; isJudged: boolean }[];
}

/** Verifies blocks' transactions, several blocks one behind the other. */
export class BlockTransactions implements TransactionsVerifier {
  readonly #pool: VerificationPool;
  readonly #jobs: Job[] = [];

  constructor(pool: VerificationPool) {
    this.#pool = pool;
    pool.onFree(() => this.#pump());
    pool.onFailure((fault) => {
      for (const job of this.#jobs.splice(0)) job.reject(fault);
    });
  }

  /**
   * Appends one row per transaction to `rows`, in order, for the block at `height`. Resolves with
   * null, or with the first transaction that no honest node orders; then `rows` are incomplete.
   * Rejects with the pool's fault when a worker has died.
   */
  verify(
    transactions: readonly Uint8Array[],
    height: number,
    rows: RowBuffer,
  ): Promise<InvalidTransaction | null> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({
        transactions,
        height,
        rows,
        resolve,
        reject,
        taken: 0,
        written: 0,
        invalid: null,
        slots: [],
      });
      this.#pump();
    });
  }

  #pump(): void {
    for (const job of [...this.#jobs]) {
      while (job.taken < job.transactions.length && job.invalid === null) {
        const slot = this.#pool.acquire(job.transactions.length - job.taken);
        if (slot === null) return;
        this.#start(job, slot);
      }
      this.#finish(job);
    }
  }

  #start(job: Job, slot: Slot): void {
    const { batch, input } = slot;
    batch.clear();
    while (
      job.taken < job.transactions.length &&
      batch.inputBytes < slotFillBytes &&
      batch.count < slotTransactionsMax
    ) {
      const transaction = job.transactions[job.taken];
      if (transaction !== undefined) batch.append(input, transaction);
      job.taken += 1;
    }
    const place = { slot, isJudged: false };
    job.slots.push(place);
    this.#pool.run(slot, { height: job.height - 1, purpose: 'block' }, () => {
      place.isJudged = true;
      this.#finish(job);
    });
  }

  #finish(job: Job): void {
    const freed: Slot[] = [];
    while (job.slots[0]?.isJudged === true) {
      const place = job.slots.shift();
      if (place === undefined) break;
      appendRows(job, place.slot);
      freed.push(place.slot);
    }
    const isDone = job.slots.length === 0 && (job.invalid !== null || job.taken === job.transactions.length);
    const at = this.#jobs.indexOf(job);
    if (isDone && at >= 0) {
      this.#jobs.splice(at, 1);
      job.resolve(job.invalid);
    }
    for (const slot of freed) this.#pool.release(slot);
  }
}

function appendRows(job: Job, slot: Slot): void {
  const { batch } = slot;
  for (let index = 0; index < batch.count && job.invalid === null; index++) {
    const code = batch.refusal(index);
    if (code === null) {
      job.rows.append(slot.output, batch.rowAt(index), batch.rowEnd(index));
      job.written += 1;
    } else {
      job.invalid = { index: job.written, code };
    }
  }
}
