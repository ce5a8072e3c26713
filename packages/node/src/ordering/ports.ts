/**
 * The ordering port: whatever puts transactions into one sequence for all nodes.
 *
 * An ordering takes rows that admission has checked, decides their order together with its fellows,
 * and hands finished blocks to a {@link BlockSink}, one height after the other. What every
 * implementation guarantees is tested by one conformance suite: the same sequence for all, nothing
 * acknowledged is lost, resume at any height, a foreign or rewound log is noticed, bounded memory,
 * clean stop and start.
 */

import type { BlockOutcome, ChainHead, SealedBlock } from '../chain/sealed-block.ts';

/** Which engine orders. */
export type OrderingKind = 'solo' | 'etcd' | 'cometbft';

/** Something that orders transactions. */
export interface Ordering {
  readonly kind: OrderingKind;

  /** Begins after `head`, the last block that this node's database holds. Called once. */
  start(head: ChainHead): Promise<void> | void;

  /**
   * Takes the transaction whose row is `rows[start, end)`; the bytes are copied. False when it
   * cannot be taken now: the ordering is full, has stopped, or has failed.
   */
  offer(rows: Buffer, start: number, end: number): boolean;

  /**
   * Takes nothing more, hands over what was taken, and resolves when all blocks on the way are
   * committed or the ordering has failed.
   */
  stop(): Promise<void>;
}

/** A clock of another member's node and how far it is ahead of this node's, in milliseconds; negative for behind. */
export interface KnownClock {
  readonly member: string;
  readonly aheadMs: number;
}

/** Where blocks go: execution, and everything that follows a commit. */
export interface BlockSink {
  /**
   * Executes and stores the block; resolves when it is durable. May be called for the next height
   * before the previous one resolved; outcomes come in order. `block.rows` belong to the sink until
   * it resolves and are used for another block afterwards.
   *
   * A rejection is a `Fault`: the block is not committed, nor is any later one.
   */
  commit(block: SealedBlock): Promise<BlockOutcome>;
}

/** Takes the refusals of transactions that were offered and will be in no block. */
export interface RefusalSink {
  /** `id` are 32 bytes, valid during the call; `code` is a refusal code of the protocol. */
  refuse(id: Buffer, code: string): void;
}
