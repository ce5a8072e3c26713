/**
 * The tables and views of a contract as its schema.sql declares them, read offline: what rules about
 * keys and order must know. Wrong statements are left to the rules; the model takes what it
 * understands.
 */

import { typeName } from '../rules/sql-types.ts';
import { type ParsedStatement, parseStatements } from '../sql-parser.ts';
import {
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
  /** Sets of columns no two rows agree in: the primary key first, then unique constraints and indexes. */
  readonly keys: readonly (readonly string[])[];
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
  readonly keys: (readonly string[])[];
}

type Draft = Map<string, DraftRelation>;

const READERS: ReadonlyMap<string, (fields: Fields, draft: Draft) => void> = new Map([
  ['CreateStmt', readTable],
  ['IndexStmt', readIndex],
  ['ViewStmt', readView],
  ['AlterTableStmt', readAlter],
]);

function readTable(fields: Fields, draft: Draft): void {
  const name = textAt(fieldsAt(fields, 'relation') ?? {}, 'relname');
  const table: DraftRelation = { name, kind: 'table', columns: new Map(), keys: [] };
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
  for (const constraint of nodesOf(fields['constraints'])) readConstraint(constraint.fields, name, table);
}

function readConstraint(fields: Fields, column: string | null, table: DraftRelation): void {
  const columns = column === null ? namesOf(fields['keys']) : [column];
  if (textAt(fields, 'contype') === 'CONSTR_PRIMARY') table.keys.unshift(columns);
  if (textAt(fields, 'contype') === 'CONSTR_UNIQUE') table.keys.push(columns);
}

// A partial unique index makes no key, but its columns may not be set on many rows either.
function readIndex(fields: Fields, draft: Draft): void {
  if (fields['unique'] !== true) return;
  const table = draft.get(textAt(fieldsAt(fields, 'relation') ?? {}, 'relname'));
  const columns = nodesOf(fields['indexParams']).map((element) => textAt(element.fields, 'name'));
  if (table === undefined || columns.includes('')) return;
  if (fields['whereClause'] === undefined) table.keys.push(columns);
}

function readView(fields: Fields, draft: Draft): void {
  const name = textAt(fieldsAt(fields, 'view') ?? {}, 'relname');
  const aliases = namesOf(fields['aliases']);
  const select = fieldsOf(fields['query'], 'SelectStmt');
  const outputs = aliases.length > 0 ? aliases : nodesOf(select?.['targetList']).map(outputName);
  draft.set(name, { name, kind: 'view', columns: new Map(outputs.map((each) => [each, ''])), keys: [] });
}

/** The name of a column of a select list; `*` for all columns, empty when nobody can know. */
export function outputName(target: TreeNode): string {
  const own = textAt(target.fields, 'name');
  if (own !== '') return own;
  const value = nodeOf(target.fields['val']);
  if (value?.kind === 'ColumnRef') return lastField(value.fields);
  if (value?.kind === 'FuncCall') return namesOf(value.fields['funcname']).at(-1) ?? '';
  return '';
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
    if (textAt(command, 'subtype') === 'AT_DropColumn') table.columns.delete(textAt(command, 'name'));
  }
}
