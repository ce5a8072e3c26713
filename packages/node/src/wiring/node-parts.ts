/**
 * The inner parts of a node behind its ledger, opened one after the other by `main.ts`: the intake
 * (what judges transactions) and the core (what happens to blocks), and what an ordering is to them.
 */

import { Admission } from '../admission/admission.ts';
import { BlockTransactions } from '../admission/block-transactions.ts';
import { loadRecentIds, type RecentIds } from '../admission/recent-ids.ts';
import { VerificationPool } from '../admission/verification-pool.ts';
import { RowBuffer } from '../chain/row-buffer.ts';
import type { SealedBlock } from '../chain/sealed-block.ts';
import { ROW_ID_AT, rowValidUntil } from '../chain/transaction-row.ts';
import type { Checkpoints } from '../checkpoints/checkpoints.ts';
import type { Histories } from '../checkpoints/histories.ts';
import type { ChainReader } from '../execution/chain-reader.ts';
import type { LiveCatalogue } from '../execution/live-catalogue.ts';
import type { Fault } from '../fault.ts';
import { Counters } from '../observe/counters.ts';
import type { KnownClocks } from '../ordering/known-clocks.ts';
import { BlockFeed } from '../sync/block-feed.ts';
import type { FollowedState } from '../sync/followed-ordering.ts';
import type { WaitingForFellows } from '../sync/ports.ts';
import type { Testimonies } from '../sync/testimonies.ts';
import { openAgreement } from './agreement-parts.ts';
import { CommitPath, signedTransactions } from './commit-path.ts';
import type { ActiveFailpoint } from './failpoint.ts';
import type { GuardedExecution } from './guarded-execution.ts';
import type { Ledger } from './ledger.ts';
import type { NodeContext } from './node-context.ts';

/** What judges transactions. */
export interface Intake {
  readonly admission: Admission;
  readonly pool: VerificationPool;
  readonly recentIds: RecentIds;
}

/** What happens to blocks. */
export interface Core {
  readonly path: CommitPath;
  readonly feed: BlockFeed;
  readonly checkpoints: Checkpoints;
  readonly histories: Histories;
  readonly testimonies: Testimonies;
  readonly counters: Counters;
  /** Committed transactions per second, lately. */
  readonly rate: () => number;
  /** Whether the transaction with this row is on the chain. */
  readonly firstCommitted: (rows: RowBuffer) => Promise<number | null>;
}

/** How a node stands to the node that orders; null where it orders itself. */
export type FollowingStatus = {
  readonly connected: boolean;
  readonly caughtUp: boolean;
  /** What stands in the way of the next block. */
  readonly fault: string | null;
} | null;

/** The ordering, whichever it is. */
export interface OpenedOrdering {
  /** Begins to order or to follow, and to admit. */
  start(): void;
  stop(): Promise<void>;
  following(): FollowingStatus;
  /** How the following stands; null where this node orders itself. */
  followed(): FollowedState | null;
  /** Where the ordering node is looked for; empty where this node orders itself. */
  readonly address: string;
  /** The node of `member` has asked for blocks from this height on. */
  asked(member: string, from: number): void;
  /** What it waits for before it orders; null where it orders or follows. */
  waiting(): WaitingForFellows | null;
  /** For what nothing that is submitted here can be ordered and seen as long as things are as they are; null when it can. */
  obstacle(): Fault | null;
}

/** Opens admission and fills its memory of recent transactions. */
export async function openIntake(
  ledger: Ledger,
  { enrolment, failure, closing }: NodeContext,
): Promise<Intake> {
  const { reader, head, catalogue } = ledger;
  const pool = new VerificationPool({ network: enrolment.network, onFault: (fault) => failure.fail(fault) });
  closing.add('verification', () => pool.close());
  ledger.rejudge = rejudge(new BlockTransactions(pool), catalogue);
  const recentIds = await loadRecentIds((options) => reader.committedIds(options), head.height);
  const admission = new Admission({
    pool,
    height: head.height,
    catalogue: catalogue.current,
    recentIds,
    receiptById: (id) => reader.receiptById(id),
    monotonicMs: () => performance.now(),
  });
  catalogue.onChange((newer) => admission.setCatalogue(newer));
  return { admission, pool, recentIds };
}

// The signatures are verified once more with it; that happens for a few blocks after a deployment.
function rejudge(
  transactions: BlockTransactions,
  catalogue: LiveCatalogue,
): (block: SealedBlock) => Promise<SealedBlock> {
  return async (block) => {
    await catalogue.refresh();
    const rows = new RowBuffer();
    const invalid = await transactions.verify(signedTransactions(block.rows), block.height, rows);
    if (invalid !== null)
      throw new Error(`transaction ${invalid.index} of block ${block.height}: ${invalid.code}`);
    rows.setPositions(block.height);
    return { ...block, rows };
  };
}

/** Opens the commit path with everything that a committed block goes to. */
export async function openCore(
  parts: {
    readonly ledger: Ledger;
    readonly intake: Intake;
    readonly execution: GuardedExecution;
    readonly failpoint: ActiveFailpoint | null;
  },
  context: NodeContext,
): Promise<Core> {
  const { ledger, intake, failpoint } = parts;
  const { reader, head } = ledger;
  const counters = new Counters();
  const feed = new BlockFeed(head.height);
  const agreement = await openAgreement({ ledger, intake, height: () => path.head.height }, context);
  const { checkpoints, histories, testimonies } = agreement;
  const path: CommitPath = new CommitPath(head, {
    ordered: (block) => {
      if (!context.enrolment.orders) intake.admission.ordered(block);
    },
    run: (block) => parts.execution.run(block),
    refreshCatalogue: async () => {
      await ledger.catalogue.refresh();
      await ledger.membership.refresh();
      await ledger.rules.refresh();
    },
    settle: (block, outcome) => intake.admission.settle(block, outcome),
    publish: (height, encode) => feed.publish(height, encode),
    count: (block, outcome, ms) => {
      const codes = outcome.rejections.map(({ code }) => code);
      counters.block(block.rows.count, codes, { ms, nowMs: performance.now() });
    },
    compare: (block, outcome) => agreement.committed(block, outcome),
    failpoint,
  });
  ledger.catalogue.setNext(() => ({
    height: path.head.height + 1,
    time: Math.max(path.head.time, Date.now()),
  }));
  return {
    path,
    feed,
    checkpoints,
    histories,
    testimonies,
    counters,
    rate: () => counters.transactionsPerSecond(performance.now()),
    firstCommitted: (rows) => firstCommitted(rows, { recentIds: intake.recentIds, reader }),
  };
}

/** What an ordering is wired to. */
export interface OrderingParts {
  readonly ledger: Ledger;
  readonly intake: Intake;
  readonly core: Core;
  /** Clocks of the nodes that follow this one. */
  readonly clocks: KnownClocks;
}

// Memory vouches for most transactions; the database is asked about those that it does not cover.
async function firstCommitted(
  rows: RowBuffer,
  { recentIds, reader }: { readonly recentIds: RecentIds; readonly reader: ChainReader },
): Promise<number | null> {
  for (let index = 0; index < rows.count; index++) {
    const at = rows.rowAt[index] ?? 0;
    if (recentIds.isCertainlyNew(rows.bytes, at + ROW_ID_AT, rowValidUntil(rows.bytes, at))) continue;
    const id = Buffer.from(rows.bytes.subarray(at + ROW_ID_AT, at + ROW_ID_AT + 32));
    if ((await reader.receiptById(id)) !== null) return index;
  }
  return null;
}
