/**
 * A block in steps: its transactions, what the members have decided in them, its end; one
 * transaction and one commit like any other block.
 */

import type pg from 'pg';
import type { SealedBlock } from '../chain/sealed-block.ts';
import { type AnswerRow, BlockQuery } from './block-query.ts';

/**
 * Runs `block` on `client`, which is outside any transaction, with `work` before the block's hashes
 * are computed. Resolves with what the block came to, as rows of `bucordo.execute_block`, committed.
 */
export async function runInSteps(
  client: pg.Client,
  block: SealedBlock,
  work: (client: pg.Client) => Promise<void>,
): Promise<AnswerRow[]> {
  await client.query('BEGIN');
  const rows = await runStepsWithin(client, block, work);
  await client.query('COMMIT');
  return rows;
}

/** The same inside a transaction that the caller has begun, and ends as it likes. */
export async function runStepsWithin(
  client: pg.Client,
  block: SealedBlock,
  work: (client: pg.Client) => Promise<void>,
): Promise<AnswerRow[]> {
  const toDo = Number(await runTransactions(client, block));
  await work(client);
  const closed = await client.query<(string | null)[]>({
    text: `SELECT '-1', NULL::text, c.catalogue_changed::int4::text, encode(c.new_state_hash, 'hex'), NULL::text
             FROM bucordo.close_block($1, $2, $3, $4, $5, NULL) AS c`,
    values: [block.height, block.time, block.hash, block.rows.count, toDo],
    rowMode: 'array',
  });
  const outcomes = await client.query<(string | null)[]>({
    text: 'SELECT o.place::text, o.code, o.call::text, o.content, o.detail FROM bucordo.outcomes_of($1, $2) AS o',
    values: [block.height, block.rows.count],
    rowMode: 'array',
  });
  return [...closed.rows, ...outcomes.rows];
}

/** Stores and runs the transactions of `block` inside the transaction of `client`; what there is to do at its end, as text. */
export function runTransactions(client: pg.Client, block: SealedBlock): Promise<string> {
  return new Promise((resolve, reject) => {
    client.query(
      new BlockQuery(block, 'run_block', (error, [row]) => {
        if (error === null) resolve(row?.[0] ?? '');
        else reject(error);
      }),
    );
  });
}
