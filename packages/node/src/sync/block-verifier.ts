/**
 * Decides whether a received block is the next block of the chain. Nothing of it is believed:
 * header, network, height, previous hash, time, ordering node, evidence, signature, sizes, number
 * and root of the transactions, doubles, and every transaction by the same code that admits one.
 *
 * A block that fails is not the ordering's: {@link Fault} `block_invalid`, whose facts name the
 * height that was expected and the reason, one of {@link BlockFlaw}. It must not be executed.
 *
 * A block that is dated far ahead of this node's clock may be right all the same, for this clock may
 * be the wrong one: {@link Fault} `block_time_ahead`. It must not be executed yet. What a block does
 * never depends on the clock of a node; only when does.
 */

import { hash } from 'node:crypto';
import {
  type Block,
  type BlockHeader,
  blockHash,
  DecodeError,
  decodeBlock,
  decodeBlockHeader,
  isBlockTimePossible,
  type SignedHeader,
} from '@bucordo/protocol';
import type { RowBuffer } from '../chain/row-buffer.ts';
import type { SealedBlock } from '../chain/sealed-block.ts';
import { transactionRoot } from '../chain/transaction-root.ts';
import { ROW_ID_AT } from '../chain/transaction-row.ts';
import { verifySignature } from '../chain/verify-signature.ts';
import { Fault, type FaultFacts } from '../fault.ts';
import type { TransactionsVerifier } from './ports.ts';

/** Why a block is refused. */
export type BlockFlaw =
  | 'malformed'
  | 'too_large'
  | 'wrong_network'
  | 'wrong_height'
  | 'wrong_previous_hash'
  | 'time_not_rising'
  | 'time_impossible'
  | 'wrong_ordering'
  | 'wrong_evidence'
  | 'signature_invalid'
  | 'wrong_transaction_count'
  | 'wrong_transaction_root'
  | 'transaction_twice'
  | 'transaction_invalid';

/** The block that the next one must follow. */
export interface ChainPoint {
  readonly height: number;
  readonly hash: Uint8Array;
  readonly time: number;
}

/** What a verifier is made for. */
export interface BlockVerifierOptions {
  /** The network's id, 32 bytes. */
  readonly network: Uint8Array;
  /** The ordering node's key, 32 bytes, as the genesis names it. */
  readonly orderingKey: Uint8Array;
  readonly transactions: TransactionsVerifier;
  /** Index of the first of these transactions that a committed block holds already, or null. */
  readonly firstCommitted: (rows: RowBuffer) => Promise<number | null>;
  /** Takes a header that the ordering node has signed and that is not the next one of this chain. */
  readonly onSigned: (header: SignedHeader) => void;
  /** Transactions in one block. */
  readonly transactionsMax: number;
  /** How far ahead of this node's clock a block may be dated, in milliseconds. */
  readonly timeAheadMaxMs: number;
  /** This node's clock, milliseconds since the epoch. */
  readonly now: () => number;
}

/** Blocks that may be verified and not yet visible as committed; their ids are remembered here. */
const REMEMBERED_BLOCKS = 8;

/** Verifies blocks of a network with solo ordering, one after the other. */
export class BlockVerifier {
  readonly #options: BlockVerifierOptions;
  readonly #evidenceHash: Buffer;
  readonly #remembered: Set<string>[] = [];
  #timeAtStart = 0;

  constructor(options: BlockVerifierOptions) {
    this.#options = options;
    this.#evidenceHash = hash('sha256', options.orderingKey, 'buffer');
  }

  /** The node has executed blocks up to this time, whatever its clock says of them. */
  startAt(time: number): void {
    this.#timeAtStart = time;
  }

  /** Verifies the encoded block `bytes`, expected right after `before`, and writes its rows into `rows`. */
  async verify(bytes: Uint8Array, before: ChainPoint, rows: RowBuffer): Promise<SealedBlock> {
    const height = before.height + 1;
    const { block, header } = decoded(bytes, height);
    const hashed = blockHash(block.header, sha256);
    const flaw = this.#flawOf(header, block, before);
    const flawOfSignature = this.#flawOfSignature(block.signature, hashed);
    if (flaw ?? flawOfSignature) {
      const isSigned = flawOfSignature === null;
      if (isSigned) this.#options.onSigned({ header: block.header, signature: block.signature });
      throw flawed(height, flaw ?? 'signature_invalid', { received: header.height, isSigned });
    }
    this.#checkClock(header, before);

    const { transactions } = block;
    const invalid = await this.#options.transactions.verify(transactions, height, rows);
    if (invalid !== null) {
      throw flawed(height, 'transaction_invalid', { index: invalid.index, refusal: invalid.code });
    }
    if (!equal(transactionRoot(rows), header.transactionsRoot))
      throw flawed(height, 'wrong_transaction_root');
    const ids = idsOf(rows);
    const double = this.#firstDouble(ids) ?? (await this.#options.firstCommitted(rows));
    if (double !== null) throw flawed(height, 'transaction_twice', { index: double });
    this.#remember(ids);
    rows.setPositions(height);
    return {
      height,
      time: header.time,
      header: block.header,
      hash: hashed,
      previousHash: header.previousHash,
      evidence: block.evidence,
      signature: block.signature,
      rows,
    };
  }

