/**
 * Creates a contract's tables and functions from its texts, confined to its own schema.
 *
 * The texts run statement by statement as `bucordo_deploy`, a role that may create in this one
 * schema and use what contracts may use, nothing else ({@link ConfinedRole}). Afterwards the tables
 * belong to the owner, the functions to the contract's own role, and the deploying role has nothing left.
 */

import {
  type InstalledPart,
  type InstalledStatement,
  installedStatements,
  StatementError,
} from '@bucordo/contract';
import { type ContractDocument, decodeContractDocument, isObjectName } from '@bucordo/protocol';
import type pg from 'pg';
import { becomeOwner, ConfinedRole, OWNER_ROLE } from './confined-role.ts';
import { type ContractFunction, readContractFunctions } from './contract-function.ts';
import { atStatement, ContractRefusal } from './contract-refusal.ts';
import { type ContractTable, readContractTables } from './contract-table.ts';
import { historySchema, historySql } from './history-sql.ts';
import { isNodeTrouble } from './node-trouble.ts';
import { requireFreeSchemas } from './private-objects.ts';
import { qualifiedName, quoteName } from './sql-text.ts';

/** What a contract consists of once it is installed. */
export interface InstalledContract {
  readonly tables: readonly ContractTable[];
  /** Those that transactions may call. */
  readonly functions: readonly ContractFunction[];
}

/** Role under which a contract's statements run. */
export const DEPLOY_ROLE = 'bucordo_deploy';

/** The role as which the contract of this number acts; made at the set-up. */
export function contractRole(number: number): string {
  return `bucordo_c_${String(number).padStart(3, '0')}`;
}

/**
 * Installs `contract` as the one of this number, inside the transaction of `client`, which may become
 * `bucordo_owner` and is it afterwards. Throws a `contract_refused` fault that says what in the
 * contract is not allowed.
 */
export async function installContract(
  client: pg.ClientBase,
  contract: ContractDocument,
  number: number,
): Promise<InstalledContract> {
  const role = contractRole(number);
  await becomeOwner(client);
  await requireFreeSchemas(client, contract.name);
  await client.query(
    `CREATE SCHEMA ${quoteName(contract.name)};
     CREATE SCHEMA ${quoteName(historySchema(contract.name))};
     GRANT USAGE ON SCHEMA ${quoteName(contract.name)} TO ${role};`,
  );
  await openForDeployment(client, contract.name);
  const deploy = await ConfinedRole.open(client, DEPLOY_ROLE);
  await runStatements(deploy, contract, 'schema');
  await runStatements(deploy, contract, 'source');
  await deploy.close();
  const installed = await takeOver(client, contract, role);
  for (const table of installed.tables) await beginHistory(client, table);
  return installed;
}

/** Makes the history of a new table, which must be empty: rows without a version are nobody's. */
export async function beginHistory(client: pg.ClientBase, table: ContractTable): Promise<void> {
  const name = qualifiedName(table.contract, table.name);
  const { rows } = await client.query<{ has_rows: boolean }>(
    `SELECT EXISTS (SELECT FROM ${name}) AS has_rows`,
  );
  if (rows[0]?.has_rows === true) {
    throw refusal(table.contract, `the table ${table.name} is made with rows in it`);
  }
  await client.query(historySql(table));
}

/** Lets the contract's statements run in its schema until {@link takeOver}. */
export async function openForDeployment(client: pg.ClientBase, contract: string): Promise<void> {
  await client.query(`GRANT USAGE, CREATE ON SCHEMA ${quoteName(contract)} TO ${DEPLOY_ROLE}`);
}

/**
 * Judges what the contract's statements have made and gives it to whom it belongs: tables to the
 * owner, functions and views to the contract's role. The deploying role has nothing left.
 */
export async function takeOver(
  client: pg.ClientBase,
  contract: ContractDocument,
  role: string,
): Promise<InstalledContract> {
  await requireConfined(client, contract.name);
  const tables = await readContractTables(client, contract.name);
  const functions = await readContractFunctions(client, contract);
  const views = await readViews(client, contract.name);
  await client.query(ownershipSql({ contract: contract.name, role, tables, functions, views }));
  await client.query(await publishedSql(client, contract, role, views));
  return { tables, functions: functions.filter((each) => each.isCallable) };
}

