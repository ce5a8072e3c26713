/**
 * Creates a contract's tables and functions from its texts, confined to its own schema.
 *
 * The texts run statement by statement as `bucordo_deploy`, a role that may create in this one
 * schema and use what contracts may use, nothing else. Afterwards the tables belong to the owner,
 * the functions to the contract's own role, and the deploying role has nothing left.
 */

import type { GenesisContract } from '@bucordo/protocol';
import type pg from 'pg';
import { Fault } from '../chain/fault.ts';
import { type ContractFunction, readContractFunctions } from './contract-function.ts';
import { type ContractTable, readContractTables } from './contract-table.ts';
import { historySchema, historySql } from './history-sql.ts';
import { firstWords, splitStatements } from './sql-statements.ts';
import { quoteName, quoteText } from './sql-text.ts';

/** What a contract consists of once it is installed. */
export interface InstalledContract {
  readonly tables: readonly ContractTable[];
  readonly functions: readonly ContractFunction[];
}

/** What a contract's texts may say. */
const ALLOWED_STATEMENTS: readonly RegExp[] = [
  /^CREATE TABLE\b/,
  /^CREATE (UNIQUE )?INDEX\b/,
  /^ALTER TABLE\b/,
  /^COMMENT ON\b/,
  /^CREATE (OR REPLACE )?FUNCTION\b/,
];

/** Role under which a contract's statements run. */
const DEPLOY_ROLE = 'bucordo_deploy';

/** The role that owns the functions of `contract`. */
export function contractRole(contract: string): string {
  return `bucordo_c_${contract}`;
}

/**
 * Installs `contract` on the set-up connection, inside its transaction. Throws a `contract_refused`
 * fault that says what in the contract is not allowed.
 */
export async function installContract(
  client: pg.ClientBase,
  contract: GenesisContract,
): Promise<InstalledContract> {
  await client.query(prepareSql(contract.name));
  await runStatements(client, contract, contract.schema, 'schema');
  await runStatements(client, contract, contract.source, 'source');
  await requireConfined(client, contract.name);
  const tables = await readContractTables(client, contract.name);
  const functions = await readContractFunctions(client, contract);
  await client.query(ownershipSql(contract.name, tables, functions));
  await client.query('SET LOCAL ROLE bucordo_owner');
  for (const table of tables) await client.query(historySql(table));
  await client.query('RESET ROLE');
  return { tables, functions: functions.filter((each) => each.isCallable) };
}

function prepareSql(contract: string): string {
  const schema = quoteName(contract);
  const role = quoteName(contractRole(contract));
  return `
    ${createRoleSql(contractRole(contract))}
    ${createRoleSql(DEPLOY_ROLE)}
    GRANT bucordo_contract TO ${role};
    GRANT bucordo_contract TO ${DEPLOY_ROLE};
    GRANT USAGE ON LANGUAGE plpgsql, sql TO ${DEPLOY_ROLE};
    CREATE SCHEMA ${schema} AUTHORIZATION bucordo_owner;
    CREATE SCHEMA ${quoteName(historySchema(contract))} AUTHORIZATION bucordo_owner;
    GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${DEPLOY_ROLE};
    GRANT USAGE ON SCHEMA ${schema} TO ${role};`;
}

// Roles belong to the whole server, and databases of it may be set up at the same time.
function createRoleSql(role: string): string {
  return `DO $role$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${quoteText(role)}) THEN
        CREATE ROLE ${quoteName(role)} NOLOGIN;
      END IF;
    END $role$;`;
}

async function runStatements(
  client: pg.ClientBase,
  contract: GenesisContract,
  text: string,
  part: 'schema' | 'source',
): Promise<void> {
  for (const statement of splitStatements(text)) {
    const words = firstWords(statement, 4);
    if (!ALLOWED_STATEMENTS.some((allowed) => allowed.test(words))) {
      throw refusal(contract.name, part, `a statement begins with ${words || 'no word'}`, statement);
    }
    await client.query(`SET LOCAL ROLE ${DEPLOY_ROLE}`);
    try {
      const query: ExtendedQuery = { text: statement, queryMode: 'extended' };
      await client.query(query);
    } catch (error) {
      throw refusal(
        contract.name,
        part,
        error instanceof Error ? error.message : String(error),
        statement,
        error,
      );
    }
    await client.query('RESET ROLE');
  }
}

/** A query in the extended protocol, which takes one statement and refuses several; missing in the declarations of pg. */
interface ExtendedQuery extends pg.QueryConfig {
  readonly queryMode: 'extended';
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
  throw refusal(contract, 'schema', `it creates ${objects} outside its schema`, '');
}

function ownershipSql(
  contract: string,
  tables: readonly ContractTable[],
  functions: readonly ContractFunction[],
): string {
  const schema = quoteName(contract);
  const role = quoteName(contractRole(contract));
  return [
    ...tables.map((table) => `ALTER TABLE ${schema}.${quoteName(table.name)} OWNER TO bucordo_owner;`),
    ...functions.flatMap((each) => [
      ...(each.isCallable ? [`ALTER FUNCTION ${each.signature} SECURITY DEFINER;`] : []),
      `ALTER FUNCTION ${each.signature} OWNER TO ${role};`,
      `REVOKE EXECUTE ON FUNCTION ${each.signature} FROM PUBLIC;`,
      ...(each.isCallable ? [`GRANT EXECUTE ON FUNCTION ${each.signature} TO bucordo_owner;`] : []),
    ]),
    `REVOKE ALL ON SCHEMA ${schema} FROM ${DEPLOY_ROLE};`,
    `REVOKE USAGE ON LANGUAGE plpgsql, sql FROM ${DEPLOY_ROLE};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role};`,
  ].join('\n');
}

function refusal(contract: string, part: string, reason: string, statement: string, cause?: unknown): Fault {
  const facts = { contract, part, statement: statement.slice(0, 200) };
  return new Fault('contract_refused', `Contract ${contract}, ${part}: ${reason}`, {
    facts,
    hint: 'A contract creates tables, indexes and functions of its own schema and nothing else.',
    ...(cause === undefined ? {} : { cause }),
  });
}
