/**
 * The ordering as a node sees it that does not order itself: it forwards transactions to the
 * ordering node and follows that node's blocks, verifying every one of them.
 *
 * Block n + 1 is verified while block n executes; at most {@link BLOCKS_AHEAD_MAX} are handed on
 * before the first of them is committed. After a broken connection the stream resumes at the height
 * after the last block handed on.
 *
 * A block that is not the next one of this chain is an *obstacle*: nothing of it is executed, nothing
 * is forwarded any more, and the block is asked for again and again, less and less often, because what
 * is in the way may be put right at the other end. So is a block that is dated far ahead of this
 * node's clock, and an ordering node that lacks blocks which this one holds.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { RowBuffer } from '../chain/row-buffer.ts';
import type { ChainHead, SealedBlock } from '../chain/sealed-block.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../observe/ports.ts';
import type { BlockSink, Ordering } from '../ordering/ports.ts';
import { readBlocks, type StreamEnd } from './block-stream.ts';
import type { BlockVerifier, ChainPoint } from './block-verifier.ts';
import { ClockJumps } from './clock-jumps.ts';
import { Forwarder, type ForwardRefusals } from './forwarder.ts';
import type { PeerConnection } from './peer-connection.ts';
import { keepTrying, pause } from './retry.ts';

/** Verified blocks that may be at the executor at once. */
export const BLOCKS_AHEAD_MAX = 3;
/** Longest wait before a block that was refused is asked for again, in milliseconds: it may be 2 MiB of signatures. */
export const OBSTACLE_RETRY_MS_MAX = 30_000;
const OBSTACLE_RETRY_MS_MIN = 250;
/** A block that is ahead of the clock by little more than it may is kept so long, and asked for again after that. */
const AHEAD_KEPT_MS = 2_000;
const AHEAD_LOOK_MS = 200;
/** How long a stop waits for a block that is just being verified, in milliseconds. */
const STOP_MS = 2_000;

/** What following needs. */
export interface FollowedOrderingOptions {
  /** The connection to the ordering node; this ordering closes it. */
  readonly connection: PeerConnection;
  readonly verifier: BlockVerifier;
  readonly sink: BlockSink;
  readonly refusals: ForwardRefusals;
  readonly log: Log;
  /** Called once, when the following has ended for good because of this node. */
  readonly onFault: (fault: Fault) => void;
  /** Called when something else stands in the way of the next block than before. */
  readonly onObstacle: (fault: Fault) => void;
  /** Called once, when the height that the ordering node named at the beginning is committed here. */
  readonly onCaughtUp: () => void;
}

/** What stands in the way of the next block. */
export interface Obstacle {
  readonly fault: Fault;
  /** When it was first met; milliseconds of a clock that does not jump. */
  readonly sinceMs: number;
  /** How often. */
  readonly count: number;
}

/** How the following stands; moments are milliseconds of a clock that does not jump. */
export interface FollowedState {
  /** Since when no blocks are received; null while they are. */
  readonly disconnectedSinceMs: number | null;
  /** How the last stream ended; empty when none has. */
  readonly lastEnd: string;
  readonly isCaughtUp: boolean;
  /** When the last block came, or the following began. */
  readonly lastBlockMs: number;
  /** Greatest height that the ordering node is known to have. */
  readonly knownHeight: number;
  /** Age by this node's clock of the last block that came while nothing else was to be done; null before. */
  readonly freshBlockAgeMs: number | null;
  /** What the clock of the ordering node said, and when; null when it has not said. */
  readonly orderingTime: { readonly timeMs: number; readonly atMs: number } | null;
  readonly obstacle: Obstacle | null;
}

/** Forwards and follows. */
export class FollowedOrdering implements Ordering {
  readonly kind = 'solo' as const;
  readonly #options: FollowedOrderingOptions;
  readonly #forwarder: Forwarder;
  readonly #stopping = new AbortController();
  readonly #free: RowBuffer[] = [];
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #jumps: ClockJumps;
  /** Aborted to open the stream anew. */
  #renewal = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #verified: ChainPoint = { height: 0, hash: new Uint8Array(32), time: 0 };
  #committedHeight = 0;
  #targetHeight: number | null = null;
  #announcedHeight = 0;
  #isCaughtUp = false;
  #disconnectedSinceMs: number | null = performance.now();
  #lastEnd = '';
  #lastBlockMs = performance.now();
  #freshBlockAgeMs: number | null = null;
  #orderingTime: FollowedState['orderingTime'] = null;
  #obstacle: Obstacle | null = null;

