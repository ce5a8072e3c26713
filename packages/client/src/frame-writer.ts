/**
 * Writes SubmitRequest frames. Transactions keep pointing into the frame they were first written
 * to, so that nothing is copied unless something must be sent again.
 */

import { type WaitLevel, waitLevels } from '@bucordo/protocol';

import { type TransactionBuilder, writeVarint } from './build-transaction.ts';
import type { PendingTransaction } from './pending-transaction.ts';
import type { Platform } from './platform.ts';

/** A frame takes no further transaction once it is this long; one transaction always fits. */
const FRAME_BYTES_MAX = 262_144;
const CHUNK_BYTES = 65_536;

/** Writes one frame after the other into larger chunks of memory. */
export class FrameWriter {
  readonly #platform: Platform;
  readonly #builder: TransactionBuilder;
  #chunk: Uint8Array;
  #frameAt: number = 0;
  #headEnd: number = 0;
  #end: number = 0;

  constructor(platform: Platform, builder: TransactionBuilder) {
    this.#platform = platform;
    this.#builder = builder;
    this.#chunk = platform.allocate(CHUNK_BYTES);
  }

  /** Whether the frame holds no transaction yet. */
  get isEmpty(): boolean {
    return this.#end === this.#headEnd;
  }

  /** Whether the frame should be sent before more is added. */
  get isFull(): boolean {
    return this.#end - this.#frameAt >= FRAME_BYTES_MAX;
  }

  /** Begins a frame whose first transaction has number `first`. */
  begin(first: number, wait: WaitLevel): void {
    this.#frameAt = this.#end;
    this.#headEnd = this.#end;
    this.#reserve(16);
    let w = this.#frameAt;
    this.#chunk[w++] = 0x08;
    w = writeVarint(this.#chunk, w, first);
    this.#chunk[w++] = 0x10;
    this.#chunk[w++] = waitLevels.indexOf(wait);
    this.#end = w;
    this.#headEnd = w;
  }

  /** Adds a transaction whose entry exists already. */
  append(pending: PendingTransaction): void {
    if (pending.entryBytes === null) throw new Error('a transaction is written before it is sent again');
    const length = pending.entryEnd - pending.entryAt;
    this.#reserve(length);
    this.#chunk.set(pending.entryBytes.subarray(pending.entryAt, pending.entryEnd), this.#end);
    this.#end += length;
  }

  /** Adds what the builder built last, with its signature, and remembers the entry in `pending`. */
  appendBuilt(pending: PendingTransaction, signature: Uint8Array): void {
    this.#reserve(this.#builder.entryBytes());
    pending.entryBytes = this.#chunk;
    pending.entryAt = this.#end;
    this.#end = this.#builder.writeEntry(this.#chunk, this.#end, signature);
    pending.entryEnd = this.#end;
  }

  /** The finished frame; its bytes do not change any more. */
  end(): Uint8Array {
    return this.#chunk.subarray(this.#frameAt, this.#end);
  }

  // A full chunk is left to the transactions in it; only the unfinished frame moves on.
  #reserve(length: number): void {
    if (this.#end + length <= this.#chunk.length) return;
    const written = this.#end - this.#frameAt;
    const chunk = this.#platform.allocate(Math.max(CHUNK_BYTES, (written + length) * 2));
    chunk.set(this.#chunk.subarray(this.#frameAt, this.#end));
    this.#chunk = chunk;
    this.#headEnd -= this.#frameAt;
    this.#frameAt = 0;
    this.#end = written;
  }
}
