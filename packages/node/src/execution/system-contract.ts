/**
 * The contract that the system itself provides, `bucordo`: which of the functions in the schema
 * `bucordo` transactions may call, and which of its tables are shared state with a history and a
 * place in the block's hashes, like the tables of any contract.
 */

import type pg from 'pg';
import { readSystemFunctions, type SystemPermission } from './contract-function.ts';
import { type ContractTable, readContractTables } from './contract-table.ts';
import type { DispatchedFunction } from './dispatch-sql.ts';

/** Name of the system's contract and of its schema. */
export const SYSTEM_CONTRACT = 'bucordo';

/** Functions of the schema `bucordo` that transactions may call, in the order of their numbers. */
export const SYSTEM_FUNCTIONS: readonly SystemPermission[] = [{ name: 'checkpoint', roles: ['node'] }];

/** Tables of the schema `bucordo` whose rows are the same on every node. */
export const SYSTEM_TABLES: readonly string[] = ['member', 'identity', 'contract'];

/** Tables of {@link SYSTEM_TABLES} that admission judges by: it reads them again when one has changed. */
export const CATALOGUE_TABLES: ReadonlySet<string> = new Set(['member', 'identity']);

/** The callable functions of the system, described by the database. */
export function readSystemContract(client: pg.ClientBase): Promise<Omit<DispatchedFunction, 'number'>[]> {
  return readSystemFunctions(client, SYSTEM_CONTRACT, SYSTEM_FUNCTIONS);
}

/** The shared tables of the system, described by the database. */
export async function readSystemTables(client: pg.ClientBase): Promise<ContractTable[]> {
  const tables = await readContractTables(client, SYSTEM_CONTRACT, new Set(SYSTEM_TABLES));
  const missing = SYSTEM_TABLES.filter((name) => !tables.some((table) => table.name === name));
  if (missing.length > 0) throw new Error(`the schema bucordo has no table ${missing.join(', ')}`);
  return tables;
}
