/**
 * What the clocks of the other members' nodes say, as far as they have said it: a node names its
 * time when it connects, and a clock that does not jump counts on from there.
 *
 * An ordering node dates no block further ahead than the middle one of all clocks it knows, its own
 * among them, and a little: a clock that is a day ahead would hold up every follower, and what a block
 * was dated can never be taken back. The middle one, so that no single wrong clock decides; of an even
 * number the later of the two, so that one fellow alone changes nothing. It bounds what this node does
 * and is no rule for blocks: whoever lies about its time, or knows nobody, is held up by the followers.
 */

import type { FellowClocks } from '../sync/ports.ts';
import type { KnownClock } from './ports.ts';

/** How far ahead of the middle clock blocks are dated at most: half of what followers bear by default. */
export const aheadOfFellowsMaxMs = 30_000;

/** The clocks that this node knows. */
export class KnownClocks implements FellowClocks {
  readonly #now: () => number;
  readonly #monotonicMs: () => number;
  /** Their time minus this node's time that does not jump. */
  readonly #offsets = new Map<string, number>();

  /** `now` is this node's clock, milliseconds since the epoch; `monotonicMs` never jumps. */
  constructor(now: () => number, monotonicMs: () => number) {
    this.#now = now;
    this.#monotonicMs = monotonicMs;
  }

  /** The node of `member` says that it is `timeMs` now. */
  tell(member: string, timeMs: number): void {
    this.#offsets.set(member, timeMs - this.#monotonicMs());
  }

  /** The node of `member` is not connected any more. */
  forget(member: string): void {
    this.#offsets.delete(member);
  }

  /** Every other clock as it is now. */
  get others(): readonly KnownClock[] {
    const [now, monotonicMs] = [this.#now(), this.#monotonicMs()];
    return [...this.#offsets].map(([member, offset]) => ({ member, aheadMs: offset + monotonicMs - now }));
  }

  /** By how much this node's clock is further ahead than blocks may be dated; 0 or less when it is not. */
  get excessMs(): number {
    const aheads = [0, ...this.others.map(({ aheadMs }) => aheadMs)].sort((a, b) => a - b);
    const middle = aheads[Math.floor(aheads.length / 2)] ?? 0;
    return -middle - aheadOfFellowsMaxMs;
  }

  /** The time for a block that is ordered now. */
  blockTime(): number {
    return Math.floor(this.#now() - Math.max(0, this.#offsets.size === 0 ? 0 : this.excessMs));
  }
}
