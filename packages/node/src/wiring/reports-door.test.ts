/** The door for reports of an embedded server: one login, by password, over TCP; and what tools ask there. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BANK } from '../../../../test/support/bank-contract.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import { type NodeDatabase, openDatabase, prepareLedger } from './node-database.ts';

const PASSWORD = "it's a long 'password'";
const directory = mkdtempSync(join(tmpdir(), 'bucordo-reports-'));
let database: NodeDatabase;
let port: number;

beforeAll(async () => {
  port = await freePort();
  const passwordFile = join(directory, 'reports.password');
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  const reports = { host: '127.0.0.1', port, passwordFile };
  database = await openDatabase({ kind: 'embedded', dataDirectory: join(directory, 'postgres'), reports });
  const { genesis, document, networkId } = new TestChain([BANK]);
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  await prepareLedger(database, { genesis, document, network: networkId }, log);
});

afterAll(async () => {
  await database?.stop();
  rmSync(directory, { recursive: true, force: true });
});

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const found = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(found));
    });
  });
}

function logIn(user: string, password: string): Promise<pg.Client> {
  const client = new pg.Client({ host: '127.0.0.1', port, user, password, database: 'bucordo' });
  return client.connect().then(() => client);
}

test('lets the reports in by their password, and nobody else', async () => {
  const client = await logIn('bucordo_member_reader', PASSWORD);
  await client.end();
  await expect(logIn('bucordo_member_reader', 'another long password')).rejects.toThrow('password');
  for (const role of ['postgres', 'bucordo_node', 'bucordo_member', 'bucordo_reader'])
    await expect(logIn(role, PASSWORD)).rejects.toThrow('pg_hba.conf');
});

test('a short password is refused before anything is open', async () => {
  const passwordFile = join(directory, 'short.password');
  writeFileSync(passwordFile, 'secret\n', { mode: 0o600 });
  const reports = { host: '127.0.0.1', port: await freePort(), passwordFile };
  const opening = openDatabase({ kind: 'embedded', dataDirectory: join(directory, 'other'), reports });
  await expect(opening).rejects.toMatchObject({ code: 'config_invalid', facts: { characters: 6 } });
});

/** What psql, pgAdmin, DBeaver, DataGrip, Metabase and Grafana ask, in short. */
test.each([
  [
    'triggers of a table, as \\d asks',
    `SELECT t.tgname, pg_catalog.pg_get_triggerdef(t.oid, true),
            (SELECT u.tgrelid::regclass FROM pg_catalog.pg_trigger AS u, pg_catalog.pg_partition_ancestors(t.tgrelid) WITH ORDINALITY AS a (relid, depth)
              WHERE u.tgname = t.tgname AND u.tgrelid = a.relid AND u.tgparentid = 0 LIMIT 1)
       FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = 'bank.account'::regclass`,
  ],
  ['the tree of partitions', `SELECT * FROM pg_catalog.pg_partition_tree('bank.account'::regclass)`],
  ['whether it is a copy', 'SELECT pg_catalog.pg_is_in_recovery()'],
  ['sequences with their values', 'SELECT * FROM pg_catalog.pg_sequences'],
  ['a setting of the session', `SELECT pg_catalog.set_config('bytea_output', 'hex', false)`],
  ['the number of its transaction', 'SELECT pg_catalog.txid_current()'],
  ['who is there', 'SELECT pid, usename, state FROM pg_catalog.pg_stat_activity'],
  ['locks', 'SELECT * FROM pg_catalog.pg_locks'],
  ['columns', `SELECT * FROM information_schema.columns WHERE table_schema = 'bank'`],
  ['constraints', 'SELECT pg_catalog.pg_get_constraintdef(c.oid) FROM pg_catalog.pg_constraint AS c'],
  ['sizes', `SELECT pg_catalog.pg_total_relation_size('bank.account'::regclass)`],
  ['statistics of tables', 'SELECT * FROM pg_catalog.pg_stat_user_tables'],
  ['what would be read', 'EXPLAIN SELECT * FROM bank.account'],
])('answers %s', async (_, sql) => {
  const client = await logIn('bucordo_member_reader', PASSWORD);
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
});

test('and writes nothing', async () => {
  const client = await logIn('bucordo_member_reader', PASSWORD);
  try {
    await client.query('SET default_transaction_read_only = off');
    await expect(client.query('DELETE FROM bank.account')).rejects.toMatchObject({ code: '42501' });
    await expect(client.query('SELECT pg_catalog.pg_terminate_backend(1)')).rejects.toMatchObject({
      code: '42501',
    });
  } finally {
    await client.end();
  }
});
