/**
 * Sets up a database: roles, what each may do, and the guard against commands that contracts must
 * not give. This is the only part of a node's life that needs a superuser; afterwards the node
 * works as `bucordo_node`.
 *
 * Where the member's own Postgres is used, its administrator can run the printed script
 * ({@link setUpScript}) instead of lending a superuser to the node. What needs the superuser: the
 * roles (a role with CREATEROLE would do), the rights on functions and tables of the system
 * catalogue (their owner is the superuser), the languages, and the event trigger.
 */

import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { Fault } from '../fault.ts';
import { type ConnectionOptions, connect } from './connection.ts';

const SET_UP_DIRECTORY = new URL('../../sql/setup/', import.meta.url);

/** The files in the order in which they run. */
const SET_UP_FILES = [
  'locale.sql',
  'roles.sql',
  'database.sql',
  'guard.sql',
  'functions.sql',
  'privileges.sql',
] as const;

/** Names of the roles, as the SQL files have them. */
export const ROLES = {
  owner: 'bucordo_owner',
  node: 'bucordo_node',
  reader: 'bucordo_reader',
  member: 'bucordo_member',
  memberReader: 'bucordo_member_reader',
  contract: 'bucordo_contract',
  deploy: 'bucordo_deploy',
} as const;

/**
 * What a database of a node is made with. All nodes of a network have the same, whatever their version
 * and their system: letters and their order are then Postgres's own, and none of a library's.
 */
export const DATABASE_OPTIONS = `TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'`;

/**
 * Sets up the database that `superuser` is connected to, in one transaction of about a second. Run
 * again, it repairs what differs and changes nothing else. Databases of one server may be set up at
 * the same time.
 */
export async function setUpDatabase(superuser: pg.ClientBase): Promise<void> {
  await requireSuperuser(superuser);
  try {
    await superuser.query(await transactionText());
  } catch (error) {
    await superuser.query('ROLLBACK');
    throw error;
  }
}

/**
 * Creates `database` as all nodes have it ({@link DATABASE_OPTIONS}), unless it exists. Returns whether
 * it was created. `superuser` is connected to another database of the server and outside a transaction.
 */
export async function createDatabase(superuser: pg.ClientBase, database: string): Promise<boolean> {
  const found = await superuser.query('SELECT FROM pg_catalog.pg_database WHERE datname = $1', [database]);
  if ((found.rowCount ?? 0) > 0) return false;
  await superuser.query(`CREATE DATABASE ${superuser.escapeIdentifier(database)} ${DATABASE_OPTIONS}`);
  return true;
}

/**
 * Creates `database` if need be and sets it up. `superuser` names the server and a superuser's
 * login; its `database` is any that exists already, usually `postgres`.
 */
export async function prepareDatabase(superuser: ConnectionOptions, database: string): Promise<void> {
  const server = await connect(superuser);
  try {
    await createDatabase(server, database);
  } finally {
    await server.end();
  }
  const client = await connect({ ...superuser, database });
  try {
    await setUpDatabase(client);
  } finally {
    await client.end();
  }
}

/**
 * The set-up as one script for an administrator, to be run by a superuser in the database it is
 * meant for, on Postgres 15 to 18: `psql -X -v ON_ERROR_STOP=1 -f set-up.sql bucordo`. It sets no
 * passwords; the four logins get theirs with `\password`.
 */
export async function setUpScript(): Promise<string> {
  return [
    '-- Sets up this database for a Bucordo node. Run it as a superuser, in a database of its own:',
    `--   CREATE DATABASE bucordo ${DATABASE_OPTIONS};`,
    '-- Run the file with: psql -X -v ON_ERROR_STOP=1 -f set-up.sql bucordo',
    '-- Afterwards give the logins their passwords: \\password bucordo_node, \\password bucordo_reader,',
    '-- \\password bucordo_member, \\password bucordo_member_reader.',
    '-- Nobody else keeps the built-in functions in this database: a login of your own that reads here',
    '-- needs them back, GRANT bucordo_reader TO <login>.',
    '-- Run it again after every restore and after every upgrade.',
    '',
    await transactionText(),
  ].join('\n');
}

async function transactionText(): Promise<string> {
  const files = SET_UP_FILES.map((name) => readFile(new URL(name, SET_UP_DIRECTORY), 'utf8'));
  const head =
    'BEGIN;\nSET LOCAL search_path = pg_catalog, pg_temp;\nSET LOCAL client_min_messages = warning;\n';
  return [head, ...(await Promise.all(files)), 'COMMIT;\n'].join('\n');
}

async function requireSuperuser(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string; is_superuser: boolean }>(
    `SELECT rolname AS name, rolsuper AS is_superuser FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER`,
  );
  if (rows[0]?.is_superuser === true) return;
  const role = rows[0]?.name ?? '';
  throw new Fault('postgres_superuser_needed', `The set-up needs a superuser, and ${role} is none`, {
    facts: { role },
    hint: 'Connect as a superuser, or have the administrator run the printed set-up script.',
  });
}
