/** Which FROM item or variable a name in a query means, across subqueries. */

import { columnParts } from '../../check/order/decided.ts';
import type { TableShape } from './table-shape.ts';

/** An item of a FROM list under the name that the build gives it, which no other item of the statement has. */
export interface ReadItem {
  readonly alias: string;
  /** The table's own name; empty for anything else. */
  readonly name: string;
  /** `schema.table` or a call, as FROM has it; null: what cannot be written down again. */
  readonly from: string | null;
  readonly table: TableShape | null;
  /** Whether it is a relation of the contract. */
  readonly isOwn: boolean;
  /** Rows that it gives where they cannot be counted. */
  readonly factor: number;
  /** For a function in FROM, the names of its columns: one without a name of its own, or those of its rows. */
  readonly isFunction: boolean;
  readonly rowColumns: readonly string[];
}

/** What one name of a FROM list stands for. */
export type Entry =
  | { readonly kind: 'item'; readonly name: string; readonly item: ReadItem }
  | { readonly kind: 'query'; readonly name: string; readonly columns: ReadonlyMap<string, Derived | null> };

/** The expression behind a column of a subquery. */
export interface Derived {
  readonly expression: unknown;
  readonly scope: Scope;
}

/** The names of a query, and around it those of the queries outside. */
export interface Scope {
  readonly entries: Entry[];
  readonly outer: Scope | null;
}

/** What a column reference means; `variable` for everything that no FROM item has. */
export type Meaning =
  | { readonly kind: 'column'; readonly item: ReadItem; readonly column: string }
  | { readonly kind: 'derived'; readonly derived: Derived }
  | { readonly kind: 'variable'; readonly parts: readonly string[] }
  | { readonly kind: 'unknown' };

/** The meaning of a column reference of the parser's tree; null when it is none. */
export function meaningOf(expression: unknown, scope: Scope): Meaning | null {
  const parts = columnParts(expression);
  if (parts === null) return null;
  const [first = '', second = '', third] = parts;
  // column, item.column, schema.item.column
  const column = third ?? (parts.length === 1 ? first : second);
  const owner = [first, second, third].slice(0, parts.length).at(-2) ?? null;
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    for (const entry of at.entries) {
      const found = inEntry(entry, owner, column);
      if (found !== null) return found;
    }
  }
  return { kind: 'variable', parts };
}

function inEntry(entry: Entry, owner: string | null, column: string): Meaning | null {
  if (owner !== null && entry.name !== owner) return null;
  if (entry.kind === 'query') {
    if (!entry.columns.has(column)) return owner === null ? null : { kind: 'unknown' };
    const derived = entry.columns.get(column) ?? null;
    return derived === null ? { kind: 'unknown' } : { kind: 'derived', derived };
  }
  const { item } = entry;
  if (owner !== null) return { kind: 'column', item, column };
  const isOwn =
    item.table === null ? item.isFunction && entry.name === column : item.table.columns.has(column);
  return isOwn ? { kind: 'column', item, column } : null;
}
