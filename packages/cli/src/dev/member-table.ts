/** What each member came to in a run, and the table that shows it. Loads nothing that talks to nodes. */
import { formatTable } from '../output/table.ts';

/** One member after a run. */
export interface MemberSummary {
  readonly member: string;
  readonly height: number;
  readonly finalHeight: number;
  readonly stateHash: string;
  /** Rows in all tables of the contracts. */
  readonly rows: number;
  /** Transactions in the chain, the nodes' own checkpoints among them. */
  readonly transactions: number;
  /** Committed per second during the run; null when it did nothing. */
  readonly transactionsPerSecond: number | null;
  /** Rejected transactions by code. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Digits of a state hash that are shown. */
const hashDigits = 16;
/** The table of all members. */
export function formatSummaries(members: readonly MemberSummary[]): string {
  const rows = members.map((member) => [
    member.member,
    member.height,
    member.rows,
    member.stateHash.slice(0, hashDigits),
    member.transactions,
    member.transactionsPerSecond === null ? null : Math.round(member.transactionsPerSecond),
    Object.entries(member.refused)
      .map(([code, number]) => `${code} ${number}`)
      .join(', ') || 'none',
  ]);
  return formatTable({
    columns: ['member', 'height', 'rows', 'state hash', 'transactions', 'per second', 'refused by code'],
    rows,
  });
}
