/**
 * The system's own objects: the schema `bucordo` with its history, from the files of `sql/system`. What they
 * say of tables holds for a new database; functions, views and rights are made anew by every release.
 */

import { cutStatements } from '@bucordo/contract';
import type pg from 'pg';
import { sha256 } from '../chain/sha256.ts';
import { historySchema, historySql } from './history-sql.ts';
import { showReaders } from './reader-views.ts';
import { PROGRAM_VERSION, type RulesVersion } from './release.ts';
import { qualifiedName, quoteName, readSql } from './sql-text.ts';
import { readSystemTables, SYSTEM_CONTRACT } from './system-contract.ts';

/** Files of the system schema in the order in which they depend on each other. */
const SYSTEM_FILES = [
  'network',
  'contract',
  'chain',
  'registers',
  'budget',
  'bytes',
  'errors',
  'arguments',
  'reader-rights',
  'views',
  'usage',
  'role-grants',
  'context',
  'letters',
  'nesting',
  'checkpoint',
  'requests',
  'identities',
  'policy',
  'document',
  'release',
  'proposal',
  'members',
  'governance',
  'governance-views',
  'skip',
  'contradiction',
  'execute',
  'privileges',
] as const;

/** Makes the schema of the system in a new database, by the rules 1, as `bucordo_owner`. */
export async function makeSystem(client: pg.ClientBase): Promise<void> {
  await client.query(
    `CREATE SCHEMA ${SYSTEM_CONTRACT}; CREATE SCHEMA ${quoteName(historySchema(SYSTEM_CONTRACT))}`,
  );
  for (const file of SYSTEM_FILES) await client.query(readSql(`system/${file}.sql`));
  await beginHistories(client);
}

/** Makes the history of every shared table of the system that has none yet. */
export async function beginHistories(client: pg.ClientBase): Promise<void> {
  for (const table of await readSystemTables(client)) {
    const history = qualifiedName(historySchema(table.contract), table.name);
    const { rows } = await client.query<{ is_there: boolean }>(
      'SELECT pg_catalog.to_regclass($1) IS NOT NULL AS is_there',
      [history],
    );
    if (rows[0]?.is_there !== true) await client.query(historySql(table));
  }
}

/** The hash of everything that {@link remakeSystem} makes things from, and of the program that generates the rest. */
export function hashOfTexts(rules: readonly RulesVersion[]): Buffer {
  const texts = [
    ...SYSTEM_FILES.map((file) => readSql(`system/${file}.sql`)),
    ...rules.map(({ sql }) => sql),
  ];
  const generated = ['run-block', 'close-block', 'effect'].map((name) => readSql(`template/${name}.sql`));
  return sha256(Buffer.from(JSON.stringify([PROGRAM_VERSION, texts, generated])));
}

/** Makes functions, views and rights of the system anew, those of the rules that are installed after the first ones. */
export async function remakeSystem(client: pg.ClientBase, rules: readonly RulesVersion[]): Promise<void> {
  const texts = [
    ...SYSTEM_FILES.map((file) => readSql(`system/${file}.sql`)),
    ...rules.map(({ sql }) => sql),
  ];
  for (const text of texts) {
    for (const statement of await cutStatements(text)) {
      if (REMADE.has(statement.kind))
        await client.query(statement.text.replace(/^CREATE (?=FUNCTION|VIEW)/, 'CREATE OR REPLACE '));
    }
  }
  await showReaders(client, SYSTEM_CONTRACT, [], []);
}

/** What can be made again without losing anything. */
const REMADE: ReadonlySet<string> = new Set(['CreateFunctionStmt', 'ViewStmt', 'GrantStmt']);
