/**
 * Whether values that Postgres calls equal are also identical. Where several rows are taken for one
 * (GROUP BY, DISTINCT, min and max) or follow each other by a value (ORDER BY), the one that is kept or
 * comes first is any of those that are equal: which, depends on the plan and on the order on disk.
 *
 * Equal and identical are the same for whole numbers, bool, text, bytea, uuid, date, the moments, and
 * arrays of these. They are not for numbers of several scales (1.0 and 1.00), for jsonb, which holds such
 * numbers, for intervals (1 day and 24 hours) and for texts with blanks at their end (bpchar).
 */

import type { ResolvedType } from './catalogue.ts';
import { expressionType } from './expression-type.ts';
import { isList, TreeNode, type TreeValue } from './node-tree.ts';
import { isOneForm, numericForm, type Resolution } from './numeric-form.ts';
import { originsOf } from './query-shape.ts';

/** Where an expression stands: the queries around it, the innermost first, and among them the one whose rows are compared. */
export interface Place {
  readonly queries: readonly TreeNode[];
  readonly base: TreeNode;
}

/** A kind of values of which equal ones may differ. */
export type UnlikeKind = 'numeric' | 'jsonb' | 'interval' | 'bpchar' | 'row';

/** The kind because of which equal values of `node` may differ, for the rows of the query in question; null when they are identical. */
export function unlikeKind(node: TreeNode, place: Place, given: Resolution): UnlikeKind | null {
  if (isConstant(node, place)) return null;
  if (node.tag === 'ROWEXPR') {
    const kinds = node.children('args').map((each) => unlikeKind(each, place, given));
    return kinds.find((each) => each !== null) ?? null;
  }
  const type = given.catalogue.type(expressionType(node, given.catalogue));
  return kindOf(type, node, place, given);
}

function kindOf(
  type: ResolvedType | undefined,
  node: TreeNode,
  place: Place,
  given: Resolution,
): UnlikeKind | null {
  const plain = type?.name.replace(/^_/, '') ?? 'record';
  if (plain === 'numeric') {
    return isOneForm(numericForm({ expression: node, queries: place.queries }, given)) ? null : 'numeric';
  }
  if (plain === 'jsonb' || plain === 'interval' || plain === 'bpchar') return plain;
  if (type === undefined || plain === 'record') return rowKind(node, place, given);
  return type.isComposite || given.catalogue.type(type.element)?.isComposite === true
    ? tableKind(type, given)
    : null;
}

// A row of a subquery is alike when all of its columns are.
function rowKind(node: TreeNode, place: Place, given: Resolution): UnlikeKind | null {
  const query = node.tag === 'VAR' ? place.queries[node.number('varlevelsup')] : undefined;
  const range = query?.children('rtable')[node.number('varno') - 1]?.child('subquery');
  if (query === undefined || range === null || range === undefined) return 'row';
  const kinds = range
    .children('targetList')
    .map((each) => unlikeColumn(range, each.number('resno'), [query], given));
  return kinds.some((each) => each !== null) ? 'row' : null;
}

function tableKind(type: ResolvedType, given: Resolution): UnlikeKind | null {
  const name = type.element === 0 ? type.name : (given.catalogue.type(type.element)?.name ?? '');
  const relation = given.catalogue.relations(type.schema).find((each) => each.name === name);
  const isAlike = relation?.columns.every(
    (column) => !/jsonb|interval|^character(\(|\[|$)/.test(column.sql) && !/^numeric(\[|$)/.test(column.sql),
  );
  return isAlike === true ? null : 'row';
}

/** The same for what a query returns in a column, whatever branch of a set operation gives it. */
export function unlikeColumn(
  query: TreeNode,
  column: number,
  around: readonly TreeNode[],
  given: Resolution,
): UnlikeKind | null {
  const entry = query.children('targetList').find((each) => each.number('resno') === column);
  const expression = entry?.child('expr') ?? null;
  if (expression === null) return 'row';
  const queries = [query, ...around];
  if (query.child('setOperations') === null) {
    return unlikeKind(expression, { queries, base: query }, given);
  }
  // The expression is the column of the first branch; its form is asked for in all of them.
  const leaf: Place = { queries, base: query };
  const type = given.catalogue.type(expressionType(expression, given.catalogue));
  const origins = originsOfColumn(query, expression, queries, given);
  if (type?.name.replace(/^_/, '') !== 'numeric') return kindOf(type, expression, leaf, given);
  const forms = origins.map((each) => numericForm(each, given));
  const first = forms[0];
  const isAlike =
    first !== undefined &&
    (forms.every((each) => each.isTrimmed) ||
      (first.scale !== null && forms.every((each) => each.scale === first.scale)));
  return isAlike ? null : 'numeric';
}

function originsOfColumn(
  query: TreeNode,
  first: TreeNode,
  queries: readonly TreeNode[],
  given: Resolution,
): readonly { readonly expression: TreeNode; readonly queries: readonly TreeNode[] }[] {
  const column = first.number('varattno');
  return query.children('rtable').flatMap((range, index) => {
    if (range.child('subquery') === null) return [];
    const variable = new TreeNode(
      'VAR',
      new Map<string, TreeValue>([
        ['varno', String(index + 1)],
        ['varattno', String(column)],
        ['varlevelsup', '0'],
      ]),
    );
    return originsOf(variable, queries, given.views) ?? [{ expression: first, queries: [] }];
  });
}

/** Whether a value is the same for all rows of the query in question. */
export function isConstant(node: TreeNode, { queries, base }: Place): boolean {
  const known = queries.indexOf(base);
  const isSame = (value: TreeValue | undefined, depth: number): boolean => {
    if (isList(value)) return value.every((each) => isSame(each, depth));
    if (!(value instanceof TreeNode)) return true;
    if (value.isTrue('funcretset') || value.isTrue('opretset')) return false;
    if (value.tag === 'AGGREF' && value.number('agglevelsup') >= depth) return false;
    if (value.tag === 'WINDOWFUNC' && depth === 0) return false;
    if (value.tag === 'VAR') {
      const level = value.number('varlevelsup') - depth;
      return level < 0 || (known >= 0 && level > known);
    }
    const inner = value.tag === 'QUERY' ? depth + 1 : depth;
    return [...value.fields.values()].every((each) => isSame(each, inner));
  };
  return isSame(node, 0);
}
