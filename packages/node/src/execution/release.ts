/**
 * What this release of the program brings for a database that was founded by an earlier one, in two lists.
 *
 * **Schema**: what the node has in its database for itself: views, counters, tables that no hash covers, and
 * all functions in other words with the same meaning. Every node brings it up to date when it starts.
 *
 * **Rules**: everything that decides what a block comes to: the functions and shared tables of the system,
 * and what is generated for them. The members decide about the next rules and from which height they hold;
 * a block is executed by the rules of its height, also by a node that executes it years later.
 *
 * Each entry stays as it is for ever, with its file in `packages/node/sql/release`: chains depend on it.
 */

import { readFileSync } from 'node:fs';
import { sha256 } from '@bucordo/protocol';
import { readSql } from './sql-text.ts';

/** A version of the schema, beyond the first. */
export interface SchemaVersion {
  readonly version: number;
  /** What it brings, for operators. */
  readonly description: string;
  /** What changes tables; what `sql/system` says of functions, views and rights is made anew in any case. */
  readonly sql: string;
}

/** A version of the rules, beyond the first. */
export interface RulesVersion {
  readonly version: number;
  /** What it changes, for members. */
  readonly description: string;
  /** The text that the members approve by its hash; its comments say what the program changes along with it. */
  readonly sql: string;
}

/** Everything that a release carries, both lists in the order of their versions, from 2 on. */
export interface Release {
  readonly schema: readonly SchemaVersion[];
  readonly rules: readonly RulesVersion[];
}

/** The version of this program, as its package says. */
export const PROGRAM_VERSION: string = readProgramVersion();

/** What this program carries. */
export const RELEASE: Release = {
  schema: [
    {
      version: 2,
      description:
        'the database knows its version, the members decide about rules, and what something failed of is kept by name',
      sql: releaseText('schema-2'),
    },
  ],
  rules: [
    {
      version: 2,
      description: 'a refusal tells which role or member class is missing, and names the kind rules',
      sql: releaseText('rules-2'),
    },
  ],
};

/** The version of the schema that a release brings a database to. */
export function newestSchema({ schema }: Release): number {
  return schema.at(-1)?.version ?? 1;
}

/** The newest rules that a release has. */
export function newestRules({ rules }: Release = RELEASE): number {
  return rules.at(-1)?.version ?? 1;
}

/** The hash by which members approve rules: SHA-256 of their text, 32 bytes. */
export function rulesHash({ sql }: Pick<RulesVersion, 'sql'>): Uint8Array {
  return sha256(Buffer.from(sql, 'utf8'));
}

// A checkout may have turned the ends of lines into those of another system.
function releaseText(name: string): string {
  return readSql(`release/${name}.sql`).replaceAll('\r\n', '\n');
}

function readProgramVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && Reflect.get(manifest, 'version');
  return String(version);
}
