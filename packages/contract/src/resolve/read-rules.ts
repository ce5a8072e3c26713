/**
 * The reads rule: what a statement costs must not grow with the tables. Every table in FROM is
 * restricted or joined by equality on the leading column of an index, or the function declares a
 * bounded scan of it in the manifest, which is then counted.
 */

import type { Finding } from '../check/finding.ts';
import type { Catalogue, ResolvedRelation } from './catalogue.ts';
import { isList, TreeNode, type TreeValue } from './node-tree.ts';
import {
  type Equality,
  equalitiesAmong,
  equalitiesOf,
  fromRanges,
  isKnown,
  joinConditions,
  RELATION_RANGE,
  SUBQUERY_RANGE,
  type ViewQueries,
} from './query-shape.ts';
import { type ContractScope, findingAt, type ResolvedStatement } from './resolved-statement.ts';

/** Judges which tables a statement reads without an index. */
export function judgeReads(
  statement: ResolvedStatement,
  scope: ContractScope,
  views: ViewQueries,
): readonly Finding[] {
  const declared = scope.scans[statement.functionName] ?? {};
  if (isBoundedByWrites(statement.tree)) return [];
  const scanned = new ScanFinder(scope.catalogue, views).inside(statement.tree);
  const names = new Set<string>();
  return scanned.flatMap(({ relation, through }) => {
    const isDeclared = [relation, ...through].some((each) => isNamed(each, declared, scope.contract));
    if (isDeclared || names.has(relation.name)) return [];
    names.add(relation.name);
    const first = through.at(-1) ?? relation;
    return [
      findingAt(statement.excerpt, {
        rule: 'unbounded-read',
        construct: `reading ${relation.schema}.${relation.name}`,
        message:
          'no equality on the leading column of an index restricts it, so its cost grows with the table',
        remedy: remedy(statement.functionName, relation),
        words: [`${first.schema}.${first.name}`, first.name],
      }),
    ];
  });
}

// Without a condition every row that is read is written, and rows written are counted.
function isBoundedByWrites(query: TreeNode): boolean {
  const isWrite = query.number('commandType') === 2 || query.number('commandType') === 4;
  const tree = query.child('jointree');
  return (
    isWrite && tree?.child('quals') === null && fromRanges(tree).length === 1 && !query.isTrue('hasSubLinks')
  );
}

function isNamed(
  relation: ResolvedRelation,
  declared: Readonly<Record<string, number>>,
  contract: string,
): boolean {
  const names = [
    `${relation.schema}.${relation.name}`,
    ...(relation.schema === contract ? [relation.name] : []),
  ];
  return names.some((name) => Object.hasOwn(declared, name));
}

function remedy(functionName: string, relation: ResolvedRelation): string {
  const key = relation.indexes.find((index) => index.isPrimary)?.columns[0];
  const column = relation.columns.find((each) => each.number === key)?.name ?? 'its key';
  return (
    `Restrict it by ${column} or another indexed column, add an index on the column it is restricted by, ` +
    `or declare in contract.json: "scans": { "${functionName}": { "${relation.name}": 1000 } }.`
  );
}

/** A table that is read whole, and the views through which. */
interface Scan {
  readonly relation: ResolvedRelation;
  readonly through: readonly ResolvedRelation[];
}

class ScanFinder {
  readonly #catalogue: Catalogue;
  readonly #views: ViewQueries;

  constructor(catalogue: Catalogue, views: ViewQueries) {
    this.#catalogue = catalogue;
    this.#views = views;
  }

  /** Scans of all queries in a value that no other query contains, and inside these. */
  inside(value: TreeValue | undefined): readonly Scan[] {
    if (isList(value)) return value.flatMap((each) => this.inside(each));
    if (!(value instanceof TreeNode)) return [];
    if (value.tag === 'QUERY') return this.#query(value, new Set(), []);
    return [...value.fields.values()].flatMap((each) => this.inside(each));
  }