  // Cheap comparisons first; the first flaw found is the one that is reported.
  #flawOf(header: BlockHeader, block: Block, before: ChainPoint): BlockFlaw | null {
    const { network, orderingKey, transactionsMax } = this.#options;
    if (!equal(header.network, network)) return 'wrong_network';
    if (header.height !== before.height + 1) return 'wrong_height';
    if (!equal(header.previousHash, before.hash)) return 'wrong_previous_hash';
    if (header.time <= before.time) return 'time_not_rising';
    if (!isBlockTimePossible(header)) return 'time_impossible';
    if (header.ordering !== 'solo') return 'wrong_ordering';
    if (!equal(header.evidenceHash, this.#evidenceHash) || !equal(block.evidence, orderingKey)) {
      return 'wrong_evidence';
    }
    if (block.transactions.length > transactionsMax) return 'too_large';
    if (header.transactionCount === 0 || block.transactions.length !== header.transactionCount) {
      return 'wrong_transaction_count';
    }
    return null;
  }

  // What this node found executed at its start may be ahead already, and blocks beside it with it. From
  // there the least step is all that an ordering node can do until the clocks have come so far.
  #checkClock({ height, time }: BlockHeader, before: ChainPoint): void {
    const { now, timeAheadMaxMs } = this.#options;
    const aheadMs = time - now();
    const isNear = time - Math.max(now(), this.#timeAtStart) <= timeAheadMaxMs;
    if (isNear || time === before.time + 1) return;
    const ahead = `${Math.round(aheadMs / 1_000).toLocaleString('en-US')} s`;
    throw new Fault(
      'block_time_ahead',
      `Block ${height} is dated ${ahead} ahead of this node's clock and is not executed before that.`,
      {
        facts: { height, time, aheadMs, aheadMaxMs: timeAheadMaxMs },
        hint: 'Compare the clocks of this node and of the ordering node with the true time (NTP). If the members agree to take the block as it is: set `clock.aheadSecondsMax` in node.json above these seconds and start this node again.',
      },
    );
  }

  #flawOfSignature(signature: Uint8Array, hashed: Uint8Array): BlockFlaw | null {
    return verifySignature(signature, hashed, this.#options.orderingKey) ? null : 'signature_invalid';
  }

  // Index of the first transaction that stands twice in this block, or in one of the last few.
  #firstDouble(ids: readonly string[]): number | null {
    const seen = new Set<string>();
    for (const [index, id] of ids.entries()) {
      if (seen.has(id) || this.#remembered.some((block) => block.has(id))) return index;
      seen.add(id);
    }
    return null;
  }

  #remember(ids: readonly string[]): void {
    this.#remembered.push(new Set(ids));
    if (this.#remembered.length > REMEMBERED_BLOCKS) this.#remembered.shift();
  }
}

function idsOf(rows: RowBuffer): string[] {
  return Array.from({ length: rows.count }, (_, index) => {
    const at = (rows.rowAt[index] ?? 0) + ROW_ID_AT;
    return rows.bytes.toString('latin1', at, at + 32);
  });
}

function decoded(bytes: Uint8Array, height: number): { block: Block; header: BlockHeader } {
  try {
    const block = decodeBlock(bytes);
    return { block, header: decodeBlockHeader(block.header) };
  } catch (error) {
    if (error instanceof DecodeError) throw flawed(height, 'malformed', { detail: error.message });
    throw error;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}

function flawed(height: number, reason: BlockFlaw, facts: FaultFacts = {}): Fault {
  return new Fault('block_invalid', `Block ${height} from the ordering node is refused: ${reason}.`, {
    facts: { ...facts, height, reason },
    hint: 'The ordering node lies or its chain is not ours. Compare this height with the other members before doing anything else.',
  });
}
