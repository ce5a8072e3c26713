/**
 * Tables of a contract as Postgres describes them after they were created, judged against the
 * rules for contracts: a primary key, columns of the allowed types, nothing that numbers itself.
 */

import { columnNameProblem, type ScalarType, tableNameProblem } from '@bucordo/protocol';
import type pg from 'pg';
import { ContractRefusal } from './contract-refusal.ts';

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
  /** Every column that the table has or had, as its history keeps them, in the order in which they were added; empty before it has a history. */
  readonly recorded: readonly RecordedColumn[];
}

/** A column of a table's history. */
export interface RecordedColumn extends ContractColumn {
  /** Its number in the history, which names it once the table has lost the column. */
  readonly number: number;
  /** The name that a column had which the table has lost; null for one that it has. */
  readonly formerName: string | null;
}

/** The name under which the history keeps a column that the table has lost; no column of a table begins so. */
export function formerColumnName(column: { readonly number: number; readonly name: string }): string {
  return `_${column.number}_${column.name}`;
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
  const recorded = await readRecorded(client, contract);
  return [...tables].map(([name, columns]) => ({
    ...judgeTable(contract, name, columns),
    recorded: recorded.get(name) ?? [],
  }));
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
  is_virtual: boolean;
  has_parent: boolean;
  has_deferrable: boolean;
  has_unchecked: boolean;
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
            a.attgenerated = 'v' AS is_virtual,
            EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = c.oid OR h.inhparent = c.oid) AS has_parent,
            EXISTS (SELECT FROM pg_catalog.pg_constraint AS d WHERE d.conrelid = c.oid AND d.condeferrable) AS has_deferrable,
            EXISTS (SELECT FROM pg_catalog.pg_constraint AS d WHERE d.conrelid = c.oid AND NOT d.convalidated) AS has_unchecked,
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

interface RecordedRow {
  table_name: string;
  number: number;
  name: string;
  type: string;
  type_with_precision: string;
}

// Rows of the history may lack any column: those that were written before it, or after the table lost it.
async function readRecorded(
  client: pg.ClientBase,
  contract: string,
): Promise<ReadonlyMap<string, RecordedColumn[]>> {
  const { rows } = await client.query<RecordedRow>(
    `SELECT c.relname::text AS table_name, a.attnum::int4 AS number, a.attname::text AS name,
            pg_catalog.format_type(a.atttypid, NULL) AS type,
            pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_with_precision
       FROM pg_catalog.pg_class AS c
       JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
       JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE n.nspname = $1 || '_history' AND c.relkind = 'r'
        AND a.attname <> ALL (ARRAY['_position', '_ordinal', '_operation'])
      ORDER BY c.relname, a.attnum`,
    [contract],
  );
  const recorded = new Map<string, RecordedColumn[]>();
  for (const { table_name, number, name, type, type_with_precision } of rows) {
    const kind = allowedType(type);
    if (kind === null)
      throw new Error(`the history of ${contract}.${table_name} has a column of type ${type}`);
    const formerName = /^_[0-9]+_(.*)$/s.exec(name)?.[1] ?? null;
    const column = { ...kind, name, number, formerName, isNullable: true, sqlType: type_with_precision };
    recorded.set(table_name, [...(recorded.get(table_name) ?? []), column]);
  }
  return recorded;
}

function judgeTable(
  contract: string,
  table: string,
  rows: readonly ColumnRow[],
): Omit<ContractTable, 'recorded'> {
  const first = rows[0];
  if (first === undefined || first.kind !== 'r' || first.persistence !== 'p') {
    throw refusal(
      { contract, table },
      `${table} is not an ordinary table; a contract has tables, indexes and functions only`,
    );
  }
  if (first.has_parent) {
    throw refusal(
      { contract, table },
      `the table ${table} inherits or is inherited: rows of one table would show in another, without a version in its history`,
    );
  }
  if (first.has_unchecked) {
    throw refusal(
      { contract, table },
      `the table ${table} has a constraint that is not enforced or not validated; rows that break it may exist`,
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
  const problem = columnNameProblem(name);
  if (problem !== null) throw refusal(facts, `${place} ${problem}`);
  if (row.is_virtual) {
    throw refusal(
      facts,
      `${place} is generated when it is read, so the history has no value of it; write STORED`,
    );
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

function refusal(facts: Record<string, string>, reason: string): ContractRefusal {
  const contract = facts['contract'] ?? '';
  const hint =
    'Change the contract; the genesis needs a new document, and with it the network gets a new id.';
  return new ContractRefusal({ contract, reason, agreedReason: reason, facts, hint });
}
