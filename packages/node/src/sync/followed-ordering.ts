/**
 * The ordering as a node sees it that does not order itself: it forwards transactions to the
 * ordering node and follows that node's blocks, verifying every one of them.
 *
 * Block n + 1 is verified while block n executes; at most {@link BLOCKS_AHEAD_MAX} are handed on
 * before the first of them is committed. After a broken connection the stream resumes at the height
 * after the last block handed on. A block that is not the next one of this chain ends the following
 * for good: nothing of it is executed, the fault is told, reads go on.
 */

import { setTimeout as delay } from 'node:timers/promises';

import { Fault } from '../chain/fault.ts';
import type { Log } from '../chain/log.ts';
import { RowBuffer } from '../chain/row-buffer.ts';
import type { BlockOutcome, ChainHead, SealedBlock } from '../chain/sealed-block.ts';
import { readBlocks, type StreamEnd } from './block-stream.ts';
import type { BlockVerifier, ChainPoint } from './block-verifier.ts';
import { Forwarder, type ForwardRefusals } from './forwarder.ts';
import type { PeerConnection } from './peer-connection.ts';
import { keepTrying } from './retry.ts';

/** Verified blocks that may be at the executor at once. */
export const BLOCKS_AHEAD_MAX = 3;
/** How long a stop waits for a block that is just being verified, in milliseconds. */
const STOP_MS = 2_000;

/** Where verified blocks go. */
export interface VerifiedBlockSink {
  /** Executes the block; outcomes come in order. `block.rows` belong to the sink until it resolves. */
  commit(block: SealedBlock): Promise<BlockOutcome>;
}

/** What following needs. */
export interface FollowedOrderingOptions {
  /** The connection to the ordering node; this ordering closes it. */
  readonly connection: PeerConnection;
  readonly verifier: BlockVerifier;
  readonly sink: VerifiedBlockSink;
  readonly refusals: ForwardRefusals;
  readonly log: Log;
  /** Told once, when the following has ended for good. */
  readonly onFault: (fault: Fault) => void;
  /** Told once, when the height that the ordering node named at the beginning is committed here. */
  readonly onCaughtUp: () => void;
}

/** Forwards and follows. */
export class FollowedOrdering {
  readonly kind = 'solo' as const;
  readonly #options: FollowedOrderingOptions;
  readonly #forwarder: Forwarder;
  readonly #stopping = new AbortController();
  readonly #free: RowBuffer[] = [];
  readonly #inFlight = new Set<Promise<unknown>>();
  #running: Promise<unknown> = Promise.resolve();
  #verified: ChainPoint = { height: 0, hash: new Uint8Array(32), time: 0 };
  #committedHeight = 0;
  #targetHeight: number | null = null;
  #isCaughtUp = false;
  #isConnected = false;

  constructor(options: FollowedOrderingOptions) {
    this.#options = options;
    this.#forwarder = new Forwarder({
      open: () => options.connection.forward(),
      refusals: options.refusals,
      height: () => this.#committedHeight,
    });
  }

  /** Whether blocks are being received. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Whether everything has been received that existed when this node came. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  start(head: ChainHead): void {
    this.#verified = { height: head.height, hash: head.blockHash, time: head.time };
    this.#committedHeight = head.height;
    const { signal } = this.#stopping;
    this.#running = Promise.all([keepTrying(() => this.#follow(), signal), this.#forwarder.run(signal)]);
  }

  offer(rows: Buffer, start: number, _end: number): boolean {
    return !this.#stopping.signal.aborted && this.#forwarder.offer(rows, start);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    // A verification that a broken worker never answers must not hold up the stop.
    await Promise.race([this.#running, delay(STOP_MS)]);
    await Promise.allSettled(this.#inFlight);
    this.#options.connection.close();
  }

  // One stream of blocks, from the next height to its end; whether it brought anything.
  async #follow(): Promise<boolean> {
    const before = this.#verified.height;
    const end = await readBlocks(
      (request) => this.#options.connection.blocks(request),
      before + 1,
      { begun: (height) => this.#begun(height), receive: (bytes) => this.#receive(bytes) },
      this.#stopping.signal,
    );
    const wasConnected = this.#isConnected;
    this.#isConnected = false;
    this.#ended(end, wasConnected);
    return this.#verified.height > before;
  }

  #begun(height: number): void {
    this.#isConnected = true;
    this.#targetHeight ??= height;
    this.#options.log.info({ height, next: this.#verified.height + 1 }, 'following the ordering node');
    this.#checkCaughtUp();
  }

  async #receive(bytes: Uint8Array): Promise<void> {
    const rows = this.#free.pop() ?? new RowBuffer();
    const block = await this.#options.verifier.verify(bytes, this.#verified, rows);
    if (this.#stopping.signal.aborted) return;
    this.#verified = { height: block.height, hash: block.hash, time: block.time };
    this.#forwarder.seen(rows);
    const committed = this.#options.sink.commit(block).then(
      () => this.#committed(block),
      (error: unknown) => this.#fail(error),
    );
    this.#inFlight.add(committed);
    void committed.finally(() => this.#inFlight.delete(committed));
    while (this.#inFlight.size >= BLOCKS_AHEAD_MAX) await Promise.race(this.#inFlight);
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

  #ended(end: StreamEnd, wasConnected: boolean): void {
    if (this.#stopping.signal.aborted) return;
    if (end.kind === 'failed') {
      this.#fail(end.error);
      return;
    }
    if (end.kind === 'behind') {
      this.#fail(rewound(this.#verified.height, end.reason));
      return;
    }
    const { log } = this.#options;
    const facts = { reason: end.reason };
    // Told once; the attempts that follow are no news.
    if (wasConnected) log.warn(facts, 'the connection to the ordering node is lost; trying again');
    else log.debug(facts, 'the ordering node cannot be reached; trying again');
  }

  #fail(error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#options.onFault(faultOf(error));
  }
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
