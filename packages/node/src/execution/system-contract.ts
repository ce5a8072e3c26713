/**
 * The contract that the system itself provides, `bucordo`: which of the functions in the schema
 * `bucordo` transactions may call, and which of its tables are shared state with a history and a
 * place in the block's hashes, like the tables of any contract.
 */

import type pg from 'pg';
import { type DispatchedFunction, readSystemFunctions, type SystemPermission } from './contract-function.ts';
import { type ContractTable, readContractTables } from './contract-table.ts';

/** Name of the system's contract and of its schema. */
export const SYSTEM_CONTRACT = 'bucordo';

/**
 * Functions of the schema `bucordo` that transactions may call, in the order of their numbers. Who may
 * call one without a role here is judged by the function itself, with words.
 */
export const SYSTEM_FUNCTIONS: readonly SystemPermission[] = [
  { name: 'checkpoint', roles: ['node'] },
  // What the members decide together.
  ...anyone('propose', 'comment', 'report', 'approve', 'reject', 'submit', 'withdraw'),
  // What a member's administrators decide about it.
  ...anyone('join', 'leave', 'set_administrators', 'consent', 'withdraw_request'),
  ...anyone('enrol', 'rename', 'rotate', 'accept_key', 'revoke', 'grant_role', 'withdraw_role'),
];

/** Tables of the schema `bucordo` whose rows are the same on every node. */
export const SYSTEM_TABLES: readonly string[] = [
  'ballot',
  'check_report',
  'comment',
  'consent',
  'contract_version',
  'identity',
  'limits',
  'member',
  'policy',
  'proposal',
  'request',
  'role_grant',
  'rotation',
  'rules',
];

/** Tables of {@link SYSTEM_TABLES} of which the node keeps what they hold: it reads them again when one has changed. */
export const CATALOGUE_TABLES: ReadonlySet<string> = new Set(['identity', 'member', 'role_grant', 'rules']);

function anyone(...names: readonly string[]): SystemPermission[] {
  return names.map((name) => ({ name, roles: [] }));
}

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
