/**
 * Brings an installed contract to another version: its migration, its new functions and views. The
 * rows it has stay, and every row that the migration changes gets its version in the history.
 *
 * Statements that change tables run as the deploying role, which owns the tables for that moment;
 * statements that change rows run as the contract's own role, which cannot touch triggers. After
 * each change of tables the histories follow, so that the next statement finds them ready.
 */

import type { InstalledStatement } from '@bucordo/contract';
import type { ContractDocument } from '@bucordo/protocol';
import type pg from 'pg';
import { becomeOwner, ConfinedRole, OWNER_ROLE } from './confined-role.ts';
import { type ContractTable, readContractTables } from './contract-table.ts';
import { dropRoutinesSql } from './drop-routines.ts';
import { historyChangeSql } from './history-sql.ts';
import {
  beginHistory,
  contractRole,
  DEPLOY_ROLE,
  type InstalledContract,
  openForDeployment,
  ownerSql,
  refusal,
  rowRightsSql,
  runStatement,
  runStatements,
  statementsOf,
  takeOver,
} from './install-contract.ts';
import { dropReaderViewsSql } from './reader-views.ts';
import { quoteName } from './sql-text.ts';

/** From which version to which. */
export interface Upgrade {
  readonly contract: ContractDocument;
  /** The version that runs now. */
  readonly runningVersion: string;
  /** The contract's number, which stays. */
  readonly number: number;
}

/**
 * Upgrades inside the transaction of `client`, which is `bucordo_owner` afterwards. Throws a
 * `contract_refused` fault when the document breaks a rule or a statement of the migration fails.
 */
export async function upgradeContract(client: pg.ClientBase, upgrade: Upgrade): Promise<InstalledContract> {
  const { contract, runningVersion, number } = upgrade;
  const role = contractRole(number);
  await becomeOwner(client);
  // The views of readers stand on the columns as they were; they are made again for the new ones.
  await client.query(await dropReaderViewsSql(client, contract.name));
  await client.query(await dropRoutinesSql(client, contract.name));
  await openForDeployment(client, contract.name);
  const deploy = await ConfinedRole.open(client, DEPLOY_ROLE);
  const own = await ConfinedRole.open(client, role);
  const migration = contract.migrations.find(({ from }) => from === runningVersion);
  for (const statement of await statementsOf(contract.name, 'migration', migration?.sql ?? '')) {
    await migrate(client, { contract: contract.name, role, deploy, own }, statement);
  }
  await own.close();
  await runStatements(deploy, contract, 'schema', ({ kind }) => kind === 'view');
  await runStatements(deploy, contract, 'source');
  await deploy.close();
  return takeOver(client, contract, role);
}

interface Migration {
  readonly contract: string;
  readonly role: string;
  /** Changes tables. */
  readonly deploy: ConfinedRole;
  /** The contract itself, which changes rows. */
  readonly own: ConfinedRole;
}

async function migrate(
  client: pg.ClientBase,
  migration: Migration,
  statement: InstalledStatement,
): Promise<void> {
  const { contract, role, own } = migration;
  if (statement.kind === 'rows') {
    await runStatement(own, { contract, part: 'migration' }, statement.text);
  } else {
    await changeTables(client, migration, statement.text);
    await client.query(rowRightsSql(contract, role));
  }
}

async function changeTables(
  client: pg.ClientBase,
  { contract, deploy }: Migration,
  statement: string,
): Promise<void> {
  const before = await readContractTables(client, contract);
  await client.query(ownerSql(before, DEPLOY_ROLE));
  await runStatement(deploy, { contract, part: 'migration' }, statement);
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