  /** `given` are columns of the query's own result that something outside fixes. */
  #query(query: TreeNode, given: ReadonlySet<number>, through: readonly ResolvedRelation[]): readonly Scan[] {
    const tree = query.child('jointree');
    const conditions = joinConditions(tree);
    const equalities = [...equalitiesAmong(conditions, this.#catalogue), ...givenEqualities(query, given)];
    const alternatives = conditions.map(({ condition }) => condition).filter((each) => isOr(each));
    const scans: Scan[] = [];
    const known = this.#knownRanges(query, fromRanges(tree), equalities, alternatives);
    for (const range of fromRanges(tree)) {
      const entry = query.children('rtable')[range - 1];
      const fixed = new Set(
        equalities
          .filter((each) => each.range === range && isKnown(each.other, known))
          .map((each) => each.column),
      );
      if (entry !== undefined) scans.push(...this.#range(entry, known.has(range), fixed, through));
    }
    for (const entry of this.#setOperands(query))
      scans.push(...this.#range(entry, false, new Set(), through));
    for (const table of query.children('cteList')) scans.push(...this.inside(table.child('ctequery')));
    for (const field of EXPRESSION_FIELDS) scans.push(...this.inside(query.fields.get(field)));
    return [...scans, ...conditions.flatMap(({ condition }) => this.inside(condition))];
  }

  #range(
    entry: TreeNode,
    isKnownRange: boolean,
    fixed: ReadonlySet<number>,
    through: readonly ResolvedRelation[],
  ): readonly Scan[] {
    if (entry.number('rtekind') === SUBQUERY_RANGE) {
      const subquery = entry.child('subquery');
      return subquery === null
        ? []
        : this.#query(subquery, isTransparent(subquery) ? fixed : new Set(), through);
    }
    if (entry.number('rtekind') !== RELATION_RANGE) {
      return ['functions', 'values_lists'].flatMap((field) => this.inside(entry.fields.get(field)));
    }
    const relation = this.#catalogue.relation(entry.number('relid'));
    if (relation === undefined) return [];
    const view = this.#views.get(relation.oid);
    if (relation.isView && view !== undefined) {
      return this.#query(view, isTransparent(view) ? fixed : new Set(), [...through, relation]);
    }
    return isKnownRange ? [] : [{ relation, through }];
  }

  // Beginning with values, each range that is reached by an index makes its columns known to others.
  #knownRanges(
    query: TreeNode,
    sources: readonly number[],
    equalities: readonly Equality[],
    alternatives: readonly TreeNode[],
  ): ReadonlySet<number> {
    const ranges = query.children('rtable');
    const known = new Set(
      sources.filter((source) => {
        const entry = ranges[source - 1];
        return entry !== undefined && !this.#isTable(entry);
      }),
    );
    for (let before = -1; before < known.size; ) {
      before = known.size;
      for (const source of sources) {
        const relation = this.#catalogue.relation(ranges[source - 1]?.number('relid') ?? 0);
        if (relation !== undefined && this.#isReached(relation, source, equalities, alternatives, known))
          known.add(source);
      }
    }
    return known;
  }

  #isTable(entry: TreeNode): boolean {
    if (entry.number('rtekind') !== RELATION_RANGE) return false;
    return this.#catalogue.relation(entry.number('relid'))?.isView !== true;
  }

  #isReached(
    relation: ResolvedRelation,
    range: number,
    equalities: readonly Equality[],
    alternatives: readonly TreeNode[],
    known: ReadonlySet<number>,
  ): boolean {
    const reaches = (candidates: readonly Equality[]): boolean =>
      candidates.some(
        (each) =>
          each.range === range &&
          isKnown(each.other, known) &&
          relation.indexes.some((index) => !index.isPartial && index.columns[0] === each.column),
      );
    return (
      reaches(equalities) ||
      alternatives.some((or) =>
        or
          .children('args')
          .every((arm) => reaches(conjunctsOf(arm).flatMap((each) => equalitiesOf(each, this.#catalogue)))),
      )
    );
  }

  #setOperands(query: TreeNode): readonly TreeNode[] {
    if (query.child('setOperations') === null) return [];
    const listed = new Set(fromRanges(query.child('jointree')));
    return query
      .children('rtable')
      .filter((entry, index) => entry.number('rtekind') === SUBQUERY_RANGE && !listed.has(index + 1));
  }
}

const EXPRESSION_FIELDS = [
  'targetList',
  'returningList',
  'havingQual',
  'onConflict',
  'limitCount',
  'limitOffset',
] as const;

function isOr(condition: TreeNode): boolean {
  return condition.tag === 'BOOLEXPR' && condition.word('boolop') === 'or';
}

function conjunctsOf(arm: TreeNode): readonly TreeNode[] {
  return arm.tag === 'BOOLEXPR' && arm.word('boolop') === 'and'
    ? arm.children('args').flatMap(conjunctsOf)
    : [arm];
}

// A condition on the result of such a query reaches its tables.
function isTransparent(query: TreeNode): boolean {
  return (
    query.fields.get('limitCount') === null &&
    query.fields.get('limitOffset') === null &&
    query.child('setOperations') === null &&
    !query.isTrue('hasWindowFuncs') &&
    !query.isTrue('hasDistinctOn')
  );
}

/** What is fixed from outside, as equalities on the tables' own columns. */
function givenEqualities(query: TreeNode, given: ReadonlySet<number>): readonly Equality[] {
  const grouped = isList(query.fields.get('groupClause'));
  return query.children('targetList').flatMap((entry) => {
    const isGroup = entry.number('ressortgroupref') > 0;
    const expression = behindGroup(query, entry.child('expr'));
    if (!given.has(entry.number('resno')) || expression?.tag !== 'VAR' || (grouped && !isGroup)) return [];
    if (expression.number('varlevelsup') !== 0) return [];
    const column = { range: expression.number('varno'), column: expression.number('varattno') };
    return [{ ...column, other: null, isSingle: true }];
  });
}

// Postgres 18 puts grouped expressions into a range of their own.
function behindGroup(query: TreeNode, expression: TreeNode | null): TreeNode | null {
  if (expression?.tag !== 'VAR') return expression;
  const range = query.children('rtable')[expression.number('varno') - 1];
  if (range?.number('rtekind') !== 9) return expression;
  return range.children('groupexprs')[expression.number('varattno') - 1] ?? expression;
}
