/**
 * Numbers that look random and are the same on every machine for the same seed. For made-up data
 * only: anybody who knows the seed can compute them.
 */

import { createHash } from 'node:crypto';

/** A deterministic source of numbers (sfc32, Chris Doty-Humphrey, PractRand), seeded by a text. */
export class SeededRandom {
  readonly #state: Uint32Array;

  constructor(seed: string) {
    const digest = createHash('sha256').update(seed, 'utf8').digest();
    this.#state = Uint32Array.from([0, 4, 8], (at) => digest.readUInt32LE(at));
    this.#state = Uint32Array.of(...this.#state, 1);
    for (let i = 0; i < 15; i += 1) this.#next();
  }

  /** A whole number from `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor((this.#next() / 2 ** 32) * (most - least + 1));
  }

  /** True in about `percent` of a hundred cases. */
  chance(percent: number): boolean {
    return this.#next() < (percent / 100) * 2 ** 32;
  }

  /** One of the items. Throws `RangeError` when there is none. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.integer(0, items.length - 1)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  #next(): number {
    const [a = 0, b = 0, c = 0, counter = 0] = this.#state;
    const result = (((a + b) | 0) + counter) | 0;
    this.#state[3] = counter + 1;
    this.#state[0] = b ^ (b >>> 9);
    this.#state[1] = (c + (c << 3)) | 0;
    this.#state[2] = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  }
}
