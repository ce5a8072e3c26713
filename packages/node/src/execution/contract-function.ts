/** Functions of a contract as Postgres describes them after they were created, judged against the rules. */

import { type ContractDocument, isObjectName, type Parameter } from '@bucordo/protocol';
import type pg from 'pg';
import type { CatalogueFunction } from '../chain/catalogue.ts';
import type { Fault } from '../fault.ts';
import { ContractRefusal } from './contract-refusal.ts';
import { allowedType } from './contract-table.ts';

/** A function of a contract. */
export interface ContractFunction {
  readonly contract: string;
  readonly name: string;
  /** `schema.name(types)`, quoted. */
  readonly signature: string;
  /** Whether transactions may call it; else only the contract's own functions do. */
  readonly isCallable: boolean;
  readonly parameters: readonly Parameter[];
  readonly returnsValue: boolean;
  readonly roles: readonly string[];
  readonly classes: readonly string[];
}

/** A callable function with what only the dispatcher needs to know. */
export interface DispatchedFunction extends CatalogueFunction {
  readonly returnsValue: boolean;
}

/**
 * Reads and judges all functions of `contract`, in the order of their names. Throws a
 * `contract_refused` fault when one is not as the rules ask, or when one that transactions may call
 * is missing.
 */
export async function readContractFunctions(
  client: pg.ClientBase,
  contract: ContractDocument,
): Promise<ContractFunction[]> {
  const rows = await readFunctions(client, contract.name);
  const functions = rows.map((row) => judgeFunction(contract, row));
  for (const name of Object.keys(contract.functions)) {
    const found = functions.filter((each) => each.name === name).length;
    if (found !== 1)
      throw refusal(contract.name, name, found === 0 ? 'is not in the source' : 'stands twice in the source');
  }
  return functions;
}

/** A function of the schema `bucordo` that transactions may call. */
export interface SystemPermission {
  readonly name: string;
  /** Roles of which the caller needs one; empty = any identity. */
  readonly roles: readonly string[];
}

/** The system's own callable functions, in the order of `permissions`, as the database describes them. */
export async function readSystemFunctions(
  client: pg.ClientBase,
  schema: string,
  permissions: readonly SystemPermission[],
): Promise<Omit<DispatchedFunction, 'number'>[]> {
  const rows = await readFunctions(client, schema);
  return permissions.map(({ name, roles }) => {
    const row = rows.find((each) => each.name === name);
    if (row === undefined) throw new Error(`the schema ${schema} has no function ${name}`);
    const bug = (reason: string): Fault => refusal(schema, name, reason);
    return {
      contract: schema,
      name,
      parameters: row.types.map((type, index) => judgeParameter(type, row.names?.[index] ?? '', bug)),
      roles,
      classes: [],
      returnsValue: row.result !== 'void',
    };
  });
}

interface FunctionRow {
  name: string;
  signature: string;
  kind: string;
  language: string;
  is_definer: boolean;
  is_set: boolean;
  is_variadic: boolean;
  has_settings: boolean;
  default_count: number;
  names: string[] | null;
  modes: string[] | null;
  types: string[];
  result: string;
}

async function readFunctions(client: pg.ClientBase, contract: string): Promise<FunctionRow[]> {
  const { rows } = await client.query<FunctionRow>(
    `SELECT p.proname::text AS name,
            pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) AS signature,
            p.prokind::text AS kind, l.lanname::text AS language, p.prosecdef AS is_definer, p.proretset AS is_set,
            p.provariadic <> 0 AS is_variadic, p.proconfig IS NOT NULL AS has_settings, p.pronargdefaults::int4 AS default_count,
            p.proargnames AS names, p.proargmodes::text[] AS modes,
            ARRAY(SELECT pg_catalog.format_type(a.type, NULL)
                    FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a (type, place) ORDER BY a.place) AS types,
            pg_catalog.format_type(p.prorettype, NULL) AS result
       FROM pg_catalog.pg_proc AS p
       JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
       JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
      WHERE n.nspname = $1
      ORDER BY p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)`,
    [contract],
  );
  return rows;
}

function judgeFunction(contract: ContractDocument, row: FunctionRow): ContractFunction {
  const refuse = (reason: string): Fault => refusal(contract.name, row.name, reason);
  if (![row.name, ...(row.names ?? [])].every((name) => name === '' || isObjectName(name)))
    throw refuse('has, or a parameter of it has, a name with other characters than a-z, 0-9 and _');
  if (row.kind !== 'f') throw refuse('is not an ordinary function');
  if (row.language !== 'plpgsql' && row.language !== 'sql') throw refuse(`is written in ${row.language}`);
  if (row.is_definer || row.has_settings) throw refuse('sets its own rights or settings');
  const permission = Object.hasOwn(contract.functions, row.name) ? contract.functions[row.name] : undefined;
  const base = { contract: contract.name, name: row.name, signature: row.signature };
  if (permission === undefined) {
    return { ...base, isCallable: false, parameters: [], returnsValue: false, roles: [], classes: [] };
  }
  if (row.is_set || row.is_variadic || row.modes !== null || row.default_count > 0) {
    throw refuse('returns rows, or has parameters that are optional, variadic or for output');
  }
  if (row.result !== 'void' && allowedType(row.result) === null) throw refuse(`returns ${row.result}`);
  return {
    ...base,
    isCallable: true,
    parameters: row.types.map((type, index) => judgeParameter(type, row.names?.[index] ?? '', refuse)),
    returnsValue: row.result !== 'void',
    roles: permission.roles,
    classes: permission.classes,
  };
}

function judgeParameter(sqlType: string, name: string, refuse: (reason: string) => Fault): Parameter {
  if (name === '') throw refuse('has a parameter without a name, which is the key of its argument');
  const type = allowedType(sqlType);
  if (type === null) throw refuse(`has the parameter ${name} of type ${sqlType}`);
  return { name, type: type.isArray ? `${type.scalar}[]` : type.scalar };
}

function refusal(contract: string, name: string, wrong: string): ContractRefusal {
  const reason = `the function ${name} ${wrong}`;
  const hint =
    'A function that transactions call has named parameters of the allowed types and returns void or one value.';
  return new ContractRefusal({ contract, reason, agreedReason: reason, facts: { function: name }, hint });
}
