/** What follows from an order and from equalities: which rows are then told apart. */

import {
  childrenOf,
  descendants,
  fieldsOf,
  isFields,
  namesOf,
  nodeOf,
  nodesOf,
  type TreeNode,
  textAt,
} from '../sql-tree.ts';
import type { FromItem, FromList } from './from-list.ts';

/** The columns and items that follow from sort expressions and equalities: the smallest closed set. */
export class Decided {
  readonly #from: FromList;
  readonly #items = new Set<FromItem>();
  readonly #columns = new Set<string>();
  /** Columns that an equality decides, so that they are not NULL. */
  readonly #strict = new Set<string>();

  constructor(from: FromList, sorts: readonly unknown[]) {
    this.#from = from;
    for (const sort of sorts) this.#addColumn(sort, null, null);
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
    return node === null || this.#hasNode(node, new Set());
  }

  // `inner` are the aliases of subqueries around the node.
  #hasNode(node: TreeNode, inner: ReadonlySet<string>): boolean {
    if (node.kind === 'A_Star') return this.#from.items.every((item) => this.#items.has(item));
    if (node.kind === 'ColumnRef') {
      const parts = columnParts({ ColumnRef: node.fields }) ?? [];
      if (nodesOf(node.fields['fields']).some(({ kind }) => kind === 'A_Star') && inner.size > 0) return true;
      return (
        this.#hasReference(parts, inner) && childrenOf(node).every((child) => this.#hasNode(child, inner))
      );
    }
    const within = node.kind === 'SelectStmt' ? new Set([...inner, ...innerAliases(node)]) : inner;
    return childrenOf(node).every((child) => this.#hasNode(child, within));
  }

  #hasReference(parts: readonly string[], inner: ReadonlySet<string>): boolean {
    const [first = '', second] = parts;
    if (inner.has(first)) return true;
    const owner = this.#owner(parts);
    if (owner === 'variable') return true;
    // Inside a subquery, a bare name that nothing here owns is the subquery's own.
    if (owner === 'unknown') return inner.size > 0 && second === undefined;
    if (owner.column === WHOLE_ROW) return this.#items.has(owner.item);
    return this.#items.has(owner.item) || this.#columns.has(key(owner.item, owner.column));
  }

  #step(): void {
    for (const { left, right, isStrict, decides: only } of this.#from.equalities) {
      const strict = isStrict ? this.#strict : null;
      if (this.hasExpression(right)) this.#addColumn(left, only, strict);
      if (this.hasExpression(left)) this.#addColumn(right, only, strict);
    }
    for (const item of this.#from.items) {
      const has = (columns: ReadonlySet<string>) => (names: readonly string[]) =>
        names.every((name) => columns.has(key(item, name)));
      const isDecided = item.keys.some(has(this.#columns)) || item.nullableKeys.some(has(this.#strict));
      if (item.isSingle || isDecided) this.#items.add(item);
    }
  }

  #addColumn(expression: unknown, only: ReadonlySet<string> | null, strict: Set<string> | null): void {
    const parts = columnParts(expression);
    if (parts === null) return;
    const owner = this.#owner(parts);
    if (owner === 'variable' || owner === 'unknown') return;
    if (owner.column === WHOLE_ROW || (only !== null && !only.has(owner.item.alias))) return;
    this.#columns.add(key(owner.item, owner.column));
    strict?.add(key(owner.item, owner.column));
  }

  #owner(parts: readonly string[]): { item: FromItem; column: string } | 'variable' | 'unknown' {
    const byAlias = (name: string): FromItem | undefined =>
      this.#from.items.find(({ alias }) => alias === name);
    const [first = '', second, third] = parts;
    // schema.table.column; fields of a row that another block's label names are not known here.
    if (third !== undefined) {
      const item = byAlias(second ?? '');
      return item === undefined ? 'unknown' : { item, column: third };
    }
    if (second !== undefined) {
      const item = byAlias(first);
      return item === undefined ? 'variable' : { item, column: second };
    }
    const item = this.#from.items.find(({ columns }) => columns?.has(first) === true);
    if (item !== undefined) return { item, column: first };
    const row = byAlias(first);
    if (row !== undefined) return { item: row, column: WHOLE_ROW };
    return this.#from.items.some(({ columns }) => columns === null) ? 'unknown' : 'variable';
  }
}

/** Stands for all columns of an item where its alias is written alone. */
const WHOLE_ROW = '*';

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
