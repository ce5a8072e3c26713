/**
 * What was opened is closed in reverse order, every part once, also when opening the next one failed.
 * A part that does not close in its time is left behind, so that a node always stops.
 */

import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds that a part may take to close when it says nothing. */
const CLOSE_MS = 3_000;

interface Part {
  readonly name: string;
  readonly close: () => Promise<unknown> | unknown;
  readonly withinMs: number;
}

/** Parts that are open. */
export class Closing {
  readonly #parts: Part[] = [];

  /** Adds a part that is to be closed before all those added earlier, within this time. */
  add(name: string, close: () => Promise<unknown> | unknown, withinMs: number = CLOSE_MS): void {
    this.#parts.push({ name, close, withinMs });
  }

  /** Closes everything; `onFailure` gets every part that fails to close or takes too long; it holds up nothing. */
  async close(onFailure: (name: string, error: unknown) => void): Promise<void> {
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      try {
        await closeInTime(part);
      } catch (error) {
        onFailure(part.name, error);
      }
    }
  }
}

async function closeInTime({ close, withinMs }: Part): Promise<void> {
  const done = new AbortController();
  const late = delay(withinMs, undefined, { signal: done.signal }).then(() => {
    throw new Error(`not closed within ${withinMs} ms`);
  });
  // Ends with an abort when the part was in time.
  late.catch(() => {});
  try {
    await Promise.race([close(), late]);
  } finally {
    done.abort();
  }
}
