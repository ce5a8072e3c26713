/**
 * Replays purchase orders on a running network: every event is a signed transaction of the identity
 * that may do it. The events of one order follow each other, each submitted when the receipts of the
 * stage before it are there; many orders are under way at once.
 *
 * A replay that was stopped goes on where it was when it is given what is there already.
 */

import type { PurchaseOrder, PurchasingData } from '../data/purchasing.ts';
import { forEachParallel } from '../network/for-each-parallel.ts';
import { queryPages } from '../network/query-pages.ts';
import type { Query, Submitter } from '../network/submitter.ts';
import { eventCount, masterDataStages, orderStages, type ReplayEvent, type Stage } from './events.ts';
import { approversOf } from './members.ts';

/** How far a replay is. */
export interface ReplayProgress {
  /** Transactions whose receipts are there, and all of them. */
  readonly done: number;
  readonly total: number;
}

/** What a replay did. */
export interface ReplayReport {
  readonly committed: number;
  /** Transactions that were rejected, as they should be, by code. */
  readonly refused: ReadonlyMap<string, number>;
  /** Events that had happened before the replay started. */
  readonly skipped: number;
}

/** An event ended otherwise than the data implies. */
export class ReplayError extends Error {
  readonly code = 'replay_contradicted';

  constructor(event: ReplayEvent, outcome: { readonly code: string; readonly message: string }) {
    const wanted =
      event.refusal === null ? 'committed' : `rejected with ${event.refusal.code}: ${event.refusal.message}`;
    const found = outcome.code === '' ? 'committed' : `rejected with ${outcome.code}: ${outcome.message}`;
    super(`${event.identity} called ${describe(event)}, which was ${found}; it should have been ${wanted}`);
    this.name = 'ReplayError';
  }
}

/** What a network holds of an earlier replay. */
export interface ReplayedSoFar {
  readonly masterData: ReadonlySet<string>;
  readonly orders: ReadonlyMap<
    number,
    { readonly state: string; readonly receivedLines: ReadonlySet<number> }
  >;
  /** Messages of rejected receipts; each names its order and line. */
  readonly refusals: ReadonlySet<string>;
}

/** Orders under way at once: about as many transactions as a block takes, so that blocks are well filled. */
const parallelOrdersDefault = 1_000;

/**
 * Replays everything and resolves when the last receipt is there. Fails with `ReplayError` at the
 * first event that ends otherwise than the data implies, and with whatever `submitter` throws.
 */
export async function replayPurchasing(options: {
  readonly submitter: Submitter;
  readonly data: PurchasingData;
  readonly soFar?: ReplayedSoFar;
  readonly onProgress?: (progress: ReplayProgress) => void;
  readonly parallelOrders?: number;
}): Promise<ReplayReport> {
  const { submitter, data, onProgress } = options;
  const soFar = options.soFar ?? nothingSoFar;
  const approvers = approversOf(data);
  const total = eventCount(data, approvers);
  const refused = new Map<string, number>();
  let committed = 0;
  let skipped = 0;

  const runStage = async (stage: Stage, isDone: (event: ReplayEvent) => boolean): Promise<void> => {
    const open = stage.filter((event) => !isDone(event));
    skipped += stage.length - open.length;
    await Promise.all(
      open.map(async (event) => {
        const code = await submitEvent(submitter, event);
        if (code === '') committed += 1;
        else refused.set(code, (refused.get(code) ?? 0) + 1);
        onProgress?.({ done: committed + skipped + sum(refused.values()), total });
      }),
    );
  };

  for (const stage of masterDataStages(data)) {
    await runStage(stage, (event) => event.calls.every((call) => soFar.masterData.has(masterDataKey(call))));
  }
  await forEachParallel(data.orders, options.parallelOrders ?? parallelOrdersDefault, async (order) => {
    for (const stage of orderStages(order, approvers))
      await runStage(stage, (event) => hasHappened(event, order, soFar));
  });
  return { committed, refused, skipped };
}

