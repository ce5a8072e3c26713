/**
 * One real Postgres for all tests of a run, and fresh databases in it.
 *
 * Under vitest the server is started once by `global-setup.ts`; a file run in another way starts
 * one of its own at the first call. Both end with the process. The server keeps the durable
 * settings of a real node, so that nothing is tested that does not run.
 */

import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type ConnectionOptions, connect } from '../../packages/node/src/postgres/connection.ts';
import { type PostgresServer, startEmbedded } from '../../packages/node/src/postgres/embedded.ts';
import { createDatabase, prepareDatabase } from '../../packages/node/src/postgres/set-up.ts';

/** Tells the processes of a run where the server of the run listens. */
const SOCKET_VARIABLE = 'BUCORDO_TEST_POSTGRES';

/** The database from which fresh ones are copied: roles, revokes and grants are in place. */
const TEMPLATE = 'bucordo_template';

const DATABASE_RIGHTS = new URL('../../packages/node/sql/setup/database.sql', import.meta.url);

/** The server shared by the tests of a run. */
export interface TestServer {
  readonly socketDirectory: string;
  /** How to connect as `role` (`postgres` is the superuser) to `database`. */
  connection(role: string, database: string): ConnectionOptions;
}

/** A database of one test. */
export interface TestDatabase {
  readonly name: string;
  /** How to connect as `role`: `postgres`, `bucordo_node`, `bucordo_reader`. */
  connection(role: string): ConnectionOptions;
  /** Removes the database and ends its sessions. */
  drop(): Promise<void>;
}

/** A server of this process, with the function that ends it. */
export interface OwnTestServer extends TestServer {
  stop(): Promise<void>;
}

let own: Promise<OwnTestServer> | null = null;

/** The server of the run; starts one when there is none yet. */
export function testServer(): Promise<TestServer> {
  const socketDirectory = process.env[SOCKET_VARIABLE];
  if (socketDirectory !== undefined) return Promise.resolve(serverAt(socketDirectory));
  own ??= startTestServer();
  return own;
}

/** A new database with roles, revokes and grants, as a node finds it before its genesis; about 0.1 s. */
export function freshDatabase(): Promise<TestDatabase> {
  return databaseFrom(TEMPLATE);
}

/** A copy of a database to which nobody is connected. */
export function copyDatabase(database: TestDatabase): Promise<TestDatabase> {
  return databaseFrom(database.name);
}

async function databaseFrom(template: string): Promise<TestDatabase> {
  const server = await testServer();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asSuperuser(server, 'postgres', `CREATE DATABASE ${name} TEMPLATE ${template}`);
  // Rights on a database are not copied with it.
  await asSuperuser(server, name, await readFile(DATABASE_RIGHTS, 'utf8'));
  return {
    name,
    connection: (role) => server.connection(role, name),
    drop: () => asSuperuser(server, 'postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** An empty database without any set-up; for tests of the set-up itself. */
export async function bareDatabase(): Promise<TestDatabase> {
  const server = await testServer();
  const name = `bare_${randomBytes(6).toString('hex')}`;
  const client = await connect(server.connection('postgres', 'postgres'));
  try {
    await createDatabase(client, name);
  } finally {
    await client.end();
  }
  return {
    name,
    connection: (role) => server.connection(role, name),
    drop: () => asSuperuser(server, 'postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** Starts a server with the template database and tells it to processes started from here on. */
export async function startTestServer(): Promise<OwnTestServer> {
  const directory = await temporaryDirectory('bucordo-test-');
  const server = await startEmbedded({
    dataDirectory: path.join(directory, 'data'),
    sharedBuffersMib: 128,
    maxWalMib: 1024,
    settings: { max_connections: '100' },
  });
  const end = (): void => endAtOnce(server, directory);
  process.once('exit', end);
  await prepareDatabase(server.connection('postgres', 'postgres'), TEMPLATE);
  process.env[SOCKET_VARIABLE] = server.socketDirectory;
  return {
    ...serverAt(server.socketDirectory),
    stop: async () => {
      delete process.env[SOCKET_VARIABLE];
      own = null;
      process.off('exit', end);
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/**
 * A new folder below the system's temporary one, which the account of an embedded server may pass
 * even when the tests run as root. The caller removes it.
 */
export async function temporaryDirectory(prefix: string): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), prefix));
  await chmod(directory, 0o711);
  return directory;
}

function serverAt(socketDirectory: string): TestServer {
  return { socketDirectory, connection: (role, database) => ({ socketDirectory, role, database }) };
}

async function asSuperuser(server: TestServer, database: string, sql: string): Promise<void> {
  const client = await connect(server.connection('postgres', database));
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

// For runs that end without a teardown: nothing of the data is kept, so the server need not stop in order.
function endAtOnce(server: PostgresServer, directory: string): void {
  try {
    process.kill(server.pid, 'SIGQUIT');
  } catch {
    // It has ended already.
  }
  rmSync(directory, { recursive: true, force: true });
}
