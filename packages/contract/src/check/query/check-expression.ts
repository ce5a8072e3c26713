/** The rules for operators, columns, casts and collations. */

import {
  ALLOWED_OPERATORS,
  adviceOnOperator,
  PATTERN_OPERATORS,
  SYSTEM_COLUMNS,
} from '../rules/operators.ts';
import { adviceOnType, MOMENT_LITERALS, PASSING_TYPES, STORED_TYPES } from '../rules/sql-types.ts';
import { writtenType } from '../schema/schema-model.ts';
import { fieldsAt, namesOf, nodeOf, stringConstant, type TreeNode, textAt } from '../sql-tree.ts';
import { type QueryContext, refuse } from './query-context.ts';

/** Operators: those of the list, Postgres' own, patterns constant. */
export function checkOperator(node: TreeNode, context: QueryContext): void {
  const names = namesOf(node.fields['name']);
  const operator = names.at(-1) ?? '';
  if (names.length > 1 && names[0] !== 'pg_catalog') {
    refuse(context, node, `OPERATOR(${names.join('.')})`, {
      rule: 'operator',
      message: 'An operator of another schema calls a function that no check has seen.',
      remedy: `Write the operator ${operator} itself, or call the function.`,
    });
    return;
  }
  const isWord =
    /^AEXPR_(BETWEEN|NOT_BETWEEN|IN|NULLIF|DISTINCT|NOT_DISTINCT|BETWEEN_SYM|NOT_BETWEEN_SYM|SIMILAR)/.test(
      textAt(node.fields, 'kind'),
    );
  if (!isWord && !ALLOWED_OPERATORS.has(operator)) {
    refuse(context, node, operator, adviceOnOperator(operator));
  }
  if (PATTERN_OPERATORS.has(operator)) checkPattern(node.fields['rexpr'], node, context);
}

/** A regular expression: constant, so that its cost is known, without back-references, which have none. */
export function checkPattern(pattern: unknown, node: TreeNode, context: QueryContext): void {
  const text = stringConstant(pattern) ?? stringConstant(nodeOf(pattern)?.fields['arg']);
  if (text !== null && !/\\[1-9]/.test(text)) return;
  refuse(context, node, 'a regular expression', {
    rule: 'pattern',
    message:
      text === null
        ? 'A pattern that comes from the data can take minutes to match.'
        : 'Back-references can take minutes to match.',
    remedy: 'Write the pattern as a constant without \\1; for a fixed text use starts_with, strpos or LIKE.',
  });
}

/** Columns: not those that tell how a row is stored, not the texts of errors. */
export function checkColumn(node: TreeNode, context: QueryContext): void {
  const names = namesOf(node.fields['fields']);
  const hidden = names.find((name) => SYSTEM_COLUMNS.has(name));
  if (hidden !== undefined) {
    refuse(context, node, names.join('.'), {
      rule: 'system-column',
      message: 'It tells where and when this node stored the row, which differs between nodes.',
      remedy: 'Use the columns of the primary key.',
    });
  }
  if (names.length === 1 && (names[0] === 'sqlerrm' || names[0] === 'sqlstate')) {
    refuse(context, node, names[0].toUpperCase(), {
      rule: 'error-text',
      message: "Texts and codes of Postgres' errors change with its version and with the order of checks.",
      remedy: 'Write a handler for each condition, with a message of your own.',
    });
  }
}

/** Collations: "C" alone sorts by bytes, alike on every machine. */
export function checkCollation(node: TreeNode, context: QueryContext): void {
  const names = namesOf(node.fields['collname']).filter((name) => name !== 'pg_catalog');
  if (names.join('.') === 'C') return;
  refuse(context, node, `COLLATE "${names.join('.')}"`, {
    rule: 'collation',
    message: 'The order of letters comes from a library of the machine and changes with its version.',
    remedy: 'Write COLLATE "C" or leave it out.',
  });
}

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

function checkMoment(node: TreeNode, written: string, form: RegExp, context: QueryContext): void {
  const literal = stringConstant(node.fields['arg']);
  const argument = nodeOf(node.fields['arg']);
  const isNull = argument?.kind === 'A_Const' && argument.fields['isnull'] === true;
  if (isNull || (literal !== null && form.test(literal) && !written.endsWith('[]'))) return;
  // What is no text is judged by layer B2, which knows its type.
  if (literal === null && written === 'date' && argument?.kind !== 'A_Expr') return;
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