/** Runs the statements of a text of the document, or those of it that `wanted` names. */
export async function runStatements(
  deploy: ConfinedRole,
  contract: ContractDocument,
  part: 'schema' | 'source',
  wanted: (statement: InstalledStatement) => boolean = () => true,
): Promise<void> {
  const statements = await statementsOf(contract.name, part, contract[part]);
  for (const [index, statement] of statements.entries()) {
    if (!wanted(statement)) continue;
    const place = { contract: contract.name, part, number: index + 1, statement: statement.text };
    await atStatement(place, () => runStatement(deploy, contract.name, statement.text));
  }
}

/** The statements of a text. What may not stand there is a `contract_refused` fault, the same on every node. */
export async function statementsOf(
  contract: string,
  part: InstalledPart,
  text: string,
): Promise<readonly InstalledStatement[]> {
  try {
    return await installedStatements(text, part);
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    const reason = `${part}: ${error.message.slice(0, REASON_MAX)}`;
    const facts = { part, statement: error.statement };
    throw new ContractRefusal({ contract, reason, agreedReason: reason, facts, hint: REMEDY, cause: error });
  }
}

/**
 * Runs one statement as the confined role. What the statement itself does wrong becomes a `contract_refused`
 * fault; trouble of this node stays the error that it is.
 */
