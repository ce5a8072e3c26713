/**
 * Brings an installed contract to another version: its migration, its new functions and views. The
 * rows it has stay, and every row that the migration changes gets its version in the history.
 *
 * Statements that change tables run as the deploying role, which owns the tables for that moment;
 * statements that change rows run as the contract's own role, which cannot touch triggers. After
 * each change of tables the histories follow, so that the next statement finds them ready.
 */

import {
  addedColumns,
  type InstalledStatement,
  judgeTableChange,
  TABLE_SHAPES,
  type TableShape,
  tableShapeOf,
} from '@bucordo/contract';
import type { ContractDocument } from '@bucordo/protocol';
import type pg from 'pg';
import { becomeOwner, ConfinedRole, OWNER_ROLE } from './confined-role.ts';
import { atStatement } from './contract-refusal.ts';
import { type ContractTable, readContractTables } from './contract-table.ts';
import { dropRoutinesSql } from './drop-routines.ts';
import { historyAccessSql, historyChangeSql } from './history-sql.ts';
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
import { isNodeTrouble } from './node-trouble.ts';
import { dropReaderViewsSql } from './reader-views.ts';
import { qualifiedName, quoteName } from './sql-text.ts';

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
  // A contract that was retired has lost them.
  await client.query(rowRightsSql(contract.name, role));
  const deploy = await ConfinedRole.open(client, DEPLOY_ROLE);
  const own = await ConfinedRole.open(client, role);
  const migration = contract.migrations.find(({ from }) => from === runningVersion);
  const statements = await statementsOf(contract.name, 'migration', migration?.sql ?? '');
  for (const [index, statement] of statements.entries()) {
    const place = {
      contract: contract.name,
      part: 'migration',
      number: index + 1,
      statement: statement.text,
    } as const;
    await atStatement(place, () =>
      migrate(client, { contract: contract.name, role, deploy, own }, statement),
    );
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
    await runStatement(own, contract, statement.text);
  } else {
    await changeTables(client, migration, statement.text);
    await client.query(rowRightsSql(contract, role));
  }
}

// A statement that changes tables, as the deploying role; then the histories follow.
async function changeTables(
  client: pg.ClientBase,
  { contract, deploy }: Migration,
  statement: string,
): Promise<void> {
  const tablesBefore = await readContractTables(client, contract);
  const shapesBefore = await readShapes(client, contract);
  await client.query(ownerSql(tablesBefore, DEPLOY_ROLE));
  await runStatement(deploy, contract, statement);
  const shapes = await readShapes(client, contract);
  const refused = judgeTableChange(shapesBefore, shapes);
  if (refused !== null) throw refusal(contract, `${refused.reason}. ${refused.remedy}`);
  const tables = await readContractTables(client, contract);
  await client.query(ownerSql(tables, OWNER_ROLE));
  await requireWatched(client, contract);
  for (const table of tables) {
    const before = tablesBefore.find(({ name }) => name === table.name);
    const shapeBefore = shapesBefore.find(({ name }) => name === table.name);
    const shape = shapes.find(({ name }) => name === table.name);
    if (before === undefined || shapeBefore === undefined || shape === undefined)
      await beginHistory(client, table);
    else if (hasChanged(before, table) || hasChanged(shapeBefore, shape))
      await followTable(client, { before, table, shapeBefore, shape });
  }
}

async function readShapes(client: pg.ClientBase, contract: string): Promise<TableShape[]> {
  const { rows } = await client.query<Record<string, unknown>>(TABLE_SHAPES, [contract]);
  return rows.map(tableShapeOf);
}

function hasChanged(before: unknown, now: unknown): boolean {
  return JSON.stringify(before) !== JSON.stringify(now);
}

interface ChangedTable {
  readonly before: ContractTable;
  readonly table: ContractTable;
  readonly shapeBefore: TableShape;
  readonly shape: TableShape;
}

async function followTable(
  client: pg.ClientBase,
  { before, table, shapeBefore, shape }: ChangedTable,
): Promise<void> {
  const added = addedColumns(shapeBefore, shape);
  const change = {
    lost: addedColumns(shape, shapeBefore).map(({ name }) => name),
    added: added.map(({ name }) => name),
  };
  await client.query(historyChangeSql(before, table, change));
  const [now] = (await readContractTables(client, table.contract)).filter(({ name }) => name === table.name);
  if (now === undefined) throw new Error(`the table ${table.name} has gone while its history followed it`);
  await client.query(historyAccessSql(now));
  const hasReturned = now.recorded.some(({ formerName }) => change.added.includes(formerName ?? ''));
  if (hasReturned || added.some(({ isGenerated }) => isGenerated)) await versionEveryRow(client, now, shape);
}

// Rows that show other values than before without having been written get a version that has them.
async function versionEveryRow(
  client: pg.ClientBase,
  table: ContractTable,
  shape: TableShape,
): Promise<void> {
  const column = shape.columns.find(({ isGenerated }) => !isGenerated);
  const statement = `UPDATE ${qualifiedName(table.contract, table.name)} SET ${quoteName(column?.name ?? '')} = ${quoteName(column?.name ?? '')}`;
  if (column === undefined) {
    throw refusal(table.contract, `all columns of ${table.name} are generated`);
  }
  try {
    await client.query(statement);
  } catch (error) {
    if (isNodeTrouble(error)) throw error;
    throw refusal(table.contract, error instanceof Error ? error.message : String(error), error);
  }
}

// Triggers that are off and values that are not stored would both change rows without a version.
async function requireWatched(client: pg.ClientBase, contract: string): Promise<void> {
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
  throw refusal(contract, reason);
}
