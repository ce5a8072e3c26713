/**
 * The newest blocks as encoded messages, for the nodes that follow this one.
 *
 * A block is encoded once, and only when somebody follows. A follower that lags behind what is kept
 * here is served from the database instead, so memory is bounded however slow the slowest one is.
 */

/** How much is kept. */
export interface BlockFeedLimits {
  readonly blocksMax: number;
  readonly bytesMax: number;
}

const LIMITS: BlockFeedLimits = { blocksMax: 256, bytesMax: 16 * 1024 * 1024 };

/** A window over the newest committed blocks. */
export class BlockFeed {
  readonly #limits: BlockFeedLimits;
  readonly #kept = new Map<number, Uint8Array>();
  readonly #waiting = new Set<() => void>();
  #bytes = 0;
  #head: number;
  #followers = 0;

  /** `head` is the height of the last committed block. */
  constructor(head: number, limits: BlockFeedLimits = LIMITS) {
    this.#head = head;
    this.#limits = limits;
  }

  /** Height of the last committed block. */
  get head(): number {
    return this.#head;
  }

  /** Number of followers being served now. */
  get followers(): number {
    return this.#followers;
  }

  /** Counts a follower; call the returned function when it leaves. */
  join(): () => void {
    this.#followers += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#followers -= 1;
      if (this.#followers === 0) this.#forget(this.#head);
    };
  }

  /** Announces a committed block. `encode` is called at once or never. */
  publish(height: number, encode: () => Uint8Array): void {
    this.#head = height;
    if (this.#followers > 0) {
      const bytes = encode();
      this.#kept.set(height, bytes);
      this.#bytes += bytes.length;
      for (const oldest of this.#kept.keys()) {
        if (this.#kept.size <= this.#limits.blocksMax && this.#bytes <= this.#limits.bytesMax) break;
        this.#forget(oldest);
      }
    }
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** The encoded block at `height`, if it is still kept. */
  recent(height: number): Uint8Array | undefined {
    return this.#kept.get(height);
  }

  /** Resolves when a block above `height` is committed, or when `signal` is aborted. */
  async beyond(height: number, signal: AbortSignal): Promise<void> {
    while (this.#head <= height && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }

  // Drops everything up to and including `height`.
  #forget(height: number): void {
    for (const [kept, bytes] of this.#kept) {
      if (kept > height) return;
      this.#kept.delete(kept);
      this.#bytes -= bytes.length;
    }
  }
}
