/** The rules for operators, columns, casts and collations. */

import {
  ALLOWED_OPERATORS,
  adviceOnOperator,
  PATTERN_OPERATORS,
  SYSTEM_COLUMNS,
} from '../rules/operators.ts';
import { fieldsOf, namesOf, nodeOf, stringConstant, type TreeNode, textAt } from '../sql-tree.ts';
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
  if (names.length > 1 && (names[0] === 'old' || names[0] === 'new')) {
    refuse(context, node, names.join('.'), {
      rule: 'version-dependent',
      message: 'From Postgres 18 on it is the row before or after a change, for older ones an error.',
      remedy: 'Read the row into variables before; give a table another short name than old and new.',
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

/** Constants: no bit strings, which are no type of contracts. */
export function checkConstant(node: TreeNode, context: QueryContext): void {
  if (node.fields['bsval'] === undefined) return;
  refuse(context, node, 'a bit string', {
    rule: 'type',
    message: 'Bit strings have no canonical text here.',
    remedy: "Write an integer, or bytea such as '\\x1f'.",
  });
}

/** `(row).name`: a column of the row, because any function of one argument could be called so. */
export function checkAttribute(node: TreeNode, context: QueryContext): void {
  const column = fieldsOf(node.fields['arg'], 'ColumnRef');
  const [variable, ...others] = column === null ? [] : namesOf(column['fields']);
  const [attribute] = namesOf(node.fields['indirection']);
  if (variable === undefined || others.length > 0 || attribute === undefined) return;
  const [schema, table = ''] = (context.variables.get(variable) ?? '').split('.');
  const columns = schema === context.contract ? context.schema.get(table)?.columns : undefined;
  if (columns === undefined || columns.has(attribute)) return;
  refuse(context, node, `(${variable}).${attribute}`, {
    rule: 'attribute',
    message: `${table} has no column ${attribute}; written so, a function of that name would be called.`,
    remedy: 'Name a column, or call the function by name.',
  });
}
