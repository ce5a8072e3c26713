/** What can be told from the shape of a resolved query: which rows it reaches, and how many. */

import type { Catalogue, ResolvedIndex } from './catalogue.ts';
import { isList, TreeNode, type TreeValue } from './node-tree.ts';

/** An expression and the queries around it, the innermost first. */
export interface DerivedColumn {
  readonly expression: TreeNode;
  readonly queries: readonly TreeNode[];
}

/** Kinds of range table entries. */
export const RELATION_RANGE = 0;
export const SUBQUERY_RANGE = 1;
export const VALUES_RANGE = 5;
export const JOIN_RANGE = 2;
export const FUNCTION_RANGE = 3;
export const TABLE_EXPRESSION_RANGE = 6;
const RESULT_RANGE = 8;
export const GROUP_RANGE = 9;

/** The expression behind a variable that stands for a column of a subquery, a WITH query or a group; else null. */
export function derivedColumn(variable: TreeNode, queries: readonly TreeNode[]): DerivedColumn | null {
  const level = variable.number('varlevelsup');
  const query = queries[level];
  const range = query?.children('rtable')[variable.number('varno') - 1];
  const column = variable.number('varattno');
  if (query === undefined || range === undefined || column < 1) return null;
  const around = queries.slice(level);
  const kind = range.number('rtekind');
  if (kind === GROUP_RANGE) return derived(range.children('groupexprs')[column - 1], around);
  if (kind === JOIN_RANGE) return derived(range.children('joinaliasvars')[column - 1], around);
  if (kind === SUBQUERY_RANGE) return targetOf(range.child('subquery'), column, around);
  if (kind !== TABLE_EXPRESSION_RANGE) return null;
  return targetOf(tableExpression(range, around), column, around);
}

/** The resolved queries behind views, by object id. */
export type ViewQueries = ReadonlyMap<number, TreeNode>;

/**
 * All expressions that a variable can stand for: one for a column of a subquery, one for each branch of a
 * UNION or row of VALUES; null when it is a column of a table, or nobody knows.
 */
export function originsOf(
  variable: TreeNode,
  queries: readonly TreeNode[],
  views: ViewQueries,
): readonly DerivedColumn[] | null {
  const level = variable.number('varlevelsup');
  const range = queries[level]?.children('rtable')[variable.number('varno') - 1];
  const column = variable.number('varattno');
  if (range === undefined || column < 1) return null;
  const around = queries.slice(level);
  switch (range.number('rtekind')) {
    case RELATION_RANGE: {
      const view = views.get(range.number('relid'));
      return view === undefined ? null : outputsOf(view, column, []);
    }
    case SUBQUERY_RANGE:
      return outputsOf(range.child('subquery'), column, around);
    case TABLE_EXPRESSION_RANGE:
      return outputsOf(tableExpression(range, around), column, around.slice(range.number('ctelevelsup')));
    case VALUES_RANGE:
      return valuesOf(range, column, around);
    case FUNCTION_RANGE: {
      const [only, ...others] = range.children('functions');
      const call = only?.child('funcexpr') ?? null;
      return call === null || others.length > 0 || column > 1
        ? null
        : [{ expression: call, queries: around }];
    }
    default: {
      const found = derivedColumn(variable, queries);
      return found === null ? null : [found];
    }
  }
}

/** What a query returns in a column: one expression, or one for each branch of a set operation; null when it is not known. */
export function outputsOf(
  query: TreeNode | null,
  column: number,
  around: readonly TreeNode[],
): readonly DerivedColumn[] | null {
  if (query === null) return null;
  if (query.child('setOperations') === null) {
    const found = targetOf(query, column, around);
    return found === null ? null : [found];
  }
  const branches = query
    .children('rtable')
    .filter((each) => each.number('rtekind') === SUBQUERY_RANGE)
    .map((each) => outputsOf(each.child('subquery'), column, [query, ...around]));
  return branches.includes(null) ? null : branches.flatMap((each) => each ?? []);
}

function valuesOf(
  range: TreeNode,
  column: number,
  queries: readonly TreeNode[],
): readonly DerivedColumn[] | null {
  const lists = range.fields.get('values_lists');
  if (!isList(lists)) return null;
  const found = lists.map((list) => (isList(list) ? list[column - 1] : null));
  const nodes = found.filter((each) => each instanceof TreeNode);
  return nodes.length < found.length ? null : nodes.map((expression) => ({ expression, queries }));
}

function derived(expression: TreeNode | undefined, queries: readonly TreeNode[]): DerivedColumn | null {
  return expression === undefined ? null : { expression, queries };
}

function targetOf(query: TreeNode | null, column: number, around: readonly TreeNode[]): DerivedColumn | null {
  const entry = query?.children('targetList').find((each) => each.number('resno') === column);
  const expression = entry?.child('expr') ?? null;
  return query === null || expression === null ? null : { expression, queries: [query, ...around] };
}

