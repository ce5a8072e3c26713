/**
 * Solo ordering: one node, named in the genesis, decides the order alone. A block is ordered when
 * its Postgres transaction commits, so the log and the state cannot differ.
 *
 * Group commit without a fixed delay. A block costs about 400 µs and each transaction about 20 µs
 * more, so blocks should be large under load and may be small otherwise:
 * - when the executor is free, the open block is cut at once: a lone transaction is a block;
 * - unless more transactions are just being verified than the block holds: then it waits for them,
 *   at most `blockWaitMs`. So at a small load one half executes while the other half is verified;
 * - a block has no more transactions than the last ones let expect to take `blockMsWanted`;
 * - from `blockWaitTransactions` on a block waits for nobody: it is sent behind the running one, so
 *   that Postgres need not wait for this process between two blocks.
 */

import { blockBytesMax, blockHash, blockTransactionsMax, encodeBlockHeader } from '@bucordo/protocol';
import { RowBuffer } from '../../chain/row-buffer.ts';
import type { ChainHead, SealedBlock } from '../../chain/sealed-block.ts';
import { sha256 } from '../../chain/sha256.ts';
import { transactionRoot } from '../../chain/transaction-root.ts';
import { ROW_ID_AT, rowValidUntil } from '../../chain/transaction-row.ts';
import { Fault } from '../../fault.ts';
import type { NodeKey } from '../../identity/ports.ts';
import { blocksInFlightMax, blocksWaitingMax, blockWaitMs, blockWaitTransactions } from '../../limits.ts';
import type { BlockSink, Ordering, RefusalSink } from '../ports.ts';
import { BlockPace } from './block-pace.ts';

/** What solo ordering needs. */
export interface SoloOrderingOptions {
  /** The network's id, 32 bytes. */
  readonly network: Uint8Array;
  readonly signer: NodeKey;
  readonly sink: BlockSink;
  readonly refusals: RefusalSink;
  /** Milliseconds since the epoch. May stand still or go back; block time does not. */
  readonly now: () => number;
  /** Transactions received and not yet verified. */
  readonly unverifiedCount: () => number;
  /** Called once, when a block could not be committed. Nothing is taken from then on. */
  readonly onFault: (fault: Fault) => void;
}

/** The ordering of a network with one operator. */
export class SoloOrdering implements Ordering {
  readonly kind = 'solo' as const;
  readonly #options: SoloOrderingOptions;
  readonly #evidenceHash: Buffer;
  readonly #waiting: RowBuffer[] = [];
  readonly #free: RowBuffer[] = [];
  readonly #pace: BlockPace = new BlockPace();
  #committedMs = 0;
  #open: RowBuffer = new RowBuffer();
  #openSince = 0;
  #state: 'new' | 'running' | 'stopping' | 'failed' = 'new';
  #inFlight = 0;
  #height = 0;
  #time = 0;
  #hash: Uint8Array = new Uint8Array(32);
  #cutPlanned = false;
  #waitTimer: NodeJS.Timeout | null = null;
  #onIdle: (() => void) | null = null;

  constructor(options: SoloOrderingOptions) {
    this.#options = options;
    this.#evidenceHash = sha256(options.signer.publicKey);
  }

  start(head: ChainHead): void {
    this.#height = head.height;
    this.#time = head.time;
    this.#hash = head.blockHash;
    this.#state = 'running';
  }