export async function runStatement(role: ConfinedRole, contract: string, statement: string): Promise<void> {
  try {
    await role.run(statement);
  } catch (error) {
    if (isNodeTrouble(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw refusal(contract, reason, error);
  }
}

// Privileges keep statements inside the schema; this finds what they would not.
async function requireConfined(client: pg.ClientBase, contract: string): Promise<void> {
  const { rows } = await client.query<{ object: string }>(
    `SELECT pg_catalog.pg_describe_object(d.classid, d.objid, 0) AS object
       FROM pg_catalog.pg_shdepend AS d
       JOIN pg_catalog.pg_roles AS r ON r.oid = d.refobjid AND d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
       LEFT JOIN pg_catalog.pg_class AS c ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objid
       LEFT JOIN pg_catalog.pg_proc AS p ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = d.objid
      WHERE r.rolname = $1 AND d.deptype = 'o'
        AND d.dbid = (SELECT b.oid FROM pg_catalog.pg_database AS b WHERE b.datname = pg_catalog.current_database())
        AND coalesce(c.relnamespace, p.pronamespace) IS DISTINCT FROM $2::pg_catalog.text::pg_catalog.regnamespace
      ORDER BY object`,
    [DEPLOY_ROLE, quoteName(contract)],
  );
  if (rows.length === 0) return;
  const objects = rows.map((row) => row.object).join(', ');
  throw new ContractRefusal({
    contract,
    reason: `it creates ${objects} outside its schema`,
    agreedReason: 'it creates something outside its schema',
    hint: REMEDY,
  });
}

async function readViews(client: pg.ClientBase, contract: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname::text AS name
       FROM pg_catalog.pg_class AS c
       JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind = 'v'
      ORDER BY c.relname`,
    [contract],
  );
  for (const { name } of rows) {
    if (!isObjectName(name))
      throw refusal(contract, `the view ${name} has a name with other characters than a-z, 0-9 and _`);
  }
  return rows.map((row) => row.name);
}

interface Ownership {
  readonly contract: string;
  readonly role: string;
  readonly tables: readonly ContractTable[];
  readonly functions: readonly ContractFunction[];
  readonly views: readonly string[];
}

// Who is given an object must be allowed to create there, for as long as that takes.
function ownershipSql({ contract, role, tables, functions, views }: Ownership): string {
  const schema = quoteName(contract);
  return [
    ownerSql(tables, OWNER_ROLE),
    `GRANT CREATE ON SCHEMA ${schema} TO ${role};`,
    ...functions.flatMap((each) => [
      ...(each.isCallable ? [`ALTER FUNCTION ${each.signature} SECURITY DEFINER;`] : []),
      `REVOKE EXECUTE ON FUNCTION ${each.signature} FROM PUBLIC;`,
      `ALTER FUNCTION ${each.signature} OWNER TO ${role};`,
      ...(each.isCallable ? [`GRANT EXECUTE ON FUNCTION ${each.signature} TO ${OWNER_ROLE};`] : []),
    ]),
    ...views.map((view) => `ALTER VIEW ${qualifiedName(contract, view)} OWNER TO ${role};`),
    `REVOKE CREATE ON SCHEMA ${schema} FROM ${role};`,
    `REVOKE ALL ON SCHEMA ${schema} FROM ${DEPLOY_ROLE};`,
    rowRightsSql(contract, role),
  ].join('\n');
}

/** Statements that make `role` the owner of the tables. */
export function ownerSql(tables: readonly ContractTable[], role: string): string {
  return tables
    .map((table) => `ALTER TABLE ${qualifiedName(table.contract, table.name)} OWNER TO ${role};`)
    .join('\n');
}

/** The statement that lets a contract's role read and change the rows of all its tables. */
export function rowRightsSql(contract: string, role: string): string {
  return `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${quoteName(contract)} TO ${role};`;
}

// Views that this contract shows to others, and views of others that it reads.
async function publishedSql(
  client: pg.ClientBase,
  contract: ContractDocument,
  role: string,
  views: readonly string[],
): Promise<string> {
  const grants: string[] = [];
  for (const [view, { contracts }] of Object.entries(contract.views)) {
    if (!views.includes(view))
      throw refusal(contract.name, `it publishes the view ${view}, which is not there`);
    const readers = contracts.includes('*') ? ['bucordo_contract'] : await rolesOf(client, contracts);
    grants.push(...readers.map((reader) => viewRightsSql(contract.name, view, reader)));
  }
  for (const used of Object.keys(contract.uses)) {
    const owner = await publisherOf(client, used);
    if (owner === null) throw refusal(contract.name, `it uses the contract ${used}, which is not installed`);
    grants.push(...publishedTo({ owner, reader: contract.name, role }));
  }
  return grants.join('\n');
}

async function rolesOf(client: pg.ClientBase, contracts: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ number: number }>(
    'SELECT c.number FROM bucordo.contract AS c WHERE c.name = ANY ($1) ORDER BY c.number',
    [contracts],
  );
  return rows.map((row) => contractRole(row.number));
}

async function publisherOf(client: pg.ClientBase, contract: string): Promise<ContractDocument | null> {
  const { rows } = await client.query<{ document: string }>(
    'SELECT c.document FROM bucordo.contract AS c WHERE c.name = $1 AND c.number > 0',
    [contract],
  );
  return rows[0] === undefined ? null : decodeContractDocument(Buffer.from(rows[0].document));
}

// What an installed contract had published to this one by name before this one was there.
function publishedTo(use: { owner: ContractDocument; reader: string; role: string }): string[] {
  const { owner, reader, role } = use;
  return Object.entries(owner.views)
    .filter(([, { contracts }]) => contracts.includes(reader))
    .map(([view]) => viewRightsSql(owner.name, view, role));
}

function viewRightsSql(contract: string, view: string, reader: string): string {
  return `GRANT USAGE ON SCHEMA ${quoteName(contract)} TO ${reader};
    GRANT SELECT ON ${qualifiedName(contract, view)} TO ${reader};`;
}

const REMEDY = 'A contract creates tables, indexes, views and functions of its own schema and nothing else.';

/** Characters of what the parser says that everybody gets to read. */
const REASON_MAX = 300;

/** The fault of a contract that breaks a rule; with a `cause` it is Postgres that says so, in words of its own. */
export function refusal(contract: string, reason: string, cause?: unknown): ContractRefusal {
  return new ContractRefusal({
    contract,
    reason,
    agreedReason: cause === undefined ? reason : 'Postgres refused it',
    hint: REMEDY,
    ...(cause === undefined ? {} : { cause }),
  });
}
