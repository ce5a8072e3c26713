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
import {
  DecodeError,
  decodeForwardReply,
  encodeEnvelope,
  encodeSignedTransaction,
  type ForwardReply,
} from '@bucordo/protocol';
import type { ClientDuplexStream } from '@grpc/grpc-js';

import { Fault } from '../chain/fault.ts';
import type { Log } from '../chain/log.ts';
import { RowBuffer } from '../chain/row-buffer.ts';
import type { BlockOutcome, ChainHead, SealedBlock } from '../chain/sealed-block.ts';
import {
  ROW_ID_AT,
  ROW_PAYLOAD_AT,
  rowPayloadLength,
  rowSignatureAt,
  rowValidUntil,
} from '../chain/transaction-row.ts';
import { readBlocks, type StreamEnd } from './block-stream.ts';
import type { BlockVerifier, ChainPoint } from './block-verifier.ts';
import type { PeerConnection } from './peer-connection.ts';
import { PendingTransactions } from './pending-transactions.ts';
import { keepTrying } from './retry.ts';

/** Verified blocks that may be at the executor at once. */
export const BLOCKS_AHEAD_MAX = 3;
/** Wait before a transaction that the ordering node was too busy for is sent again, in milliseconds. */
export const OVERLOADED_AGAIN_MS = 200;

/** Between two looks at what was forwarded and not seen in a block, in milliseconds. */
const SWEEP_MS = 1_000;
/** How long a stop waits for a block that is just being verified, in milliseconds. */
const STOP_MS = 2_000;

/** Where verified blocks go. */
export interface VerifiedBlockSink {
  /** Executes the block; outcomes come in order. `block.rows` belong to the sink until it resolves. */
  commit(block: SealedBlock): Promise<BlockOutcome>;
}

/** Who hears that a transaction that was offered will be in no block. */
export interface ForwardRefusals {
  refuse(id: Buffer, code: string): void;
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
  readonly #pending = new PendingTransactions();
  readonly #stopping = new AbortController();
  readonly #free: RowBuffer[] = [];
  readonly #inFlight = new Set<Promise<unknown>>();
  #running: Promise<unknown> = Promise.resolve();
  #verified: ChainPoint = { height: 0, hash: new Uint8Array(32), time: 0 };
  #committedHeight = 0;
  #targetHeight: number | null = null;
  #isCaughtUp = false;
  #isConnected = false;
  #outlet: ClientDuplexStream<Uint8Array, Uint8Array> | null = null;
  #isOutletReady = false;
  #flushPlanned = false;
  #sweep: NodeJS.Timeout | null = null;

  constructor(options: FollowedOrderingOptions) {
    this.#options = options;
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
    this.#sweep = setInterval(() => this.#sweepPending(), SWEEP_MS);
    this.#sweep.unref();
    this.#running = Promise.all([
      keepTrying(() => this.#follow(), signal),
      keepTrying(() => this.#forward(), signal),
    ]);
  }

  offer(rows: Buffer, start: number, _end: number): boolean {
    if (this.#stopping.signal.aborted) return false;
    const payloadAt = start + ROW_PAYLOAD_AT;
    const payload = rows.subarray(payloadAt, payloadAt + rowPayloadLength(rows, start));
    const signatureAt = rowSignatureAt(rows, start);
    const signed = encodeSignedTransaction({
      payload,
      signature: rows.subarray(signatureAt, signatureAt + 64),
    });
    const taken = this.#pending.add(idAt(rows, start), signed, rowValidUntil(rows, start));
    if (taken) this.#planFlush();
    return taken;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#sweep !== null) clearInterval(this.#sweep);
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
    for (let index = 0; index < rows.count; index++)
      this.#pending.remove(idAt(rows.bytes, rows.rowAt[index] ?? 0));
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

  // One connection for envelopes, from opening to its end; whether anything came back over it.
  #forward(): Promise<boolean> {
    const outlet = this.#options.connection.forward();
    this.#outlet = outlet;
    this.#isOutletReady = true;
    this.#pending.sendAgain();
    this.#planFlush();
    const cancel = (): void => outlet.cancel();
    this.#stopping.signal.addEventListener('abort', cancel, { once: true });
    return new Promise((resolve) => {
      let achieved = false;
      const end = (): void => {
        this.#stopping.signal.removeEventListener('abort', cancel);
        if (this.#outlet === outlet) this.#outlet = null;
        resolve(achieved);
      };
      outlet.on('metadata', () => {
        achieved = true;
      });
      outlet.on('data', (bytes: Uint8Array) => {
        if (!this.#refused(bytes)) outlet.cancel();
      });
      outlet.on('drain', () => {
        this.#isOutletReady = true;
        this.#planFlush();
      });
      outlet.on('error', end);
      outlet.on('end', end);
    });
  }

  // False when the bytes are no reply.
  #refused(bytes: Uint8Array): boolean {
    const reply = decodedReply(bytes);
    for (const { id, code } of reply?.refusals ?? []) {
      const refused = Buffer.from(id);
      const key = refused.toString('latin1');
      // A duplicate is under way or in a block already: it will be seen there.
      if (code === 'duplicate') continue;
      if (code === 'overloaded' || code === 'stopping') {
        setTimeout(() => this.#again(key), OVERLOADED_AGAIN_MS).unref();
      } else if (this.#pending.remove(key)) {
        this.#options.refusals.refuse(refused, code);
      }
    }
    return reply !== null;
  }

  // Gives up what has expired and sends once more what has not been heard of for long.
  #sweepPending(): void {
    for (const id of this.#pending.expire(this.#committedHeight)) {
      this.#options.refusals.refuse(Buffer.from(id, 'latin1'), 'expired');
    }
    this.#pending.sendLateAgain(performance.now());
    this.#planFlush();
  }

  #again(id: string): void {
    this.#pending.sendOneAgain(id);
    this.#planFlush();
  }

  // What is offered in one go leaves in one envelope.
  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    queueMicrotask(() => {
      this.#flushPlanned = false;
      while (this.#outlet !== null && this.#isOutletReady && this.#pending.hasUnsent) {
        this.#isOutletReady = this.#outlet.write(
          encodeEnvelope(this.#pending.takeEnvelope(performance.now())),
        );
      }
    });
  }
}

function decodedReply(bytes: Uint8Array): ForwardReply | null {
  try {
    return decodeForwardReply(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

function idAt(rows: Buffer, at: number): string {
  return rows.toString('latin1', at + ROW_ID_AT, at + ROW_ID_AT + 32);
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
