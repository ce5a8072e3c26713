/**
 * What an embedded statement or expression is charged before it runs, as SQL: the rows that it looks at and the
 * work of its functions on long values.
 */

import { parseStatements } from '../../check/sql-parser.ts';
import { type Fields, fieldsOf, nodeOf, nodesOf, type TreeNode } from '../../check/sql-tree.ts';
import { computedOnce, computedPerRow, measured, workText } from './formula-text.ts';
import type { PlacedItem } from './placed-item.ts';
import { type ReadContext, type ReadLevel, readPlan } from './read-plan.ts';
import type { Scope } from './scope.ts';
import { STEPS_PER_UNIT, type VariableKinds, WorkCounter } from './work-formula.ts';

/** Rows, or units, of a statement that cost nothing outside of loops: most statements stay below and only count. */
const UNITS_FREE = 100;

/** The same for one that may run again and again. */
const UNITS_FREE_REPEATED = 4;

/** How deep subqueries are followed. */
const DEPTH_MAX = 8;

/** What is known about where a statement stands. */
export interface StatementPlace {
  readonly context: Omit<ReadContext, 'common'>;
  readonly functionName: string;
  readonly parameters: ReadonlyMap<string, unknown>;
  readonly kinds: VariableKinds;
  /** Whether it stands in a loop, or in a function that others call. */
  readonly isRepeated: boolean;
  /** Whether each of its rows is a turn of a loop, which pays for itself. */
  readonly isForQuery: boolean;
  /** Tables whose reading as a whole is declared, and so charged elsewhere. */
  readonly declaredScans: ReadonlySet<string>;
}

/** The charges of the statements in `sql`: expressions of type int4 that charge when they are computed. */
export function statementCharges(sql: string, place: StatementPlace): readonly string[] {
  const parsed = parseStatements(sql);
  if ('error' in parsed) return [];
  return parsed.ok.flatMap(({ tree }) => {
    const node = nodeOf(tree);
    return node === null ? [] : new ChargeWriter(place).charges(node, [], null, 0);
  });
}

class ChargeWriter {
  readonly #place: StatementPlace;

  constructor(place: StatementPlace) {
    this.#place = place;
  }

