/**
 * A Postgres as an organisation has it: Debian's, by address, with passwords, with an administrator
 * who prepares a database for a node by the script that `bucordo postgres-setup` prints.
 */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { runBucordo } from '../../../packages/cli/test/run-bucordo.ts';
import { type AddressConnection, connect } from '../../../packages/node/src/postgres/connection.ts';
import { type ServerAccount, serverAccount } from '../../../packages/node/src/postgres/server-account.ts';
import { temporaryDirectory } from '../../support/postgres.ts';

/** Major versions that Debian's packages have put on this machine. */
export const OWN_VERSIONS: readonly number[] = [15, 16, 17, 18].filter((version) =>
  existsSync(`/usr/lib/postgresql/${version}/bin/initdb`),
);

/** A superuser who is there for the set-up only, and the logins of a node. */
const LOGINS = ['postgres', 'founder', 'bucordo_node', 'bucordo_reader', 'bucordo_member_reader'];

/** The server with its database `shop`. Passwords are in the password file that `PGPASSFILE` names. */
export interface OwnServer {
  /** The address for a configuration, `user` being a login or nobody. */
  url(user?: string): string;
  connection(role: string): AddressConnection;
  /** Runs a statement as the administrator. */
  administer(sql: string): Promise<Record<string, unknown>[]>;
  /** Stops the server and removes it. */
  end(): Promise<void>;
}

/** Starts a server, and prepares the database `shop` as an administrator does. */
export async function startOwnServer(version: number): Promise<OwnServer> {
  const directory = await temporaryDirectory('bucordo-own-');
  const account = await serverAccount();
  const port = await freePort();
  await writePasswords(directory);
  await startServer({ directory, version, account, port });
  const server = serverAt({ directory, version, account, port });
  try {
    await server.administer("CREATE ROLE founder LOGIN SUPERUSER PASSWORD 'founder-word'");
    await prepareShop({ directory, version, port });
    for (const login of LOGINS.slice(2)) {
      await server.administer(`ALTER ROLE ${login} PASSWORD '${login}-word'`);
    }
    return server;
  } catch (error) {
    await server.end();
    throw error;
  }
}

interface Place {
  readonly directory: string;
  readonly version: number;
  readonly account: ServerAccount;
  readonly port: number;
}

function program(version: number, name: string): string {
  return `/usr/lib/postgresql/${version}/bin/${name}`;
}

function run({ version, account }: Place, name: string, args: readonly string[]): void {
  const as = account.isOther ? { uid: account.uid, gid: account.gid } : {};
  const env = { LC_ALL: 'C', PATH: '/usr/bin:/bin' };
  execFileSync(program(version, name), args, { ...as, env, cwd: '/', stdio: 'ignore' });
}

async function writePasswords(directory: string): Promise<void> {
  const lines = LOGINS.map((login) => `*:*:*:${login}:${login}-word\n`).join('');
  const file = join(directory, 'passwords');
  await writeFile(file, lines, { mode: 0o600 });
  process.env['PGPASSFILE'] = file;
}

async function startServer(place: Place): Promise<void> {
  const { directory, account, port } = place;
  const data = join(directory, 'data');
  await mkdir(data, { mode: 0o700 });
  if (account.isOther) await chown(data, account.uid, account.gid);
  const password = join(directory, 'administrator');
  await writeFile(password, 'postgres-word\n');
  const authentication = ['-A', 'scram-sha-256', `--pwfile=${password}`];
  run(place, 'initdb', ['-D', data, '-U', 'postgres', ...authentication, '-E', 'UTF8', '--locale=C.UTF-8']);
  const settings = ["listen_addresses = '127.0.0.1'", `port = ${port}`, "unix_socket_directories = ''"];
  await appendFile(join(data, 'postgresql.conf'), `${settings.join('\n')}\nshared_buffers = '32MB'\n`);
  run(place, 'pg_ctl', ['-D', data, '-w', '-l', join(data, 'log'), 'start']);
}

async function prepareShop({ directory, version, port }: Omit<Place, 'account'>): Promise<void> {
  const { stdout, stderr, code } = await runBucordo(directory, 'postgres-setup');
  if (code !== 0) throw new Error(stderr);
  const psql = (database: string, ...args: string[]): void => {
    const at = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-d', database];
    const words = ['-X', '-v', 'ON_ERROR_STOP=1', ...at, ...args];
    execFileSync(program(version, 'psql'), words, { stdio: ['pipe', 'ignore', 'inherit'], input: stdout });
  };
  psql(
    'postgres',
    '-c',
    "CREATE DATABASE shop TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'",
  );
  psql('shop');
}

function serverAt(place: Place): OwnServer {
  const url = (user = ''): string =>
    `postgres://${user === '' ? '' : `${user}@`}127.0.0.1:${place.port}/shop`;
  const connection = (role: string, database = 'shop'): AddressConnection => ({ url: url(), role, database });
  return {
    url,
    connection,
    administer: async (sql) => {
      const client = await connect(connection('postgres', 'postgres'));
      try {
        return (await client.query<Record<string, unknown>>(sql)).rows;
      } finally {
        await client.end();
      }
    },
    end: async () => {
      run(place, 'pg_ctl', ['-D', join(place.directory, 'data'), '-w', '-m', 'immediate', 'stop']);
      await rm(place.directory, { recursive: true, force: true });
    },
  };
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
