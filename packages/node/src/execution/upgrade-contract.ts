/**
 * Brings an installed contract to another version: its migration, its new functions and views. The
 * rows it has stay, and every row that the migration changes gets its version in the history.
 *
 * Statements that change tables run as the deploying role, which owns the tables for that moment;
 * statements that change rows run as the contract's own role, which cannot touch triggers. After
 * each change of tables the histories follow, so that the next statement finds them ready.
 */

import type { ContractDocument } from '@bucordo/protocol';
import type pg from 'pg';
import { type ContractTable, readContractTables } from './contract-table.ts';
import { historyChangeSql } from './history-sql.ts';
import {
  becomeOwner,
  beginHistory,
  contractRole,
  DEPLOY_ROLE,
  type InstalledContract,
  OWNER_ROLE,
  openForDeployment,
  ownerSql,
  refusal,
  rowRightsSql,
  runStatement,
  runStatements,
  takeOver,
} from './install-contract.ts';
import { readSchema } from './reader-views.ts';
import { firstWords, splitStatements } from './sql-statements.ts';
import { quoteName } from './sql-text.ts';

/** From which version to which. */
export interface Upgrade {
  readonly contract: ContractDocument;
  /** The version that runs now. */
  readonly runningVersion: string;
  /** The contract's number, which stays. */
  readonly number: number;
}

const TABLE_STATEMENTS: readonly RegExp[] = [
  /^CREATE TABLE\b/,
  /^CREATE (UNIQUE )?INDEX\b/,
  /^DROP INDEX\b/,
  /^ALTER TABLE\b/,
  /^COMMENT ON\b/,
];

const ROW_STATEMENTS: readonly RegExp[] = [/^INSERT INTO\b/, /^UPDATE\b/, /^DELETE FROM\b/];

const VIEW_STATEMENT = /^CREATE VIEW\b/;

/**
 * Upgrades inside the transaction of `client`, which is `bucordo_owner` afterwards. Throws a
 * `contract_refused` fault when the document breaks a rule or a statement of the migration fails.
 */
export async function upgradeContract(client: pg.ClientBase, upgrade: Upgrade): Promise<InstalledContract> {
  const { contract, runningVersion, number } = upgrade;
  const role = contractRole(number);
  await becomeOwner(client);
  // The views of readers stand on the columns as they were; they are made again for the new ones.
  await client.query(`DROP SCHEMA IF EXISTS ${quoteName(readSchema(contract.name))} CASCADE`);
  await client.query(await dropRoutinesSql(client, contract.name));
  await openForDeployment(client, contract.name);
  const migration = contract.migrations.find(({ from }) => from === runningVersion);
  for (const statement of splitStatements(migration?.sql ?? '')) {
    await migrate(client, { contract: contract.name, role }, statement);
  }
  const views = splitStatements(contract.schema).filter((each) => VIEW_STATEMENT.test(firstWords(each, 2)));
  await runStatements(client, contract, 'schema', views);
  await runStatements(client, contract, 'source', splitStatements(contract.source));
  return takeOver(client, contract, role);
}

async function migrate(
  client: pg.ClientBase,
  { contract, role }: { readonly contract: string; readonly role: string },
  statement: string,
): Promise<void> {
  const words = firstWords(statement, 4);
  if (ROW_STATEMENTS.some((allowed) => allowed.test(words))) {
    await runStatement(client, { contract, part: 'migration', role }, statement);
  } else if (TABLE_STATEMENTS.some((allowed) => allowed.test(words))) {
    await changeTables(client, contract, statement);
    await client.query(rowRightsSql(contract, role));
  } else {
    throw refusal(contract, 'migration', `a statement begins with ${words || 'no word'}`, statement);
  }
}

