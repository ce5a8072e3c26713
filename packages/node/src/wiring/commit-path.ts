/**
 * The one way of a block through the node, whoever ordered it: execute and commit it, then pass the
 * outcome to everyone who waits, in this order: callers, followers, counters, checkpoints.
 */

import { encodeBlock, encodeSignedTransaction } from '@bucordo/protocol';

import type { RowBuffer } from '../chain/row-buffer.ts';
import type { BlockOutcome, ChainHead, SealedBlock } from '../chain/sealed-block.ts';
import { ROW_PAYLOAD_AT, rowPayloadLength, rowSignatureAt } from '../chain/transaction-row.ts';
import { type ActiveFailpoint, passFailpoint } from './failpoint.ts';

/** Everything that happens to a block; `main.ts` gives the real parts. */
export interface CommitSteps {
  /** Executes and commits; outcomes come in order. */
  readonly run: (block: SealedBlock) => Promise<BlockOutcome>;
  /** The place of the block is certain. Called before `run` where another node has ordered it. */
  readonly ordered: (block: SealedBlock) => void;
  /** Lets everything that judges transactions know the catalogue after this block. */
  readonly refreshCatalogue: () => Promise<void>;
  /** Answers those who wait. */
  readonly settle: (block: SealedBlock, outcome: BlockOutcome) => void;
  /** Announces the block to followers. */
  readonly publish: (height: number, encode: () => Uint8Array) => void;
  /** Counts it; `ms` is the time from handing it over to its outcome. */
  readonly count: (block: SealedBlock, outcome: BlockOutcome, ms: number) => void;
  /** Compares and signs states. */
  readonly compare: (block: SealedBlock, outcome: BlockOutcome) => void;
  readonly failpoint: ActiveFailpoint | null;
}

/** The block that Postgres works on. */
export interface BlockUnderWay {
  readonly height: number;
  readonly transactionCount: number;
  /** When it was its turn; milliseconds of a clock that does not jump. */
  readonly sinceMs: number;
}

/** Commits blocks one after the other. */
export class CommitPath {
  readonly #steps: CommitSteps;
  /** Handed over and not committed, in order; the first one is being executed. */
  readonly #handedOver: { readonly height: number; readonly transactionCount: number }[] = [];
  #turnMs = 0;
  #head: ChainHead;
  /** Under way while a new catalogue is read: the blocks behind wait, so that outcomes stay in order. */
  #refreshing: Promise<void> | null = null;

  constructor(head: ChainHead, steps: CommitSteps) {
    this.#head = head;
    this.#steps = steps;
  }

  /** The last committed block. */
  get head(): ChainHead {
    return this.#head;
  }

  /** The block that is being executed; null when there is none. */
  get underWay(): BlockUnderWay | null {
    const [first] = this.#handedOver;
    return first === undefined ? null : { ...first, sinceMs: this.#turnMs };
  }

  /** Resolves when the block is durable and everyone who waits has the outcome; `block.rows` are free then. */
  async commit(block: SealedBlock): Promise<BlockOutcome> {
    const { height } = block;
    const steps = this.#steps;
    passFailpoint(steps.failpoint, 'storing', height);
    steps.ordered(block);
    const startedMs = performance.now();
    if (this.#handedOver.length === 0) this.#turnMs = startedMs;
    this.#handedOver.push({ height, transactionCount: block.rows.count });
    const running = steps.run(block);
    // Written to the socket by now; Postgres is at work when the event loop comes round.
    if (steps.failpoint !== null) setImmediate(() => passFailpoint(steps.failpoint, 'executing', height));
    const outcome = await running;
    this.#handedOver.shift();
    this.#turnMs = performance.now();
    passFailpoint(steps.failpoint, 'committing', height);
    this.#head = { height, time: block.time, blockHash: block.hash, stateHash: outcome.stateHash };
    await this.#catalogueIsRead(outcome);
    steps.settle(block, outcome);
    passFailpoint(steps.failpoint, 'acknowledging', height);
    steps.publish(height, () => encodeSealedBlock(block));
    steps.count(block, outcome, performance.now() - startedMs);
    steps.compare(block, outcome);
    return outcome;
  }

  async #catalogueIsRead(outcome: BlockOutcome): Promise<void> {
    if (outcome.catalogueChanged) this.#refreshing = this.#refresh(this.#refreshing);
    const refreshing = this.#refreshing;
    if (refreshing === null) return;
    await refreshing;
    if (this.#refreshing === refreshing) this.#refreshing = null;
  }

  // After an earlier one, so that the newest is what counts in the end.
  async #refresh(earlier: Promise<void> | null): Promise<void> {
    await earlier;
    await this.#steps.refreshCatalogue();
  }
}

/** The block as a message; payloads and signatures are copied out of the rows, never encoded anew. */
export function encodeSealedBlock(block: SealedBlock): Uint8Array {
  const { header, evidence, signature, rows } = block;
  return encodeBlock({ header, evidence, signature, transactions: signedTransactions(rows) });
}

/** The signed transactions that were written into `rows`, in order. */
export function signedTransactions(rows: RowBuffer): Uint8Array[] {
  const transactions: Uint8Array[] = [];
  for (let index = 0; index < rows.count; index++) {
    const at = rows.rowAt[index] ?? 0;
    const payloadAt = at + ROW_PAYLOAD_AT;
    const signatureAt = rowSignatureAt(rows.bytes, at);
    transactions.push(
      encodeSignedTransaction({
        payload: rows.bytes.subarray(payloadAt, payloadAt + rowPayloadLength(rows.bytes, at)),
        signature: rows.bytes.subarray(signatureAt, signatureAt + 64),
      }),
    );
  }
  return transactions;
}
