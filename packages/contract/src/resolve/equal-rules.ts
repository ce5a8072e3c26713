/**
 * The rule for values that are equal and not identical: no statement may show which of them it met first.
 *
 * Everything that takes several rows for one, or takes rows in an order, is asked what it lets through:
 * DISTINCT, GROUP BY, set operations, min, max and aggregates of DISTINCT values keep one of the equal
 * ones; ORDER BY, DISTINCT ON, ordered aggregates and window functions leave equal ones in the order in
 * which they came. What is let through must be identical where it is equal (`identity.ts`), or follow
 * from what tells the row apart (`told-apart.ts`).
 */

import type { Finding } from '../check/finding.ts';
import { ORDERED_AGGREGATES, ORDERED_WINDOWS } from '../check/rules/operators.ts';
import { type Place, type UnlikeKind, unlikeColumn, unlikeKind } from './identity.ts';
import { SKIPPED_FIELDS } from './known-nodes.ts';
import { isList, TreeNode, type TreeValue } from './node-tree.ts';
import { type ContractScope, findingAt, type ResolvedStatement } from './resolved-statement.ts';
import { ToldApart } from './told-apart.ts';

/** Judges what one statement lets through of values that are equal and not identical. */
export function judgeEqual(statement: ResolvedStatement, scope: ContractScope): readonly Finding[] {
  const judge = new EqualJudge(statement, scope);
  judge.walk(statement.tree, []);
  return judge.findings;
}

class EqualJudge {
  readonly findings: Finding[] = [];
  readonly #statement: ResolvedStatement;
  readonly #scope: ContractScope;

  constructor(statement: ResolvedStatement, scope: ContractScope) {
    this.#statement = statement;
    this.#scope = scope;
  }

  /** `queries` are those around the value, the innermost first. */
  walk(value: TreeValue | undefined, queries: readonly TreeNode[]): void {
    if (isList(value)) for (const each of value) this.walk(each, queries);
    if (!(value instanceof TreeNode)) return;
    const inner = value.tag === 'QUERY' ? [value, ...queries] : queries;
    if (value.tag === 'QUERY') this.#query(value, inner);
    if (value.tag === 'AGGREF') this.#aggregate(value, queries);
    if (value.tag === 'WINDOWFUNC') this.#window(value, queries);
    for (const [field, each] of value.fields) if (!SKIPPED_FIELDS.has(field)) this.walk(each, inner);
  }

