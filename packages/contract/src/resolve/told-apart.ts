/**
 * What follows from values that are fixed: which rows of a query can then be told apart from all others.
 * ORDER BY, GROUP BY and conditions fix columns; the columns of a unique key fix their row, and with it
 * everything that is computed from it.
 */

import type { ResolvedIndex, ResolvedRelation } from './catalogue.ts';
import { type Place, type UnlikeKind, unlikeKind } from './identity.ts';
import { isList, TreeNode, type TreeValue } from './node-tree.ts';
import type { Resolution } from './numeric-form.ts';
import {
  equalitiesAmong,
  FUNCTION_RANGE,
  fromRanges,
  GROUP_RANGE,
  isSingleRow,
  JOIN_RANGE,
  joinConditions,
  RELATION_RANGE,
  SUBQUERY_RANGE,
  TABLE_EXPRESSION_RANGE,
  tableExpression,
} from './query-shape.ts';

/** Subqueries are looked into this deep. */
const DEPTH_MAX = 20;

/** The rows and columns of a query that follow from `keys`, expressions whose values are fixed. */
export class ToldApart {
  readonly #query: TreeNode;
  readonly #place: Place;
  readonly #given: Resolution;
  readonly #keys: readonly TreeNode[];
  #found: FixedParts | null = null;

  constructor(place: Place, keys: readonly TreeNode[], given: Resolution) {
    this.#query = place.base;
    this.#place = place;
    this.#given = given;
    this.#keys = keys;
  }