  offer(rows: Buffer, start: number, end: number): boolean {
    if (this.#state !== 'running') return false;
    const open = this.#open;
    if (
      open.count === blockTransactionsMax ||
      (open.count > 0 && open.rowBytes + end - start > blockBytesMax)
    ) {
      if (this.#waiting.length >= blocksWaitingMax) return false;
      this.#waiting.push(open);
      this.#open = this.#free.pop() ?? new RowBuffer();
    }
    if (this.#open.count === 0) this.#openSince = performance.now();
    this.#open.append(rows, start, end);
    this.#planCut();
    return true;
  }

  async stop(): Promise<void> {
    if (this.#state === 'running') this.#state = 'stopping';
    this.#cut();
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  // Rows come in batches, so the cut is decided when the batch that is being offered has ended.
  #planCut(): void {
    if (this.#cutPlanned) return;
    this.#cutPlanned = true;
    queueMicrotask(() => {
      this.#cutPlanned = false;
      this.#cut();
    });
  }

  #cut(): void {
    this.#stopWaiting();
    while (this.#state !== 'failed' && this.#inFlight < blocksInFlightMax) {
      const rows = this.#waiting.shift() ?? this.#takeOpen();
      if (rows === null) break;
      this.#commit(this.#firstOf(rows));
    }
    if (this.#isIdle()) this.#onIdle?.();
  }

  // As many of the transactions as the next block should have; the others wait for the one after.
  #firstOf(rows: RowBuffer): RowBuffer {
    const count = this.#pace.countMax;
    if (rows.count <= count) return rows;
    this.#waiting.unshift(copyOf(rows, { from: count, to: rows.count }));
    const first = copyOf(rows, { from: 0, to: count });
    this.#recycle(rows);
    return first;
  }

  #takeOpen(): RowBuffer | null {
    const open = this.#open;
    if (open.count === 0) return null;
    if (this.#state !== 'stopping') {
      if (this.#inFlight > 0 && open.count < blockWaitTransactions) return null;
      const patienceMs = this.#patienceMs();
      if (patienceMs > 0) {
        this.#waitTimer = setTimeout(() => this.#cut(), patienceMs);
        return null;
      }
    }
    this.#open = this.#free.pop() ?? new RowBuffer();
    return open;
  }

  // How much longer the open block should wait for what is being verified.
  #patienceMs(): number {
    if (this.#open.count >= blockWaitTransactions) return 0;
    if (this.#options.unverifiedCount() <= this.#open.count) return 0;
    return this.#openSince + blockWaitMs - performance.now();
  }

  #stopWaiting(): void {
    if (this.#waitTimer === null) return;
    clearTimeout(this.#waitTimer);
    this.#waitTimer = null;
  }

  #commit(offered: RowBuffer): void {
    const height = this.#height + 1;
    const rows = this.#withoutExpired(offered, height);
    if (rows.count === 0) {
      this.#recycle(rows);
      return;
    }
    const block = this.#seal(rows, height);
    const sinceMs = performance.now();
    this.#inFlight += 1;
    this.#options.sink.commit(block).then(
      () => this.#committed(block, sinceMs),
      (cause: unknown) => this.#fail(block, cause),
    );
  }

  #seal(rows: RowBuffer, height: number): SealedBlock {
    const { network, signer, now } = this.#options;
    const time = Math.max(now(), this.#time + 1);
    const previousHash = this.#hash;
    rows.setPositions(height);
    const header = encodeBlockHeader({
      network,
      height,
      time,
      previousHash,
      transactionsRoot: transactionRoot(rows),
      transactionCount: rows.count,
      ordering: 'solo',
      evidenceHash: this.#evidenceHash,
    });
    const sealedHash = blockHash(header, sha256);
    this.#height = height;
    this.#time = time;
    this.#hash = sealedHash;
    return {
      height,
      time,
      header,
      hash: sealedHash,
      previousHash,
      evidence: signer.publicKey,
      signature: signer.sign(sealedHash),
      rows,
    };
  }

  // Between admission and sealing the height rises, so a transaction may expire in between.
  #withoutExpired(offered: RowBuffer, height: number): RowBuffer {
    let rows = offered;
    for (let index = 0; index < offered.count; index++) {
      const at = offered.rowAt[index] ?? 0;
      const expired = rowValidUntil(offered.bytes, at) < height;
      if (expired) {
        if (rows === offered) rows = copyOf(offered, { from: 0, to: index });
        this.#options.refusals.refuse(offered.bytes.subarray(at + ROW_ID_AT, at + ROW_ID_AT + 32), 'expired');
      } else if (rows !== offered) {
        rows.append(offered.bytes, at, at + (offered.rowLength[index] ?? 0));
      }
    }
    if (rows !== offered) this.#recycle(offered);
    return rows;
  }

  #committed(block: SealedBlock, sinceMs: number): void {
    const nowMs = performance.now();
    // Behind another block it has waited before it was executed.
    this.#pace.note(block.rows.count, nowMs - Math.max(sinceMs, this.#committedMs));
    this.#committedMs = nowMs;
    this.#inFlight -= 1;
    this.#recycle(block.rows);
    this.#cut();
  }

  #fail(block: SealedBlock, cause: unknown): void {
    this.#inFlight -= 1;
    if (this.#state !== 'failed') {
      this.#state = 'failed';
      this.#options.onFault(faultOf(block, cause));
    }
    if (this.#isIdle()) this.#onIdle?.();
  }

  #recycle(rows: RowBuffer): void {
    rows.reset();
    if (this.#free.length <= blocksInFlightMax) this.#free.push(rows);
  }

  #isIdle(): boolean {
    if (this.#inFlight > 0) return false;
    return this.#state === 'failed' || (this.#waiting.length === 0 && this.#open.count === 0);
  }
}

function copyOf(source: RowBuffer, { from, to }: { from: number; to: number }): RowBuffer {
  const copy = new RowBuffer(source.rowBytes, source.count);
  for (let index = from; index < to; index++) {
    const at = source.rowAt[index] ?? 0;
    copy.append(source.bytes, at, at + (source.rowLength[index] ?? 0));
  }
  return copy;
}

function faultOf(block: SealedBlock, cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  return new Fault('block_not_committed', `block ${block.height} was not committed`, {
    facts: { height: block.height },
    hint: 'The chain in the database is whole up to the block before; restart the node.',
    cause,
  });
}
