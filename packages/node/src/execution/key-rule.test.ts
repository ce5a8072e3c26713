/** The rule for keys that may be enrolled, where the nodes decide together, against the protocol's own. */

import { readFileSync } from 'node:fs';
import { admitKey, fromHex, publicKeyOf, toHex } from '@bucordo/protocol';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { seedOf } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';
import { readSql } from './sql-text.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await freshDatabase();
  client = await connect(database.connection('postgres'));
  await client.query('CREATE SCHEMA bucordo; SET search_path = pg_catalog, pg_temp');
  await client.query(readSql('system/key-rule.sql'));
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

async function isAdmitted(key: Uint8Array): Promise<boolean | null> {
  const { rows } = await client.query<{ is: boolean | null }>('SELECT bucordo.is_admitted_key($1) AS is', [
    key,
  ]);
  return rows[0]?.is ?? null;
}

const file = new URL('../../../../docs/spec/vectors/ed25519-speccheck.json', import.meta.url);
const { vectors }: { vectors: { key: string }[] } = JSON.parse(readFileSync(file, 'utf8'));
const P = 2n ** 255n - 19n;
const littleEndian = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 255n));

test.each([
  ...vectors.map(({ key }) => key),
  ...['', 'alpha', 'beta'].map((name) => toHex(publicKeyOf(seedOf(name)))),
  ...[0n, 1n, 2n, 3n, 4n, 5n, P - 1n, P, P + 1n, P + 3n].map((y) => toHex(littleEndian(y))),
  // The same with the sign bit.
  ...[0n, 1n, 2n, 3n, P - 1n, P].map((y) => toHex(littleEndian(y + 2n ** 255n))),
  'ff'.repeat(32),
])('judges %s as the protocol does', async (key) => {
  expect(await isAdmitted(fromHex(key))).toBe(admitKey(fromHex(key)));
});

test('judges any bytes as the protocol does', async () => {
  const keys = Array.from({ length: 60 }, (_, index) => seedOf(`any ${index}`));
  for (const key of keys) expect([toHex(key), await isAdmitted(key)]).toEqual([toHex(key), admitKey(key)]);
});