  charges(
    statement: TreeNode,
    before: readonly PlacedItem[],
    outer: Scope | null,
    depth: number,
    isExists = false,
  ): readonly string[] {
    if (depth > DEPTH_MAX) return [];
    const context: ReadContext = { ...this.#place.context, common: new Map() };
    const plan = readPlan(statement, context, before, outer);
    const counter = new WorkCounter(this.#place.kinds);
    for (const level of plan.levels) for (const part of expressionsOf(level)) counter.add(part, level.scope);
    const called = plan.calls.flatMap(({ call, scope }) => this.#called(call, scope, counter));
    const many = plan.items.filter(({ isSingle }) => !isSingle);
    const own = many.filter((each) => !before.includes(each));
    // Without a condition but look-ups, the first row that is found answers.
    if (isExists && own.length === 1 && plan.filterCount === 0 && counter.work.parts.length === 0) return [];
    const columns = longColumns(
      plan.items.filter((each) => !before.includes(each)),
      plan.levels,
    );
    const charged = this.#rows(plan.items, many, own, counter, columns, plan.filterCount, statement);
    const inner = plan.others.flatMap(({ query, scope, isExists }) =>
      this.charges({ kind: 'SelectStmt', fields: query }, plan.items, scope, depth + 1, isExists),
    );
    return [...called, ...charged, ...inner];
  }

  // Arguments of a call in FROM: worked through once, or for each row where they name columns.
  #called(call: unknown, scope: Scope, counter: WorkCounter): readonly string[] {
    const own = new WorkCounter(this.#place.kinds);
    own.add(call, scope);
    const { work } = own;
    const steps = workText(work);
    if (/\b__r\d+\./.test(steps)) {
      counter.add(call, scope);
      return [];
    }
    const isCharged = steps !== '0' && (work.isSteep || this.#place.isRepeated);
    return isCharged ? [this.#charge(computedOnce(`(${steps}) / ${STEPS_PER_UNIT}`))] : [];
  }

  #rows(
    items: readonly PlacedItem[],
    many: readonly PlacedItem[],
    own: readonly PlacedItem[],
    counter: WorkCounter,
    columns: readonly string[],
    filterCount: number,
    statement: TreeNode,
  ): readonly string[] {
    const { work } = counter;
    const isCostly = work.isSteep || this.#place.isRepeated;
    const parts = [...(isCostly || many.length > 0 ? work.parts : []), ...columns];
    const steps = workText({
      ...work,
      parts,
      constant: work.isSteep || this.#place.isRepeated || many.length > 0 ? work.constant : 0,
    });
    const needsColumns = /\b__r\d+\./.test(steps);
    // What stands in a subquery that reads nothing runs with the query around it, whose rows are counted there.
    if (own.length === 0 && steps === '0') return [];
    if (many.length === 0 && !needsColumns) {
      return steps === '0' ? [] : [this.#charge(computedOnce(`(${steps}) / ${STEPS_PER_UNIT}`))];
    }
    if (this.#isPaidElsewhere(items, many, own, steps, filterCount, statement)) return [];
    const stages = own.slice(0, -1).map((each) => items.indexOf(each) + 1);
    const counts = stages.map((end) => this.#chargeRows(items.slice(0, end), '0'));
    return [...counts, this.#chargeRows(items, steps)];
  }

  #isPaidElsewhere(
    items: readonly PlacedItem[],
    many: readonly PlacedItem[],
    own: readonly PlacedItem[],
    steps: string,
    filterCount: number,
    statement: TreeNode,
  ): boolean {
    const [only] = own;
    if (own.length !== 1 || many.length !== 1 || only === undefined || steps !== '0') return false;
    // A constant number of rows stands in the source.
    if (only.item.from === null) return only.item.factor <= UNITS_FREE;
    if (only.conditions.length === 0 && this.#place.declaredScans.has(only.item.name)) return true;
    const isPlain = statement.kind === 'SelectStmt' && items.length === 1 && filterCount === 0;
    return this.#place.isForQuery && isPlain && !isReduced(statement.fields);
  }

  get #free(): number {
    return this.#place.isRepeated ? UNITS_FREE_REPEATED : UNITS_FREE;
  }

  // Lengths of texts cost nothing to ask, so that what costs nothing calls nothing; a document is written out once.
  #charge(units: string): string {
    if (units.includes('::text')) return `bucordo.charge_work(${units}, ${this.#free})`;
    return `CASE WHEN ${units} > ${this.#free} THEN bucordo.charge_work(${units}, 0) ELSE 0 END`;
  }

  #chargeRows(items: readonly PlacedItem[], steps: string): string {
    return `bucordo.charge_work(${this.#countText(items, computedPerRow(steps))}, ${this.#free})`;
  }

  /** SQL for the units of all rows of the items, as far as the budget pays for. */
  #countText(items: readonly PlacedItem[], steps: string): string {
    const needed = neededItems(items, steps);
    const text = countText(items, needed, steps, this.#free);
    return withOwnNames(text, needed, this.#place) ?? `${ROWS_UNCLEAR}`;
  }
}

// Rows of a query that makes fewer of them are no turns of a loop.
function isReduced(query: Fields): boolean {
  return ['groupClause', 'distinctClause', 'limitCount', 'havingClause', 'limitOffset'].some(
    (part) => query[part] !== undefined,
  );
}

/** Rows of a statement that names a variable and a column alike, where nothing tells which is meant. */
const ROWS_UNCLEAR = 1_000;

// The items of several queries stand side by side here, so that a variable may have the name of a column that
// its own query does not read.
function withOwnNames(text: string, needed: readonly PlacedItem[], place: StatementPlace): string | null {
  const columns = needed.flatMap(({ item }) => [...(item.table?.columns.keys() ?? []), ...item.rowColumns]);
  let clear = text;
  for (const column of new Set(columns)) {
    const name = `"${column.replaceAll('"', '""')}"`;
    const alone = new RegExp(`(?<![\\w".])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w".(])`, 'g');
    if (!alone.test(clear)) continue;
    if (!place.parameters.has(column)) return null;
    clear = clear.replaceAll(alone, `"${place.functionName}".${name}`);
  }
  return clear;
}

// Counting goes beyond what is left and what is free: who has nothing left must not find one row, which would be free.
function countText(
  items: readonly PlacedItem[],
  needed: readonly PlacedItem[],
  steps: string,
  free: number,
): string {
  const factor = items.reduce(
    (product, { item, isSingle }) =>
      item.from === null && !isSingle ? Math.min(product * item.factor, 1_000_000) : product,
    1,
  );
  const unit = steps === '0' ? '1' : `1 + (${steps}) / ${STEPS_PER_UNIT}`;
  const row = factor === 1 ? unit : `${factor} * (${unit})`;
  if (needed.length === 0) return `(${row})`;
  const from = needed.map(({ item }) => `${item.from ?? ''} AS ${item.alias}`);
  const conditions = needed.flatMap((each) => each.conditions);
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `(SELECT pg_catalog.sum(__rows.units) FROM (SELECT ${row} AS units FROM ${from.join(', ')}${where} LIMIT bucordo.units_left() + ${free + 1}) AS __rows)`;
}

// Items of one row are left out unless something behind them needs them.
function neededItems(items: readonly PlacedItem[], steps: string): readonly PlacedItem[] {
  const needed: PlacedItem[] = [];
  const names = new Set([...steps.matchAll(/\b__r\d+(?=\.)/g)].map(([alias]) => alias));
  for (const each of [...items].reverse()) {
    if (each.item.from === null) continue;
    if (each.isSingle && !names.has(each.item.alias)) continue;
    needed.unshift(each);
    for (const name of each.needs) names.add(name);
  }
  return needed;
}

// Columns that may be long are read, whatever is done with them.
function longColumns(items: readonly PlacedItem[], levels: readonly ReadLevel[]): readonly string[] {
  const text = JSON.stringify(levels.map(({ query }) => ({ ...query, fromClause: undefined })));
  const isWhole = text.includes('"A_Star"');
  return items.flatMap(({ item }) =>
    [...(item.table?.columns ?? [])].flatMap(([name, { kind, bytesMax }]) => {
      const isLong = kind !== 'fixed' && kind !== 'number' && (bytesMax === null || bytesMax > 8_192);
      const isNamed = isWhole || text.includes(`{"sval":${JSON.stringify(name)}}`);
      return isLong && isNamed && item.from !== null
        ? [measured(`${item.alias}."${name.replaceAll('"', '""')}"`, kind)]
        : [];
    }),
  );
}

// What a query computes; its FROM list is counted by rows, but for the calls in it.
function expressionsOf({ query }: ReadLevel): readonly unknown[] {
  const elsewhere = ['withClause', 'larg', 'rarg'];
  return Object.entries(query).flatMap(([key, value]) => {
    if (elsewhere.includes(key)) return [];
    return key === 'fromClause'
      ? nodesOf(value)
          .filter(({ kind }) => kind === 'JoinExpr')
          .map(({ fields }) => joinConditions(fields))
      : [value];
  });
}

function joinConditions(join: Fields): readonly unknown[] {
  const sides = ['larg', 'rarg'].map((side) => fieldsOf(join[side], 'JoinExpr'));
  return [join['quals'], ...sides.flatMap((side) => (side === null ? [] : joinConditions(side)))];
}