/** Reads from one member's database what is there of an earlier replay. */
export async function readReplayedSoFar(query: Query): Promise<ReplayedSoFar> {
  const orders = new Map<number, { state: string; receivedLines: Set<number> }>();
  const placed = 'SELECT h.order_id, h.state FROM purchasing.order_header AS h';
  for await (const row of queryPages({ query, sql: placed, key: 'order_id' })) {
    orders.set(Number(row['order_id']), { state: String(row['state']), receivedLines: new Set() });
  }
  const received =
    'SELECT l.order_id, l.line_id FROM purchasing.order_line AS l WHERE l.received_qty IS NOT NULL';
  for await (const row of queryPages({ query, sql: received, key: 'line_id' })) {
    orders.get(Number(row['order_id']))?.receivedLines.add(Number(row['line_id']));
  }
  const refusals = new Set<string>();
  const refused =
    "SELECT r.position, r.message FROM bucordo.rejection AS r WHERE r.code IN ('BC411', 'BC412')";
  for await (const row of queryPages({ query, sql: refused, key: 'position' }))
    refusals.add(String(row['message']));
  const masterData = new Set((await query(masterDataSql)).map((row) => String(row['key'])));
  return { masterData, orders, refusals };
}

const nothingSoFar: ReplayedSoFar = { masterData: new Set(), orders: new Map(), refusals: new Set() };

const masterDataSql = `
SELECT m.key FROM (
  SELECT 'unit ' || u.unit_code AS key FROM purchasing.unit_measure AS u
  UNION ALL SELECT 'ship method ' || s.ship_method_id::text FROM purchasing.ship_method AS s
  UNION ALL SELECT 'vendor ' || v.vendor_id::text FROM purchasing.vendor AS v
  UNION ALL SELECT 'product ' || p.product_id::text FROM purchasing.product AS p
  UNION ALL SELECT 'offer ' || o.product_id::text || ' ' || o.vendor_id::text FROM purchasing.product_vendor AS o
) AS m
ORDER BY m.key`;

// Placed orders of an earlier replay are found by their state: everything up to it has happened.
const statesSince: Readonly<Record<string, readonly string[]>> = {
  place_order: ['placed', 'approved', 'rejected', 'confirmed', 'shipped', 'complete'],
  approve_order: ['approved', 'confirmed', 'shipped', 'complete'],
  reject_order: ['rejected'],
  confirm_order: ['confirmed', 'shipped', 'complete'],
  ship_order: ['shipped', 'complete'],
  complete_order: ['complete'],
};

function hasHappened(event: ReplayEvent, order: PurchaseOrder, soFar: ReplayedSoFar): boolean {
  const known = soFar.orders.get(order.orderId);
  const call = event.calls[0];
  if (known === undefined || call === undefined) return false;
  if (event.refusal !== null) return soFar.refusals.has(event.refusal.message);
  if (call.function === 'receive_line') return known.receivedLines.has(Number(call.args['line_id']));
  return statesSince[call.function]?.includes(known.state) ?? false;
}

function masterDataKey(call: ReplayEvent['calls'][number]): string {
  const { args } = call;
  switch (call.function) {
    case 'add_unit_measure':
      return `unit ${args['unit_code']}`;
    case 'publish_ship_method':
      return `ship method ${args['ship_method_id']}`;
    case 'add_vendor':
      return `vendor ${args['vendor_id']}`;
    case 'add_product':
      return `product ${args['product_id']}`;
    default:
      return `offer ${args['product_id']} ${args['vendor_id']}`;
  }
}

async function submitEvent(submitter: Submitter, event: ReplayEvent): Promise<string> {
  const outcome = await submitter.submit(event.identity, event.calls);
  const expected = event.refusal ?? { code: '', message: outcome.message };
  if (outcome.code !== expected.code || outcome.message !== expected.message)
    throw new ReplayError(event, outcome);
  return outcome.code;
}

function describe(event: ReplayEvent): string {
  const [first] = event.calls;
  if (first === undefined) return 'nothing';
  if (event.calls.length > 1) return `${first.function} and ${event.calls.length - 1} more`;
  return `${first.function}(${JSON.stringify(first.args).slice(0, 200)})`;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
