/**
 * The tables and views of a contract as its schema.sql declares them, read offline: what rules about
 * keys and order must know. Wrong statements are left to the rules; the model takes what it
 * understands.
 */

import { typeName } from '../rules/sql-types.ts';
import { type ParsedStatement, parseStatements } from '../sql-parser.ts';
import {
  descendants,
  type Fields,
  fieldsAt,
  fieldsOf,
  namesOf,
  nodeOf,
  nodesOf,
  type TreeNode,
  textAt,
} from '../sql-tree.ts';

/** A table or view. */
export interface Relation {
  readonly name: string;
  readonly kind: 'table' | 'view';
  /** Name → type as in `pg_type`, `[]` behind for arrays; empty text where the type is not known. */
  readonly columns: ReadonlyMap<string, string>;
  /** Whether a primary key is declared, in CREATE TABLE or afterwards by ALTER TABLE. */
  readonly hasPrimaryKey: boolean;
  /** Sets of columns no two rows agree in: the primary key first, then unique constraints and indexes. */
  readonly keys: readonly (readonly string[])[];
  /** Keys of the rows for which a condition holds: unique indexes with WHERE. */
  readonly partialKeys: readonly PartialKey[];
  /** Columns that may be NULL. */
  readonly nullable: ReadonlySet<string>;
  /** Columns on which it depends whether a row breaks a unique index, also one over a part of the rows. */
  readonly uniqueColumns: ReadonlySet<string>;
}

/** A key among the rows for which a condition holds. */
export interface PartialKey {
  readonly columns: readonly string[];
  /** As {@link unqualified} writes it. */
  readonly condition: string;
}

/** Relations by name. */
export type SchemaModel = ReadonlyMap<string, Relation>;

/** Reads the relations that a text creates. A text that cannot be parsed gives none. */
export function readSchema(text: string): SchemaModel {
  const parsed = parseStatements(text);
  return 'ok' in parsed ? readRelations(parsed.ok) : new Map();
}

/** Reads the relations that statements create. */
export function readRelations(statements: readonly ParsedStatement[]): SchemaModel {
  const relations = new Map<string, DraftRelation>();
  for (const { tree } of statements) {
    const node = nodeOf(tree);
    if (node === null) continue;
    READERS.get(node.kind)?.(node.fields, relations);
  }
  return relations;
}

interface DraftRelation {
  readonly name: string;
  readonly kind: 'table' | 'view';
  readonly columns: Map<string, string>;
  hasPrimaryKey: boolean;
  readonly keys: (readonly string[])[];
  readonly partialKeys: PartialKey[];
  readonly nullable: Set<string>;
  readonly uniqueColumns: Set<string>;
}

type Draft = Map<string, DraftRelation>;

const READERS: ReadonlyMap<string, (fields: Fields, draft: Draft) => void> = new Map([
  ['CreateStmt', readTable],
  ['IndexStmt', readIndex],
  ['ViewStmt', readView],
  ['AlterTableStmt', readAlter],
]);

function draftOf(name: string, kind: DraftRelation['kind']): DraftRelation {
  return {
    name,
    kind,
    columns: new Map(),
    hasPrimaryKey: false,
    keys: [],
    partialKeys: [],
    nullable: new Set(),
    uniqueColumns: new Set(),
  };
}

function readTable(fields: Fields, draft: Draft): void {
  const name = textAt(fieldsAt(fields, 'relation') ?? {}, 'relname');
  const table = draftOf(name, 'table');
  for (const element of nodesOf(fields['tableElts'])) {
    if (element.kind === 'ColumnDef') readColumn(element.fields, table);
    if (element.kind === 'Constraint') readConstraint(element.fields, null, table);
  }
  draft.set(name, table);
}

/** The type of a column or variable, `[]` behind for arrays. */
export function writtenType(type: Fields | null): string {
  const names = namesOf(type?.['names']).filter((name) => name !== 'pg_catalog');
  const isArray = Array.isArray(type?.['arrayBounds']) && type['arrayBounds'].length > 0;
  return `${typeName(names.join('.'))}${isArray ? '[]' : ''}`;
}

function readColumn(fields: Fields, table: DraftRelation): void {
  const name = textAt(fields, 'colname');
  table.columns.set(name, writtenType(fieldsAt(fields, 'typeName')));
  table.nullable.add(name);
  for (const constraint of nodesOf(fields['constraints'])) readConstraint(constraint.fields, name, table);
}

