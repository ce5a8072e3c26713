/** What follows from an order and from equalities: which rows are then told apart. */

import { descendants, fieldsOf, isFields, namesOf, nodeOf, type TreeNode, textAt } from '../sql-tree.ts';
import type { FromItem, FromList } from './from-list.ts';

/** The columns and items that follow from sort expressions and equalities: the smallest closed set. */
export class Decided {
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
export function columnParts(expression: unknown): readonly string[] | null {
  const column = fieldsOf(expression, 'ColumnRef');
  return column === null ? null : namesOf(column['fields']);
}
