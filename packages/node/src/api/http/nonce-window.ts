/**
 * Nonces of signed requests that were used: each counts once within the time in which its request
 * would be accepted. Two generations: when the older one can hold nothing acceptable any more, it is
 * dropped as a whole.
 */

/** Remembers nonces for at least `spanMs` and at most twice as long. */
export class NonceWindow {
  readonly #spanMs: number;
  readonly #nonceCountMax: number;
  #current: Set<string> = new Set();
  #previous: Set<string> = new Set();
  #currentSince: number;

  constructor(options: { spanMs: number; nonceCountMax: number; now: number }) {
    this.#spanMs = options.spanMs;
    this.#nonceCountMax = options.nonceCountMax;
    this.#currentSince = options.now;
  }

  /** Uses a nonce at `now`: `used` when it was used before, `full` when no more can be remembered. */
  use(nonce: string, now: number): 'new' | 'used' | 'full' {
    if (now - this.#currentSince >= this.#spanMs) {
      this.#previous = now - this.#currentSince >= 2 * this.#spanMs ? new Set() : this.#current;
      this.#current = new Set();
      this.#currentSince = now;
    }
    if (this.#current.has(nonce) || this.#previous.has(nonce)) return 'used';
    if (this.#current.size + this.#previous.size >= this.#nonceCountMax) return 'full';
    this.#current.add(nonce);
    return 'new';
  }
}
