/**
 * What Postgres 15 does not know and newer ones do: a statement with it would fail on some nodes and be
 * carried out, or be refused for another reason, on others. So it is refused on all of them, before any
 * server has seen it.
 */

import { scanTokens, type Token } from '../check/sql-parser.ts';
import { descendants, type Fields, namesOf, nodesOf, type TreeNode, textAt } from '../check/sql-tree.ts';

/** Why a statement is not the same to all versions; null when it is. `text` is the statement. */
export function newerProblem(statement: TreeNode, text: string): string | null {
  for (const { kind, fields } of descendants(statement)) {
    const what = kind === 'Constraint' ? newerConstraint(fields) : newerNode(kind, fields);
    if (what !== null) return `${what}, which Postgres 15 does not know`;
  }
  const isTable = statement.kind === 'CreateStmt' || statement.kind === 'AlterTableStmt';
  if (isTable && (hasBareNotNull(statement.fields) || saysEnforced(text)))
    return 'NOT NULL as a constraint of the table, or ENFORCED, which Postgres 15 does not know';
  return null;
}

function newerConstraint(fields: Fields): string | null {
  const kind = textAt(fields, 'contype');
  if (kind === 'CONSTR_GENERATED' && textAt(fields, 'generated_kind') === 'v')
    return 'a generated column that is not STORED';
  if (kind === 'CONSTR_ATTR_ENFORCED' || kind === 'CONSTR_ATTR_NOT_ENFORCED') return 'ENFORCED';
  if (kind === 'CONSTR_NOTNULL' && fields['is_no_inherit'] === true) return 'NOT NULL with NO INHERIT';
  if (fields['without_overlaps'] === true) return 'WITHOUT OVERLAPS';
  return fields['fk_with_period'] === true || fields['pk_with_period'] === true ? 'PERIOD' : null;
}

/** Constructors, predicates and functions of JSON in SQL, from Postgres 16 and 17 on. */
const JSON_NODES = /^Json/;

function newerNode(kind: string, fields: Fields): string | null {
  if (JSON_NODES.test(kind)) return 'JSON by the words of SQL';
  if (kind === 'RangeSubselect' && fields['alias'] === undefined) return 'a subquery in FROM without a name';
  if (kind === 'MergeStmt') return 'MERGE inside another statement';
  if (kind === 'ReturningOption') return 'RETURNING WITH';
  if (kind === 'ColumnDef' && textAt(fields, 'storage_name') !== '')
    return 'STORAGE in the definition of a column';
  if (kind !== 'ColumnRef') return null;
  const names = namesOf(fields['fields']);
  return names.length > 1 && /^(old|new)$/.test(names[0] ?? '')
    ? `${names.join('.')} (give a table another short name than old and new)`
    : null;
}

function hasBareNotNull(fields: Fields): boolean {
  return nodesOf(fields['tableElts']).some(
    (element) => element.kind === 'Constraint' && textAt(element.fields, 'contype') === 'CONSTR_NOTNULL',
  );
}

/** What stands before a column or constraint that has the name `enforced`. */
const BEFORE_NAMES: ReadonlySet<string> = new Set([
  ...['(', ',', '.'],
  ...['column', 'add', 'alter', 'drop', 'exists', 'constraint'],
]);

// A constraint of the table that is ENFORCED has the same tree as one that does not say so.
function saysEnforced(text: string): boolean {
  const tokens: readonly Token[] = scanTokens(text) ?? [];
  return tokens.some(
    ({ word, kind }, index) =>
      kind === 'keyword' && word === 'enforced' && !BEFORE_NAMES.has(tokens[index - 1]?.word ?? ''),
  );
}
