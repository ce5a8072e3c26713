/**
 * Questions that admission asks the database about transactions which are already on the chain:
 * asked only when memory cannot answer, one lookup per transaction, a bounded number at once.
 */

import type { Outcome } from '@bucordo/protocol';
import type { StoredReceipt } from '../execution/ports.ts';
import { receiptLookupsMax, receiptLookupsWaitingMax } from '../limits.ts';

/** Reads receipts; the id has 32 bytes. Null when no block holds the transaction. */
export type ReceiptById = (id: Uint8Array) => Promise<StoredReceipt | null>;

/** A lookup that may be waiting for its turn. */
type Lookup = () => Promise<void>;

/** Runs lookups of receipts, {@link receiptLookupsMax} at once. */
export class ReceiptLookups {
  readonly #receiptById: ReceiptById;
  readonly #waiting: Lookup[] = [];
  #running = 0;

  constructor(receiptById: ReceiptById) {
    this.#receiptById = receiptById;
  }

  /**
   * Looks a receipt up and calls `found` with it or with null, or `failed` when the database did not
   * answer. False when too many lookups wait already; then neither is called.
   */
  look(
    id: Uint8Array,
    found: (receipt: StoredReceipt | null) => void,
    failed: (cause: unknown) => void,
  ): boolean {
    if (this.#waiting.length >= receiptLookupsWaitingMax) return false;
    this.#waiting.push(() => this.#receiptById(id).then(found, failed));
    this.#next();
    return true;
  }

  #next(): void {
    while (this.#running < receiptLookupsMax) {
      const lookup = this.#waiting.shift();
      if (lookup === undefined) return;
      this.#running += 1;
      void lookup().finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }
}

/** The outcome that a stored receipt amounts to for one caller. */
export function outcomeOfReceipt(receipt: StoredReceipt, number: number): Outcome {
  const { height, index, code, message, result, call, detail } = receipt;
  return { number, height, index, code, message, result, call, detail, duplicate: true };
}