  #query(query: TreeNode, queries: readonly TreeNode[]): void {
    const place: Place = { queries, base: query };
    const isDistinctOn = query.isTrue('hasDistinctOn');
    const groups = expressionsOf(query, 'groupClause');
    this.#groups('GROUP BY', groups, place, ['group by']);
    if (!isDistinctOn) {
      this.#groups('DISTINCT', expressionsOf(query, 'distinctClause'), place, ['distinct']);
    }
    const operation = query.child('setOperations');
    const outputs = query.children('targetList').filter((each) => !each.isTrue('resjunk'));
    const isSorted = query.children('sortClause').length > 0;
    if (operation !== null) {
      if (keepsOneOfEqual(operation)) this.#columns('a set operation', query, queries, outputs, SET_WORDS);
      else if (isSorted) this.#columns('ORDER BY', query, queries, outputs, ['order by']);
      return;
    }
    const isOneRow = query.isTrue('hasAggs') && groups.length === 0;
    if ((isSorted || isDistinctOn) && !isOneRow) {
      this.#order(isSorted ? 'ORDER BY' : 'DISTINCT ON', outputs, place);
    }
  }

  // One row stands for all whose values are equal.
  #groups(construct: string, values: readonly TreeNode[], place: Place, words: readonly string[]): void {
    const apart = new ToldApart(place, values, this.#scope);
    for (const value of values) {
      const kind = this.#merged(value, apart, place);
      if (kind !== null) this.#object(construct, kind, words);
    }
  }

  #columns(
    construct: string,
    query: TreeNode,
    queries: readonly TreeNode[],
    outputs: readonly TreeNode[],
    words: readonly string[],
  ): void {
    for (const output of outputs) {
      const kind = unlikeColumn(query, output.number('resno'), queries.slice(1), this.#scope);
      if (kind !== null) this.#object(construct, kind, words);
    }
  }

  // Rows that the order leaves as ties come as the plan finds them.
  #order(construct: string, outputs: readonly TreeNode[], place: Place): void {
    const query = place.base;
    const sorts = [
      ...expressionsOf(query, 'sortClause'),
      ...(query.isTrue('hasDistinctOn') ? expressionsOf(query, 'distinctClause') : []),
    ];
    const sorted = new Set(sortedRefs(query));
    const apart = new ToldApart(place, sorts, this.#scope);
    const isGrouped = query.children('groupClause').length > 0;
    const isGroupFixed = query
      .children('groupClause')
      .every(
        (each) =>
          sorted.has(each.number('tleSortGroupRef')) ||
          expressionsOfRefs(query, [each.number('tleSortGroupRef')]).every((group) => apart.has(group)),
      );
    if (isGrouped && isGroupFixed) return;
    for (const output of outputs) {
      const expression = output.child('expr');
      if (expression === null) continue;
      const isSorted = sorted.has(output.number('ressortgroupref'));
      const kind = this.#shown(expression, isSorted, apart, place);
      if (kind !== null) this.#object(construct, kind, ['order by', 'distinct on', 'limit']);
    }
  }

  // Of rows that are ties in an order, everything that is shown must be the same.
  #shown(expression: TreeNode, isSorted: boolean, apart: ToldApart, place: Place): UnlikeKind | null {
    const kind = unlikeKind(expression, place, this.#scope);
    if (isSorted && kind === null) return null;
    const found = kind ?? apart.unlikeIn(expression);
    return found === null || apart.has(expression) ? null : found;
  }

  #aggregate(node: TreeNode, queries: readonly TreeNode[]): void {
    const level = node.number('agglevelsup');
    const query = queries[level];
    const name = this.#scope.catalogue.function(node.number('aggfnoid'))?.name ?? '';
    const isDistinct = node.children('aggdistinct').length > 0;
    const isOrdered = ORDERED_AGGREGATES.has(name);
    if (query === undefined || name === 'count' || !(isDistinct || isOrdered || KEEPING.has(name))) return;
    const place: Place = { queries, base: query };
    const values = node.children('args').filter((each) => !each.isTrue('resjunk'));
    const groups = expressionsOf(query, 'groupClause');
    const within = new ToldApart(place, groups, this.#scope);
    const refs = node.children('aggorder').map((each) => each.number('tleSortGroupRef'));
    const sorts = node
      .children('args')
      .filter((each) => refs.includes(each.number('ressortgroupref')))
      .flatMap((each) => each.child('expr') ?? []);
    const ordered = new ToldApart(place, [...sorts, ...groups], this.#scope);
    for (const value of values) {
      const expression = value.child('expr');
      if (expression === null) continue;
      const isSorted = refs.includes(value.number('ressortgroupref'));
      const kind =
        isDistinct || KEEPING.has(name)
          ? this.#merged(expression, within, place)
          : this.#shown(expression, isSorted, ordered, place);
      const unfixed = level === 0 ? kind : unlikeKind(expression, place, this.#scope);
      if (unfixed === null) continue;
      this.#object(`${name}(${isDistinct ? 'DISTINCT ' : ''}…)`, unfixed, [name]);
    }
  }

  // One value stands for all that are equal.
  #merged(expression: TreeNode, apart: ToldApart, place: Place): UnlikeKind | null {
    const kind = unlikeKind(expression, place, this.#scope);
    return kind === null || apart.has(expression) ? null : kind;
  }

  #window(node: TreeNode, queries: readonly TreeNode[]): void {
    const query = queries[0];
    const clause = query
      ?.children('windowClause')
      .find((each) => each.number('winref') === node.number('winref'));
    if (query === undefined || clause === undefined) return;
    const name = this.#scope.catalogue.function(node.number('winfnoid'))?.name ?? '';
    const place: Place = { queries, base: query };
    const parts = expressionsOf(query, clause.children('partitionClause'));
    if (KEEPING.has(name)) {
      const within = new ToldApart(place, parts, this.#scope);
      for (const value of node.children('args')) {
        const kind = this.#merged(value, within, place);
        if (kind !== null) this.#object(`${name}() OVER (…)`, kind, [name]);
      }
    }
    const countsRows = (clause.number('frameOptions') & FRAME_ROWS) !== 0;
    if (!ORDERED_WINDOWS.has(name) && !ORDERED_AGGREGATES.has(name) && !countsRows) return;
    const sorts = expressionsOf(query, clause.children('orderClause'));
    const apart = new ToldApart(place, [...parts, ...sorts], this.#scope);
    if (apart.hasAllRows) return;
    // A number or a neighbour is given to a row, so whatever else is shown of the row shows which it was.
    const shown = query
      .children('targetList')
      .filter((each) => !each.isTrue('resjunk'))
      .flatMap((each) => each.child('expr') ?? [])
      .filter((each) => each.tag !== 'WINDOWFUNC');
    for (const value of [...node.children('args'), ...shown]) {
      const kind = this.#shown(value, false, apart, place);
      if (kind !== null) this.#object(`${name}() OVER (…)`, kind, [name]);
    }
  }

  #object(construct: string, kind: UnlikeKind, words: readonly string[]): void {
    const { message, remedy } = ADVICE[kind];
    const finding = findingAt(this.#statement.excerpt, {
      rule: 'equal-not-identical',
      construct: `${construct} over ${WHAT[kind]}`,
      message: `${message}, and which of them counts depends on the order in which this node reads its rows`,
      remedy,
      words,
    });
    const isSaid = this.findings.some(
      (each) =>
        each.construct === finding.construct && each.line === finding.line && each.column === finding.column,
    );
    if (!isSaid) this.findings.push(finding);
  }
}

const WHAT: Readonly<Record<UnlikeKind, string>> = {
  numeric: 'numbers of no fixed scale',
  jsonb: 'jsonb',
  interval: 'intervals',
  bpchar: 'texts of the type char',
  row: 'whole rows',
};

const ADVICE: Readonly<Record<UnlikeKind, { readonly message: string; readonly remedy: string }>> = {
  numeric: {
    message: '1.0 and 1.00 are equal and written differently',
    remedy:
      'Give the numbers one scale: round(…, 2), or trim_scale(…), which keeps every digit that counts; or take columns of one numeric(p,s). In an order, name a key behind it.',
  },
  jsonb: {
    message: '{"a": 1.0} and {"a": 1.00} are equal and written differently',
    remedy: "Take the text, document::text or document ->> 'key'; in an order, sort by a key as well.",
  },
  interval: {
    message: '1 day and 24 hours are equal and written differently',
    remedy: 'Take its seconds, extract(epoch FROM …); in an order, sort by a key as well.',
  },
  bpchar: {
    message: "'a' and 'a ' are equal and written differently",
    remedy: 'Take it as text, value::text.',
  },
  row: {
    message: 'rows that are equal may hold numbers or documents that are written differently',
    remedy: 'Name the columns that you need, or those of the primary key.',
  },
};

/** Aggregates that return one of the values they were given. */
const KEEPING: ReadonlySet<string> = new Set(['min', 'max']);

const SET_WORDS = ['union', 'intersect', 'except'] as const;

/** Bit of the frame options: ROWS, which counts rows and not ties. */
const FRAME_ROWS = 4;

/** Whether a set operation, or one inside it, makes one row of several. */
function keepsOneOfEqual(operation: TreeNode): boolean {
  if (operation.tag !== 'SETOPERATIONSTMT') return false;
  const isUnionAll = operation.number('op') === UNION && operation.isTrue('all');
  const sides = [operation.child('larg'), operation.child('rarg')];
  return !isUnionAll || sides.some((each) => each !== null && keepsOneOfEqual(each));
}

const UNION = 1;

function sortedRefs(query: TreeNode): readonly number[] {
  const fields = query.isTrue('hasDistinctOn') ? ['sortClause', 'distinctClause'] : ['sortClause'];
  return fields.flatMap((field) => query.children(field).map((each) => each.number('tleSortGroupRef')));
}

/** The expressions that a clause of a query refers to. */
function expressionsOf(query: TreeNode, clause: string | readonly TreeNode[]): readonly TreeNode[] {
  const items = typeof clause === 'string' ? query.children(clause) : clause;
  return expressionsOfRefs(
    query,
    items.map((each) => each.number('tleSortGroupRef')),
  );
}

function expressionsOfRefs(query: TreeNode, refs: readonly number[]): readonly TreeNode[] {
  return query
    .children('targetList')
    .filter((each) => refs.includes(each.number('ressortgroupref')) && each.number('ressortgroupref') > 0)
    .flatMap((each) => each.child('expr') ?? []);
}
