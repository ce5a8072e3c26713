/** Reads what the start-up check judges; decides nothing. */

import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { ROLES } from './set-up.ts';

const SQL_DIRECTORY = new URL('../../sql/setup/', import.meta.url);

/** Locale of a database, in the words of `pg_database`. */
export interface DatabaseLocale {
  readonly encoding: string;
  /** `c` libc, `i` ICU, `b` builtin. */
  readonly provider: string;
  readonly collate: string;
  readonly ctype: string;
  /** Name of the builtin or ICU locale; null for libc. */
  readonly locale: string | null;
}

/** A difference between the rights of a role and what the set-up gives it. */
export interface RightDifference {
  readonly role: string;
  /** True where a right is missing, false where there is one too many. */
  readonly isMissing: boolean;
  readonly count: number;
  /** The first five routines. */
  readonly routines: readonly string[];
}

/** Server, database and login as found. Names of objects are as Postgres prints them. */
export interface ServerFacts {
  /** As in `server_version_num`: 180004 is 18.4. */
  readonly version: number;
  readonly database: string;
  readonly login: string;
  readonly isStandby: boolean;
  /** Value in this session by name; a setting that the version does not know is absent. */
  readonly settings: Readonly<Record<string, string>>;
  readonly locale: DatabaseLocale;
  /** Connected over a network without encryption. */
  readonly isPlaintext: boolean;
  readonly isSuperuser: boolean;
  /** Roles whose rights the login has besides its own. */
  readonly memberships: readonly string[];
  readonly missingRoles: readonly string[];
  /** Roles of the node with an attribute that the set-up never gives. */
  readonly powerfulRoles: readonly string[];
  /** The system's roles with rights of others that they must not have, as `role in group`. */
  readonly unsafeMemberships: readonly string[];
  /** Rights and memberships of the set-up that are gone. */
  readonly missingRights: readonly string[];
  readonly publicRoutines: readonly string[];
  readonly publicTables: readonly string[];
  readonly publicLanguages: readonly string[];
  readonly publicDatabaseRights: readonly string[];
  readonly publicSchemas: readonly string[];
  /** `A` when as set up; null when missing; otherwise its state, or `changed`. */
  readonly eventTrigger: string | null;
  /** The guard schema of the set-up exists. */
  readonly isSetUp: boolean;
  readonly rights: readonly RightDifference[];
  /** What roles of contracts hold outside their fence. */
  readonly outsideFence: readonly HeldObject[];
}

/** An object on which a role holds a right, or which it owns. */
export interface HeldObject {
  readonly role: string;
  /** As Postgres describes it. */
  readonly object: string;
}

type PlainFacts = Omit<ServerFacts, 'rights' | 'outsideFence'>;

/** Reads the facts through a connection of the node; about 0.1 s. `settings` names the settings wanted. */
export async function readServerFacts(
  client: pg.ClientBase,
  settings: readonly string[],
): Promise<ServerFacts> {
  const [facts, rights] = await Promise.all([readSql('facts.sql'), readSql('rights.sql')]);
  const { rows } = await client.query<PlainFacts>(facts, [settings, Object.values(ROLES)]);
  const plain = rows[0];
  if (plain === undefined) throw new Error('facts.sql returned no row');
  if (!plain.isSetUp || plain.missingRoles.length > 0) return { ...plain, rights: [], outsideFence: [] };
  const differences = await client.query<RightDifference>(rights);
  const outside = await client.query<HeldObject>(await readSql('fence.sql'));
  return { ...plain, rights: differences.rows, outsideFence: outside.rows };
}

function readSql(name: string): Promise<string> {
  return readFile(new URL(name, SQL_DIRECTORY), 'utf8');
}
