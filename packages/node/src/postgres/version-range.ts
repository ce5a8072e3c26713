/** The major versions of Postgres that a network pins in its genesis, against the one that a node has. */

import type { PostgresRange } from '@bucordo/protocol';
import type pg from 'pg';
import type { ServerFinding } from './check-server.ts';

/** A finding that forbids to start when the server is of another major version than `range`; none when the network pins none. */
export async function checkVersionRange(
  client: pg.ClientBase,
  range: PostgresRange | undefined,
): Promise<ServerFinding[]> {
  if (range === undefined) return [];
  const { rows } = await client.query<{ major: number }>(
    `SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS major`,
  );
  const major = rows[0]?.major ?? 0;
  if (major >= range.from && major <= range.to) return [];
  const wanted = range.from === range.to ? `${range.from}` : `${range.from} to ${range.to}`;
  return [
    {
      code: 'version_not_pinned',
      setting: 'server version',
      found: `Postgres ${major}`,
      wanted: `${wanted}, as the genesis of the network says`,
      remedy: `Use a server of version ${wanted}: what contracts mean differs between versions.`,
      severity: 'refuse',
    },
  ];
}
