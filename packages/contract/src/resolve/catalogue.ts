/**
 * What the object ids in node trees stand for: functions, operators, types and relations, read once
 * per check from the scratch database.
 */

import type { ScratchDatabase } from './scratch-database.ts';

/** A function of the catalogue. */
export interface ResolvedFunction {
  readonly schema: string;
  readonly name: string;
  /** Name and argument types, such as `abs(int4)`. */
  readonly signature: string;
  readonly isVolatile: boolean;
}

/** A type of the catalogue. */
export interface ResolvedType {
  readonly oid: number;
  readonly schema: string;
  /** As `pg_type` names it: `int4`, `_int4`. */
  readonly name: string;
  /** As SQL. */
  readonly sql: string;
  /** The type of an array's elements; 0 when it is no array. */
  readonly element: number;
  /** The array over this type; 0 when there is none. */
  readonly array: number;
  readonly isComposite: boolean;
}

/** An index of a relation. */
export interface ResolvedIndex {
  readonly name: string;
  /** Column numbers in the index' order; 0 stands for an expression. */
  readonly columns: readonly number[];
  readonly isUnique: boolean;
  readonly isPrimary: boolean;
  readonly isPartial: boolean;
}

/** A column of a relation. */
export interface ResolvedColumn {
  readonly number: number;
  readonly name: string;
  readonly type: number;
  /** As SQL, with its precision. */
  readonly sql: string;
  readonly isNullable: boolean;
  /** Whether an INSERT that leaves it out gives it a value: by a default or an expression. */
  readonly hasValue: boolean;
}

/** A table or view. */
export interface ResolvedRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly isView: boolean;
  readonly columns: readonly ResolvedColumn[];
  readonly indexes: readonly ResolvedIndex[];
}

/** Looks up object ids. */
export interface Catalogue {
  function(oid: number): ResolvedFunction | undefined;
  /** The function behind an operator. */
  operator(oid: number): { readonly name: string; readonly function: number } | undefined;
  type(oid: number): ResolvedType | undefined;
  relation(oid: number): ResolvedRelation | undefined;
  /** Tables and views of these schemas, by name. */
  relations(schema: string): readonly ResolvedRelation[];
}

/** The catalogue with the types that were made since it was read. */
export async function withNewTypes(catalogue: Catalogue, scratch: ScratchDatabase): Promise<Catalogue> {
  const typeOf = await readTypes(scratch);
  return { ...catalogue, type: (oid) => typeOf.get(oid) };
}

async function readTypes(scratch: ScratchDatabase): Promise<ReadonlyMap<number, ResolvedType>> {
  const { rows } = await scratch.query(TYPES);
  return new Map(rows.map((row) => [Number(row['oid']), resolvedType(row)]));
}

/** Reads the functions, operators and types of the whole catalogue, and the relations of `schemas`. */
export async function readCatalogue(
  scratch: ScratchDatabase,
  schemas: readonly string[],
): Promise<Catalogue> {
  const functions = await scratch.query(FUNCTIONS);
  const operators = await scratch.query(OPERATORS);
  const relations = await scratch.query(RELATIONS, [schemas]);
  const typeOf = await readTypes(scratch);
  const operatorOf = new Map(
    operators.rows.map((row) => [
      Number(row['oid']),
      { name: String(row['name']), function: Number(row['function']) },
    ]),
  );
  const functionOf = new Map(
    functions.rows.map((row) => [Number(row['oid']), resolvedFunction(row, typeOf)]),
  );
  const relationOf = new Map(relations.rows.map((row) => [Number(row['oid']), resolvedRelation(row)]));
  return {
    function: (oid) => functionOf.get(oid),
    operator: (oid) => operatorOf.get(oid),
    type: (oid) => typeOf.get(oid),
    relation: (oid) => relationOf.get(oid),
    relations: (schema) => [...relationOf.values()].filter((each) => each.schema === schema),
  };
}