  constructor(options: FollowedOrderingOptions) {
    this.#options = options;
    this.#forwarder = new Forwarder({
      open: () => options.connection.forward(),
      refusals: options.refusals,
      height: () => this.#committedHeight,
      isHeld: () => this.#obstacle !== null,
    });
    this.#jumps = ClockJumps.ofThisMachine((byMs) => this.#clockJumped(byMs));
  }

  /** Whether blocks are being received. */
  get isConnected(): boolean {
    return this.#disconnectedSinceMs === null;
  }

  /** Whether everything has been received that existed when this node came. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  /** How it stands. */
  get state(): FollowedState {
    return {
      disconnectedSinceMs: this.#disconnectedSinceMs,
      lastEnd: this.#lastEnd,
      isCaughtUp: this.#isCaughtUp,
      lastBlockMs: this.#lastBlockMs,
      knownHeight: Math.max(this.#announcedHeight, this.#verified.height),
      freshBlockAgeMs: this.#freshBlockAgeMs,
      orderingTime: this.#orderingTime,
      obstacle: this.#obstacle,
    };
  }

  start(head: ChainHead): void {
    this.#verified = { height: head.height, hash: head.blockHash, time: head.time };
    this.#committedHeight = head.height;
    this.#options.verifier.startAt(head.time);
    const { signal } = this.#stopping;
    this.#running = Promise.all([keepTrying(() => this.#follow(), signal), this.#forwarder.run(signal)]);
  }

  offer(rows: Buffer, start: number, _end: number): boolean {
    return !this.#stopping.signal.aborted && this.#forwarder.offer(rows, start);
  }

  async stop(): Promise<void> {
    this.#jumps.stop();
    this.#stopping.abort();
    // A verification that a broken worker never answers must not hold up the stop.
    await Promise.race([this.#running, delay(STOP_MS)]);
    await Promise.allSettled(this.#inFlight);
    this.#options.connection.close();
  }

  // One stream of blocks, from the next height to its end; whether it brought anything.
  async #follow(): Promise<boolean> {
    const before = this.#verified.height;
    this.#renewal = new AbortController();
    const end = await readBlocks(
      (request) => this.#options.connection.blocks(request),
      before + 1,
      { begun: (height, timeMs) => this.#begun(height, timeMs), receive: (bytes) => this.#receive(bytes) },
      AbortSignal.any([this.#stopping.signal, this.#renewal.signal]),
    );
    const wasConnected = this.isConnected;
    this.#disconnectedSinceMs ??= performance.now();
    await this.#ended(end, wasConnected);
    return this.#verified.height > before;
  }

  // Both ends tell their clocks when a stream begins.
  #clockJumped(byMs: number): void {
    this.#options.log.debug({ byMs: Math.round(byMs) }, 'following anew, to exchange the time');
    this.#orderingTime = null;
    this.#renewal.abort();
  }

  #begun(height: number, timeMs: number | null): void {
    this.#orderingTime = timeMs === null ? null : { timeMs, atMs: performance.now() };
    this.#disconnectedSinceMs = null;
    this.#targetHeight ??= height;
    this.#announcedHeight = height;
    if (this.#obstacle?.fault.code === 'ordering_rewound') this.#passObstacle();
    this.#options.log.info({ height, next: this.#verified.height + 1 }, 'following the ordering node');
    this.#checkCaughtUp();
  }

  async #receive(bytes: Uint8Array): Promise<void> {
    const arrivedMs = performance.now();
    const isAwaited = this.#inFlight.size === 0 && this.#verified.height >= this.#announcedHeight;
    const rows = this.#free.pop() ?? new RowBuffer();
    let block: SealedBlock;
    try {
      block = await this.#verifyInTime(bytes, rows);
    } catch (error) {
      rows.reset();
      this.#free.push(rows);
      throw error;
    }
    if (this.#stopping.signal.aborted) return;
    this.#lastBlockMs = arrivedMs;
    if (isAwaited) this.#freshBlockAgeMs = Date.now() - block.time - (performance.now() - arrivedMs);
    this.#verified = { height: block.height, hash: block.hash, time: block.time };
    if (this.#obstacle !== null) this.#passObstacle();
    this.#forwarder.seen(rows);
    const committed = this.#options.sink.commit(block).then(
      () => this.#committed(block),
      (error: unknown) => this.#fail(error),
    );
    this.#inFlight.add(committed);
    void committed.finally(() => this.#inFlight.delete(committed));
    while (this.#inFlight.size >= BLOCKS_AHEAD_MAX) await Promise.race(this.#inFlight);
  }

  // A node whose clock is a little behind waits a little for every block, and loses no connection for it.
  async #verifyInTime(bytes: Uint8Array, rows: RowBuffer): Promise<SealedBlock> {
    const { signal } = this.#stopping;
    for (let waitedMs = 0; ; waitedMs += AHEAD_LOOK_MS) {
      try {
        return await this.#options.verifier.verify(bytes, this.#verified, rows);
      } catch (error) {
        if (!isAhead(error) || waitedMs >= AHEAD_KEPT_MS || signal.aborted) throw error;
        if (waitedMs === 0) this.#meetObstacle(error);
        await pause(AHEAD_LOOK_MS, signal);
      }
    }
  }

  #committed(block: SealedBlock): void {
    this.#committedHeight = block.height;
    block.rows.reset();
    this.#free.push(block.rows);
    this.#checkCaughtUp();
  }

  #checkCaughtUp(): void {
    if (this.#isCaughtUp || this.#targetHeight === null || this.#committedHeight < this.#targetHeight) return;
    this.#isCaughtUp = true;
    this.#options.onCaughtUp();
  }

  async #ended(end: StreamEnd, wasConnected: boolean): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    if (end.kind === 'failed') {
      const { error } = end;
      if (!isObstacle(error)) return this.#fail(error);
      this.#lastEnd = error.message;
      return this.#waitBefore(error);
    }
    this.#lastEnd = end.reason;
    if (end.kind === 'behind') return this.#waitBefore(rewound(this.#verified.height, end.reason));
    const { log } = this.#options;
    const facts = { reason: end.reason };
    // Reported once; the attempts that follow are no news.
    if (wasConnected) log.warn(facts, 'the connection to the ordering node is lost; trying again');
    else log.debug(facts, 'the ordering node cannot be reached; trying again');
  }

  // Half of the wait is certain, so that what is in the way is not asked for in a hurry.
  async #waitBefore(fault: Fault): Promise<void> {
    this.#meetObstacle(fault);
    const count = this.#obstacle?.count ?? 1;
    const ceilingMs = isAhead(fault)
      ? AHEAD_KEPT_MS
      : Math.min(OBSTACLE_RETRY_MS_MAX, OBSTACLE_RETRY_MS_MIN * 2 ** Math.min(count, 16));
    await pause(ceilingMs * (0.5 + Math.random() / 2), this.#stopping.signal);
  }

  #meetObstacle(fault: Fault): void {
    const before = this.#obstacle;
    const isKnown =
      before?.fault.code === fault.code && before.fault.facts['reason'] === fault.facts['reason'];
    this.#obstacle = {
      fault,
      sinceMs: isKnown ? before.sinceMs : performance.now(),
      count: isKnown ? before.count + 1 : 1,
    };
    if (!isKnown) this.#options.onObstacle(fault);
  }

  #passObstacle(): void {
    this.#obstacle = null;
    this.#forwarder.goOn();
  }

  #fail(error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#options.onFault(faultOf(error));
  }
}

/** What may be put right at the other end, or by time. */
function isObstacle(error: unknown): error is Fault {
  return error instanceof Fault && (error.code === 'block_invalid' || isAhead(error));
}

function isAhead(error: unknown): error is Fault {
  return error instanceof Fault && error.code === 'block_time_ahead';
}

function rewound(height: number, reason: string): Fault {
  return new Fault(
    'ordering_rewound',
    `The ordering node does not know block ${height}, which this node holds: ${reason}.`,
    {
      facts: { height },
      hint: 'The ordering node has lost blocks. Restore its database from a member that has them, then start it again.',
    },
  );
}

function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  return new Fault('following_failed', 'A received block could not be worked through.', {
    hint: 'Look at the cause in the log and restart the node; it goes on after its last committed block.',
    cause: error,
  });
}
