/**
 * What each member's own database says after a run: height, rows, state, rate, refusals. Computed
 * by SQL on every member, so that equal lines mean equal databases and not one answer shown thrice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { askMembers, type NetworkStatus } from '../member-status.ts';
import type { LoadedProfile } from '../profile.ts';
import type { ExampleQuery } from './example.ts';

const settleTimeoutMs = 30_000;
const settlePollMs = 150;
/** Members count as settled when nothing moved for this many questions. */
const settlePolls = 3;

/** Waits until all members stand at one height and nothing moves any more; the last answer if they do not get there in half a minute. */
export async function settledStatus(options: {
  loaded: LoadedProfile;
  identity: string;
  signal: AbortSignal;
}): Promise<NetworkStatus> {
  const deadline = Date.now() + settleTimeoutMs;
  let still = 0;
  let last = '';
  for (;;) {
    const status = await askMembers({ ...options, timeoutMs: 3_000 });
    const heights = status.members.map((member) => member.status?.height ?? -1);
    const seen = heights.join();
    still = new Set(heights).size === 1 && seen === last ? still + 1 : 0;
    last = seen;
    if (still >= settlePolls || Date.now() > deadline || options.signal.aborted) return status;
    await sleep(settlePollMs);
  }
}

/** Reads the figures of one member. `tables` are qualified names of contract tables. */
export async function readCounts(
  query: ExampleQuery,
  tables: readonly string[],
): Promise<{ rows: number; transactions: number; refused: Record<string, number> }> {
  const parts = tables.map((table) => `select count(*) as n from ${table}`);
  const rows =
    parts.length === 0
      ? 0
      : await countOf(query, `select sum(t.n)::text as n from (${parts.join(' union all ')}) as t`);
  const transactions = await countOf(
    query,
    'select sum(b.transaction_count)::text as n from bucordo.block as b',
  );
  const refused = await query(
    'select r.code, count(*)::text as n from bucordo.rejection as r group by r.code order by r.code',
  );
  return {
    rows,
    transactions,
    refused: Object.fromEntries(refused.map((row) => [String(row['code']), Number(row['n'])])),
  };
}

/** The qualified names of the tables that a contract's schema creates. */
export function tableNames(schema: string): string[] {
  return [...schema.matchAll(/^\s*create\s+table\s+([a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*)/gim)].map(
    (match) => match[1] ?? '',
  );
}

async function countOf(query: ExampleQuery, sql: string): Promise<number> {
  const [row] = await query(sql);
  return Number(row?.['n'] ?? 0);
}
