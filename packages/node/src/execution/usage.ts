/**
 * How much members used the network: reads `bucordo.usage`, and counts what the chain has gained from
 * time to time, in small steps beside the execution of blocks, so that reading stays cheap however
 * long the chain is.
 */

import type { MemberUsage } from './ports.ts';
import type { ReadingConnections } from './reading-connections.ts';

/** Blocks that are counted in one transaction: 2 µs a transaction, so 0.13 s at most. */
const BLOCKS_AT_ONCE = 64;

/** Blocks that may wait to be counted while the node has other work: whoever reads counts them, in a second at most. */
const BLOCKS_WAITING_MAX = 512;

/** Reads and counts. */
export class Usage {
  readonly #connections: ReadingConnections;
  #isCounting = false;
  #lastHead = -1;

  /** `connections` are of the node's own login. */
  constructor(connections: ReadingConnections) {
    this.#connections = connections;
  }

  /** From month `from` to month `to`, both included, by month and member. */
  async read(from: string, to: string): Promise<MemberUsage[]> {
    const rows = await this.#connections.rows<Record<keyof MemberUsage, string>>({
      text: `SELECT u.month, u.member, u.users::text, u.transactions::text, u.rejected::text, u.calls::text, u.bytes::text
               FROM bucordo.usage AS u WHERE u.month BETWEEN $1 AND $2 ORDER BY u.month, u.member`,
      values: [from, to],
    });
    return rows.map(({ month, member, users, transactions, rejected, calls, bytes }) => ({
      month,
      member,
      users: Number(users),
      transactions: Number(transactions),
      rejected: Number(rejected),
      calls: Number(calls),
      bytes: Number(bytes),
    }));
  }

  /**
   * Counts when no block has come since the last call, or when many wait to be counted. A height ahead of the
   * chain, which nobody can have counted, is put right at once.
   */
  async countWhenQuiet(): Promise<void> {
    const rows = await this.#connections.rows<{ head: string; counted: string }>({
      text: `SELECT coalesce(max(b.height), 0)::text AS head, (SELECT h.height::text FROM bucordo.usage_height AS h) AS counted
               FROM bucordo.block AS b`,
    });
    const [head, counted] = [Number(rows[0]?.head ?? 0), Number(rows[0]?.counted ?? 0)];
    const isQuiet = head === this.#lastHead;
    this.#lastHead = head;
    if (isQuiet || counted > head || head - counted > BLOCKS_WAITING_MAX) await this.count();
  }

  /** Counts everything that is committed; does nothing while an earlier call is at it. */
  async count(): Promise<void> {
    if (this.#isCounting) return;
    this.#isCounting = true;
    try {
      for (let counted = BLOCKS_AT_ONCE; counted === BLOCKS_AT_ONCE; ) {
        const rows = await this.#connections.rows<{ counted: number }>({
          text: 'SELECT bucordo.count_usage($1) AS counted',
          values: [BLOCKS_AT_ONCE],
        });
        counted = rows[0]?.counted ?? 0;
      }
    } finally {
      this.#isCounting = false;
    }
  }
}
