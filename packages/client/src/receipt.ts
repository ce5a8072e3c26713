/** What became of a transaction, as far as the caller wanted to wait. */

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

  constructor(facts: {
    transactionId: string;
    height: number | null;
    index: number | null;
    resultText: string;
    duplicate: boolean;
  }) {
    this.transactionId = facts.transactionId;
    this.height = facts.height;
    this.index = facts.index;
    this.resultText = facts.resultText;
    this.duplicate = facts.duplicate;
  }

  /** What the call returned, parsed; null for nothing. Decimals lose their scale here, `resultText` keeps it. */
  get result(): unknown {
    return this.resultText === '' ? null : JSON.parse(this.resultText);
  }
}
