/** Equalities by which a row of a FROM item is looked up. */

import { fieldsOf, namesOf, nodeOf, textAt } from '../../check/sql-tree.ts';
import { expressionText, quoted } from './expression-text.ts';
import { meaningOf, type ReadItem, type Scope } from './scope.ts';

/** An equality that may be a look-up. */
export interface Lookup {
  readonly item: ReadItem;
  readonly column: string;
  /** The condition as SQL; null when it cannot be written down, so that it cannot be counted by. */
  readonly text: string | null;
  readonly needs: ReadonlySet<string>;
  /** Whether it names one value. */
  readonly isSingle: boolean;
}

/** How deep columns of subqueries are followed into them. */
const DEPTH_MAX = 16;

/** The look-ups for the first columns of an index, as far as there are any. */
export function indexPrefix(columns: readonly string[], lookups: readonly Lookup[]): readonly Lookup[] {
  const found: Lookup[] = [];
  for (const column of columns) {
    const by = lookups.filter((each) => each.column === column);
    const best =
      by.find(({ text, isSingle }) => text !== null && isSingle) ??
      by.find(({ text }) => text !== null) ??
      by[0];
    if (best === undefined) break;
    found.push(best);
  }
  return found;
}

/** The look-ups that a condition is. */
export function lookupsOf(condition: unknown, scope: Scope): readonly Lookup[] {
  const node = nodeOf(condition);
  if (node === null) return [];
  const { fields } = node;
  if (node.kind === 'ColumnRef' || node.kind === 'NullTest') {
    const column = meaningOf(node.kind === 'ColumnRef' ? condition : fields['arg'], scope);
    if (column?.kind !== 'column' || textAt(fields, 'nulltesttype') === 'IS_NOT_NULL') return [];
    const text = `${column.item.alias}.${quoted(column.column)}${node.kind === 'NullTest' ? ' IS NULL' : ''}`;
    return [{ item: column.item, column: column.column, text, needs: new Set(), isSingle: false }];
  }
  if (node.kind !== 'A_Expr' || namesOf(fields['name']).at(-1) !== '=') return [];
  const [left, right] = [fields['lexpr'], fields['rexpr']];
  switch (textAt(fields, 'kind')) {
    case 'AEXPR_OP':
      return [...equality(left, right, scope, true), ...equality(right, left, scope, true)];
    case 'AEXPR_OP_ANY':
      return equality(left, right, scope, false);
    case 'AEXPR_IN':
      return membershipOf(left, fieldsOf(right, 'List')?.['items'] ?? right, scope);
    default:
      return [];
  }
}

function equality(column: unknown, value: unknown, scope: Scope, isSingle: boolean): readonly Lookup[] {
  let found = meaningOf(column, scope);
  for (let depth = 0; found?.kind === 'derived' && depth < DEPTH_MAX; depth++) {
    found = meaningOf(found.derived.expression, found.derived.scope);
  }
  if (found?.kind !== 'column') return [];
  const other = expressionText(value, scope);
  const own = `${found.item.alias}.${quoted(found.column)}`;
  const needs = aliasesIn(other ?? '');
  if (needs.has(found.item.alias)) return [];
  const text = other === null ? null : `${own} = ${isSingle ? other : `ANY (${other})`}`;
  return [{ item: found.item, column: found.column, text, needs, isSingle }];
}

// column IN (value, …)
function membershipOf(column: unknown, values: unknown, scope: Scope): readonly Lookup[] {
  const found = meaningOf(column, scope);
  if (found?.kind !== 'column') return [];
  const texts = (Array.isArray(values) ? values : []).map((each) => expressionText(each, scope));
  const own = `${found.item.alias}.${quoted(found.column)}`;
  const text = texts.includes(null) ? null : `${own} IN (${texts.join(', ')})`;
  return [
    { item: found.item, column: found.column, text, needs: aliasesIn(texts.join(' ')), isSingle: false },
  ];
}

/** Names of FROM items in a text that the build writes. */
export function aliasesIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/\b__r\d+(?=\.|\b)/g)].map(([alias]) => alias));
}
