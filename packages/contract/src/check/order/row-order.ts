/**
 * Whether an order of rows is total: rows that the order leaves as ties cannot be told apart. Without
 * that, LIMIT, FOR loops and ordered aggregates depend on where a node happens to keep its rows.
 */

import { outputName } from '../schema/schema-model.ts';
import { type Fields, integerConstant, isFields, nodesOf, type TreeNode } from '../sql-tree.ts';
import { columnParts, Decided } from './decided.ts';
import { isSingleByForm, readFrom, relationsWithin } from './from-items.ts';
import type { FromList, Relations } from './from-list.ts';

/** Whether the rows of a SELECT come in a total order, or are one at most. */
export function hasTotalOrder(select: Fields, relations: Relations): boolean {
  if (isSingleByForm(select)) return true;
  const sorts = sortExpressions(select['sortClause'], nodesOf(select['targetList']));
  if (nodesOf(select['valuesLists']).length > 0) return true;
  if (select['larg'] !== undefined) return coversSetOperation(select, sorts);
  const from = readFrom(select['fromClause'], select['whereClause'], relationsWithin(select, relations));
  const outputs = nodesOf(select['targetList']).map((target) => target.fields['val']);
  const groups = listOf(select['groupClause']).map((group) =>
    resolveOutput(group, nodesOf(select['targetList'])),
  );
  if (groups.length > 0) return decides(from, sorts, groups) || decides(from, sorts, outputs);
  const isDistinct = listOf(select['distinctClause']).length > 0;
  if (!isDistinct && decidesRows(from, sorts)) return true;
  return decides(from, sorts, outputs);
}

/** Whether a SELECT gives one row at most: by its form, or because its conditions fix a key. */
export function isSingleRow(select: Fields, relations: Relations): boolean {
  if (isSingleByForm(select)) return true;
  if (select['larg'] !== undefined || nodesOf(select['valuesLists']).length > 0) return false;
  const from = readFrom(select['fromClause'], select['whereClause'], relationsWithin(select, relations));
  return decidesRows(from, []);
}

/** Whether one row at most is read: each item's key is fixed. */
export function readsSingleRow(from: FromList): boolean {
  return decidesRows(from, []);
}

/**
 * Whether the order `sorts` within the groups `groups` of a SELECT tells its rows apart, or tells
 * apart the `values` that are taken from them.
 */
export function isTotalWithin(
  select: Fields,
  order: {
    readonly sorts: unknown;
    readonly groups: readonly unknown[];
    readonly values: readonly unknown[];
  },
  relations: Relations,
): boolean {
  const from = readFrom(select['fromClause'], select['whereClause'], relationsWithin(select, relations));
  const sorts = [...sortExpressions(order.sorts, []), ...order.groups];
  return decidesRows(from, sorts) || (order.values.length > 0 && decides(from, sorts, order.values));
}

/** The expressions of an ORDER BY; names and numbers of outputs are replaced by what they stand for. */
function sortExpressions(clause: unknown, targets: readonly TreeNode[]): readonly unknown[] {
  return nodesOf(clause).map((sort) => resolveOutput(sort.fields['node'], targets));
}

function resolveOutput(expression: unknown, targets: readonly TreeNode[]): unknown {
  const number = integerConstant(expression);
  const byNumber = number === null ? undefined : targets[number - 1];
  if (byNumber !== undefined) return byNumber.fields['val'];
  const name = columnParts(expression);
  if (name?.length !== 1) return expression;
  const named = targets.find((target) => outputName(target) === name[0]);
  return named === undefined ? expression : named.fields['val'];
}

function coversSetOperation(select: Fields, sorts: readonly unknown[]): boolean {
  let first = select;
  while (isFields(first['larg'])) first = first['larg'];
  const outputs = nodesOf(first['targetList']).map(outputName);
  const sorted = new Set(
    sorts.map((sort) => {
      const number = integerConstant(sort);
      return number === null ? columnParts(sort)?.at(-1) : outputs[number - 1];
    }),
  );
  return outputs.length > 0 && outputs.every((name) => name !== '' && name !== '*' && sorted.has(name));
}

// Whether the sort expressions decide each item's row.
function decidesRows(from: FromList, sorts: readonly unknown[]): boolean {
  const decided = new Decided(from, sorts);
  return from.items.length > 0 && from.items.every((item) => decided.hasItem(item));
}

// Whether the sort expressions decide the values.
function decides(from: FromList, sorts: readonly unknown[], values: readonly unknown[]): boolean {
  const decided = new Decided(from, sorts);
  const written = new Set(sorts.map(canonical));
  return values.every((value) => written.has(canonical(value)) || decided.hasExpression(value));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An expression without its positions, to compare two. */
function canonical(expression: unknown): string {
  return (
    JSON.stringify(expression, (name, value: unknown) => (name === 'location' ? undefined : value)) ?? ''
  );
}
