/** Networks that earlier versions of the program have founded and filled; `keep-network.test.ts` kept them. */

import { createPrivateKey } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { publicKeyOf } from '@bucordo/protocol';

import { writeSecretFile } from '../../packages/node/src/identity/secret-file.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import type { TestIdentity } from '../network/support/chain-builder.ts';
import { type Member, openTestNetwork, type TestNetwork } from '../network/support/test-network.ts';
import { freshDatabase, type TestDatabase, temporaryDirectory } from '../support/postgres.ts';

const KEPT = new URL('kept/', import.meta.url);

/** A new database with what the kept network's ordering node had in its own. */
export async function restoreKept(name: string): Promise<TestDatabase> {
  const database = await freshDatabase();
  const dump = gunzipSync(readFileSync(new URL(`${name}/network.sql.gz`, KEPT))).toString('utf8');
  const client = await connect(database.connection('postgres'));
  try {
    // Lines with a backslash are for psql.
    await client.query(dump.replace(/^\\(un)?restrict .*$/gm, ''));
  } finally {
    await client.end();
  }
  return database;
}

/** The genesis of the network in this database, byte for byte. */
export async function genesisIn(database: TestDatabase): Promise<Uint8Array> {
  const client = await connect(database.connection('postgres'));
  try {
    const { rows } = await client.query<{ document: Buffer }>('SELECT n.document FROM bucordo.network AS n');
    return rows[0]?.document ?? new Uint8Array();
  } finally {
    await client.end();
  }
}

/** The kept network of this name with the keys of its members; no node has a database of it yet. */
export async function openKept(name: string, document: Uint8Array): Promise<TestNetwork> {
  const directory = await temporaryDirectory('bucordo-network-');
  const seeds: Readonly<Record<string, { readonly node: string; readonly clerk: string }>> = JSON.parse(
    readFileSync(new URL(`${name}/seeds.json`, KEPT), 'utf8'),
  );
  const clerks = new Map<Member, TestIdentity>();
  for (const member of ['buyer', 'seller'] as const) {
    const { node = '', clerk = '' } = seeds[member] ?? {};
    mkdirSync(join(directory, member), { mode: 0o700 });
    writeSecretFile(join(directory, member, 'node.pem'), pemOf(Buffer.from(node, 'hex')));
    const seed = new Uint8Array(Buffer.from(clerk, 'hex'));
    clerks.set(member, { seed, key: publicKeyOf(seed) });
  }
  return openTestNetwork({ document, directory, clerks });
}

function pemOf(seed: Uint8Array): string {
  const key = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      d: Buffer.from(seed).toString('base64url'),
      x: Buffer.from(publicKeyOf(seed)).toString('base64url'),
    },
  });
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
