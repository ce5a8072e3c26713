/**
 * A block in steps: its transactions, what the members have decided in them, its end; one
 * transaction and one commit like any other block.
 */

import type pg from 'pg';
import type { SealedBlock } from '../chain/sealed-block.ts';
import { BlockQuery } from './block-query.ts';

/**
 * Runs `block` on `client`, which is outside any transaction, with `work` before the block's hashes
 * are computed. Resolves with the text that `bucordo.close_block` returned, committed.
 */
export async function runInSteps(
  client: pg.Client,
  block: SealedBlock,
  work: (client: pg.Client) => Promise<void>,
): Promise<string> {
  await client.query('BEGIN');
  const toDo = Number(await runTransactions(client, block));
  await work(client);
  const { rows } = await client.query<{ text: string }>(
    'SELECT bucordo.close_block($1, $2, $3, $4, $5, NULL) AS text',
    [block.height, block.time, block.hash, block.rows.count, toDo],
  );
  await client.query('COMMIT');
  return rows[0]?.text ?? '';
}

/** Stores and runs the transactions of `block` inside the transaction of `client`; what there is to do at its end, as text. */
export function runTransactions(client: pg.Client, block: SealedBlock): Promise<string> {
  return new Promise((resolve, reject) => {
    client.query(
      new BlockQuery(block, 'run_block', (error, text) => {
        if (error === null) resolve(text);
        else reject(error);
      }),
    );
  });
}
