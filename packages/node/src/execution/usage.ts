/**
 * How much members used the network: reads `bucordo.usage`, and counts what the chain has gained from
 * time to time, in small steps beside the execution of blocks, so that reading stays cheap however
 * long the chain is.
 */

import type { ReadingConnections } from './reading-connections.ts';

/** Blocks that are counted in one transaction: about 20 ms under load. */
const BLOCKS_AT_ONCE = 64;

/** Usage of a member in a month. */
export interface UsageRow {
  readonly month: string;
  readonly member: string;
  readonly users: number;
  readonly transactions: number;
  readonly rejected: number;
  readonly calls: number;
  readonly bytes: number;
}

/** Reads and counts. */
export class Usage {
  readonly #connections: ReadingConnections;
  #isCounting = false;

  /** `connections` are of the node's own login. */
  constructor(connections: ReadingConnections) {
    this.#connections = connections;
  }

  /** From month `from` to month `to`, both included, by month and member. */
  async read(from: string, to: string): Promise<UsageRow[]> {
    const rows = await this.#connections.rows<Record<keyof UsageRow, string>>({
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
