/** Transactions that wait to be sent, first in, first out; taking one costs the same however many wait. */

import type { PendingTransaction } from './pending-transaction.ts';

/** Those taken stay in the array until so many are there, or all. */
const TAKEN_MAX = 4_096;

/** The queue of a submitter. */
export class PendingQueue {
  #all: PendingTransaction[] = [];
  #at: number = 0;

  /** Number of those that wait. */
  get length(): number {
    return this.#all.length - this.#at;
  }

  /** The one whose turn it is, or undefined. */
  get first(): PendingTransaction | undefined {
    return this.#all[this.#at];
  }

  /** Adds one at the end. */
  push(pending: PendingTransaction): void {
    this.#all.push(pending);
  }

  /** Takes out the first. */
  shift(): void {
    this.#at++;
    if (this.#at < this.#all.length && this.#at <= TAKEN_MAX) return;
    this.#all = this.#all.slice(this.#at);
    this.#at = 0;
  }

  /** Puts those that were sent in a session before all others, in their order. */
  putBack(transactions: readonly PendingTransaction[]): void {
    for (const pending of transactions) pending.number = 0;
    this.#all = [...transactions, ...this.#all.slice(this.#at)];
    this.#at = 0;
  }

  /** Takes out all. */
  clear(): void {
    this.#all = [];
    this.#at = 0;
  }

  /** Those that wait, in order. */
  *[Symbol.iterator](): Generator<PendingTransaction> {
    for (let at = this.#at; at < this.#all.length; at++) {
      const pending = this.#all[at];
      if (pending !== undefined) yield pending;
    }
  }
}
