/**
 * Answers on their way back to callers: collected per connection while a batch or a block is worked
 * through, then handed over in one piece, because one message per transaction costs more than the
 * transaction's own checks.
 */

import type { Outcome } from '@bucordo/protocol';
import type { Replies } from './ports.ts';

/** For transactions whose connection has closed. */
export const NOBODY: Replies = { outcomes: () => undefined };

/** Collects outcomes and sends them, one batch per connection. */
export class OutcomeBatches {
  readonly #batches: Map<Replies, Outcome[]> = new Map();
  #last: Replies | null = null;
  #lastBatch: Outcome[] = [];

  /** Adds an outcome for a connection. */
  add(replies: Replies, outcome: Outcome): void {
    if (replies !== this.#last) {
      let batch = this.#batches.get(replies);
      if (batch === undefined) {
        batch = [];
        this.#batches.set(replies, batch);
      }
      this.#last = replies;
      this.#lastBatch = batch;
    }
    this.#lastBatch.push(outcome);
  }

  /** Forgets what was collected for a connection that has closed. */
  drop(replies: Replies): void {
    this.#batches.delete(replies);
    if (replies === this.#last) this.#last = null;
  }

  /** Hands every connection its outcomes and starts anew. */
  send(): void {
    if (this.#batches.size === 0) return;
    const batches = [...this.#batches];
    this.#batches.clear();
    this.#last = null;
    for (const [replies, batch] of batches) replies.outcomes(batch);
  }
}
