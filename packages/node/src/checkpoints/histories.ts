/**
 * Looks for a second history: compares every header with the signature of the ordering node that this
 * node hears of, from whomever, with its own chain. Two that contradict each other prove that whoever
 * holds the ordering key has signed two histories, by intent or after its disk was restored.
 *
 * What proves it is kept over restarts and given to the other nodes, so that all members name the
 * same signer, whichever two of them met first.
 */

import { type SignedHeader, toHex } from '@bucordo/protocol';
import { headersAheadMax } from '../limits.ts';
import type { Log } from '../observe/ports.ts';
import { contradictionOf, type OrderedHeader, type OrderingIdentity, readOrdered } from './contradiction.ts';
import type { Contradiction, Fork } from './ports.ts';

/** What histories need from the rest of the node. */
export interface HistoriesOptions extends OrderingIdentity {
  /** The member whose node orders. */
  readonly signer: string;
  /** Height of the last committed block. */
  readonly height: number;
  /** Forks up to this height have been settled between the members; 0 = none. */
  readonly settledTo: number;
  /** Header and signature of a block of this node's chain, or null. */
  readonly headerAt: (height: number) => Promise<SignedHeader | null>;
  /** Remembers a contradiction over restarts. */
  readonly keep: (contradiction: Contradiction) => Promise<void>;
  /** Called for a contradiction that was not known. */
  readonly onContradiction: (headers: readonly [SignedHeader, SignedHeader]) => void;
  /** Called once, with the first contradiction that is not settled. */
  readonly onFork: (fork: Fork) => void;
  readonly log: Log;
}

/** Contradictions that are remembered and handed on; the first ones tell where the histories part. */
const CONTRADICTIONS_MAX = 16;

/** Compares headers. */
export class Histories {
  readonly #options: HistoriesOptions;
  readonly #ahead = new Map<number, OrderedHeader>();
  readonly #found = new Map<string, Contradiction>();
  #height: number;
  #fork: Fork | null = null;
  #comparing: Promise<void> = Promise.resolve();

  constructor(options: HistoriesOptions) {
    this.#options = options;
    this.#height = options.height;
  }

  /** Two histories that are signed and not settled; null when none are known. */
  get fork(): Fork | null {
    return this.#fork;
  }

  /** Greatest height of which a header with the ordering node's signature has been seen. */
  get knownHeight(): number {
    return Math.max(this.#height, ...this.#ahead.keys());
  }

  /** Takes note of a committed block. */
  committed(height: number, hash: Uint8Array): void {
    this.#height = height;
    const heard = this.#ahead.get(height);
    this.#ahead.delete(height);
    if (heard !== undefined && heard.hash !== toHex(hash)) this.#then(() => this.#compare(heard));
  }

  /** Takes a header from anybody. What the ordering node has not signed is not looked at. */
  hear(signed: SignedHeader): void {
    const heard = readOrdered(signed, this.#options);
    if (heard === null) return;
    if (heard.height <= this.#height + 1) this.#then(() => this.#compare(heard));
    if (heard.height > this.#height) this.#keepAhead(heard);
  }

  /** Takes two headers that somebody holds against the ordering node. */
  hearContradiction([one, other]: readonly [SignedHeader, SignedHeader]): void {
    const headers = [readOrdered(one, this.#options), readOrdered(other, this.#options)] as const;
    const found = headers[0] === null || headers[1] === null ? null : contradictionOf(headers[0], headers[1]);
    if (found !== null) this.#then(() => this.#find(found));
  }

  /** Resolves when everything heard so far is compared. */
  compared(): Promise<void> {
    return this.#comparing;
  }

  #then(step: () => Promise<void>): void {
    this.#comparing = this.#comparing.then(step).catch((error: unknown) => {
      // Trouble of the database ends the node elsewhere.
      this.#options.log.warn({ reason: String(error) }, 'a block of another node could not be compared');
    });
  }

  #keepAhead(heard: OrderedHeader): void {
    const known = this.#ahead.get(heard.height);
    const found = known === undefined ? null : contradictionOf(known, heard);
    if (found !== null) this.#then(() => this.#find(found));
    if (known !== undefined) return;
    // The first ones are compared soonest; of the others the newest is kept.
    if (this.#ahead.size >= headersAheadMax) this.#ahead.delete(Math.max(...this.#ahead.keys()));
    this.#ahead.set(heard.height, heard);
  }

  async #compare(heard: OrderedHeader): Promise<void> {
    for (const height of [heard.height, heard.height - 1]) {
      const own = height < 1 || height > this.#height ? null : await this.#options.headerAt(height);
      const ours = own === null ? null : readOrdered(own, this.#options);
      const found = ours === null ? null : contradictionOf(ours, heard);
      if (found !== null) return this.#find(found);
    }
  }

  async #find(found: Contradiction): Promise<void> {
    const key = [...found.hashes].sort().join();
    if (this.#found.has(key) || this.#found.size >= CONTRADICTIONS_MAX) return;
    this.#found.set(key, found);
    await this.#options.keep(found);
    this.#options.onContradiction(found.headers);
    const { signer, settledTo, log } = this.#options;
    const { height } = found;
    const [ours, other] = await this.#oursFirst(found);
    const facts = { signer, height, ours, other };
    if (height <= settledTo) {
      log.info(facts, 'two histories that were settled between the members were reported again');
      return;
    }
    log.error(
      facts,
      'THE ORDERING NODE HAS SIGNED TWO HISTORIES: this node vouches for nothing any more that is not final',
    );
    if (this.#fork !== null && this.#fork.height <= height) return;
    const isFirst = this.#fork === null;
    this.#fork = { signer, height, ours, other };
    if (isFirst) this.#options.onFork(this.#fork);
  }

  async #oursFirst({ height, hashes }: Contradiction): Promise<readonly [string, string]> {
    const own = await this.#options.headerAt(height);
    const ours = own === null ? null : readOrdered(own, this.#options);
    return ours?.hash === hashes[1] ? [hashes[1], hashes[0]] : hashes;
  }
}