/** The query that a range of a WITH query stands for. */
export function tableExpression(range: TreeNode, queries: readonly TreeNode[]): TreeNode | null {
  const owner = queries[range.number('ctelevelsup')];
  const found = owner?.children('cteList').find((each) => each.word('ctename') === range.word('ctename'));
  return found?.child('ctequery') ?? null;
}

/** The conditions of a WHERE clause and of inner joins that all hold for every row. */
export function conjuncts(value: TreeValue | undefined): readonly TreeNode[] {
  if (isList(value)) return value.flatMap((each) => conjuncts(each));
  if (!(value instanceof TreeNode)) return [];
  const isAnd = value.tag === 'BOOLEXPR' && value.word('boolop') === 'and';
  return isAnd ? value.children('args').flatMap((each) => conjuncts(each)) : [value];
}

/** A condition and the ranges whose rows it can leave out; null stands for all. */
export interface JoinCondition {
  readonly condition: TreeNode;
  readonly restricts: ReadonlySet<number> | null;
}

/** All conditions of a query's FROM and WHERE; those of an outer join restrict its inner side only. */
export function joinConditions(tree: TreeNode | null): readonly JoinCondition[] {
  if (tree === null) return [];
  const parts = [...tree.children('fromlist'), tree.child('larg'), tree.child('rarg')];
  const restricts = tree.tag === 'JOINEXPR' ? innerSide(tree) : null;
  return [
    ...conjuncts(tree.fields.get('quals')).map((condition) => ({ condition, restricts })),
    ...parts.flatMap((part) => joinConditions(part)),
  ];
}

function innerSide(join: TreeNode): ReadonlySet<number> | null {
  switch (join.word('jointype')) {
    case '0':
      return null;
    case '1':
      return new Set(fromRanges(join.child('rarg')));
    case '3':
      return new Set(fromRanges(join.child('larg')));
    default:
      return new Set();
  }
}

/** The equalities among conditions, each only where it restricts. */
export function equalitiesAmong(
  conditions: readonly JoinCondition[],
  catalogue: Catalogue,
): readonly Equality[] {
  return conditions.flatMap(({ condition, restricts }) =>
    equalitiesOf(condition, catalogue).filter((each) => restricts === null || restricts.has(each.range)),
  );
}

/** A column that an equality fixes, and what it is equal to. */
export interface Equality {
  readonly range: number;
  readonly column: number;
  readonly other: TreeNode | null;
  /** Whether it names one value; an array or a subquery may name several. */
  readonly isSingle: boolean;
}

/** What a condition fixes: `column = value` in either order, `column = ANY (array)`, `column IS NULL`, a bare bool column. */
export function equalitiesOf(condition: TreeNode, catalogue: Catalogue): readonly Equality[] {
  if (condition.tag === 'OPEXPR' && isEquality(condition, catalogue)) {
    const [left, right] = condition.children('args');
    if (left === undefined || right === undefined) return [];
    return [...equality(left, right, true), ...equality(right, left, true)];
  }
  if (
    condition.tag === 'SCALARARRAYOPEXPR' &&
    condition.isTrue('useOr') &&
    isEquality(condition, catalogue)
  ) {
    const [left, right] = condition.children('args');
    return left === undefined || right === undefined ? [] : equality(left, right, false);
  }
  if (condition.tag === 'NULLTEST' && condition.word('nulltesttype') === '0') {
    const arg = condition.child('arg');
    return arg === null ? [] : equality(arg, null, false);
  }
  if (condition.tag === 'SUBLINK' && condition.number('subLinkType') === 2) {
    const test = condition.child('testexpr');
    const tested = test === null ? [] : conjuncts(test).flatMap((each) => equalitiesOf(each, catalogue));
    return tested.map((each) => ({ ...each, other: condition.child('subselect'), isSingle: false }));
  }
  if (condition.tag === 'VAR') return equality(condition, null, true);
  const negated =
    condition.tag === 'BOOLEXPR' && condition.word('boolop') === 'not'
      ? condition.children('args')[0]
      : undefined;
  return negated?.tag === 'VAR' ? equality(negated, null, true) : [];
}

function isEquality(node: TreeNode, catalogue: Catalogue): boolean {
  return catalogue.operator(node.number('opno'))?.name === '=';
}

function equality(left: TreeNode, other: TreeNode | null, isSingle: boolean): readonly Equality[] {
  const variable = left.tag === 'RELABELTYPE' ? left.child('arg') : left;
  if (variable?.tag !== 'VAR' || variable.number('varlevelsup') !== 0) return [];
  return [{ range: variable.number('varno'), column: variable.number('varattno'), other, isSingle }];
}

