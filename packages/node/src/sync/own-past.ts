/**
 * What an ordering node does before it orders anything: it asks the nodes of its fellows for blocks
 * above its own height. Those that bear its signature are its past, which its disk has lost; they are
 * fetched, verified and executed like any block. Only then may it sign the next height.
 *
 * A fellow has answered when this node has every block that it has. One that follows shows its height
 * also by the block that it asks for. How many must answer is decided by whoever opens this.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { RowBuffer } from '../chain/row-buffer.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../observe/ports.ts';
import type { BlockSink } from '../ordering/ports.ts';
import { readBlocks } from './block-stream.ts';
import type { BlockVerifier, ChainPoint } from './block-verifier.ts';
import type { Fellow } from './peer-connection.ts';
import type { WaitingForFellows } from './ports.ts';

/** What the search needs. */
export interface OwnPastOptions {
  /** Nodes whose addresses are known. */
  readonly fellows: readonly Fellow<'blocks'>[];
  /** Members whose nodes count, without this node's own. */
  readonly members: () => readonly string[];
  /** How many of them must answer. */
  readonly needed: (members: number) => number;
  /** Why that many, in words. */
  readonly reason: () => string;
  /** The last block of this node's chain. */
  readonly head: () => ChainPoint;
  readonly verifier: BlockVerifier;
  readonly sink: BlockSink;
  /** Whether a second history with this node's signature is known; then nothing may be ordered. */
  readonly isForked: () => Promise<boolean>;
  readonly log: Log;
}

/** Milliseconds in which a node that can be reached tells its height. */
const ANSWER_MS = 3_000;
/** Between two rounds, in milliseconds. */
const ROUND_MS = 500;

/** Searches for lost blocks of this node's own. */
export class OwnPast {
  readonly #options: OwnPastOptions;
  readonly #answered = new Set<string>();
  #isWaiting = true;
  #isForked = false;
  #wake: () => void = () => undefined;

  constructor(options: OwnPastOptions) {
    this.#options = options;
  }

  /** What is still waited for; null when the search is over. */
  get waiting(): WaitingForFellows | null {
    if (!this.#isWaiting) return null;
    const { members, needed, reason } = this.#options;
    const all = members();
    const silent = all.filter((member) => !this.#answered.has(member));
    return {
      members: silent,
      needed: Math.max(0, needed(all.length) - (all.length - silent.length)),
      reason: this.#isForked
        ? 'a block that a fellow has bears the signature of this node and contradicts its chain'
        : reason(),
    };
  }

  /** The node of `member` has asked for the block at `from`: it has all before it. */
  asked(member: string, from: number): void {
    if (!this.#isWaiting || from > this.#options.head().height + 1) return;
    this.#answered.add(member);
    this.#wake();
  }

  /** Nothing is searched: this node was started to order without asking. */
  end(): void {
    this.#isWaiting = false;
  }

  /** Resolves with true when enough have answered and everything they have is executed; false when `signal` is aborted. */
  async search(signal: AbortSignal): Promise<boolean> {
    const { log } = this.#options;
    const before = this.#options.head().height;
    for (let round = 1; !signal.aborted; round++) {
      await this.#round(signal);
      if (signal.aborted) break;
      if (this.#isEnough) {
        this.#isWaiting = false;
        const { height } = this.#options.head();
        const facts = { height, recovered: height - before };
        if (height > before) log.warn(facts, 'this node has recovered blocks of its own from its fellows');
        return true;
      }
      if (round === 1) this.#logWaiting();
      await this.#pause(signal);
    }
    return false;
  }

  get #isEnough(): boolean {
    const members = this.#options.members();
    const answered = members.filter((member) => this.#answered.has(member)).length;
    return !this.#isForked && answered >= this.#options.needed(members.length);
  }

  async #round(signal: AbortSignal): Promise<void> {
    const heights = await Promise.all(
      this.#options.fellows.map(async (fellow) => ({ fellow, height: await this.#heightOf(fellow, signal) })),
    );
    for (const { fellow, height } of heights) {
      if (height === null || signal.aborted) continue;
      if (height > this.#options.head().height && !(await this.#fetch(fellow, height, signal))) continue;
      this.#answered.add(fellow.member);
    }
    this.#isForked = await this.#options.isForked();
  }

  // Its height; this node's own when it has no more; null when it does not answer.
  async #heightOf({ connection }: Fellow<'blocks'>, signal: AbortSignal): Promise<number | null> {
    const head = this.#options.head().height;
    const known = new AbortController();
    let height: number | null = null;
    const end = await readBlocks(
      (request) => connection.blocks(request),
      head + 1,
      {
        begun: (told) => {
          height = told;
          known.abort();
        },
        receive: () => Promise.resolve(),
      },
      AbortSignal.any([signal, known.signal, AbortSignal.timeout(ANSWER_MS)]),
    );
    return end.kind === 'behind' ? head : height;
  }

  // Whether this node has everything now that the other one can show.
  async #fetch(
    { member, connection }: Fellow<'blocks'>,
    height: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { head, log } = this.#options;
    log.warn(
      { peer: member, theirs: height, ours: head().height },
      'a fellow has blocks that this node lacks: they are fetched before anything is ordered',
    );
    const done = new AbortController();
    const receive = async (bytes: Uint8Array): Promise<void> => {
      await this.#execute(bytes);
      if (head().height >= height) done.abort();
    };
    const end = await readBlocks(
      (request) => connection.blocks(request),
      head().height + 1,
      { begun: () => undefined, receive },
      AbortSignal.any([signal, done.signal]),
    );
    if (head().height >= height) return true;
    if (end.kind !== 'failed') return false;
    if (!(end.error instanceof Fault) || end.error.code !== 'block_invalid') throw end.error;
    // Whoever claims blocks and shows none that this node has signed keeps nobody from ordering.
    log.warn({ peer: member, reason: end.error.message }, 'a fellow shows blocks that are not of this chain');
    return true;
  }

  async #execute(bytes: Uint8Array): Promise<void> {
    const { verifier, sink, head } = this.#options;
    const block = await verifier.verify(bytes, head(), new RowBuffer());
    await sink.commit(block);
  }

  #logWaiting(): void {
    const { members, needed, reason } = this.waiting ?? { members: [], needed: 0, reason: '' };
    this.#options.log.warn(
      { members: members.join(' '), needed, reason },
      'NOTHING IS ORDERED YET: this node first asks its fellows for blocks of its own that it may have lost',
    );
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([woken, delay(ROUND_MS, undefined, { signal }).catch(() => undefined)]);
  }
}
