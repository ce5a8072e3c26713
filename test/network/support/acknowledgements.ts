/**
 * A load whose answers are written down, and the comparison with what the database holds afterwards:
 * what was acknowledged is there exactly once, at the place that the answer named (I4, I5).
 */

import type { Client, Receipt } from '../../../packages/client/src/node.ts';
import { connect } from '../../../packages/node/src/postgres/connection.ts';
import type { TestDatabase } from '../../support/postgres.ts';

/** Entry that the load adds to. */
export const COUNTER_ID = 1;

/** A load under way. */
export interface Load {
  /** Answers so far. */
  readonly receipts: readonly Receipt[];
  /** Errors of calls that failed for good. */
  readonly failures: readonly Error[];
  /** Resolves when every call has its answer or has failed. */
  readonly done: Promise<void>;
}

/** Adds 1 to the counter `count` times, at most `inFlightMax` at once. The client sends again over connections that break. */
export function startLoad(
  client: Client,
  options: { count: number; inFlightMax?: number; timeoutMs?: number },
): Load {
  const { count, inFlightMax = 64, timeoutMs = 60_000 } = options;
  const receipts: Receipt[] = [];
  const failures: Error[] = [];
  let started = 0;
  const caller = async (): Promise<void> => {
    while (started < count) {
      started += 1;
      try {
        receipts.push(await client.call('ledger', 'add', { id: COUNTER_ID, amount: 1 }, { timeoutMs }));
      } catch (error) {
        failures.push(error instanceof Error ? error : new Error(String(error)));
      }
    }
  };
  const callers = Array.from({ length: Math.min(inFlightMax, count) }, caller);
  return { receipts, failures, done: Promise.all(callers).then(() => undefined) };
}

/** What a database holds of a load. */
export interface Found {
  /** Value of the counter: how often the load was executed. */
  readonly total: number;
  /** Transactions that were acknowledged but are not on the chain at the place that the answer named. */
  readonly lost: string[];
  /** Transactions that are on the chain more than once. */
  readonly doubled: number;
  readonly height: number;
}

/** Looks for the acknowledged transactions. */
export async function findAcknowledged(
  database: Pick<TestDatabase, 'connection'>,
  receipts: readonly Receipt[],
): Promise<Found> {
  const client = await connect(database.connection('bucordo_node'));
  try {
    const { rows } = await client.query<{ id: string; position: string }>(
      `SELECT pg_catalog.encode(t.id, 'hex') AS id, t.position::text AS position FROM bucordo.transaction AS t ORDER BY t.position`,
    );
    const places = new Map(rows.map(({ id, position }) => [id, BigInt(position)]));
    const lost = receipts.filter(
      ({ transactionId, height, index }) =>
        places.get(transactionId) !== (BigInt(height ?? 0) << 20n) + BigInt(index ?? 0),
    );
    const amount = await client.query<{ amount: string }>(
      'SELECT e.amount::text AS amount FROM ledger.entry AS e WHERE e.id = $1',
      [COUNTER_ID],
    );
    const head = await client.query<{ height: number }>(
      'SELECT max(b.height)::int4 AS height FROM bucordo.block AS b',
    );
    return {
      total: Number(amount.rows[0]?.amount ?? 0),
      lost: lost.map(({ transactionId }) => transactionId),
      doubled: rows.length - places.size,
      height: head.rows[0]?.height ?? 0,
    };
  } finally {
    await client.end();
  }
}
