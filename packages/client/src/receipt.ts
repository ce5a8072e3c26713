/** What became of a transaction, as far as the caller wanted to wait. */

import { type ResultTypes, resultOf } from './result-value.ts';

/** A transaction that reached the wanted level. */
export class Receipt {
  /** Id of the transaction, lower-case hex. */
  readonly transactionId: string;
  /** Height of the block, or null when only `accepted` was awaited. */
  readonly height: number | null;
  /** Index within the block, or null as above. */
  readonly index: number | null;
  /** JSON text of what the call returned, `''` for nothing; with several calls an array with one element per call. */
  readonly resultText: string;
  /** Whether this transaction was known to the node before it was sent this time. */
  readonly duplicate: boolean;
  readonly #returns: ResultTypes;

  constructor(facts: {
    transactionId: string;
    height: number | null;
    index: number | null;
    resultText: string;
    duplicate: boolean;
    returns?: ResultTypes;
  }) {
    this.transactionId = facts.transactionId;
    this.height = facts.height;
    this.index = facts.index;
    this.resultText = facts.resultText;
    this.duplicate = facts.duplicate;
    this.#returns = facts.returns ?? [];
  }

  /**
   * What the call returned; null for nothing. No number has lost a digit: whole numbers up to ±(2^53 − 1) are
   * numbers, every other one is text. Where the call said what it `returns`, int8 and numeric are always text.
   */
  get result(): unknown {
    return this.resultText === '' ? null : resultOf(this.resultText, this.#returns);
  }
}
