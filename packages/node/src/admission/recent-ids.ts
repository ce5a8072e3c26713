/**
 * The ids of recently committed transactions, in bounded memory.
 *
 * Four generations of a Bloom filter whose bits for one id lie in one cache line: the youngest is
 * filled, and when it has its share the oldest is forgotten and takes its place. An answer is
 * "certainly not since `completeFrom`" or "perhaps": two in a thousand ids that are not there seem
 * to be, so whoever hears "perhaps" asks the database. 16 bits and 0.2 µs per id, no garbage.
 *
 * That a transaction is valid for a limited number of blocks is what makes this exact: one that may
 * still run can only have been committed within the last `validUntilWindow` blocks.
 */

import { validUntilWindow } from '@bucordo/protocol';
import type { CommittedIds } from '../execution/ports.ts';
import { recentIdsLoadedMax, recentIdsMax } from '../limits.ts';

/**
 * Reads the ids of the newest blocks at `fromHeight` or above, oldest first and without a gap:
 * whole blocks, at most `limit` ids.
 */
export type ReadCommittedIds = (options: {
  fromHeight: number;
  limit: number;
}) => AsyncIterable<CommittedIds>;

const GENERATIONS = 4;
const BITS_PER_ID = 16;
/** A line is what the processor fetches at once: 512 bits. */
const WORDS_PER_LINE = 16;
const BITS_PER_LINE = WORDS_PER_LINE * 32;
/** Bits that name a place in a line. */
const PLACE_BITS = 9;
const PLACES_PER_WORD = 3;

interface Generation {
  readonly words: Uint32Array;
  /** Ids in it. */
  count: number;
  /** The first height all of whose ids came into this generation or a younger one. */
  from: number;
}

/** A set of transaction ids that forgets the oldest. */
export class RecentIds {
  readonly #generationMax: number;
  readonly #lineMask: number;
  /** Youngest first. */
  readonly #generations: Generation[];

  /**
   * Room for `capacity` ids, a power of two from 1,024 on, of which it keeps at least three quarters;
   * nothing before `height` is known.
   */
  constructor(capacity: number, height: number) {
    this.#generationMax = capacity / GENERATIONS;
    const lines = (this.#generationMax * BITS_PER_ID) / BITS_PER_LINE;
    this.#lineMask = lines - 1;
    this.#generations = Array.from({ length: GENERATIONS }, () => {
      return { words: new Uint32Array(lines * WORDS_PER_LINE), count: 0, from: height };
    });
  }

  /**
   * The first height all of whose transactions are remembered: an id that is not here was not
   * committed at this height or later.
   */
  get completeFrom(): number {
    return this.#generations.at(-1)?.from ?? 0;
  }

  /** Remembers the id at `bytes[at, +32)`, committed at `height`; heights never fall. */
  add(bytes: Buffer, at: number, height: number): void {
    let youngest = this.#generations[0];
    if (youngest === undefined || youngest.count >= this.#generationMax)
      youngest = this.#forgetOldest(height);
    if (setBits(youngest.words, this.#lineMask, bytes, at)) youngest.count += 1;
  }

  /** False: not committed at `completeFrom` or later. True: perhaps. */
  mayContain(bytes: Buffer, at: number): boolean {
    for (const { words, count } of this.#generations) {
      if (count > 0 && hasBits(words, this.#lineMask, bytes, at)) return true;
    }
    return false;
  }

  /**
   * Whether the transaction with the id at `bytes[at, +32)`, valid until height `validUntil`, was
   * certainly not committed. It can only have been within the window that ends there, so memory may
   * vouch for it without reaching back to the beginning.
   */
  isCertainlyNew(bytes: Buffer, at: number, validUntil: number): boolean {
    const earliestHeight = Math.max(1, validUntil - validUntilWindow + 1);
    return earliestHeight >= this.completeFrom && !this.mayContain(bytes, at);
  }

  // The block at `height` lies partly in the generation before, so the new one is complete from the next on.
  #forgetOldest(height: number): Generation {
    const oldest = this.#generations.pop();
    const words = oldest?.words.fill(0) ?? new Uint32Array((this.#lineMask + 1) * WORDS_PER_LINE);
    const youngest = { words, count: 0, from: height + 1 };
    this.#generations.unshift(youngest);
    return youngest;
  }
}

/**
 * Fills the memory of a node whose last committed block is at `height`: what a transaction that is
 * still valid could be a duplicate of, as far as it can be read in about a second.
 */
export async function loadRecentIds(read: ReadCommittedIds, height: number): Promise<RecentIds> {
  const fromHeight = Math.max(1, height - validUntilWindow + 1);
  let recent: RecentIds | null = null;
  for await (const { height: at, ids } of read({ fromHeight, limit: recentIdsLoadedMax })) {
    recent ??= new RecentIds(recentIdsMax, at);
    const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength);
    for (let offset = 0; offset < bytes.length; offset += 32) recent.add(bytes, offset, at);
  }
  return recent ?? new RecentIds(recentIdsMax, height + 1);
}

// An id is a hash, so its bytes are the hash functions: the first word chooses the line, and the
// second and third give three places of 9 bits each.
function setBits(words: Uint32Array, lineMask: number, bytes: Buffer, at: number): boolean {
  const line = (bytes.readUInt32LE(at) & lineMask) * WORDS_PER_LINE;
  let isNew = false;
  for (let half = 4; half <= 8; half += 4) {
    let places = bytes.readUInt32LE(at + half);
    for (let i = 0; i < PLACES_PER_WORD; i++, places >>>= PLACE_BITS) {
      const place = line + ((places >>> 5) & (WORDS_PER_LINE - 1));
      const before = words[place] ?? 0;
      const after = before | (1 << (places & 31));
      if (after >>> 0 !== before) isNew = true;
      words[place] = after;
    }
  }
  return isNew;
}

function hasBits(words: Uint32Array, lineMask: number, bytes: Buffer, at: number): boolean {
  const line = (bytes.readUInt32LE(at) & lineMask) * WORDS_PER_LINE;
  for (let half = 4; half <= 8; half += 4) {
    let places = bytes.readUInt32LE(at + half);
    for (let i = 0; i < PLACES_PER_WORD; i++, places >>>= PLACE_BITS) {
      const word = words[line + ((places >>> 5) & (WORDS_PER_LINE - 1))] ?? 0;
      if ((word & (1 << (places & 31))) === 0) return false;
    }
  }
  return true;
}