async function changeTables(client: pg.ClientBase, contract: string, statement: string): Promise<void> {
  const before = await readContractTables(client, contract);
  await client.query(ownerSql(before, DEPLOY_ROLE));
  await runStatement(client, { contract, part: 'migration', role: DEPLOY_ROLE }, statement);
  const now = await readContractTables(client, contract);
  await client.query(ownerSql(now, OWNER_ROLE));
  await requireWatched(client, contract, statement);
  const known = new Map(before.map((table) => [table.name, table]));
  for (const table of now) {
    const old = known.get(table.name);
    if (old === undefined) await beginHistory(client, table);
    else if (hasChanged(old, table)) {
      requireSameTypes(old, table, statement);
      await client.query(historyChangeSql(old, table));
    }
    known.delete(table.name);
  }
  const [gone] = known.keys();
  if (gone !== undefined)
    throw refusal(contract, 'migration', `the table ${gone} is gone; data stay readable`, statement);
}

function hasChanged(before: ContractTable, now: ContractTable): boolean {
  return JSON.stringify(before) !== JSON.stringify(now);
}

// A rewritten column would change rows that no trigger sees.
function requireSameTypes(before: ContractTable, now: ContractTable, statement: string): void {
  const types = new Map(before.columns.map((column) => [column.name, column.sqlType]));
  for (const column of now.columns) {
    const old = types.get(column.name);
    if (old === undefined && !column.isNullable) {
      const reason = `the column ${now.name}.${column.name} is added as NOT NULL; add it without, fill it, then set it`;
      throw refusal(now.contract, 'migration', reason, statement);
    }
    if (old !== undefined && old !== column.sqlType) {
      const reason = `the column ${now.name}.${column.name} changes its type; add a column, copy, and drop the old one`;
      throw refusal(now.contract, 'migration', reason, statement);
    }
  }
  if (JSON.stringify(before.key) !== JSON.stringify(now.key)) {
    throw refusal(now.contract, 'migration', `the primary key of ${now.name} changes`, statement);
  }
}

// Triggers that are off and values that are not stored would both change rows without a version.
async function requireWatched(client: pg.ClientBase, contract: string, statement: string): Promise<void> {
  const { rows } = await client.query<{ object: string }>(
    `SELECT c.relname || ': trigger ' || t.tgname AS object
       FROM pg_catalog.pg_trigger AS t
       JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
      WHERE c.relnamespace = $1::pg_catalog.text::pg_catalog.regnamespace AND t.tgenabled <> 'O'
     UNION ALL
     SELECT c.relname || ': default of ' || a.attname
       FROM pg_catalog.pg_attribute AS a
       JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
      WHERE c.relnamespace = $1::pg_catalog.text::pg_catalog.regnamespace AND a.atthasmissing AND NOT a.attisdropped
     UNION ALL
     SELECT c.relname || ': rule ' || r.rulename
       FROM pg_catalog.pg_rewrite AS r
       JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
      WHERE c.relnamespace = $1::pg_catalog.text::pg_catalog.regnamespace AND c.relkind = 'r'
      ORDER BY object`,
    [quoteName(contract)],
  );
  const [first] = rows;
  if (first === undefined) return;
  const reason = `rows would change without a version in the history (${first.object}); columns are added without a default and filled by UPDATE`;
  throw refusal(contract, 'migration', reason, statement);
}

// Functions and views hold no data: those of the new version are created from nothing. What another
// contract has built on a view is not taken with it: then nothing is dropped, and the upgrade fails.
async function dropRoutinesSql(client: pg.ClientBase, contract: string): Promise<string> {
  const { rows } = await client.query<{ views: string | null; functions: string | null }>(
    `SELECT (SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, c.relname), ', ' ORDER BY c.relname)
               FROM pg_catalog.pg_class AS c
              WHERE c.relnamespace = n.oid AND c.relkind = 'v') AS views,
            (SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I(%s)', n.nspname, p.proname,
                      pg_catalog.pg_get_function_identity_arguments(p.oid)), ', ' ORDER BY p.oid)
               FROM pg_catalog.pg_proc AS p
              WHERE p.pronamespace = n.oid) AS functions
       FROM pg_catalog.pg_namespace AS n
      WHERE n.nspname = $1`,
    [contract],
  );
  const { views = null, functions = null } = rows[0] ?? {};
  const drops = [
    ...(views === null ? [] : [`DROP VIEW ${views};`]),
    ...(functions === null ? [] : [`DROP FUNCTION ${functions};`]),
  ];
  return drops.join('\n');
}
