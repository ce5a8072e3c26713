/**
 * Who may query now: so many at once, so many of one identity, the others wait in the order in which
 * they came. One that has its share waits for itself and holds up nobody behind it.
 */

/** The bounds. */
export interface QueryTurnsLimits {
  readonly atOnce: number;
  readonly atOncePerIdentity: number;
  readonly waiting: number;
  readonly waitingPerIdentity: number;
}

interface Waiting {
  readonly identity: string;
  readonly go: () => void;
}

/** Gives turns. */
export class QueryTurns {
  readonly #limits: QueryTurnsLimits;
  readonly #running = new Map<string, number>();
  #waiting: Waiting[] = [];
  #runningCount = 0;
  #isClosed = false;

  constructor(limits: QueryTurnsLimits) {
    this.#limits = limits;
  }

  /** Resolves with true when it is the turn of `identity`, which then calls {@link end}; with false after {@link close}. Null when too many wait. */
  take(identity: string): Promise<boolean> | null {
    if (this.#isClosed) return Promise.resolve(false);
    if (this.#mayRun(identity)) {
      this.#count(identity, 1);
      return Promise.resolve(true);
    }
    const ofIdentity = this.#waiting.filter((one) => one.identity === identity).length;
    const { waiting, waitingPerIdentity } = this.#limits;
    if (this.#waiting.length >= waiting || ofIdentity >= waitingPerIdentity) return null;
    return new Promise((resolve) => {
      this.#waiting.push({ identity, go: () => resolve(!this.#isClosed) });
    });
  }

  /** A turn of `identity` is over. */
  end(identity: string): void {
    this.#count(identity, -1);
    const next = this.#waiting.find((one) => this.#mayRun(one.identity));
    if (next === undefined) return;
    this.#waiting = this.#waiting.filter((one) => one !== next);
    this.#count(next.identity, 1);
    next.go();
  }

  /** Nobody gets a turn any more. */
  close(): void {
    this.#isClosed = true;
    for (const { go } of this.#waiting.splice(0)) go();
  }

  #mayRun(identity: string): boolean {
    const { atOnce, atOncePerIdentity } = this.#limits;
    return this.#runningCount < atOnce && (this.#running.get(identity) ?? 0) < atOncePerIdentity;
  }

  #count(identity: string, by: 1 | -1): void {
    const running = (this.#running.get(identity) ?? 0) + by;
    if (running === 0) this.#running.delete(identity);
    else this.#running.set(identity, running);
    this.#runningCount += by;
  }
}
