/** Where the chain in this database ends, and which network it is. */

import type pg from 'pg';
import type { ChainHead } from '../chain/sealed-block.ts';
import { Fault } from '../fault.ts';

/** Reads the last committed block; height 0 when there is none yet. */
export async function readHead(client: pg.ClientBase): Promise<ChainHead> {
  const { rows } = await client.query<{
    height: string;
    time: string;
    block_hash: Buffer;
    state_hash: Buffer;
  }>(
    `SELECT s.height::text AS height, s.block_time::text AS time, s.block_hash, s.state_hash
       FROM bucordo.state AS s
      ORDER BY s.height DESC
      LIMIT 1`,
  );
  const row = rows[0];
  if (row === undefined) throw notFounded();
  return {
    height: Number(row.height),
    time: Number(row.time),
    blockHash: row.block_hash,
    stateHash: row.state_hash,
  };
}

/** Throws a fault unless the database holds the network of this id. */
export async function requireNetwork(client: pg.ClientBase, networkId: Uint8Array): Promise<void> {
  const { rows } = await client
    .query<{ id: Buffer }>('SELECT n.id FROM bucordo.network AS n')
    .catch((cause: unknown) => {
      throw isUndefined(cause) ? notFounded(cause) : cause;
    });
  const id = rows[0]?.id;
  if (id?.equals(networkId) === true) return;
  throw new Fault(
    'network_mismatch',
    `The database holds another network than the genesis founds: ${id?.toString('hex') ?? 'one without an id'}, not ${Buffer.from(networkId).toString('hex')}`,
    {
      facts: { database: id?.toString('hex') ?? '', genesis: Buffer.from(networkId).toString('hex') },
      hint: 'Name the genesis file of this database, or another database.',
    },
  );
}

// 3F000 and 42P01: the schema or the table does not exist.
function isUndefined(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '3F000' || error.code === '42P01');
}

function notFounded(cause?: unknown): Fault {
  return new Fault('network_missing', 'The database holds no network', {
    ...(cause === undefined ? {} : { cause }),
    hint: 'Install the genesis in it first.',
  });
}

/** Throws a fault unless the server's messages are in English: what a receipt says of an error is derived from their words. */
export async function requireEnglish(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ language: string }>(
    `SELECT pg_catalog.current_setting('lc_messages') AS language`,
  );
  const language = rows[0]?.language ?? '';
  if (/^(C|POSIX|en)/.test(language)) return;
  throw new Fault('postgres_unsafe', `Postgres speaks ${language} to the node`, {
    facts: { lc_messages: language },
    hint: "Run ALTER ROLE bucordo_node SET lc_messages = 'C' as a superuser.",
  });
}
