/**
 * How far the ordering node had come when it last ran, in a small file that is not in its database: a
 * database that does not hold what the file names was restored from an older copy, or is another one.
 *
 * The file helps to tell and proves nothing: a machine that is restored as a whole has an old file too.
 * Written once a second and when the node stops, flushed to the disk before it takes its place.
 */

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

import type { Log } from '../observe/ports.ts';

/** Where the chain was. */
export interface Mark {
  readonly height: number;
  /** Hash of that block, lower-case hex. */
  readonly hash: string;
}

/** Milliseconds between two looks at whether the chain has grown: a flush costs a few milliseconds. */
const WRITE_MS = 1_000;

/** Keeps the mark of a node that orders. */
export class OrderingMark {
  readonly #file: string;
  readonly #network: string;
  readonly #log: Log;
  #timer: NodeJS.Timeout | null = null;
  #current: () => Mark = () => ({ height: 0, hash: '' });
  #written = -1;

  /** `network` is the network's id, lower-case hex; the mark of another network does not count. */
  constructor(file: string, network: string, log: Log) {
    this.#file = file;
    this.#network = network;
    this.#log = log;
  }

  /** What the file says; null when there is none or it cannot be read. */
  read(): Mark | null {
    try {
      const value: object = Object(JSON.parse(readFileSync(this.#file, 'utf8')));
      const height: unknown = Reflect.get(value, 'height');
      const hash: unknown = Reflect.get(value, 'hash');
      if (Reflect.get(value, 'network') !== this.#network) return null;
      if (typeof height !== 'number' || !Number.isSafeInteger(height) || typeof hash !== 'string')
        return null;
      return { height, hash };
    } catch {
      return null;
    }
  }

  /** Writes what `current` says, now and from time to time, until it is stopped. */
  start(current: () => Mark): void {
    this.#current = current;
    this.#write();
    this.#timer = setInterval(() => this.#write(), WRITE_MS);
    this.#timer.unref();
  }

  /** Writes it a last time, if it was started. */
  stop(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#write();
  }

  #write(): void {
    const mark = this.#current();
    if (mark.height === this.#written) return;
    try {
      const file = openSync(`${this.#file}.new`, 'w', 0o600);
      try {
        writeSync(file, `${JSON.stringify({ network: this.#network, ...mark })}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(`${this.#file}.new`, this.#file);
      this.#written = mark.height;
    } catch (error) {
      this.#log.warn(
        { file: this.#file, reason: String(error) },
        'the mark of the ordering cannot be written',
      );
    }
  }
}
