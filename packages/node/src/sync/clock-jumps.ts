/**
 * Notices that this machine's clock was set, or that the machine slept: its time of day has moved
 * against the clock that only counts.
 *
 * What the clocks of others said before is worth nothing from then on, and neither is what
 * they know of this one; streams that began before are opened anew, which exchanges both.
 */

/** Time of day and counted time may part by so much between two looks; a process that is stopped stops both looks. */
export const jumpMs = 1_000;
const LOOK_MS = 1_000;

/** The clocks that are compared. */
export interface ClockPair {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that does not jump. */
  readonly monotonicMs: () => number;
}

/** Looks every second, from its making until it is stopped. */
export class ClockJumps {
  readonly #clocks: ClockPair;
  readonly #onJump: (byMs: number) => void;
  readonly #timer: NodeJS.Timeout;
  #offsetMs: number;

  /** `onJump` gets by how much the clock was set forward; negative for back. */
  constructor(clocks: ClockPair, onJump: (byMs: number) => void) {
    this.#clocks = clocks;
    this.#onJump = onJump;
    this.#offsetMs = this.#offset();
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    this.#timer.unref();
  }

  /** Looks at the clocks of this machine. */
  static ofThisMachine(onJump: (byMs: number) => void): ClockJumps {
    return new ClockJumps({ now: Date.now, monotonicMs: () => performance.now() }, onJump);
  }

  /** Compares now. */
  look(): void {
    const offsetMs = this.#offset();
    const byMs = offsetMs - this.#offsetMs;
    if (Math.abs(byMs) < jumpMs) return;
    this.#offsetMs = offsetMs;
    this.#onJump(byMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #offset(): number {
    return this.#clocks.now() - this.#clocks.monotonicMs();
  }
}
