/**
 * A member's own Postgres of another major version, reached by address with passwords: set-up,
 * check, and the same rights as in the embedded one. Tried on whichever versions Debian's packages
 * have put on the machine; skipped where there are none.
 */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../../../../test/support/postgres.ts';
import { checkServer, refuseUnsafeServer } from './check-server.ts';
import { type AddressConnection, connect } from './connection.ts';
import { type ServerAccount, serverAccount } from './server-account.ts';
import { prepareDatabase, setUpDatabase } from './set-up.ts';

const VERSIONS = [15, 16, 17, 18].filter((version) =>
  existsSync(`/usr/lib/postgresql/${version}/bin/initdb`),
);

const PASSWORDS = {
  postgres: 'administrator',
  bucordo_node: 'node word',
  bucordo_reader: 'reader word',
} as const;

let directory: string;
let account: ServerAccount;
let port: number;

function run(version: number, program: string, args: readonly string[]): void {
  const as = account.isOther ? { uid: account.uid, gid: account.gid } : {};
  const env = { LC_ALL: 'C', PATH: '/usr/bin:/bin' };
  execFileSync(`/usr/lib/postgresql/${version}/bin/${program}`, args, {
    ...as,
    env,
    cwd: '/',
    stdio: 'ignore',
  });
}

async function startOwnServer(version: number): Promise<void> {
  directory = await temporaryDirectory('bucordo-own-');
  account = await serverAccount();
  const data = path.join(directory, 'data');
  await mkdir(data, { mode: 0o700 });
  for (const [role, password] of Object.entries(PASSWORDS)) {
    await writeFile(path.join(directory, role), `${password}\n`);
  }
  if (account.isOther) await chown(data, account.uid, account.gid);
  const administrator = path.join(directory, 'postgres');
  run(version, 'initdb', [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'scram-sha-256',
    `--pwfile=${administrator}`,
    '-E',
    'UTF8',
    // As most servers are; the node's database has its own.
    '--locale=C.UTF-8',
  ]);
  port = await freePort();
  const settings = `listen_addresses = '127.0.0.1'\nport = ${port}\nunix_socket_directories = ''\nshared_buffers = '16MB'\n`;
  await appendFile(path.join(data, 'postgresql.conf'), settings);
  run(version, 'pg_ctl', ['-D', data, '-w', '-l', path.join(data, 'log'), 'start']);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function connection(role: keyof typeof PASSWORDS, database: string): AddressConnection {
  return { url: `postgres://127.0.0.1:${port}/`, passwordFile: path.join(directory, role), role, database };
}

describe.each(VERSIONS)('the member’s own Postgres %i', (version) => {
  let superuser: pg.Client;

  beforeAll(async () => {
    await startOwnServer(version);
    await prepareDatabase(connection('postgres', 'postgres'), 'shop');
    superuser = await connect(connection('postgres', 'shop'));
    for (const role of ['bucordo_node', 'bucordo_reader'] as const) {
      await superuser.query(`ALTER ROLE ${role} PASSWORD '${PASSWORDS[role]}'`);
    }
  });

  afterAll(async () => {
    await superuser?.end();
    run(version, 'pg_ctl', ['-D', path.join(directory, 'data'), '-w', '-m', 'immediate', 'stop']);
    await rm(directory, { recursive: true, force: true });
  });

  test('passes the check as the node’s login, without a superuser', async () => {
    const client = await connect(connection('bucordo_node', 'shop'));
    const findings = await checkServer(client);
    await client.end();
    expect(findings.filter((finding) => finding.severity === 'refuse')).toEqual([]);
    expect(() => refuseUnsafeServer(findings)).not.toThrow();
  });

  test('refuses a wrong password', async () => {
    const wrong = {
      ...connection('bucordo_node', 'shop'),
      passwordFile: path.join(directory, 'bucordo_reader'),
    };
    await expect(connect(wrong)).rejects.toMatchObject({ code: 'postgres_login_refused' });
  });

  test('shows what a restore opened, and a second set-up closes it', async () => {
    await superuser.query('GRANT EXECUTE ON FUNCTION pg_catalog.random() TO PUBLIC');
    const client = await connect(connection('bucordo_node', 'shop'));
    const found = await checkServer(client);
    expect(found).toContainEqual(expect.objectContaining({ code: 'catalogue_public', severity: 'refuse' }));
    await setUpDatabase(superuser);
    expect((await checkServer(client)).map((finding) => finding.code)).not.toContain('catalogue_public');
    await client.end();
  });

  test('lets contracts compute but not look at the clock or give commands', async () => {
    await superuser.query(`
      CREATE ROLE bucordo_c_shop NOLOGIN;
      GRANT bucordo_contract TO bucordo_c_shop`);
    await superuser.query('SET ROLE bucordo_c_shop');
    await superuser.query(
      "SELECT 1 + 1, lower('A'), round(1.25, 1), sha256('x'), 5 IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)",
    );
    await expect(superuser.query('SELECT now()')).rejects.toMatchObject({ code: '42501' });
    await expect(superuser.query('CREATE TEMP TABLE a (b int)')).rejects.toMatchObject({ code: '42501' });
    await superuser.query('RESET ROLE');
  });

  test('lets a reader read and nothing else', async () => {
    const reader = await connect(connection('bucordo_reader', 'shop'));
    await reader.query('SELECT table_name FROM information_schema.tables ORDER BY 1');
    await expect(reader.query('SELECT pg_sleep(1)')).rejects.toMatchObject({ code: '42501' });
    await reader.end();
  });
});

test.runIf(VERSIONS.length === 0)('no Postgres of the machine’s own was found', (context) => {
  context.skip();
});
