/** Keeps a stream of testimonies open to every other member's node whose address is known. */

import type { Fellow } from './peer-connection.ts';
import { keepTrying } from './retry.ts';
import type { Testimonies } from './testimonies.ts';

/** Another member's node to exchange testimonies with. */
export type Witness = Fellow<'witness'>;

/** Connects to witnesses until it is stopped. */
export class Witnesses {
  readonly #witnesses: readonly Witness[];
  readonly #testimonies: Testimonies;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(witnesses: readonly Witness[], testimonies: Testimonies) {
    this.#witnesses = witnesses;
    this.#testimonies = testimonies;
  }

  /** Begins to connect. */
  start(): void {
    const { signal } = this.#stopping;
    this.#running = Promise.all(
      this.#witnesses.map((witness) => keepTrying(() => this.#exchange(witness, signal), signal)),
    );
  }

  /** Ends the streams. The connections belong to whoever made them. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  // One stream from its opening to its end; whether anything came over it.
  #exchange({ member, connection }: Witness, signal: AbortSignal): Promise<boolean> {
    const stream = connection.witness();
    const cancel = (): void => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    return new Promise((resolve) => {
      let achieved = false;
      const end = (): void => {
        signal.removeEventListener('abort', cancel);
        stream.cancel();
        resolve(achieved);
      };
      stream.on('data', () => {
        achieved = true;
      });
      stream.on('error', end);
      stream.on('end', end);
      this.#testimonies.exchange(member, stream);
    });
  }
}
