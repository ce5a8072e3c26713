/**
 * What a node counts while it runs: for the status, the console and the operator's curiosity.
 * Counted from the start of the process; the ledger itself is in the database.
 */

/** A copy of the counts at one moment. */
export interface Counts {
  readonly blocks: number;
  readonly transactions: number;
  /** Transactions that changed nothing, by the code of their receipt. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Milliseconds that a block takes to execute, a running mean over about fifty blocks; 0 before the first. */
  readonly blockMs: number;
}

// One distinct code per rejection of a contract is at most 900; what comes beyond is counted together.
const CODES_MAX = 1024;
const BLOCK_MS_WEIGHT = 0.02;
const RATE_SECONDS = 5;

/** Counts blocks, transactions and rejections. */
export class Counters {
  #blocks = 0;
  #transactions = 0;
  #blockMs = 0;
  readonly #rejected = new Map<string, number>();
  // Transactions by second; a second that is too old is overwritten by a newer one.
  readonly #seconds: { second: number; transactions: number }[] = [];

  /** Counts a committed block. `ms` is how long it took from Postgres's side, `nowMs` any clock's time. */
  block(
    transactions: number,
    rejectedCodes: Iterable<string>,
    { ms, nowMs }: { ms: number; nowMs: number },
  ): void {
    const second = Math.floor(nowMs / 1000);
    const place = second % (RATE_SECONDS + 1);
    const known = this.#seconds[place];
    if (known?.second === second) known.transactions += transactions;
    else this.#seconds[place] = { second, transactions };
    this.#blockMs = this.#blocks === 0 ? ms : this.#blockMs + (ms - this.#blockMs) * BLOCK_MS_WEIGHT;
    this.#blocks += 1;
    this.#transactions += transactions;
    for (const code of rejectedCodes) {
      const key = this.#rejected.has(code) || this.#rejected.size < CODES_MAX ? code : 'other';
      this.#rejected.set(key, (this.#rejected.get(key) ?? 0) + 1);
    }
  }

  /** Committed transactions per second over the last five whole seconds before `nowMs`, by the same clock. */
  transactionsPerSecond(nowMs: number): number {
    const now = Math.floor(nowMs / 1000);
    let sum = 0;
    for (const { second, transactions } of this.#seconds.filter(Boolean)) {
      if (second < now && second >= now - RATE_SECONDS) sum += transactions;
    }
    return sum / RATE_SECONDS;
  }

  /** The counts now. */
  counts(): Counts {
    return {
      blocks: this.#blocks,
      transactions: this.#transactions,
      rejected: Object.fromEntries(this.#rejected),
      blockMs: this.#blockMs,
    };
  }
}
