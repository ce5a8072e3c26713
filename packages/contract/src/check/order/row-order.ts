/**
 * Whether an order of rows is total: rows that the order leaves as ties cannot be told apart. Without
 * that, LIMIT, FOR loops and ordered aggregates depend on where a node happens to keep its rows.
 */

import { outputName } from '../schema/schema-model.ts';
import {
  descendants,
  type Fields,
  fieldsOf,
  integerConstant,
  isFields,
  namesOf,
  nodeOf,
  nodesOf,
  type TreeNode,
  textAt,
} from '../sql-tree.ts';
import { type FromItem, type FromList, isSingleByForm, type Relations, readFrom } from './from-items.ts';

/** Whether the rows of a SELECT come in a total order, or are one at most. */
export function hasTotalOrder(select: Fields, relations: Relations): boolean {
  if (isSingleByForm(select)) return true;
  const sorts = sortExpressions(select['sortClause'], nodesOf(select['targetList']));
  if (nodesOf(select['valuesLists']).length > 0) return true;
  if (select['larg'] !== undefined) return coversSetOperation(select, sorts);
  const from = readFrom(select['fromClause'], select['whereClause'], relations);
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
  return decidesRows(readFrom(select['fromClause'], select['whereClause'], relations), []);
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
  const from = readFrom(select['fromClause'], select['whereClause'], relations);
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
  const named = targets.find((target) => textAt(target.fields, 'name') === name[0]);
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

/** The columns and items that follow from sort expressions and equalities: the smallest closed set. */
class Decided {
  readonly #from: FromList;
  readonly #items = new Set<FromItem>();
  readonly #columns = new Set<string>();

  constructor(from: FromList, sorts: readonly unknown[]) {
    this.#from = from;
    for (const sort of sorts) this.#addColumn(sort, null);
    for (let size = -1; size !== this.#items.size + this.#columns.size; ) {
      size = this.#items.size + this.#columns.size;
      this.#step();
    }
  }

  hasItem(item: FromItem): boolean {
    return this.#items.has(item);
  }

  /** Whether the columns in it are all decided. */
  hasExpression(expression: unknown): boolean {
    const node = nodeOf(expression);
    if (node === null) return true;
    const inner = innerAliases(node);
    for (const each of descendants(node)) {
      if (each.kind === 'A_Star') return this.#from.items.every((item) => this.#items.has(item));
      if (
        each.kind === 'ColumnRef' &&
        !this.#hasReference(columnParts({ ColumnRef: each.fields }) ?? [], inner)
      ) {
        return false;
      }
    }
    return true;
  }

  #hasReference(parts: readonly string[], inner: ReadonlySet<string>): boolean {
    const [first = '', second] = parts;
    if (second !== undefined && inner.has(first)) return true;
    const owner = this.#owner(parts);
    if (owner === 'variable') return true;
    // Inside a subquery, a bare name that nothing here owns is the subquery's own.
    if (owner === 'unknown') return inner.size > 0 && second === undefined;
    return this.#items.has(owner.item) || this.#columns.has(key(owner.item, owner.column));
  }

  #step(): void {
    for (const { left, right, decides: only } of this.#from.equalities) {
      if (this.hasExpression(right)) this.#addColumn(left, only);
      if (this.hasExpression(left)) this.#addColumn(right, only);
    }
    for (const item of this.#from.items) {
      const isDecided = item.keys.some((columns) =>
        columns.every((column) => this.#columns.has(key(item, column))),
      );
      if (item.isSingle || isDecided) this.#items.add(item);
    }
  }

  #addColumn(expression: unknown, only: ReadonlySet<string> | null): void {
    const parts = columnParts(expression);
    if (parts === null) return;
    const owner = this.#owner(parts);
    if (owner === 'variable' || owner === 'unknown') return;
    if (only === null || only.has(owner.item.alias)) this.#columns.add(key(owner.item, owner.column));
  }

  #owner(parts: readonly string[]): { item: FromItem; column: string } | 'variable' | 'unknown' {
    const [first = '', second] = parts;
    if (second !== undefined) {
      const item = this.#from.items.find(({ alias }) => alias === first);
      return item === undefined ? 'variable' : { item, column: second };
    }
    const item = this.#from.items.find(({ columns }) => columns?.has(first) === true);
    if (item !== undefined) return { item, column: first };
    return this.#from.items.some(({ columns }) => columns === null) ? 'unknown' : 'variable';
  }
}

function key(item: FromItem, column: string): string {
  return `${item.alias}.${column}`;
}

// Aliases that subqueries inside the expression bring along.
function innerAliases(node: TreeNode): ReadonlySet<string> {
  const found = new Set<string>();
  for (const each of descendants(node)) {
    if (each.kind !== 'RangeVar' && each.kind !== 'RangeSubselect' && each.kind !== 'RangeFunction') continue;
    const alias = each.fields['alias'];
    found.add((isFields(alias) ? textAt(alias, 'aliasname') : '') || textAt(each.fields, 'relname'));
  }
  return found;
}

/** The parts of a column reference; null for anything else. */
function columnParts(expression: unknown): readonly string[] | null {
  const column = fieldsOf(expression, 'ColumnRef');
  return column === null ? null : namesOf(column['fields']);
}

/** An expression without its positions, to compare two. */
function canonical(expression: unknown): string {
  return (
    JSON.stringify(expression, (name, value: unknown) => (name === 'location' ? undefined : value)) ?? ''
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
