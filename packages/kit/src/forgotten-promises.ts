/** Calls that were rejected while nobody awaited them: they fail the test that made them, not the process. */

/** Listens from its making to {@link stop}. */
export class ForgottenPromises {
  readonly #reasons: unknown[] = [];
  readonly #listener = (reason: unknown): void => {
    this.#reasons.push(reason);
  };

  constructor() {
    process.on('unhandledRejection', this.#listener);
  }

  /** Rejects with the first reason, if there is one. */
  async require(): Promise<void> {
    await nextTurn();
    if (this.#reasons.length > 0) throw this.#reasons[0];
  }

  /** Hears what is still to be told, then no more. */
  async stop(): Promise<void> {
    await nextTurn();
    process.off('unhandledRejection', this.#listener);
  }
}

// Node tells of them at the end of a turn.
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