  // Looked for when it is asked for: most values need no key.
  get #fixed(): FixedParts {
    const { base, queries } = this.#place;
    this.#found ??= fixedBy(
      base,
      queries,
      this.#keys.flatMap((key) => columnOf(key, base) ?? []),
      this.#given,
      0,
    );
    return this.#found;
  }

  /** Whether every row of FROM is fixed. */
  get hasAllRows(): boolean {
    return fromRanges(this.#query.child('jointree')).every((range) => this.#fixed.ranges.has(range));
  }

  /** Whether the value of an expression is fixed, with every digit of it. */
  has(expression: TreeNode): boolean {
    const visit = (value: TreeValue | undefined, depth: number): boolean => {
      if (isList(value)) return value.every((each) => visit(each, depth));
      if (!(value instanceof TreeNode)) return true;
      if (value.tag === 'AGGREF' && value.number('agglevelsup') >= depth) return false;
      if (value.tag === 'VAR')
        return value.number('varlevelsup') !== depth || this.#hasVariable(value, depth);
      const inner = value.tag === 'QUERY' ? depth + 1 : depth;
      return [...value.fields.values()].every((each) => visit(each, inner));
    };
    return visit(expression, 0);
  }

  /** The kind of the first part of an expression that is not fixed and whose equal values may differ; null without any. */
  unlikeIn(expression: TreeNode): UnlikeKind | null {
    const visit = (value: TreeValue | undefined, depth: number): UnlikeKind | null => {
      if (isList(value)) return firstOf(value, (each) => visit(each, depth));
      if (!(value instanceof TreeNode)) return null;
      if (depth === 0 && (value.tag === 'AGGREF' || value.tag === 'WINDOWFUNC')) {
        return value.tag === 'AGGREF' ? unlikeKind(value, this.#place, this.#given) : null;
      }
      if (value.tag === 'VAR') {
        return value.number('varlevelsup') === depth ? this.#unlikeVariable(atLevel(value, 0)) : null;
      }
      const inner = value.tag === 'QUERY' ? depth + 1 : depth;
      return firstOf([...value.fields.values()], (each) => visit(each, inner));
    };
    return visit(expression, 0);
  }

  #unlikeVariable(variable: TreeNode): UnlikeKind | null {
    const behind = behindRange(variable, this.#query);
    if (behind !== null) return this.unlikeIn(behind);
    const kind = unlikeKind(variable, this.#place, this.#given);
    return kind === null || this.#fixed.ranges.has(variable.number('varno')) ? null : kind;
  }

  #hasVariable(variable: TreeNode, depth: number): boolean {
    const own = depth === 0 ? variable : atLevel(variable, 0);
    const behind = behindRange(own, this.#query);
    if (behind !== null) return this.has(behind);
    if (this.#fixed.ranges.has(own.number('varno'))) return true;
    const isKey = this.#fixed.columns.has(`${own.number('varno')}.${own.number('varattno')}`);
    return isKey && unlikeKind(own, this.#place, this.#given) === null;
  }
}

function firstOf<Item>(items: readonly Item[], find: (item: Item) => UnlikeKind | null): UnlikeKind | null {
  for (const item of items) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
}

/** A column of a range in FROM. */
interface FixedColumn {
  readonly range: number;
  readonly column: number;
}

function atLevel(variable: TreeNode, level: number): TreeNode {
  return new TreeNode('VAR', new Map([...variable.fields, ['varlevelsup', String(level)]]));
}

// What stands behind a column of a join or of Postgres 18's groups.
function behindRange(variable: TreeNode, query: TreeNode): TreeNode | null {
  const range = query.children('rtable')[variable.number('varno') - 1];
  const column = variable.number('varattno');
  const kind = range?.number('rtekind');
  if (kind === JOIN_RANGE) return range?.children('joinaliasvars')[column - 1] ?? null;
  return kind === GROUP_RANGE ? (range?.children('groupexprs')[column - 1] ?? null) : null;
}

function columnOf(key: TreeNode, query: TreeNode): FixedColumn | null {
  const variable = key.tag === 'RELABELTYPE' ? key.child('arg') : key;
  if (variable?.tag !== 'VAR' || variable.number('varlevelsup') !== 0) return null;
  const behind = behindRange(variable, query);
  if (behind !== null) return columnOf(behind, query);
  return { range: variable.number('varno'), column: variable.number('varattno') };
}

/** What is fixed in a query: rows of ranges, and columns written `range.column`. */
interface FixedParts {
  readonly ranges: ReadonlySet<number>;
  readonly columns: ReadonlySet<string>;
}

function keyOf({ range, column }: FixedColumn): string {
  return `${range}.${column}`;
}

function fixedBy(
  query: TreeNode,
  queries: readonly TreeNode[],
  keys: readonly FixedColumn[],
  given: Resolution,
  depth: number,
): FixedParts {
  const ranges = new Set<number>();
  const columns = new Set(keys.map(keyOf));
  /** Columns that are equal to something, so that they are not NULL. */
  const strict = new Set<string>();
  if (depth > DEPTH_MAX) return { ranges, columns };
  const tree = query.child('jointree');
  const equalities = equalitiesAmong(joinConditions(tree), given.catalogue).filter((each) => each.isSingle);
  for (let before = -1; before < ranges.size + columns.size + strict.size; ) {
    before = ranges.size + columns.size + strict.size;
    for (const equality of equalities) {
      if (!isFixedValue(equality.other, ranges, columns)) continue;
      columns.add(keyOf(equality));
      strict.add(keyOf(equality));
    }
    for (const source of fromRanges(tree)) {
      const own = (all: ReadonlySet<string>): readonly number[] =>
        [...all].filter((each) => each.startsWith(`${source}.`)).map((each) => Number(each.split('.')[1]));
      const fixed = { columns: own(columns), strict: own(strict) };
      if (isFixed(query, source, fixed, queries, given, depth)) ranges.add(source);
    }
  }
  return { ranges, columns };
}

// Whether a value follows from fixed rows and columns of its query.
function isFixedValue(
  value: TreeValue | undefined,
  ranges: ReadonlySet<number>,
  columns: ReadonlySet<string>,
  depth = 0,
): boolean {
  if (isList(value)) return value.every((each) => isFixedValue(each, ranges, columns, depth));
  if (!(value instanceof TreeNode)) return true;
  if (value.tag === 'VAR') {
    const place = { range: value.number('varno'), column: value.number('varattno') };
    return value.number('varlevelsup') !== depth || ranges.has(place.range) || columns.has(keyOf(place));
  }
  const inner = value.tag === 'QUERY' ? depth + 1 : depth;
  return [...value.fields.values()].every((each) => isFixedValue(each, ranges, columns, inner));
}

interface Fixed {
  readonly columns: readonly number[];
  /** Those of them that are not NULL. */
  readonly strict: readonly number[];
}

function isFixed(
  query: TreeNode,
  source: number,
  fixed: Fixed,
  queries: readonly TreeNode[],
  given: Resolution,
  depth: number,
): boolean {
  const range = query.children('rtable')[source - 1];
  if (range === undefined) return false;
  const inner = (found: TreeNode | null | undefined, around: readonly TreeNode[]): boolean =>
    found !== null && found !== undefined && isOutputFixed(found, fixed.columns, around, given, depth + 1);
  switch (range.number('rtekind')) {
    case RELATION_RANGE: {
      const relation = given.catalogue.relation(range.number('relid'));
      const view = given.views.get(range.number('relid'));
      if (view !== undefined) return inner(view, []);
      return relation?.indexes.some((index) => coversKey(index, relation, fixed)) ?? false;
    }
    case SUBQUERY_RANGE:
      return inner(range.child('subquery'), queries);
    case TABLE_EXPRESSION_RANGE:
      return inner(tableExpression(range, queries), queries.slice(range.number('ctelevelsup')));
    case FUNCTION_RANGE:
      return isFunctionFixed(range, fixed.columns, given);
    default:
      return false;
  }
}

// NULL is no value that a unique index tells apart.
function coversKey(index: ResolvedIndex, relation: ResolvedRelation, { columns, strict }: Fixed): boolean {
  const isThere = (number: number): boolean =>
    relation.columns.find((each) => each.number === number)?.isNullable === false;
  return (
    index.isUnique &&
    !index.isPartial &&
    index.columns.every(
      (column) => column > 0 && (strict.includes(column) || (columns.includes(column) && isThere(column))),
    )
  );
}

// The row of a subquery is fixed when the columns that are known of it fix what it was made of.
function isOutputFixed(
  query: TreeNode,
  columns: readonly number[],
  around: readonly TreeNode[],
  given: Resolution,
  depth: number,
): boolean {
  if (isSingleRow(query, given.catalogue)) return true;
  if (query.child('setOperations') !== null) return false;
  const entries = query.children('targetList').filter((each) => columns.includes(each.number('resno')));
  const refs = new Set(entries.map((each) => each.number('ressortgroupref')));
  const keys = entries.flatMap((each) => {
    const expression = each.child('expr');
    const found = expression === null ? null : columnOf(expression, query);
    return found === null ? [] : [found];
  });
  const fixed = fixedBy(query, [query, ...around], keys, given, depth);
  // A group, or a row of DISTINCT, is one for all values that are equal.
  const isMerged = (clause: string): boolean =>
    query.children(clause).every((item) => {
      const ref = item.number('tleSortGroupRef');
      const entry = query.children('targetList').find((each) => each.number('ressortgroupref') === ref);
      const column = columnOf(entry?.child('expr') ?? item, query);
      return refs.has(ref) || (column !== null && fixed.columns.has(keyOf(column)));
    });
  if (query.children('groupClause').length > 0) return isMerged('groupClause');
  if (query.children('distinctClause').length > 0 && isMerged('distinctClause')) return true;
  if (query.isTrue('hasTargetSRFs')) return false;
  return fromRanges(query.child('jointree')).every((range) => fixed.ranges.has(range));
}

// WITH ORDINALITY numbers the rows; the keys of an object are told apart by their first column.
function isFunctionFixed(range: TreeNode, columns: readonly number[], given: Resolution): boolean {
  const functions = range.children('functions');
  const count = functions.reduce((total, each) => total + each.number('funccolcount'), 0);
  const called = functions.map((each) =>
    given.catalogue.function(each.child('funcexpr')?.number('funcid') ?? 0),
  );
  // Rows of the contract's own functions come in an order that nobody has looked at.
  if (called.some((each) => each?.schema !== 'pg_catalog')) return false;
  if (range.isTrue('funcordinality') && columns.includes(count + 1)) return true;
  const name = called.length === 1 ? (called[0]?.name ?? '') : '';
  return /^jsonb_(each|each_text|object_keys)$/.test(name) && columns.includes(1);
}
