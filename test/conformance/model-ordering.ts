/**
 * An ordering in memory: one log shared by the orderings of several nodes, as an outside engine
 * would be. The second implementation of the port, so that the conformance suite is about the port
 * and not about solo ordering.
 */

import { blockHash, encodeBlockHeader } from '@bucordo/protocol';
import { RowBuffer } from '../../packages/node/src/chain/row-buffer.ts';
import type { ChainHead, SealedBlock } from '../../packages/node/src/chain/sealed-block.ts';
import { sha256 } from '../../packages/node/src/chain/sha256.ts';
import { transactionRoot } from '../../packages/node/src/chain/transaction-root.ts';
import { ROW_ID_AT, rowValidUntil } from '../../packages/node/src/chain/transaction-row.ts';
import { Fault } from '../../packages/node/src/fault.ts';
import type { Ordering } from '../../packages/node/src/ordering/ports.ts';
import type { OrderingParts } from './conformance-node.ts';

const BLOCK_TRANSACTIONS = 100;
const UNDELIVERED_MAX = 5_000;

interface Entry {
  readonly id: string;
  readonly row: Buffer;
  readonly refuse: (code: string) => void;
}

/** The engine: what it has put in order stays so. */
export class ModelLog {
  readonly #network: Uint8Array;
  readonly #blocks: SealedBlock[] = [];
  readonly #ordered: Set<string> = new Set();
  readonly #listeners: Set<() => void> = new Set();
  #waiting: Entry[] = [];

  constructor(network: Uint8Array) {
    this.#network = network;
  }

  /** The block at `height`, from 1, when there is one. */
  blockAt(height: number): SealedBlock | undefined {
    return this.#blocks[height - 1];
  }

  /** The hash of the block at `height`; the network's id at 0. */
  hashAt(height: number): Uint8Array | undefined {
    return height === 0 ? this.#network : this.blockAt(height)?.hash;
  }

  /** Puts a row behind those that came before, of whichever node. */
  append(entry: Entry): void {
    this.#waiting.push(entry);
    if (this.#waiting.length === 1) setImmediate(() => this.#seal());
  }

  /** Calls `listener` when there are new blocks; returns the function that ends that. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #seal(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let i = 0; i < waiting.length; i += BLOCK_TRANSACTIONS) {
      this.#sealBlock(waiting.slice(i, i + BLOCK_TRANSACTIONS));
    }
    for (const listener of this.#listeners) listener();
  }

  #sealBlock(entries: readonly Entry[]): void {
    const height = this.#blocks.length + 1;
    const rows = new RowBuffer();
    for (const { id, row, refuse } of entries) {
      if (this.#ordered.has(id)) continue;
      if (rowValidUntil(row, 0) < height) {
        refuse('expired');
        continue;
      }
      this.#ordered.add(id);
      rows.append(row, 0, row.length);
    }
    if (rows.count === 0) return;
    rows.setPositions(height);
    const time = Math.max(Date.now(), (this.#blocks.at(-1)?.time ?? 0) + 1);
    const previousHash = this.hashAt(height - 1) ?? this.#network;
    const evidence = Buffer.from(`model ${height}`);
    const header = encodeBlockHeader({
      network: this.#network,
      height,
      time,
      previousHash,
      transactionsRoot: transactionRoot(rows),
      transactionCount: rows.count,
      ordering: 'etcd',
      evidenceHash: sha256(evidence),
    });
    const hash = blockHash(header, sha256);
    this.#blocks.push({
      height,
      time,
      header,
      hash,
      previousHash,
      evidence,
      signature: new Uint8Array(0),
      rows,
    });
  }
}

/** One node's access to the log. */
export class ModelOrdering implements Ordering {
  readonly kind = 'etcd' as const;
  readonly #log: ModelLog;
  readonly #parts: OrderingParts;
  readonly #undelivered: Set<string> = new Set();
  #height = 0;
  #state: 'new' | 'running' | 'stopped' | 'failed' = 'new';
  #stopListening: () => void = () => undefined;
  #delivering: Promise<void> | null = null;

  constructor(log: ModelLog, parts: OrderingParts) {
    this.#log = log;
    this.#parts = parts;
  }

  start(head: ChainHead): void {
    const hash = this.#log.hashAt(head.height);
    if (hash === undefined || Buffer.compare(hash, head.blockHash) !== 0) {
      this.#fail(new Fault('ordering_rewound', `the log has another block at height ${head.height}`));
      return;
    }
    this.#height = head.height;
    this.#state = 'running';
    this.#stopListening = this.#log.listen(() => this.#deliver());
    this.#deliver();
  }

  offer(rows: Buffer, start: number, end: number): boolean {
    if (this.#state !== 'running' || this.#undelivered.size >= UNDELIVERED_MAX) return false;
    const row = Buffer.from(rows.subarray(start, end));
    const idBytes = row.subarray(ROW_ID_AT, ROW_ID_AT + 32);
    const id = idBytes.toString('hex');
    this.#undelivered.add(id);
    const refuse = (code: string): void => {
      this.#undelivered.delete(id);
      this.#parts.refusals.refuse(idBytes, code);
    };
    this.#log.append({ id, row, refuse });
    return true;
  }

  async stop(): Promise<void> {
    if (this.#state === 'running') this.#state = 'stopped';
    this.#stopListening();
    await this.#delivering;
  }

  #deliver(): void {
    this.#delivering ??= this.#deliverAll().finally(() => {
      this.#delivering = null;
    });
  }

  async #deliverAll(): Promise<void> {
    for (let block = this.#next(); block !== undefined; block = this.#next()) {
      try {
        await this.#parts.sink.commit(block);
      } catch (cause) {
        this.#fail(
          cause instanceof Fault ? cause : new Fault('block_not_committed', 'not committed', { cause }),
        );
        return;
      }
      this.#height = block.height;
      const { rows } = block;
      for (let i = 0; i < rows.count; i++) {
        const at = (rows.rowAt[i] ?? 0) + ROW_ID_AT;
        this.#undelivered.delete(rows.bytes.toString('hex', at, at + 32));
      }
    }
  }

  #next(): SealedBlock | undefined {
    return this.#state === 'running' ? this.#log.blockAt(this.#height + 1) : undefined;
  }

  #fail(fault: Fault): void {
    this.#state = 'failed';
    this.#stopListening();
    this.#parts.onFault(fault);
  }
}
