/**
 * A dry run: one transaction executed as the only one of the next block, by the same functions as every
 * block, inside a Postgres transaction that is always rolled back.
 *
 * It runs on the executor's own connection, between two blocks: the registers are sequences, which no
 * rollback sets back and a second session would disturb. Every register is set anew by what uses it,
 * so nothing of a dry run reaches the next block.
 */

import { describeOutcomeDetail, type OutcomeDetail } from '@bucordo/protocol';
import type pg from 'pg';
import type { RowBuffer } from '../chain/row-buffer.ts';
import type { ChainHead, SealedBlock } from '../chain/sealed-block.ts';
import { POSITION_INDEX_BITS } from '../chain/transaction-row.ts';
import { dryRunChangesMax, dryRunMs, dryRunRowBytesMax } from '../limits.ts';
import { runTransactions } from './block-steps.ts';
import { readHead } from './chain-head.ts';
import type { DryRunOutcome, RowText, RowVersion } from './ports.ts';
import { rejectionDetail } from './rejection-detail.ts';

/** What is tried, and when. */
export interface DryRunInput {
  /** One row, not yet sealed. */
  readonly rows: RowBuffer;
  /** The block's time if it were made now, milliseconds since the epoch. */
  readonly timeMs: number;
}

/**
 * Tries a transaction. Rejects with an error of Postgres when it takes too long (57014) or the server
 * is in trouble; the session is the same afterwards as before.
 */
export async function dryRun(client: pg.Client, input: DryRunInput): Promise<DryRunOutcome> {
  const startedMs = performance.now();
  const found = await executeAndUndo(client, input);
  const changes = await withRowsBefore(client, found.changes);
  return {
    ...found,
    changes,
    isCut: found.isCut || changes.length < found.changes.length,
    ms: performance.now() - startedMs,
  };
}

async function executeAndUndo(client: pg.Client, input: DryRunInput): Promise<FoundOutcome> {
  await client.query(`BEGIN; SET LOCAL statement_timeout = ${dryRunMs}`);
  try {
    const head = await readHead(client);
    await runTransactions(client, blockOf(input, head));
    return await readOutcome(client, head.height);
  } finally {
    await client.query('ROLLBACK');
  }
}

const NOTHING = new Uint8Array(0);

function blockOf({ rows, timeMs }: DryRunInput, head: ChainHead): SealedBlock {
  const height = head.height + 1;
  rows.setPositions(height);
  const parts = { header: NOTHING, hash: NOTHING, evidence: NOTHING, signature: NOTHING };
  return { ...parts, height, time: Math.max(timeMs, head.time + 1), previousHash: head.blockHash, rows };
}

interface OutcomeRow {
  readonly code: string | null;
  readonly message: string | null;
  readonly call: number | null;
  /** What Postgres said; null where it may quote rows that not everybody reads. */
  readonly detail: string | null;
  readonly known: string | null;
  readonly result: string | null;
  readonly effect: Buffer;
  readonly budget_used: number;
}

/** One change as `bucordo.changes_of` tells it. */
interface ChangeRow {
  readonly operation: string;
  readonly contract: string;
  readonly table_name: string;
  readonly column_names: readonly string[];
  readonly row_values: readonly (string | null)[] | null;
  readonly key_names: readonly string[];
  readonly key_values: readonly (string | null)[];
}

interface FoundOutcome extends Omit<DryRunOutcome, 'changes' | 'ms'> {
  readonly changes: readonly ChangeRow[];
}

async function readOutcome(client: pg.Client, height: number): Promise<FoundOutcome> {
  const position = (BigInt(height + 1) << BigInt(POSITION_INDEX_BITS)).toString();
  const outcome = await client.query<OutcomeRow>(
    `SELECT r.code, r.message, r.call, bucordo.rejection_detail(r) AS known,
            CASE WHEN NOT EXISTS (SELECT FROM bucordo.restricted_contract AS c)
              THEN concat_ws(E'\\n', r.detail, r.context) END AS detail,
            v.value AS result, bucordo.effect_of($1) AS effect,
            bucordo.budget_used($1) AS budget_used
       FROM (VALUES ($1::int8)) AS t (position)
       LEFT JOIN bucordo.rejection AS r ON r.position = t.position
       LEFT JOIN bucordo.result AS v ON v.position = t.position`,
    [position],
  );
  const row = outcome.rows[0];
  if (row === undefined) throw new Error('a dry run left no outcome');
  const { rows } = await client.query<ChangeRow>('SELECT c.* FROM bucordo.changes_of($1, $2) AS c', [
    position,
    dryRunChangesMax + 1,
  ]);
  const isRejected = row.code !== null;
  const shown = fitting(rows.slice(0, dryRunChangesMax));
  return {
    height,
    rejection: row.code === null ? null : { code: row.code, message: row.message ?? '', call: row.call },
    detail: row.detail ?? wordsOf(rejectionDetail(row.known)),
    result: row.result ?? '',
    effect: isRejected ? null : row.effect,
    budgetUsed: row.budget_used,
    changes: shown,
    isCut: shown.length < rows.length,
  };
}

function wordsOf(detail: OutcomeDetail | null): string {
  return detail === null ? '' : describeOutcomeDetail(detail);
}

// The changes whose rows together are not too large to show.
function fitting(changes: readonly ChangeRow[]): readonly ChangeRow[] {
  let characters = 0;
  const at = changes.findIndex(({ row_values: values, key_values: key }) => {
    for (const value of [...(values ?? []), ...key]) characters += value?.length ?? 0;
    return characters > dryRunRowBytesMax;
  });
  return at < 0 ? changes : changes.slice(0, at);
}

// The row before a change is what the transaction made of it earlier, else what the database holds.
async function withRowsBefore(client: pg.Client, changes: readonly ChangeRow[]): Promise<RowVersion[]> {
  const places = changes.map(({ contract, table_name: table, key_values: key }) => [contract, table, key]);
  const { rows } = await client.query<{ row_values: ChangeRow['row_values'] }>(
    'SELECT r.row_values FROM bucordo.rows_at($1, $2) AS r ORDER BY r.place',
    [JSON.stringify(places), dryRunRowBytesMax],
  );
  const made = new Map<string, ChangeRow['row_values']>();
  return changes.slice(0, rows.length).map((change, index) => {
    const place = JSON.stringify(places[index]);
    const stored = rows[index]?.row_values ?? null;
    const isVisible = change.row_values !== null && change.operation !== 'I';
    const held = made.has(place) ? (made.get(place) ?? null) : stored;
    const before = isVisible ? held : null;
    const after = change.operation === 'D' ? null : change.row_values;
    made.set(place, after);
    return versionOf(change, { before, after });
  });
}

const OPERATIONS = new Map<string, RowVersion['operation']>([
  ['I', 'insert'],
  ['U', 'update'],
  ['D', 'delete'],
]);

function versionOf(
  change: ChangeRow,
  { before, after }: { before: ChangeRow['row_values']; after: ChangeRow['row_values'] },
): RowVersion {
  return {
    operation: OPERATIONS.get(change.operation) ?? 'update',
    contract: change.contract,
    table: change.table_name,
    key: textOf(change.key_names, change.key_values),
    before: before === null ? null : textOf(change.column_names, before),
    after: after === null ? null : textOf(change.column_names, after),
    isWithheld: change.row_values === null,
  };
}

function textOf(names: readonly string[], values: readonly (string | null)[]): RowText {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]));
}
