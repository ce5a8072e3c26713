/** What of the program's releases is in a database, and which rules its members have decided about. */

import type pg from 'pg';
import { Fault } from '../fault.ts';
import {
  newestRules,
  newestSchema,
  PROGRAM_VERSION,
  type Release,
  type RulesVersion,
  rulesHash,
} from './release.ts';

/** The versions that a database is at. */
export interface InstalledVersions {
  /** Of the node's own schema. */
  readonly schema: number;
  /** Of the rules by which its functions work. */
  readonly rules: number;
}

/** A part of a release that has versions. */
type Part = keyof InstalledVersions;

/** Rules that hold from a height on, by the genesis or by decision. */
export interface DecidedRules {
  readonly version: number;
  /** SHA-256 of their text. */
  readonly hash: Uint8Array;
  readonly fromHeight: number;
}

/** Reads what is installed. A database without the table was founded before there were versions: everything is at 1. */
export async function readInstalled(client: pg.ClientBase): Promise<InstalledVersions> {
  const table = await client.query<{ is_there: boolean }>(
    "SELECT pg_catalog.to_regclass('bucordo.installed') IS NOT NULL AS is_there",
  );
  if (table.rows[0]?.is_there !== true) return { schema: 1, rules: 1 };
  const { rows } = await client.query<{ part: string; version: number }>(
    'SELECT i.part, max(i.version) AS version FROM bucordo.installed AS i GROUP BY i.part ORDER BY i.part',
  );
  const versionOf = (name: string): number => rows.find(({ part }) => part === name)?.version ?? 1;
  return { schema: versionOf('schema'), rules: versionOf('rules') };
}

/** Notes that a version is installed, after the block of this height. */
export async function recordInstalled(
  client: pg.ClientBase,
  part: Part,
  { version, height }: { readonly version: number; readonly height: number },
): Promise<void> {
  await client.query(
    'INSERT INTO bucordo.installed (part, version, height, program) VALUES ($1, $2, $3, $4)',
    [part, version, height, PROGRAM_VERSION],
  );
}

/** Runs one query; {@link oneConnection} makes one of a client. */
export interface RulesReading {
  rows<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<Row[]>;
}

/** Queries of a client that is the caller's. */
export function oneConnection(client: pg.ClientBase): RulesReading {
  return {
    rows: async <Row extends pg.QueryResultRow>(query: pg.QueryConfig) =>
      (await client.query<Row>(query)).rows,
  };
}

/** The hash of the texts from which functions and views of the database were made; null when that is not known. */
export async function readTexts(client: pg.ClientBase): Promise<Uint8Array | null> {
  const { rows } = await client.query<{ texts: Buffer | null }>(
    "SELECT i.texts FROM bucordo.installed AS i WHERE i.part = 'schema' ORDER BY i.version DESC LIMIT 1",
  );
  return rows[0]?.texts ?? null;
}

/** Notes from which texts functions and views were made. */
export async function recordTexts(client: pg.ClientBase, texts: Uint8Array): Promise<void> {
  await client.query(
    `UPDATE bucordo.installed SET texts = $1
      WHERE part = 'schema' AND version = (SELECT max(i.version) FROM bucordo.installed AS i WHERE i.part = 'schema')`,
    [texts],
  );
}

/** Reads which rules hold from which height on, beyond the first ones, in the order of their versions. */
export async function readDecidedRules(connections: RulesReading): Promise<DecidedRules[]> {
  const rows = await connections.rows<{ version: number; hash: Buffer; from_height: string }>({
    text: 'SELECT r.version, r.hash, r.from_height::text AS from_height FROM bucordo.rules AS r ORDER BY r.version',
  });
  return rows.map(({ from_height, ...row }) => ({ ...row, fromHeight: Number(from_height) }));
}

/** The version of the rules by which the block of `height` is executed. */
export function rulesAt(decided: readonly DecidedRules[], height: number): number {
  return decided.findLast(({ fromHeight }) => fromHeight <= height)?.version ?? 1;
}

/** Throws `database_newer` when a newer program has worked on the database. */
export function requireNotNewer(installed: InstalledVersions, release: Release): void {
  const known: InstalledVersions = { schema: newestSchema(release), rules: newestRules(release) };
  for (const part of ['schema', 'rules'] as const) {
    if (installed[part] <= known[part]) continue;
    throw new Fault(
      'database_newer',
      `The database is at version ${installed[part]} of the ${part}; this program, ${PROGRAM_VERSION}, knows ${part} up to ${known[part]}`,
      {
        facts: { part, database: installed[part], program: known[part] },
        hint: 'Start the node with the release that has worked on this database, or a newer one.',
      },
    );
  }
}

/**
 * The rules that are to be installed, in their order, before the block of `height` can be executed. Throws
 * `rules_missing` when the program does not have them, `rules_differ` when it has them with another text
 * than the members accepted.
 */
export function rulesToInstall(
  decided: readonly DecidedRules[],
  at: { readonly installed: number; readonly height: number; readonly release: Release },
): readonly RulesVersion[] {
  const { installed, height, release } = at;
  const wanted = rulesAt(decided, height);
  const versions = Array.from(
    { length: Math.max(wanted - installed, 0) },
    (_, index) => installed + 1 + index,
  );
  return versions.map((version) => {
    const rules = release.rules.find((each) => each.version === version);
    if (rules === undefined) throw missing(wanted, height, release);
    const accepted = decided.find((each) => each.version === version)?.hash;
    if (accepted !== undefined && !Buffer.from(accepted).equals(rulesHash(rules)))
      throw differing(rules, height, accepted);
    return rules;
  });
}

function missing(version: number, height: number, release: Release): Fault {
  const newest = newestRules(release);
  return new Fault(
    'rules_missing',
    `Block ${height} goes by rules ${version}; this program, ${PROGRAM_VERSION}, has rules up to ${newest}`,
    {
      facts: { height, rules: version, program: newest },
      hint: `Install a release that has rules ${version} and start the node again; it goes on with block ${height}.`,
    },
  );
}

function differing(rules: RulesVersion, height: number, accepted: Uint8Array): Fault {
  const { version } = rules;
  const hashes = {
    accepted: Buffer.from(accepted).toString('hex'),
    program: Buffer.from(rulesHash(rules)).toString('hex'),
  };
  return new Fault(
    'rules_differ',
    `Block ${height} goes by rules ${version} with the hash ${hashes.accepted}; those of this program, ${PROGRAM_VERSION}, have ${hashes.program}`,
    {
      facts: { height, rules: version, ...hashes },
      hint: 'Install the release that the members decided about and start the node again.',
    },
  );
}
