/** The tables of a contract as far as the cost of reading them goes: keys, indexes, and how large columns can be. */

import { readRelations } from '../../check/schema/schema-model.ts';
import { type ParsedStatement, parseStatements } from '../../check/sql-parser.ts';
import {
  type Fields,
  fieldsAt,
  fieldsOf,
  integerConstant,
  namesOf,
  nodeOf,
  nodesOf,
  type TreeNode,
  textAt,
} from '../../check/sql-tree.ts';
import { typeKind, type ValueKind } from '../value-kind.ts';

/** A table. */
export interface TableShape {
  readonly name: string;
  readonly columns: ReadonlyMap<string, ColumnShape>;
  /** Sets of columns that tell one row. */
  readonly keys: readonly (readonly string[])[];
  /** Columns of each index over all rows, in its order; those of keys too. */
  readonly indexes: readonly (readonly string[])[];
}

/** A column. */
export interface ColumnShape {
  readonly kind: ValueKind;
  /** Most bytes, where a constraint says so in plain words; null where nothing does. */
  readonly bytesMax: number | null;
}

/** Tables and views of a contract by name. */
export interface SchemaShape {
  readonly tables: ReadonlyMap<string, TableShape>;
  readonly views: ReadonlyMap<string, Fields>;
}

/** Reads the tables and views that a text creates; what cannot be parsed gives none. */
export function readSchemaShape(text: string): SchemaShape {
  const parsed = parseStatements(text);
  const statements: readonly ParsedStatement[] = 'ok' in parsed ? parsed.ok : [];
  const model = readRelations(statements);
  const nodes = statements.map(({ tree }) => nodeOf(tree)).filter((node) => node !== null);
  const tables = new Map<string, TableShape>();
  for (const relation of model.values()) {
    if (relation.kind !== 'table') continue;
    const own = nodes.filter(
      (node) => textAt(fieldsAt(node.fields, 'relation') ?? {}, 'relname') === relation.name,
    );
    const definitions = own.flatMap(columnDefinitions);
    const bounds = new Map(own.flatMap(checksOf).flatMap(boundOf));
    const columns = [...relation.columns.keys()].map((name): [string, ColumnShape] => {
      const type = definitions.find((each) => textAt(each, 'colname') === name)?.['typeName'];
      return [
        name,
        { kind: type === undefined ? 'other' : typeKind(type), bytesMax: bounds.get(name) ?? null },
      ];
    });
    tables.set(relation.name, {
      name: relation.name,
      columns: new Map(columns),
      keys: relation.keys,
      indexes: [...relation.keys, ...own.flatMap(indexOf)],
    });
  }
  return { tables, views: viewsOf(nodes) };
}

function columnDefinitions({ fields }: TreeNode): readonly Fields[] {
  const added = nodesOf(fields['cmds']).map((command) => command.fields['def']);
  return [...nodesOf(fields['tableElts']), ...nodesOf(added)]
    .filter(({ kind }) => kind === 'ColumnDef')
    .map((node) => node.fields);
}

function checksOf({ fields }: TreeNode): readonly unknown[] {
  const elements = nodesOf(fields['tableElts']);
  const inColumns = elements.flatMap((element) => nodesOf(element.fields['constraints']));
  return [...elements, ...inColumns]
    .filter(({ fields: each }) => textAt(each, 'contype') === 'CONSTR_CHECK')
    .flatMap(({ fields: each }) => conjunctsOf(each['raw_expr']));
}

function conjunctsOf(condition: unknown): readonly unknown[] {
  const both = fieldsOf(condition, 'BoolExpr');
  if (both === null || textAt(both, 'boolop') !== 'AND_EXPR') return [condition];
  return Array.isArray(both['args']) ? both['args'].flatMap(conjunctsOf) : [];
}

/** Bytes of a character at most. */
const CHARACTER_BYTES = 4;

// octet_length(column) <= 100, also of its text, or length(column) <= 100.
function boundOf(condition: unknown): readonly [string, number][] {
  const compared = fieldsOf(condition, 'A_Expr');
  const call = fieldsOf(compared?.['lexpr'], 'FuncCall');
  const limit = integerConstant(compared?.['rexpr']);
  if (compared === null || call === null || limit === null) return [];
  if (!['<', '<=', '='].includes(namesOf(compared['name']).join('.'))) return [];
  const [argument] = Array.isArray(call['args']) ? call['args'] : [];
  const column = fieldsOf(fieldsOf(argument, 'TypeCast')?.['arg'] ?? argument, 'ColumnRef');
  const name = column === null ? undefined : namesOf(column['fields']).at(-1);
  const measure = namesOf(call['funcname']).at(-1) ?? '';
  if (name === undefined) return [];
  if (measure === 'octet_length') return [[name, limit]];
  return /^(char_|character_)?length$/.test(measure) ? [[name, limit * CHARACTER_BYTES]] : [];
}

// The columns in front of the first expression of an index over all rows.
function indexOf({ kind, fields }: TreeNode): readonly (readonly string[])[] {
  if (kind !== 'IndexStmt' || nodeOf(fields['whereClause']) !== null) return [];
  const names = nodesOf(fields['indexParams']).map((element) => textAt(element.fields, 'name'));
  const end = names.indexOf('');
  return [end < 0 ? names : names.slice(0, end)];
}

function viewsOf(nodes: readonly TreeNode[]): ReadonlyMap<string, Fields> {
  return new Map(
    nodes.flatMap(({ kind, fields }): [string, Fields][] => {
      const select = kind === 'ViewStmt' ? fieldsOf(fields['query'], 'SelectStmt') : null;
      return select === null ? [] : [[textAt(fieldsAt(fields, 'view') ?? {}, 'relname'), select]];
    }),
  );
}
