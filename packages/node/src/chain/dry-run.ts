/** What a dry run shows: the outcome that a transaction would have as the next one, of which nothing remains. */

import type { Rejection } from './sealed-block.ts';

/** A row before or after a change: column by column, in Postgres's text. */
export type RowText = Readonly<Record<string, string | null>>;

/** A row that a transaction inserts, updates or deletes. */
export interface RowVersion {
  readonly operation: 'insert' | 'update' | 'delete';
  readonly contract: string;
  readonly table: string;
  /** The columns of its primary key. */
  readonly key: RowText;
  /** The row before; null where it is inserted, and where not everybody may read the whole table. */
  readonly before: RowText | null;
  /** The row afterwards; null where it is deleted, and as above. */
  readonly after: RowText | null;
  /** Whether the rows are left out because the table has rules on who reads what. */
  readonly isWithheld: boolean;
}

/** What a transaction would come to. */
export interface DryRunOutcome {
  /** Height of the last committed block: the state on which the transaction was tried. */
  readonly height: number;
  /** Why it would be rejected, or null. */
  readonly rejection: Pick<Rejection, 'code' | 'message' | 'call'> | null;
  /** What this node knows of the error beyond the receipt; empty when nothing. */
  readonly detail: string;
  /** JSON text of its result, empty for none. */
  readonly result: string;
  /** Rows in the order in which they are written. */
  readonly changes: readonly RowVersion[];
  /** Whether there are more changes than shown. */
  readonly isCut: boolean;
  /** The effect that a transaction can demand, 32 bytes; null when it would be rejected. */
  readonly effect: Uint8Array | null;
  /** Units of the budget that it used. */
  readonly budgetUsed: number;
  /** Milliseconds for which it kept blocks waiting. */
  readonly ms: number;
}
