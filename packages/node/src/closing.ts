/**
 * What was opened is closed in reverse order, each part once, also when opening the next one failed.
 */

/** Parts that are open. */
export class Closing {
  readonly #steps: { readonly name: string; readonly close: () => Promise<unknown> | unknown }[] = [];

  /** Adds a part that is to be closed before all those added earlier. */
  add(name: string, close: () => Promise<unknown> | unknown): void {
    this.#steps.push({ name, close });
  }

  /** Closes everything; a part that fails to close is told to `onFailure` and holds up nothing. */
  async close(onFailure: (name: string, error: unknown) => void): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      const { name, close } = step;
      try {
        await close();
      } catch (error) {
        onFailure(name, error);
      }
    }
  }
}