// Few of the 3,400 functions are ever named, so their signatures are put together when asked for.
function resolvedFunction(
  row: Readonly<Record<string, unknown>>,
  typeOf: ReadonlyMap<number, ResolvedType>,
): ResolvedFunction {
  const name = String(row['name']);
  const types = String(row['arguments']);
  return {
    schema: String(row['schema']),
    name,
    isVolatile: row['volatility'] === 'v',
    get signature() {
      const oids = types.split(' ').filter((oid) => oid !== '');
      return `${name}(${oids.map((oid) => typeOf.get(Number(oid))?.name ?? oid).join(',')})`;
    },
  };
}

function resolvedType(row: Readonly<Record<string, unknown>>): ResolvedType {
  return {
    oid: Number(row['oid']),
    schema: String(row['schema']),
    name: String(row['name']),
    sql: String(row['sql']),
    element: Number(row['element']),
    array: Number(row['array']),
    isComposite: row['is_composite'] === true,
  };
}

function resolvedRelation(row: Readonly<Record<string, unknown>>): ResolvedRelation {
  return {
    oid: Number(row['oid']),
    schema: String(row['schema']),
    name: String(row['name']),
    isView: row['kind'] === 'v',
    columns: records(row['columns']).map((column) => ({
      number: Number(column['number']),
      name: String(column['name']),
      type: Number(column['type']),
      sql: String(column['sql']),
      isNullable: column['is_nullable'] === true,
      hasValue: column['has_value'] === true,
    })),
    indexes: records(row['indexes']).map((index) => ({
      name: String(index['name']),
      columns: numbers(index['columns']),
      isUnique: index['is_unique'] === true,
      isPrimary: index['is_primary'] === true,
      isPartial: index['is_partial'] === true,
    })),
  };
}

/** The objects in a JSON array. */
export function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}

function numbers(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}

const FUNCTIONS = `
  SELECT p.oid::pg_catalog.int8::pg_catalog.text AS oid, n.nspname::pg_catalog.text AS schema,
         p.proname::pg_catalog.text AS name, p.provolatile::pg_catalog.text AS volatility,
         p.proargtypes::pg_catalog.text AS arguments
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
   ORDER BY p.oid`;

const OPERATORS = `
  SELECT o.oid::pg_catalog.int8::pg_catalog.text AS oid, o.oprname::pg_catalog.text AS name,
         o.oprcode::pg_catalog.oid::pg_catalog.int8::pg_catalog.text AS function
    FROM pg_catalog.pg_operator AS o
   ORDER BY o.oid`;

const TYPES = `
  SELECT t.oid::pg_catalog.int8::pg_catalog.text AS oid, n.nspname::pg_catalog.text AS schema,
         t.typname::pg_catalog.text AS name, pg_catalog.format_type(t.oid, NULL) AS sql,
         (CASE WHEN t.typcategory = 'A' THEN t.typelem::pg_catalog.int8 ELSE 0 END)::pg_catalog.text AS element,
         t.typarray::pg_catalog.int8::pg_catalog.text AS array, t.typtype = 'c' AS is_composite
    FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
   ORDER BY t.oid`;

const RELATIONS = `
  SELECT c.oid::pg_catalog.int8::pg_catalog.text AS oid, n.nspname::pg_catalog.text AS schema,
         c.relname::pg_catalog.text AS name, c.relkind::pg_catalog.text AS kind,
         (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'number', a.attnum, 'name', a.attname, 'type', a.atttypid::pg_catalog.int8,
                   'sql', pg_catalog.format_type(a.atttypid, a.atttypmod), 'is_nullable', NOT a.attnotnull,
                   'has_value', a.atthasdef OR a.attidentity <> '') ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute AS a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
         (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'name', x.relname, 'is_unique', i.indisunique, 'is_primary', i.indisprimary,
                   'is_partial', i.indpred IS NOT NULL,
                   'columns', pg_catalog.to_jsonb((i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1])) ORDER BY x.relname)
            FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
           WHERE i.indrelid = c.oid) AS indexes
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname = ANY ($1::pg_catalog.text[]) AND c.relkind IN ('r', 'v')
   ORDER BY c.oid`;
