/**
 * How many transactions the next block should have, by how long the last ones took: after a slow block
 * the next is small, so that dear transactions that come together take one block after the other
 * instead of one that keeps every node for minutes. It decides where blocks are cut, never what they do.
 */

import { blockTransactionsMax } from '@bucordo/protocol';
import { blockMsWanted } from '../../limits.ts';

/** The pace of one ordering node. */
export class BlockPace {
  #countMax: number = blockTransactionsMax;

  /** Transactions that the next block should have at most, 1 to `blockTransactionsMax`. */
  get countMax(): number {
    return this.#countMax;
  }

  /** Takes note of a block of `count` transactions that took `ms` to execute. */
  note(count: number, ms: number): void {
    const next = ms > blockMsWanted ? Math.floor((count * blockMsWanted) / ms) : this.#countMax * 2;
    this.#countMax = Math.max(1, Math.min(blockTransactionsMax, next));
  }
}
