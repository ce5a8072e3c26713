/** Admission between a test's connections and its ordering, for tests of admission. */

import type { Outcome, WaitLevel } from '@bucordo/protocol';
import { afterEach, expect } from 'vitest';
import { Admission } from '../../packages/node/src/admission/admission.ts';
import { RecentIds } from '../../packages/node/src/admission/recent-ids.ts';
import type { ReceiptById } from '../../packages/node/src/admission/stored-receipts.ts';
import { VerificationPool } from '../../packages/node/src/admission/verification-pool.ts';
import { RowBuffer } from '../../packages/node/src/chain/row-buffer.ts';
import type { SealedBlock } from '../../packages/node/src/chain/sealed-block.ts';
import type { StoredReceipt } from '../../packages/node/src/execution/ports.ts';
import { catalogue, network } from './sample-network.ts';

/** Height of the last committed block. */
export const HEIGHT = 10;

/** Admission with what surrounds it in the hands of the test. */
export interface Bench {
  readonly admission: Admission;
  /** Rows that reached the ordering. */
  readonly offered: Buffer[];
  /** Receipts in the database, by id in hex. */
  readonly receipts: Map<string, StoredReceipt>;
  readonly recentIds: RecentIds;
  /** How receipts are looked up; in `receipts`, unless the test says otherwise. */
  receiptById: ReceiptById;
  clockMs: number;
  isOrderingFull: boolean;
}

const benches: { admission: Admission; pool: VerificationPool }[] = [];

afterEach(async () => {
  for (const { admission, pool } of benches.splice(0)) {
    admission.close();
    await pool.close();
  }
});

/** Opens admission at {@link HEIGHT}; memory of ids reaches back to `completeFrom`. */
export function open(options: { completeFrom?: number } = {}): Bench {
  const pool = new VerificationPool({
    network,
    workers: 0,
    onFault: (fault) => expect.unreachable(fault.message),
  });
  const receipts = new Map<string, StoredReceipt>();
  const recentIds = new RecentIds(1024, options.completeFrom ?? 1);
  const bench: Bench = {
    admission: new Admission({
      pool,
      height: HEIGHT,
      catalogue,
      recentIds,
      receiptById: (id) => bench.receiptById(id),
      monotonicMs: () => bench.clockMs,
    }),
    offered: [],
    receipts,
    recentIds,
    receiptById: async (id) => receipts.get(Buffer.from(id).toString('hex')) ?? null,
    clockMs: 0,
    isOrderingFull: false,
  };
  bench.admission.open({
    offer(rows, start, end) {
      if (bench.isOrderingFull) return false;
      bench.offered.push(Buffer.from(rows.subarray(start, end)));
      return true;
    },
  });
  benches.push({ admission: bench.admission, pool });
  return bench;
}

/** A connection that keeps its outcomes. */
export class Connection {
  readonly batches: (readonly Outcome[])[] = [];

  get all(): Outcome[] {
    return this.batches.flat();
  }

  outcomes(batch: readonly Outcome[]): void {
    this.batches.push(batch);
  }

  async reached(count: number): Promise<Outcome[]> {
    await expect.poll(() => this.all.length, { interval: 2, timeout: 30_000 }).toBe(count);
    return this.all;
  }
}

/** Lets the event loop turn. */
export const turns = (count: number) =>
  new Promise<void>((resolve) => {
    const next = (left: number): void => void (left === 0 ? resolve() : setImmediate(next, left - 1));
    next(count);
  });

/** Submits one transaction on a connection of its own and lets it be judged. */
export async function submitted(
  bench: Bench,
  transaction: Uint8Array,
  level: WaitLevel = 'committed',
): Promise<Connection> {
  const connection = new Connection();
  bench.admission.submitTransactions([transaction], { first: 0, level }, connection);
  await turns(4);
  return connection;
}

/** A block of these rows. */
export function block(rows: readonly Buffer[], height: number): SealedBlock {
  const buffer = new RowBuffer();
  for (const row of rows) buffer.append(row, 0, row.length);
  const none = new Uint8Array(32);
  return {
    height,
    time: height,
    header: none,
    hash: none,
    previousHash: none,
    evidence: none,
    signature: none,
    rows: buffer,
  };
}

/** The id in a row, in hex. */
export function idOf(row: Buffer): string {
  return row.toString('hex', 18, 50);
}

/** Tells admission that a block with these rows was committed; what was offered, unless said otherwise. */
export function committed(
  bench: Bench,
  height: number,
  rows: readonly Buffer[] = bench.offered.splice(0),
): void {
  bench.admission.settle(block(rows, height), {
    height,
    stateHash: new Uint8Array(32),
    rejections: [],
    results: [],
    details: new Map(),
    catalogueChanged: false,
  });
}
