/**
 * One node of a network under test: real admission in front of the ordering, a ledger behind it.
 */

import type { Outcome } from '@bucordo/protocol';
import { blockHash, decodeBlockHeader, transactionId } from '@bucordo/protocol';
import { Admission } from '../../packages/node/src/admission/admission.ts';
import type { Replies } from '../../packages/node/src/admission/ports.ts';
import { RecentIds } from '../../packages/node/src/admission/recent-ids.ts';
import { VerificationPool } from '../../packages/node/src/admission/verification-pool.ts';
import type { Catalogue } from '../../packages/node/src/chain/catalogue.ts';
import type { BlockOutcome, ChainHead, SealedBlock } from '../../packages/node/src/chain/sealed-block.ts';
import { sha256 } from '../../packages/node/src/chain/sha256.ts';
import type { StoredReceipt } from '../../packages/node/src/execution/ports.ts';
import type { Fault } from '../../packages/node/src/fault.ts';
import type { BlockSink, Ordering, RefusalSink } from '../../packages/node/src/ordering/ports.ts';

/** A block as a ledger keeps it. */
export interface LedgerBlock {
  readonly height: number;
  readonly time: number;
  readonly hash: Uint8Array;
  readonly previousHash: Uint8Array;
  readonly header: Uint8Array;
  readonly evidence: Uint8Array;
  readonly signature: Uint8Array;
  /** Ids of the transactions in lower-case hex. */
  readonly ids: readonly string[];
}

/** Where the blocks of a node end up. */
export interface Ledger extends BlockSink {
  head(): Promise<ChainHead>;
  /** All blocks by height. */
  blocks(): Promise<readonly LedgerBlock[]>;
  receiptById(id: Uint8Array): Promise<StoredReceipt | null>;
  /** Commits nothing until {@link release}. */
  hold(): void;
  release(): void;
}

/** What an ordering is made from. */
export interface OrderingParts {
  readonly sink: BlockSink;
  readonly refusals: RefusalSink;
  readonly unverifiedCount: () => number;
  readonly onFault: (fault: Fault) => void;
}

/** An outcome with the id of its transaction in hex. */
export type IdentifiedOutcome = Outcome & { readonly id: string };

/** How to make a node. */
export interface ConformanceNodeOptions {
  readonly network: Uint8Array;
  readonly catalogue: Catalogue;
  readonly ledger: Ledger;
  readonly makeOrdering: (parts: OrderingParts) => Ordering;
  readonly isEvidenceRight: (block: LedgerBlock) => boolean;
}

/** A node that can be stopped and started; its ledger stays. */
export class ConformanceNode {
  readonly network: Uint8Array;
  readonly ledger: Ledger;
  /** Codes of the transactions that were offered and refused, by id in hex. */
  readonly refused: Map<string, string> = new Map();
  readonly faults: Fault[] = [];
  readonly #options: ConformanceNodeOptions;
  #running: { admission: Admission; pool: VerificationPool; ordering: Ordering } | null = null;

  constructor(options: ConformanceNodeOptions) {
    this.network = options.network;
    this.ledger = options.ledger;
    this.#options = options;
  }

  /** The ordering that runs, or ran last. */
  get ordering(): Ordering {
    if (this.#running === null) throw new Error('the node was never started');
    return this.#running.ordering;
  }

  /** Starts at the ledger's head, or at another one that the ordering is told. */
  async start(told?: ChainHead): Promise<void> {
    const { network, catalogue, ledger, makeOrdering } = this.#options;
    const head = await ledger.head();
    const onFault = (fault: Fault): void => void this.faults.push(fault);
    const pool = new VerificationPool({ network, workers: 0, onFault });
    const admission = new Admission({
      pool,
      height: head.height,
      catalogue,
      recentIds: new RecentIds(65_536, head.height + 1),
      receiptById: (id) => ledger.receiptById(id),
      monotonicMs: () => performance.now(),
    });
    const ordering = makeOrdering({
      sink: { commit: (block) => this.#commit(admission, block) },
      refusals: {
        refuse: (id, code) => {
          this.refused.set(id.toString('hex'), code);
          admission.refuse(id, code);
        },
      },
      unverifiedCount: () => admission.unverifiedCount,
      onFault,
    });
    this.#running = { admission, pool, ordering };
    await ordering.start(told ?? head);
    admission.open(ordering);
  }

  /** Stops taking, hands over what was taken, and ends. */
  async stop(): Promise<void> {
    if (this.#running === null) return;
    const { admission, pool, ordering } = this.#running;
    admission.stop();
    await ordering.stop();
    admission.close();
    await pool.close();
  }

  /** Submits encoded signed transactions and resolves with their outcomes when all are committed. */
  submit(transactions: readonly Uint8Array[]): Promise<IdentifiedOutcome[]> {
    const outcomes: IdentifiedOutcome[] = [];
    return new Promise((resolve) => {
      const replies: Replies = {
        outcomes: (batch) => {
          for (const outcome of batch) outcomes.push({ ...outcome, id: idOf(transactions[outcome.number]) });
          if (outcomes.length === transactions.length) resolve(outcomes);
        },
      };
      this.#running?.admission.submitTransactions(transactions, { first: 0, level: 'committed' }, replies);
    });
  }

  /** Whether the block's evidence and signature are what its header promises. */
  isEvidenceRight(block: LedgerBlock): boolean {
    const header = decodeBlockHeader(block.header);
    return (
      Buffer.compare(header.evidenceHash, sha256(block.evidence)) === 0 &&
      Buffer.compare(blockHash(block.header), block.hash) === 0 &&
      this.#options.isEvidenceRight(block)
    );
  }

  async #commit(admission: Admission, block: SealedBlock): Promise<BlockOutcome> {
    const outcome = await this.ledger.commit(block);
    admission.settle(block, outcome);
    return outcome;
  }
}

// The payload lies between its head of 3 bytes and 66 bytes of signature in all sample transactions.
function idOf(signed: Uint8Array | undefined): string {
  const bytes = signed ?? new Uint8Array(69);
  return Buffer.from(transactionId(bytes.subarray(3, -66))).toString('hex');
}
