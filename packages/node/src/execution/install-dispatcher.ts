/**
 * Writes down what transactions can call and makes `bucordo.run_block` and `bucordo.close_block` for
 * it: after the genesis and after every decision that installed or retired a contract.
 */

import type pg from 'pg';
import { readCatalogueFunctions } from './catalogue-reader.ts';
import type { DispatchedFunction } from './contract-function.ts';
import { type ContractTable, readContractTables } from './contract-table.ts';
import { closeBlockSql, runBlockSql } from './dispatch-sql.ts';
import { effectSql } from './effect-sql.ts';
import { readInstalled } from './installed-release.ts';
import { readSystemTables } from './system-contract.ts';

/** Functions of one contract that can be called from now on, and no others of it. */
export async function recordFunctions(
  client: pg.ClientBase,
  contract: string,
  functions: readonly Omit<DispatchedFunction, 'number'>[],
): Promise<void> {
  await client.query('UPDATE bucordo.function SET is_retired = true WHERE contract = $1', [contract]);
  for (const each of functions) {
    await client.query(
      `INSERT INTO bucordo.function AS f (number, contract, name, roles, classes, parameter_names, parameter_types, returns_value)
       SELECT 1 + coalesce(pg_catalog.max(e.number), 0), $1, $2, $3, $4, $5, $6, $7 FROM bucordo.function AS e
       ON CONFLICT (contract, name) DO UPDATE
         SET roles = excluded.roles, classes = excluded.classes, parameter_names = excluded.parameter_names,
             parameter_types = excluded.parameter_types, returns_value = excluded.returns_value, is_retired = false`,
      [
        contract,
        each.name,
        each.roles,
        each.classes,
        each.parameters.map((parameter) => parameter.name),
        each.parameters.map((parameter) => parameter.type),
        each.returnsValue,
      ],
    );
  }
}

/**
 * Makes the functions that execute blocks for everything that is installed, as `bucordo_owner`.
 * `functionsHeight` is the height of the block that changes functions, 0 for the genesis: rows that
 * were judged before it are judged again.
 */
export async function installDispatcher(
  client: pg.ClientBase,
  networkId: Uint8Array,
  functionsHeight: number,
): Promise<void> {
  const functions = await readDispatched(client);
  const tables: ContractTable[] = await readSystemTables(client);
  for (const contract of await installedContracts(client)) {
    tables.push(...(await readContractTables(client, contract)));
  }
  const { rules } = await readInstalled(client);
  const parts = { networkId, rules, functionsHeight, functions, tables };
  await client.query(runBlockSql(parts));
  await client.query(closeBlockSql(parts));
  await client.query(effectSql(tables));
  await client.query(
    `REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA bucordo FROM PUBLIC;
     GRANT EXECUTE ON FUNCTION
       bucordo.execute_block(int8, int8, bytea, bytea, bytea, bytea, bytea, int4, int8, bytea),
       bucordo.run_block(int8, int8, bytea, bytea, bytea, bytea, bytea, int4, int8),
       bucordo.close_block(int8, int8, bytea, int4, int4, bytea),
       bucordo.outcomes_of(int8, int4)
       TO bucordo_node`,
  );
  await client.query('UPDATE bucordo.functions_state SET height = $1', [functionsHeight]);
}

async function readDispatched(client: pg.ClientBase): Promise<DispatchedFunction[]> {
  const { rows } = await client.query<{ number: number; returns_value: boolean }>(
    'SELECT f.number, f.returns_value FROM bucordo.function AS f ORDER BY f.number',
  );
  const returns = new Map(rows.map((row) => [row.number, row.returns_value]));
  const functions = await readCatalogueFunctions(client);
  return functions.map((each) => ({ ...each, returnsValue: returns.get(each.number) ?? false }));
}

async function installedContracts(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT c.name FROM bucordo.contract AS c WHERE c.number > 0 ORDER BY c.number',
  );
  return rows.map((row) => row.name);
}
