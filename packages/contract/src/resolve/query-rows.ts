/** What the rules ask about the rows that a query reads. */

import { SKIPPED_FIELDS } from './known-nodes.ts';
import { isList, TreeNode, type TreeValue } from './node-tree.ts';
import { fromRanges, VALUES_RANGE } from './query-shape.ts';

/** Numbers of commands. */
export const SELECT = 1;
export const UPDATE = 2;
export const INSERT = 3;
export const DELETE = 4;

/** Whether it is an INSERT of an ordered query: what it does with the rows, it does one by one in that order. */
export function isOrderedInsert(query: TreeNode): boolean {
  const [source, ...others] = fromRanges(query.child('jointree'));
  const subquery = query.children('rtable')[(source ?? 0) - 1]?.child('subquery') ?? null;
  return (
    query.number('commandType') === INSERT &&
    others.length === 0 &&
    subquery !== null &&
    subquery.children('sortClause').length > 0
  );
}

/** Whether a query reads rows of which nobody knows the order; those of VALUES come as they are written. */
export function readsRows(query: TreeNode): boolean {
  const ranges = query.children('rtable');
  return fromRanges(query.child('jointree')).some(
    (range) => ranges[range - 1]?.number('rtekind') !== VALUES_RANGE,
  );
}

/** Whether a condition decides which rows of a query count. */
export function hasFilters(query: TreeNode): boolean {
  const isFiltered = (tree: TreeNode | null): boolean =>
    tree !== null &&
    (tree.child('quals') !== null ||
      isList(tree.fields.get('quals')) ||
      [...tree.children('fromlist'), tree.child('larg'), tree.child('rarg')].some(isFiltered));
  return query.child('havingQual') !== null || isFiltered(query.child('jointree'));
}

/** Whether a value depends on rows. */
export function mentionsRows(value: TreeValue | undefined): boolean {
  if (isList(value)) return value.some(mentionsRows);
  if (!(value instanceof TreeNode)) return false;
  if (value.tag === 'VAR' || value.tag === 'SUBLINK') return true;
  return [...value.fields].some(([field, each]) => !SKIPPED_FIELDS.has(field) && mentionsRows(each));
}