function readConstraint(fields: Fields, column: string | null, table: DraftRelation): void {
  const columns = column === null ? namesOf(fields['keys']) : [column];
  const kind = textAt(fields, 'contype');
  if (kind === 'CONSTR_PRIMARY') table.hasPrimaryKey = true;
  // A constraint USING INDEX names no columns: the index is the key then.
  if (kind === 'CONSTR_PRIMARY' && columns.length > 0) table.keys.unshift(columns);
  if (kind === 'CONSTR_UNIQUE' && columns.length > 0) table.keys.push(columns);
  for (const each of columns) {
    if (kind === 'CONSTR_PRIMARY' || kind === 'CONSTR_NOTNULL') table.nullable.delete(each);
    if (kind === 'CONSTR_PRIMARY' || kind === 'CONSTR_UNIQUE') table.uniqueColumns.add(each);
  }
}

// A partial unique index makes no key of all rows, but its columns may not be set on many rows either.
function readIndex(fields: Fields, draft: Draft): void {
  if (fields['unique'] !== true) return;
  const table = draft.get(textAt(fieldsAt(fields, 'relation') ?? {}, 'relname'));
  const columns = nodesOf(fields['indexParams']).map((element) => textAt(element.fields, 'name'));
  if (table === undefined) return;
  const condition = nodeOf(fields['whereClause']);
  for (const column of columns) table.uniqueColumns.add(column);
  for (const each of condition === null ? [] : descendants(condition)) {
    if (each.kind === 'ColumnRef') table.uniqueColumns.add(lastField(each.fields));
  }
  if (columns.includes('')) return;
  if (condition === null) table.keys.push(columns);
  else table.partialKeys.push({ columns, condition: unqualified(fields['whereClause']) });
}

function readView(fields: Fields, draft: Draft): void {
  const name = textAt(fieldsAt(fields, 'view') ?? {}, 'relname');
  const aliases = namesOf(fields['aliases']);
  const select = fieldsOf(fields['query'], 'SelectStmt');
  const outputs = aliases.length > 0 ? aliases : nodesOf(select?.['targetList']).map(outputName);
  const view = draftOf(name, 'view');
  for (const each of outputs) view.columns.set(each, '');
  draft.set(name, view);
}

/** The name of a column of a select list; `*` for all columns, empty when nobody can know. */
export function outputName(target: TreeNode): string {
  const own = textAt(target.fields, 'name');
  if (own !== '') return own;
  return impliedName(nodeOf(target.fields['val']));
}

// The name that Postgres gives to an output without one, as far as it comes from a column or function.
function impliedName(value: TreeNode | null): string {
  switch (value?.kind) {
    case 'ColumnRef':
      return lastField(value.fields);
    case 'FuncCall':
      return namesOf(value.fields['funcname']).at(-1) ?? '';
    case 'TypeCast':
    case 'CollateClause':
      return impliedName(nodeOf(value.fields['arg']));
    case 'A_Indirection':
      return namesOf(value.fields['indirection']).at(-1) ?? impliedName(nodeOf(value.fields['arg']));
    default:
      return '';
  }
}

function lastField(column: Fields): string {
  const last = nodesOf(column['fields']).at(-1);
  return last?.kind === 'A_Star' ? '*' : textAt(last?.fields ?? {}, 'sval');
}

function readAlter(fields: Fields, draft: Draft): void {
  const table = draft.get(textAt(fieldsAt(fields, 'relation') ?? {}, 'relname'));
  if (table === undefined) return;
  for (const { fields: command } of nodesOf(fields['cmds'])) {
    const definition = nodeOf(command['def']);
    if (definition?.kind === 'Constraint') readConstraint(definition.fields, null, table);
    if (definition?.kind === 'ColumnDef') readColumn(definition.fields, table);
    if (textAt(command, 'subtype') === 'AT_SetNotNull') table.nullable.delete(textAt(command, 'name'));
    if (textAt(command, 'subtype') === 'AT_DropColumn') table.columns.delete(textAt(command, 'name'));
  }
}

/** A condition as a text without positions and without names of tables, to compare two over one table. */
export function unqualified(condition: unknown): string {
  const write = (name: string, value: unknown): unknown => {
    if (name === 'location') return undefined;
    const column = fieldsOf(value, 'ColumnRef');
    return column === null ? value : { column: lastField(column) };
  };
  return JSON.stringify(condition, write) ?? '';
}
