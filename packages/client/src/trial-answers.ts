/** Answers about transactions that are tried or skipped: what a node tells before anything is on the chain. */

import { Fields } from './answer-fields.ts';

/** A row that a transaction changes. Rows are by column name, values are Postgres's text. */
export interface DryRunChange {
  readonly operation: 'insert' | 'update' | 'delete';
  readonly contract: string;
  readonly table: string;
  /** The columns of the primary key. */
  readonly key: RowText;
  /** The row before, null for an insert. */
  readonly before: RowText | null;
  /** The row afterwards, null for a delete. */
  readonly after: RowText | null;
  /** Whether both rows are left out because not everybody may read the whole table. */
  readonly withheld: boolean;
}

/** A row as Postgres's text, null for NULL. */
export type RowText = Readonly<Record<string, string | null>>;

/** What a transaction would come to if it were executed now. */
export interface DryRun {
  /** Height of the state on which it was tried. */
  readonly height: number;
  readonly status: 'committed' | 'rejected';
  /** Code of the rejection, else `''`. */
  readonly code: string;
  readonly message: string;
  /** Index of the call that would fail, from 0; null for none. */
  readonly call: number | null;
  /** What the node that answered knows beyond the receipt. */
  readonly detail: string;
  /** JSON text of the result, `''` for none. */
  readonly resultText: string;
  /** Rows in the order in which they are changed. */
  readonly changes: readonly DryRunChange[];
  /** Whether there are more changes than these. */
  readonly truncated: boolean;
  /** Sign this as `effect` to have exactly these changes or none; null when it would be rejected. */
  readonly effect: string | null;
  /** Units of its budget that it used. */
  readonly budgetUsed: number;
}

/** Where a skip stands on the node that took it. */
export interface SkipStanding {
  /** Whether the transaction is skipped: enough members have said so. */
  readonly skipped: boolean;
  /** Members that have said so. */
  readonly agreed: readonly string[];
  /** How many have said so of those who are asked, and how many must. */
  readonly approvals: number;
  readonly needed: number;
  /** Statements that do not count: `signature_invalid`, `not_administrator` or `executed`. */
  readonly refused: readonly { readonly member: string; readonly key: string; readonly flaw: string }[];
}

/** Reads the answer of `POST /v1/dry-run`. */
export function parseDryRun(value: unknown): DryRun {
  const at = new Fields(value, 'dry run');
  return {
    height: at.integer('height'),
    status: at.text('status') === 'committed' ? 'committed' : 'rejected',
    code: at.text('code'),
    message: at.text('message'),
    call: at.has('call') ? at.integer('call') : null,
    detail: at.text('detail'),
    resultText: at.text('result'),
    changes: at.list('changes').map(changeOf),
    truncated: at.boolean('truncated'),
    effect: at.has('effect') ? at.text('effect') : null,
    budgetUsed: at.integer('budgetUsed'),
  };
}

function changeOf(at: Fields): DryRunChange {
  const operation = at.text('operation');
  return {
    operation: operation === 'insert' || operation === 'delete' ? operation : 'update',
    contract: at.text('contract'),
    table: at.text('table'),
    key: at.object('key').texts(),
    before: at.has('before') ? at.object('before').texts() : null,
    after: at.has('after') ? at.object('after').texts() : null,
    withheld: at.boolean('withheld'),
  };
}

/** Reads the answer of `POST /v1/skip`. */
export function parseSkipStanding(value: unknown): SkipStanding {
  const at = new Fields(value, 'skip');
  return {
    skipped: at.boolean('skipped'),
    agreed: at.strings('agreed'),
    approvals: at.integer('approvals'),
    needed: at.integer('needed'),
    refused: at.list('refused').map((one) => ({
      member: one.text('member'),
      key: one.text('key'),
      flaw: one.text('flaw'),
    })),
  };
}
