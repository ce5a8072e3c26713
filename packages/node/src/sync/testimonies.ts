/**
 * Testimonies among the nodes: every node tells every other one directly what it has signed and what
 * it can prove, so that whoever orders cannot keep two members from comparing.
 *
 * One stream for each other member, opened by whichever side can reach the other. It begins with this
 * node's latest checkpoint, with what it holds against the ordering node, and with the last word of the
 * other one that it has heard, for a node that was restored from an old disk to know what it has said.
 * Bounded: of what cannot be sent the newest is kept, and a stream is read no faster than
 * {@link INTERVAL_MS} allows.
 */

import { DecodeError, decodeTestimony, encodeTestimony, type Testimony } from '@bucordo/protocol';

import type { Log } from '../observe/ports.ts';

/** Between two testimonies of one stream in either direction, in milliseconds: members sign a few times in a second. */
export const INTERVAL_MS = 50;
/** Contradictions that are handed on. */
const CONTRADICTIONS_MAX = 4;

/** One end of a stream of testimonies, at a server or a client. */
export interface TestimonyStream {
  write(bytes: Uint8Array): boolean;
  pause(): unknown;
  resume(): unknown;
  end(): unknown;
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  on(event: 'drain' | 'end' | 'close' | 'cancelled', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What testimonies need from the rest of the node. */
export interface TestimoniesOptions {
  /** Takes what the node of `member` says; nothing of it is verified. */
  readonly hear: (member: string, testimony: Testimony) => void;
  readonly log: Log;
}

/** Sends and receives testimonies. */
export class Testimonies {
  readonly #options: TestimoniesOptions;
  readonly #outlets = new Map<TestimonyStream, Outlet>();
  readonly #heard = new Map<string, Uint8Array>();
  readonly #contradictions: Uint8Array[] = [];
  #own: Uint8Array | null = null;

  constructor(options: TestimoniesOptions) {
    this.#options = options;
  }

  /** Tells every node, now and when it connects later. */
  tell(testimony: Testimony): void {
    const bytes = encodeTestimony(testimony);
    if ('statement' in testimony) {
      this.#own = bytes;
      for (const outlet of this.#outlets.values()) outlet.offer(bytes);
    } else if (this.#contradictions.length < CONTRADICTIONS_MAX) {
      this.#contradictions.push(bytes);
      for (const outlet of this.#outlets.values()) outlet.insist(bytes);
    }
  }

  /** The last statement of `member` that was true; handed back to it when it connects. */
  remember(member: string, testimony: Testimony): void {
    this.#heard.set(member, encodeTestimony(testimony));
  }

  /** Exchanges testimonies with the node of `member` until the stream ends. */
  exchange(member: string, stream: TestimonyStream): void {
    const outlet = new Outlet(stream);
    this.#outlets.set(stream, outlet);
    const gone = (): void => {
      this.#outlets.delete(stream);
      outlet.close();
    };
    for (const event of ['end', 'close', 'cancelled'] as const) stream.on(event, gone);
    stream.on('error', gone);
    stream.on('drain', () => outlet.drained());
    stream.on('data', (bytes) => {
      if (!this.#take(member, bytes)) {
        gone();
        stream.end();
        return;
      }
      stream.pause();
      setTimeout(() => stream.resume(), INTERVAL_MS).unref();
    });
    for (const bytes of this.#contradictions) outlet.insist(bytes);
    const theirs = this.#heard.get(member);
    if (theirs !== undefined) outlet.insist(theirs);
    if (this.#own !== null) outlet.offer(this.#own);
  }

  // False when the bytes are no testimony.
  #take(member: string, bytes: Uint8Array): boolean {
    try {
      this.#options.hear(member, decodeTestimony(bytes));
      return true;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#options.log.warn({ peer: member, reason: error.message }, 'no testimony: the stream is ended');
      return false;
    }
  }
}

/** The sending half: some that must arrive, and of the others the newest. */
class Outlet {
  readonly #stream: TestimonyStream;
  readonly #insisted: Uint8Array[] = [];
  #offered: Uint8Array | null = null;
  #isReady = true;
  #timer: NodeJS.Timeout | null = null;

  constructor(stream: TestimonyStream) {
    this.#stream = stream;
  }

  insist(bytes: Uint8Array): void {
    this.#insisted.push(bytes);
    this.#send();
  }

  offer(bytes: Uint8Array): void {
    this.#offered = bytes;
    this.#send();
  }

  drained(): void {
    this.#isReady = true;
    this.#send();
  }

  close(): void {
    this.#isReady = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #send(): void {
    if (!this.#isReady || this.#timer !== null) return;
    const bytes = this.#insisted.shift() ?? this.#offered;
    if (bytes === null) return;
    if (bytes === this.#offered) this.#offered = null;
    this.#isReady = this.#stream.write(bytes);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#send();
    }, INTERVAL_MS);
    this.#timer.unref();
  }
}