/** Whether a query returns at most one row: without FROM, an aggregate over all rows, a fixed key, or LIMIT 1. */
export function isSingleRow(query: TreeNode, catalogue: Catalogue): boolean {
  if (isConstantOne(query.child('limitCount'))) return true;
  if (query.child('setOperations') !== null || query.isTrue('hasTargetSRFs')) return false;
  if (query.isTrue('hasAggs') && !isList(query.fields.get('groupClause'))) return true;
  return fixesKeys(query, catalogue);
}

/** Whether the expressions of a query are evaluated for one row at most, whatever it makes of it afterwards. */
export function readsOneRow(query: TreeNode, catalogue: Catalogue): boolean {
  if (query.child('setOperations') !== null) return true;
  const ranges = query.children('rtable');
  const isOther = (source: number): boolean => {
    const range = ranges[source - 1];
    const subquery = range?.child('subquery') ?? null;
    if (subquery !== null) return isSingleRow(subquery, catalogue) && readsNoMore(subquery, catalogue);
    const kind = range?.number('rtekind');
    if (kind === TABLE_EXPRESSION_RANGE && range?.number('ctelevelsup') === 0) {
      const common = tableExpression(range, [query]);
      return common !== null && isSingleRow(common, catalogue) && readsNoMore(common, catalogue);
    }
    if (kind === FUNCTION_RANGE) {
      return (
        range
          ?.children('functions')
          .every((each) => each.child('funcexpr')?.isTrue('funcretset') === false) ?? false
      );
    }
    return kind === VALUES_RANGE || kind === RESULT_RANGE;
  };
  return fixesKeys(query, catalogue, isOther);
}

// A subquery without LIMIT or aggregates may be taken into the query around it.
function readsNoMore(query: TreeNode, catalogue: Catalogue): boolean {
  const isKept = query.fields.get('limitCount') !== null || query.isTrue('hasAggs');
  return isKept || readsOneRow(query, catalogue);
}

/** Whether equalities fix a unique key of every table of the query to one value. */
export function fixesKeys(
  query: TreeNode,
  catalogue: Catalogue,
  isOneRow: (source: number) => boolean = () => false,
): boolean {
  const ranges = query.children('rtable');
  const sources = fromRanges(query.child('jointree'));
  const conditions = joinConditions(query.child('jointree'));
  const equalities = equalitiesAmong(conditions, catalogue).filter((each) => each.isSingle);
  const fixed = new Set(sources.filter(isOneRow));
  for (let before = -1; before < fixed.size; ) {
    before = fixed.size;
    for (const source of sources) {
      const range = ranges[source - 1];
      if (range?.number('rtekind') !== RELATION_RANGE) continue;
      const usable = equalities.filter((each) => each.range === source && isKnown(each.other, fixed));
      const indexes = catalogue.relation(range.number('relid'))?.indexes ?? [];
      if (indexes.some((index) => coversKey(index, usable))) fixed.add(source);
    }
  }
  return sources.every((source) => fixed.has(source));
}

function coversKey(index: ResolvedIndex, equalities: readonly Equality[]): boolean {
  return (
    index.isUnique &&
    !index.isPartial &&
    index.columns.every((column) => column > 0 && equalities.some((each) => each.column === column))
  );
}

/** Whether a value does not depend on rows of ranges other than `known` ones. */
export function isKnown(value: TreeNode | null, known: ReadonlySet<number>): boolean {
  return value === null || [...rangesIn(value)].every((range) => known.has(range));
}

/** Ranges of the query itself that a value refers to, also from inside its subqueries. */
export function rangesIn(value: TreeValue | undefined): ReadonlySet<number> {
  const found = new Set<number>();
  const visit = (each: TreeValue | undefined, depth: number): void => {
    if (isList(each)) for (const item of each) visit(item, depth);
    if (!(each instanceof TreeNode)) return;
    if (each.tag === 'VAR' && each.number('varlevelsup') === depth) found.add(each.number('varno'));
    const inner = each.tag === 'QUERY' ? depth + 1 : depth;
    for (const [, item] of each.fields) visit(item, inner);
  };
  visit(value, 0);
  return found;
}

/** Numbers of the ranges in FROM, those inside joins included. */
export function fromRanges(tree: TreeNode | null): readonly number[] {
  if (tree === null) return [];
  if (tree.tag === 'RANGETBLREF') return [tree.number('rtindex')];
  return [...tree.children('fromlist'), tree.child('larg'), tree.child('rarg')].flatMap((part) =>
    fromRanges(part),
  );
}

function isConstantOne(node: TreeNode | null): boolean {
  if (node?.tag === 'FUNCEXPR') return isConstantOne(node.children('args')[0] ?? null);
  const value = node?.tag === 'CONST' ? node.fields.get('constvalue') : null;
  return value instanceof Uint8Array && value[0] === 1 && value.slice(1).every((byte) => byte === 0);
}
