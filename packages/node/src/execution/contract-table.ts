/**
 * Tables of a contract as Postgres describes them after they were created, judged against the
 * rules for contracts: a primary key, columns of the allowed types, nothing that numbers itself.
 */

import { isObjectName, type ScalarType, tableNameProblem } from '@bucordo/protocol';
import type pg from 'pg';
import { Fault } from '../chain/fault.ts';

/** A column of a contract's table. */
export interface ContractColumn {
  readonly name: string;
  readonly scalar: ScalarType;
  readonly isArray: boolean;
  readonly isNullable: boolean;
  /** The type as SQL, with its precision: `numeric(12,3)`. */
  readonly sqlType: string;
}

/** A table of a contract. */
export interface ContractTable {
  readonly contract: string;
  readonly name: string;
  /** In the table's order. */
  readonly columns: readonly ContractColumn[];
  /** Names of the columns of the primary key, in the key's order. */
  readonly key: readonly string[];
}

/**
 * Reads and judges all tables of `contract`, or those that `only` names. Throws a `contract_refused`
 * fault that names what is wrong.
 */
export async function readContractTables(
  client: pg.ClientBase,
  contract: string,
  only: ReadonlySet<string> | null = null,
): Promise<ContractTable[]> {
  const all = await readColumns(client, contract);
  const rows = only === null ? all : all.filter((row) => only.has(row.table_name));
  const tables = new Map<string, ColumnRow[]>();
  for (const row of rows) tables.set(row.table_name, [...(tables.get(row.table_name) ?? []), row]);
  requireFreeNames(contract, new Set(tables.keys()));
  return [...tables].map(([name, columns]) => judgeTable(contract, name, columns));
}

// One rule for the table and for what its history has beside it.
function requireFreeNames(contract: string, names: ReadonlySet<string>): void {
  for (const table of names) {
    const problem = tableNameProblem(table, names);
    if (problem !== null) throw refusal({ contract, table }, `the table ${table} ${problem}`);
  }
}

/** The type of a column or parameter as `format_type` gives it, without precision; null when contracts may not use it. */
export function allowedType(sqlType: string): { scalar: ScalarType; isArray: boolean } | null {
  const isArray = sqlType.endsWith('[]');
  const scalar = SCALARS.get(isArray ? sqlType.slice(0, -2) : sqlType);
  return scalar === undefined ? null : { scalar, isArray };
}

/** Names of `format_type` and the protocol's names for them. */
const SCALARS: ReadonlyMap<string, ScalarType> = new Map([
  ['boolean', 'bool'],
  ['smallint', 'int2'],
  ['integer', 'int4'],
  ['bigint', 'int8'],
  ['numeric', 'numeric'],
  ['text', 'text'],
  ['bytea', 'bytea'],
  ['uuid', 'uuid'],
  ['date', 'date'],
  ['timestamp with time zone', 'timestamptz'],
  ['jsonb', 'jsonb'],
]);

interface ColumnRow {
  table_name: string;
  kind: string;
  persistence: string;
  name: string | null;
  type: string;
  type_with_precision: string;
  has_precision: boolean;
  is_not_null: boolean;
  is_identity: boolean;
  is_own_collation: boolean;
  has_deferrable: boolean;
  key: string[];
}

async function readColumns(client: pg.ClientBase, contract: string): Promise<ColumnRow[]> {
  const { rows } = await client.query<ColumnRow>(
    `SELECT c.relname::text AS table_name, c.relkind::text AS kind, c.relpersistence::text AS persistence,
            a.attname::text AS name,
            pg_catalog.format_type(a.atttypid, NULL) AS type,
            pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_with_precision,
            a.atttypmod <> -1 AS has_precision,
            a.attnotnull AS is_not_null,
            a.attidentity <> '' AS is_identity,
            a.attcollation NOT IN (0, 'pg_catalog."default"'::pg_catalog.regcollation, 'pg_catalog."C"'::pg_catalog.regcollation) AS is_own_collation,
            EXISTS (SELECT FROM pg_catalog.pg_constraint AS d WHERE d.conrelid = c.oid AND d.condeferrable) AS has_deferrable,
            ARRAY(SELECT k.attname::text
                    FROM pg_catalog.pg_index AS i
                    CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS p (number, place)
                    JOIN pg_catalog.pg_attribute AS k ON k.attrelid = i.indrelid AND k.attnum = p.number
                   WHERE i.indrelid = c.oid AND i.indisprimary
                   ORDER BY p.place) AS key
       FROM pg_catalog.pg_class AS c
       JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
       LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE n.nspname = $1 AND c.relkind NOT IN ('i', 'I', 't', 'c', 'v')
      ORDER BY c.relname, a.attnum`,
    [contract],
  );
  return rows;
}

function judgeTable(contract: string, table: string, rows: readonly ColumnRow[]): ContractTable {
  const first = rows[0];
  if (first === undefined || first.kind !== 'r' || first.persistence !== 'p') {
    throw refusal(
      { contract, table },
      `${table} is not an ordinary table; a contract has tables, indexes and functions only`,
    );
  }
  if (first.key.length === 0) {
    throw refusal({ contract, table }, `the table ${table} has no primary key`);
  }
  if (first.has_deferrable) {
    throw refusal(
      { contract, table },
      `the table ${table} has a deferrable constraint, which fails a block instead of a transaction`,
    );
  }
  const columns = rows.map((row) => judgeColumn(contract, table, row));
  return { contract, name: table, columns, key: first.key };
}

function judgeColumn(contract: string, table: string, row: ColumnRow): ContractColumn {
  const name = row.name ?? '';
  const facts = { contract, table, column: name, type: row.type_with_precision };
  const place = `the column ${table}.${name}`;
  if (name === '' || name.startsWith('_')) {
    throw refusal(facts, `${place} has no name or one with an underscore in front, which the history uses`);
  }
  if (!isObjectName(name)) {
    throw refusal(facts, `${place} has a name with other characters than a-z, 0-9 and _`);
  }
  const type = allowedType(row.type);
  if (type === null) {
    throw refusal(
      facts,
      `${place} has the type ${row.type_with_precision}, which differs between nodes or has no canonical text`,
    );
  }
  if (type.scalar === 'numeric' && !row.has_precision) {
    throw refusal(facts, `${place} is numeric without a scale; write numeric(p,s)`);
  }
  if (row.is_identity) {
    throw refusal(
      facts,
      `${place} numbers itself, and sequences differ between nodes; use bucordo.position() or a key of the caller`,
    );
  }
  if (row.is_own_collation) {
    throw refusal(
      facts,
      `${place} has a collation of its own; only the database's or "C" give the same order on every node`,
    );
  }
  return { ...type, name, isNullable: !row.is_not_null, sqlType: row.type_with_precision };
}

function refusal(facts: Record<string, string>, reason: string): Fault {
  return new Fault('contract_refused', `Contract ${facts['contract']}: ${reason}`, {
    facts,
    hint: 'Change the contract; the genesis needs a new document, and with it the network gets a new id.',
  });
}
