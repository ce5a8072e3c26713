/** The rules for casts. */

import { isPlainNumber, NUMBER_TYPES, numberRemedy } from '../rules/number-notation.ts';
import { adviceOnType, MOMENT_LITERALS, PASSING_TYPES, STORED_TYPES } from '../rules/sql-types.ts';
import { writtenType } from '../schema/schema-model.ts';
import {
  type Fields,
  fieldsAt,
  fieldsOf,
  namesOf,
  nodeOf,
  nodesOf,
  stringConstant,
  type TreeNode,
  textAt,
} from '../sql-tree.ts';
import { type QueryContext, refuse } from './query-context.ts';

/** Casts: to the allowed types; to moments only from a literal that names its moment fully. */
export function checkCast(node: TreeNode, context: QueryContext): void {
  const type = fieldsAt(node.fields, 'typeName') ?? {};
  const written = writtenType(type);
  const name = written.replace(/\[\]$/, '');
  const [schema, ownTable] = name.split('.');
  if (ownTable !== undefined) {
    if (schema === context.contract) checkRowCast(node, written, context);
    else refuse(context, node, `::${written}`, adviceOnType(name));
    return;
  }
  if (!STORED_TYPES.has(name) && !PASSING_TYPES.has(name)) {
    refuse(context, node, `::${written}`, adviceOnType(name));
    return;
  }
  if (name === 'text' || name === 'varchar') checkRowText(node, context);
  else if (name !== 'jsonb') checkDocumentCast(node, written, context);
  if (NUMBER_TYPES.has(name)) checkNumber(node, written, context);
  const form = MOMENT_LITERALS.get(name);
  if (form !== undefined) checkMoment(node, written, form, context);
}

// Rows are built of columns, not read from a text that could hold 'now'.
function checkRowCast(node: TreeNode, written: string, context: QueryContext): void {
  const argument = nodeOf(node.fields['arg']);
  if (argument?.kind === 'RowExpr' || argument?.kind === 'ColumnRef') return;
  if (argument?.kind === 'A_Const' && argument.fields['isnull'] === true) return;
  refuse(context, node, `::${written}`, {
    rule: 'cast',
    message:
      "A row that is read from a text casts its columns unseen; a text 'now' would become this node's clock.",
    remedy: `Write ROW(…)::${written}.`,
  });
}

// What is no text, or not seen to be one, is judged by layer B2, which knows its type.
function checkNumber(node: TreeNode, written: string, context: QueryContext): void {
  const argument = nodeOf(node.fields['arg']);
  const literal = stringConstant(node.fields['arg']);
  const operator = argument?.kind === 'A_Expr' ? (namesOf(argument.fields['name']).at(-1) ?? '') : '';
  const isText = TEXT_OPERATORS.has(operator) || isTextName(argument, context);
  if (literal === null ? !isText : isPlainNumber(literal)) return;
  refuse(context, node, literal === null ? `::${written}` : `'${literal}'::${written}`, {
    rule: 'number-cast',
    message:
      "Newer versions of Postgres read more texts as numbers, such as '0x10' and '1_000', than older ones.",
    remedy:
      literal === null
        ? numberRemedy(written, 'text')
        : 'Write the number in decimal digits without underscores.',
  });
}

/** Operators whose result is a text. */
const TEXT_OPERATORS: ReadonlySet<string> = new Set(['->>', '#>>', '||']);

// A variable or column that is known to be a text.
function isTextName(node: TreeNode | null, context: QueryContext): boolean {
  if (node?.kind !== 'ColumnRef') return false;
  return context.variables.get(namesOf(node.fields['fields']).at(-1) ?? '') === 'text';
}

function checkMoment(node: TreeNode, written: string, form: RegExp, context: QueryContext): void {
  const literal = stringConstant(node.fields['arg']);
  const argument = nodeOf(node.fields['arg']);
  const isNull = argument?.kind === 'A_Const' && argument.fields['isnull'] === true;
  if (isNull || (literal !== null && form.test(literal) && !written.endsWith('[]'))) return;
  // What is no text is judged by layer B2, which knows its type.
  const isText = argument?.kind === 'A_Expr' || isTextName(argument, context);
  if (literal === null && written === 'date' && !isText) return;
  refuse(context, node, literal === null ? `::${written}` : `'${literal}'::${written}`, {
    rule: 'moment-cast',
    message: "Such a cast understands 'now', 'today' and zones: it reads the node's clock and settings.",
    remedy: MOMENT_REMEDIES.get(written) ?? DATE_REMEDY,
  });
}

const DATE_REMEDY = "Write make_date(year, month, day), or a literal like '2026-01-31'.";

const MOMENT_REMEDIES: ReadonlyMap<string, string> = new Map([
  [
    'timestamptz',
    "Write bucordo.timestamp_utc(text), or a literal like '2026-01-31T12:00:00Z'; bucordo.block_time() is the time of the block.",
  ],
  ['interval', "Write a literal like '3 days', or bucordo.add_seconds(moment, seconds)."],
]);

// A null inside a document is an error on one version and NULL on another.
function checkDocumentCast(node: TreeNode, written: string, context: QueryContext): void {
  const argument = nodeOf(node.fields['arg']);
  const type = argument?.kind === 'TypeCast' ? writtenType(fieldsAt(argument.fields, 'typeName')) : '';
  const operator = argument?.kind === 'A_Expr' ? namesOf(argument.fields['name']).at(-1) : '';
  if (type !== 'jsonb' && operator !== '->' && operator !== '#>') return;
  refuse(context, node, `jsonb::${written}`, {
    rule: 'version-dependent',
    message: 'A null inside a document fails on one version of Postgres and becomes NULL on another.',
    remedy: NUMBER_TYPES.has(written)
      ? numberRemedy(written, "document->>'key'")
      : `Write (document->>'key')::${written}.`,
  });
}

// A row's text holds what the session's settings make of its columns.
function checkRowText(node: TreeNode, context: QueryContext): void {
  const column = fieldsOf(node.fields['arg'], 'ColumnRef');
  const [name, ...others] = column === null ? [] : namesOf(column['fields']);
  if (name === undefined || others.length > 0) return;
  const type = context.variables.get(name) ?? '';
  const isRow = type === 'record' || type.includes('.') || aliasesOf(context.select).has(name);
  if (!isRow) return;
  refuse(context, node, `${name}::text`, {
    rule: 'row-text',
    message: 'The text of a whole row changes with settings and whenever the table gets a column.',
    remedy: 'Write the columns that are meant, or to_jsonb(…).',
  });
}

// Names of tables in the FROM list, which mean a whole row where they stand alone.
function aliasesOf(select: Fields | null): ReadonlySet<string> {
  const tables = nodesOf(select?.['fromClause']).filter(({ kind }) => kind === 'RangeVar');
  return new Set(
    tables.map(
      ({ fields }) => textAt(fieldsAt(fields, 'alias') ?? {}, 'aliasname') || textAt(fields, 'relname'),
    ),
  );
}
