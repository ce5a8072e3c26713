/**
 * The ids of recently committed transactions, in bounded memory.
 *
 * Two generations of an open-addressing table over 64-bit prefixes: the younger one is filled, and
 * when it holds half of the capacity the older one is forgotten and the roles change. An answer is
 * "certainly not since `completeFrom`" or "perhaps": a prefix can collide, so whoever hears
 * "perhaps" asks the database. No garbage, about 0.1 µs per id.
 */

import { validUntilWindow } from '@bucordo/protocol';
import { recentIdsMax } from '../limits.ts';

/** Ids of transactions that are on the chain. */
export interface CommittedIds {
  readonly height: number;
  /** Ids of 32 bytes each, one behind the other: some or all of the block at `height`. */
  readonly ids: Uint8Array;
}

/**
 * Reads the ids of the newest blocks at `fromHeight` or above, oldest first and without a gap:
 * whole blocks, at most `limit` ids.
 */
export type ReadCommittedIds = (options: {
  fromHeight: number;
  limit: number;
}) => AsyncIterable<CommittedIds>;

const WORDS_PER_ID = 2;

/** A set of transaction ids that forgets the oldest. */
export class RecentIds {
  /**
   * The first height all of whose transactions are remembered: an id that is not here was not
   * committed at this height or later.
   */
  completeFrom: number;
  readonly #generationMax: number;
  readonly #mask: number;
  #young: Uint32Array;
  #old: Uint32Array;
  #youngCount = 0;
  #youngFrom: number;

  /**
   * Room for at least half of `capacity` ids and at most `capacity`, which is a power of two;
   * nothing before `height` is known.
   */
  constructor(capacity: number, height: number) {
    this.#generationMax = capacity / 2;
    this.#mask = capacity - 1;
    this.#young = new Uint32Array(capacity * WORDS_PER_ID);
    this.#old = new Uint32Array(capacity * WORDS_PER_ID);
    this.completeFrom = height;
    this.#youngFrom = height;
  }

  /** Remembers the id at `bytes[at, +32)`, committed at `height`; heights never fall. */
  add(bytes: Buffer, at: number, height: number): void {
    if (this.#youngCount >= this.#generationMax) this.#rotate(height);
    if (insert(this.#young, this.#mask, bytes, at)) this.#youngCount += 1;
  }

  /** False: not committed at `completeFrom` or later. True: perhaps. */
  mayContain(bytes: Buffer, at: number): boolean {
    return contains(this.#young, this.#mask, bytes, at) || contains(this.#old, this.#mask, bytes, at);
  }

  // The block at `height` may lie in both generations, so the younger is complete only from the height after it began.
  #rotate(height: number): void {
    const forgotten = this.#old;
    this.#old = this.#young;
    this.#young = forgotten.fill(0);
    this.#youngCount = 0;
    this.completeFrom = this.#youngFrom;
    this.#youngFrom = height + 1;
  }
}

/**
 * Fills the memory of a node whose last committed block is at `height`: what a transaction that is
 * still valid could be a duplicate of, as far as it fits.
 */
export async function loadRecentIds(read: ReadCommittedIds, height: number): Promise<RecentIds> {
  const fromHeight = Math.max(1, height - validUntilWindow + 1);
  let recent: RecentIds | null = null;
  for await (const { height: at, ids } of read({ fromHeight, limit: recentIdsMax / 2 })) {
    recent ??= new RecentIds(recentIdsMax, at);
    const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength);
    for (let offset = 0; offset < bytes.length; offset += 32) recent.add(bytes, offset, at);
  }
  return recent ?? new RecentIds(recentIdsMax, height + 1);
}

// The id is a hash, so its first word is already a good place in the table; the second is odd so that no entry is all zero.
function insert(table: Uint32Array, mask: number, bytes: Buffer, at: number): boolean {
  const first = bytes.readUInt32LE(at);
  const second = (bytes.readUInt32LE(at + 4) | 1) >>> 0;
  let place = first & mask;
  while (table[place * WORDS_PER_ID + 1] !== 0) {
    if (table[place * WORDS_PER_ID] === first && table[place * WORDS_PER_ID + 1] === second) return false;
    place = (place + 1) & mask;
  }
  table[place * WORDS_PER_ID] = first;
  table[place * WORDS_PER_ID + 1] = second;
  return true;
}

function contains(table: Uint32Array, mask: number, bytes: Buffer, at: number): boolean {
  const first = bytes.readUInt32LE(at);
  const second = (bytes.readUInt32LE(at + 4) | 1) >>> 0;
  let place = first & mask;
  while (table[place * WORDS_PER_ID + 1] !== 0) {
    if (table[place * WORDS_PER_ID] === first && table[place * WORDS_PER_ID + 1] === second) return true;
    place = (place + 1) & mask;
  }
  return false;
}
