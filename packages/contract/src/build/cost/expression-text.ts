/** Writes an expression of the parser's tree down again, its columns under the names that the build gives to FROM items. */

import { type Fields, fieldsAt, namesOf, nodeOf, nodesOf, numberAt, textAt } from '../../check/sql-tree.ts';
import { meaningOf, type ReadItem, type Scope } from './scope.ts';

/** The SQL of an expression, null for one that cannot be written so: a subquery, an aggregate, anything unusual. */
export function expressionText(expression: unknown, scope: Scope): string | null {
  const node = nodeOf(expression);
  return node === null ? null : (WRITERS.get(node.kind)?.(node.fields, scope, expression) ?? null);
}

/** A name as an identifier. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

type Writer = (fields: Fields, scope: Scope, expression: unknown) => string | null;

const WRITERS: ReadonlyMap<string, Writer> = new Map<string, Writer>([
  ['ColumnRef', (_fields, scope, expression) => columnText(expression, scope)],
  ['A_Const', constantText],
  ['ParamRef', (fields) => `$${numberAt(fields, 'number') ?? 0}`],
  ['TypeCast', castText],
  ['A_Expr', operationText],
  ['FuncCall', callText],
  ['CoalesceExpr', (fields, scope) => listText('coalesce(', fields['args'], ')', scope)],
  [
    'MinMaxExpr',
    (fields, scope) =>
      listText(textAt(fields, 'op') === 'IS_LEAST' ? 'least(' : 'greatest(', fields['args'], ')', scope),
  ],
  ['A_ArrayExpr', (fields, scope) => listText('ARRAY[', fields['elements'], ']', scope)],
  ['A_Indirection', indirectionText],
]);

function columnText(expression: unknown, scope: Scope): string | null {
  const meaning = meaningOf(expression, scope);
  switch (meaning?.kind) {
    case 'column':
      return itemColumn(meaning.item, meaning.column);
    case 'derived':
      return expressionText(meaning.derived.expression, meaning.derived.scope);
    case 'variable':
      return meaning.parts.length === 0 ? null : meaning.parts.map(quoted).join('.');
    default:
      return null;
  }
}

// The only column of a function has the name of its item; numbers of rows and further columns are not written.
function itemColumn(item: ReadItem, column: string): string | null {
  if (!item.isFunction || item.rowColumns.includes(column)) return `${item.alias}.${quoted(column)}`;
  return item.rowColumns.length === 0 ? `${item.alias}.${item.alias}` : null;
}

function constantText(fields: Fields): string | null {
  if (fields['isnull'] === true) return 'NULL';
  const text = fieldsAt(fields, 'sval');
  if (text !== null) return `'${textAt(text, 'sval').replaceAll("'", "''")}'`;
  const whole = fieldsAt(fields, 'ival');
  if (whole !== null) return `${numberAt(whole, 'ival') ?? 0}`;
  const decimal = fieldsAt(fields, 'fval');
  if (decimal !== null) return textAt(decimal, 'fval');
  const truth = fieldsAt(fields, 'boolval');
  return truth === null ? null : `${truth['boolval'] === true}`;
}

function castText(fields: Fields, scope: Scope): string | null {
  const argument = expressionText(fields['arg'], scope);
  const type = fieldsAt(fields, 'typeName');
  const names = namesOf(type?.['names']);
  // The length of varchar(10) and the like shortens a value; nothing that is looked up by needs it.
  if (argument === null || names.length === 0 || type?.['typmods'] !== undefined) return null;
  const isArray = Array.isArray(type?.['arrayBounds']) && type['arrayBounds'].length > 0;
  return `(${argument})::${names.map(quoted).join('.')}${isArray ? '[]' : ''}`;
}

function operationText(fields: Fields, scope: Scope): string | null {
  const kind = textAt(fields, 'kind');
  const [left, right] = [fields['lexpr'], fields['rexpr']].map((side) =>
    side === undefined ? '' : expressionText(side, scope),
  );
  const names = namesOf(fields['name']);
  const symbol = names.at(-1) ?? '';
  if (left === null || left === undefined || right === null || right === undefined || symbol === '')
    return null;
  if (kind === 'AEXPR_OP') return `(${left} OPERATOR(pg_catalog.${symbol}) ${right})`;
  if (kind === 'AEXPR_OP_ANY') return `(${left} OPERATOR(pg_catalog.${symbol}) ANY (${right}))`;
  return kind === 'AEXPR_OP_ALL' ? `(${left} OPERATOR(pg_catalog.${symbol}) ALL (${right}))` : null;
}

function callText(fields: Fields, scope: Scope): string | null {
  const names = namesOf(fields['funcname']);
  const isPlain = ['agg_order', 'agg_filter', 'over', 'agg_star', 'agg_distinct', 'func_variadic'].every(
    (part) => fields[part] === undefined,
  );
  // Counting calls nothing of the contract's own, and nothing that gives another value each time.
  const isSteady =
    names.length === 1 ||
    names[0] === 'pg_catalog' ||
    (names[0] === 'bucordo' && !DRAWING.has(names[1] ?? ''));
  return isPlain && isSteady
    ? listText(`${names.map(quoted).join('.')}(`, fields['args'] ?? [], ')', scope)
    : null;
}

/** Context functions that draw from what the transaction has. */
const DRAWING: ReadonlySet<string> = new Set(['new_id', 'random_bytes', 'ordinal']);

function listText(open: string, items: unknown, close: string, scope: Scope): string | null {
  const texts = (Array.isArray(items) ? items : []).map((each) => expressionText(each, scope));
  return texts.includes(null) ? null : `${open}${texts.join(', ')}${close}`;
}

// a[1], (r).field
function indirectionText(fields: Fields, scope: Scope): string | null {
  let text = expressionText(fields['arg'], scope);
  for (const { kind, fields: part } of nodesOf(fields['indirection'])) {
    const index =
      kind === 'A_Indices' && part['is_slice'] !== true ? expressionText(part['uidx'], scope) : null;
    const subscript = index === null ? null : `[${index}]`;
    const step = kind === 'String' ? `.${quoted(textAt(part, 'sval'))}` : subscript;
    text = text === null || step === null ? null : `(${text})${step}`;
  }
  return text;
}
