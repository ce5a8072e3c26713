/**
 * Which rows a statement looks at: the FROM items of a query and of the subqueries in it, in an order in which
 * each is reached from those before it, and by what. Rows are counted by that alone, never by what a plan of
 * Postgres does with them; a condition that is no look-up by an index leaves rows out only after they were read.
 */

import { outputName } from '../../check/schema/schema-model.ts';
import {
  type Fields,
  fieldsAt,
  fieldsOf,
  namesOf,
  nodeOf,
  nodesOf,
  type TreeNode,
  textAt,
} from '../../check/sql-tree.ts';
import { conjunctsOf, isExists, isMembership, nodeList, outsideMembership } from './conditions.ts';
import { expressionText, quoted } from './expression-text.ts';
import { aliasesIn, indexPrefix, type Lookup, lookupsOf } from './lookup.ts';
import {
  besideOwnCalls,
  calledName,
  functionReached,
  isWithin,
  type PlacedItem,
  ROWS_UNKNOWN,
} from './placed-item.ts';
import { repeatsOf, rowCalls } from './repetition.ts';
import { type Entry, meaningOf, type ReadItem, type Scope } from './scope.ts';
import type { SchemaShape } from './table-shape.ts';

/** A query whose items are among those of the plan, with the scope in which its expressions stand. */
export interface ReadLevel {
  readonly query: Fields;
  readonly scope: Scope;
}

/** What a query reads. */
export interface ReadPlan {
  readonly items: readonly PlacedItem[];
  readonly levels: readonly ReadLevel[];
  /** Subqueries that are read by themselves, each for every row of the plan or once. */
  readonly others: readonly InnerQuery[];
  /** Calls in FROM, whose arguments are worked through once for each row before them. */
  readonly calls: readonly { readonly call: unknown; readonly scope: Scope }[];
  /** Conditions that no look-up has used. */
  readonly filterCount: number;
}

/** A subquery, and whether the first row that it finds ends it. */
export interface InnerQuery {
  readonly query: Fields;
  readonly scope: Scope;
  readonly isExists: boolean;
}

/** Names items of one function; every item of it has another name. */
export class AliasSource {
  #count = 0;

  next(): string {
    this.#count += 1;
    return `__r${this.#count}`;
  }
}

/** What the planner knows of the contract. */
export interface ReadContext {
  readonly contract: string;
  readonly schema: SchemaShape;
  readonly aliases: AliasSource;
  /** Queries of WITH clauses around, by name. */
  readonly common: ReadonlyMap<string, { readonly query: Fields; readonly scope: Scope | null }>;
}

/** How deep queries are followed into one another; views and WITH queries included. */
const DEPTH_MAX = 16;

/** Reads a SELECT, INSERT, UPDATE or DELETE that stands behind `before`, in a query around it. */
export function readPlan(
  statement: TreeNode,
  context: ReadContext,
  before: readonly PlacedItem[],
  outer: Scope | null,
): ReadPlan {
  const reader = new PlanReader(withCommon(statement.fields, context, outer), before);
  reader.statement(statement, outer);
  return reader.plan();
}

function withCommon(fields: Fields, context: ReadContext, scope: Scope | null): ReadContext {
  const queries = nodesOf(fieldsAt(fields, 'withClause')?.['ctes']);
  if (queries.length === 0) return context;
  const common = new Map(context.common);
  for (const each of queries) {
    const query = fieldsOf(each.fields['ctequery'], 'SelectStmt');
    if (query !== null) common.set(textAt(each.fields, 'ctename'), { query, scope });
  }
  return { ...context, common };
}

class PlanReader {
  readonly #context: ReadContext;
  readonly #before: readonly PlacedItem[];
  readonly #items: ReadItem[] = [];
  readonly #calls = new Map<ReadItem, { node: TreeNode; scope: Scope }>();
  readonly #lookups: Lookup[] = [];
  readonly #levels: ReadLevel[] = [];
  readonly #others: InnerQuery[] = [];
  #conditionCount = 0;
  #depth = 0;

  constructor(context: ReadContext, before: readonly PlacedItem[]) {
    this.#context = context;
    this.#before = before;
  }

  statement({ kind, fields }: TreeNode, outer: Scope | null): void {
    const relation = fieldsAt(fields, 'relation');
    switch (kind) {
      case 'InsertStmt': {
        const scope: Scope = { entries: [], outer };
        const select = fieldsOf(fields['selectStmt'], 'SelectStmt');
        if (select !== null) this.#query(select, outer, this.#context);
        this.#levels.push({ query: { ...fields, selectStmt: undefined }, scope });
        this.#subqueries({ ...fields, selectStmt: undefined }, scope);
        break;
      }
      case 'UpdateStmt':
      case 'DeleteStmt': {
        const from = [
          { RangeVar: relation ?? {} },
          ...nodeList(fields['usingClause']),
          ...nodeList(fields['fromClause']),
        ];
        this.#level({ ...fields, fromClause: from }, outer, this.#context);
        break;
      }
      default:
        this.#query(fields, outer, this.#context);
    }
  }

  plan(): ReadPlan {
    const { placed, used } = this.#placed();
    return {
      items: placed,
      levels: this.#levels,
      others: this.#others,
      calls: [...this.#calls.values()].map(({ node, scope }) => ({ call: node.fields['functions'], scope })),
      filterCount: this.#conditionCount - used,
    };
  }

  #query(query: Fields, outer: Scope | null, context: ReadContext): Scope | null {
    if (this.#depth >= DEPTH_MAX) return null;
    if (query['larg'] !== undefined || query['rarg'] !== undefined) {
      // Each side is read by itself; how many rows both give is not counted.
      for (const side of ['larg', 'rarg']) {
        const inner = fieldsAt(query, side);
        if (inner !== null)
          this.#others.push({ query: inner, scope: outer ?? { entries: [], outer: null }, isExists: false });
      }
      this.#items.push(unknownItem(context, ROWS_UNKNOWN));
      return null;
    }
    return this.#level(query, outer, context);
  }

  #level(query: Fields, outer: Scope | null, around: ReadContext): Scope {
    this.#depth += 1;
    const context = withCommon(query, around, outer);
    const scope: Scope = { entries: [], outer };
    for (const node of nodesOf(query['fromClause'])) this.#item(node, scope, context);
    this.#condition(query['whereClause'], scope, context);
    const values = nodesOf(query['valuesLists']).length;
    if (values > 1) this.#items.push(unknownItem(context, values));
    const repeats = repeatsOf(query);
    if (repeats > 1) this.#items.push(unknownItem(context, repeats));
    for (const call of rowCalls(query['targetList'])) {
      const item = { ...unknownItem(context, 1), isFunction: true };
      this.#items.push(item);
      this.#calls.set(item, {
        node: { kind: 'RangeFunction', fields: { functions: [{ List: { items: [call] } }] } },
        scope,
      });
    }
    this.#levels.push({ query, scope });
    const rest = {
      ...query,
      fromClause: undefined,
      withClause: undefined,
      whereClause: outsideMembership(query['whereClause']),
    };
    this.#subqueries(rest, scope);
    this.#depth -= 1;
    return scope;
  }

  #item(node: TreeNode, scope: Scope, context: ReadContext): void {
    const { fields } = node;
    const alias = fieldsAt(fields, 'alias') ?? {};
    const name = textAt(alias, 'aliasname');
    switch (node.kind) {
      case 'RangeVar':
        this.#table(fields, name, scope, context);
        return;
      case 'RangeSubselect': {
        const select = fieldsOf(fields['subquery'], 'SelectStmt');
        if (select !== null)
          this.#derivedTable(select, name, namesOf(alias['colnames']), scope, scope, context);
        return;
      }
      case 'RangeFunction': {
        const rowColumns = /^jsonb_each/.test(calledName(fields)) ? ['key', 'value'] : [];
        const item = { ...unknownItem(context, 1), isFunction: true, rowColumns };
        this.#items.push(item);
        this.#calls.set(item, { node, scope });
        scope.entries.push({ kind: 'item', name: name || calledName(fields), item });
        for (const column of namesOf(alias['colnames']))
          scope.entries.push({ kind: 'item', name: column, item });
        return;
      }
      case 'JoinExpr':
        for (const side of ['larg', 'rarg']) {
          const inner = nodeOf(fields[side]);
          if (inner !== null) this.#item(inner, scope, context);
        }
        this.#condition(fields['quals'], scope, context);
        this.#using(namesOf(fields['usingClause']), scope);
        return;
      default:
        this.#items.push(unknownItem(context, ROWS_UNKNOWN));
    }
  }

  #table(fields: Fields, alias: string, scope: Scope, context: ReadContext): void {
    const name = textAt(fields, 'relname');
    const schema = textAt(fields, 'schemaname');
    const common = schema === '' ? context.common.get(name) : undefined;
    if (common !== undefined) {
      const without = new Map(context.common);
      without.delete(name);
      this.#derivedTable(common.query, alias || name, [], scope, common.scope, {
        ...context,
        common: without,
      });
      return;
    }
    const view = schema === context.contract ? context.schema.views.get(name) : undefined;
    if (view !== undefined) {
      this.#derivedTable(view, alias || name, [], scope, null, { ...context, common: new Map() });
      return;
    }
    const table = schema === context.contract ? (context.schema.tables.get(name) ?? null) : null;
    const from = schema === '' ? null : `${quoted(schema)}.${quoted(name)}`;
    const item: ReadItem = {
      alias: context.aliases.next(),
      name,
      from,
      table,
      isOwn: schema === context.contract,
      factor: from === null ? ROWS_UNKNOWN : 1,
      isFunction: false,
      rowColumns: [],
    };
    this.#items.push(item);
    scope.entries.push({ kind: 'item', name: alias || name, item });
  }

  #derivedTable(
    select: Fields,
    name: string,
    renamed: readonly string[],
    scope: Scope,
    outer: Scope | null,
    context: ReadContext,
  ): void {
    const inner = this.#query(select, outer, context);
    const columns = new Map<string, { expression: unknown; scope: Scope } | null>();
    for (const [index, target] of nodesOf(select['targetList']).entries()) {
      const column = renamed[index] ?? outputName(target);
      columns.set(
        column,
        inner === null || column === '*' ? null : { expression: target.fields['val'], scope: inner },
      );
    }
    const entry: Entry = { kind: 'query', name, columns };
    scope.entries.push(entry);
  }

  #using(names: readonly string[], scope: Scope): void {
    for (const name of names) {
      const items = scope.entries.flatMap((entry) =>
        entry.kind === 'item' && entry.item.table?.columns.has(name) === true ? [entry.item] : [],
      );
      for (const item of items) {
        for (const other of items) {
          if (other === item) continue;
          const text = `${item.alias}.${quoted(name)} = ${other.alias}.${quoted(name)}`;
          this.#lookups.push({ item, column: name, text, needs: new Set([other.alias]), isSingle: true });
        }
      }
    }
  }

  #condition(condition: unknown, scope: Scope, context: ReadContext): void {
    for (const each of conjunctsOf(condition)) {
      this.#conditionCount += 1;
      const node = nodeOf(each);
      if (node?.kind === 'SubLink' && isMembership(node.fields))
        this.#membership(node.fields, scope, context);
      else this.#lookups.push(...lookupsOf(each, scope));
    }
  }

  // column IN (SELECT …): its rows stand before those of the column.
  #membership(link: Fields, scope: Scope, context: ReadContext): void {
    const select = fieldsOf(link['subselect'], 'SelectStmt');
    const inner = select === null ? null : this.#query(select, scope, context);
    const target = nodesOf(select?.['targetList'])[0]?.fields['val'];
    const column = meaningOf(link['testexpr'], scope);
    if (column?.kind !== 'column') return;
    const text = inner === null ? null : expressionText(target, inner);
    this.#lookups.push({
      item: column.item,
      column: column.column,
      text: text === null ? null : `${column.item.alias}.${quoted(column.column)} = ${text}`,
      needs: aliasesIn(text ?? ''),
      isSingle: true,
    });
  }

  #subqueries(value: unknown, scope: Scope): void {
    const waiting: unknown[] = [value];
    for (let each = waiting.pop(); waiting.length > 0 || each !== undefined; each = waiting.pop()) {
      if (typeof each !== 'object' || each === null) continue;
      const node = nodeOf(each);
      if (node?.kind === 'SubLink') {
        const query = fieldsOf(node.fields['subselect'], 'SelectStmt');
        if (query !== null) this.#others.push({ query, scope, isExists: isExists(node.fields) });
        waiting.push(node.fields['testexpr']);
      } else waiting.push(...Object.values(each));
    }
  }

  #placed(): { placed: readonly PlacedItem[]; used: number } {
    const placed: PlacedItem[] = [...this.#before];
    const known = new Set(placed.map(({ item }) => item.alias));
    const waiting = new Set(this.#items);
    let used = 0;
    while (waiting.size > 0) {
      const candidates = [...waiting].map((item) => ({ item, ...this.#reached(item, known) }));
      const best = candidates.reduce((first, each) => (each.rank < first.rank ? each : first));
      waiting.delete(best.item);
      known.add(best.placed.item.alias);
      placed.push(besideOwnCalls(best.placed, placed));
      used += best.placed.conditions.length;
    }
    return { placed, used };
  }

  /** How an item can be reached from those that are known: the lower the rank, the fewer rows. */
  #reached(item: ReadItem, known: ReadonlySet<string>): { placed: PlacedItem; rank: number } {
    const call = this.#calls.get(item);
    if (call !== undefined) return functionReached(item, call, known);
    const lookups = this.#lookups.filter((each) => each.item === item && isWithin(each.needs, known));
    const none = { item, conditions: [], needs: new Set<string>(), isSingle: false };
    // Views of others are looked up by whatever is given; the indexes behind them are not known here.
    const indexes = item.table?.indexes ?? lookups.map(({ column }) => [column]);
    const isKey = (columns: readonly string[]): boolean =>
      columns.length > 0 &&
      columns.every((column) => lookups.some((each) => each.column === column && each.isSingle));
    // A table of its own that the schema does not create is a mistake, which Postgres tells.
    const isMissing = item.table === null && item.isOwn && lookups.length > 0;
    if (isMissing) return { placed: placedBy(item, lookups.slice(0, 1), true), rank: 0 };
    if (item.table?.keys.some(isKey) === true) {
      const key = item.table.keys.find(isKey) ?? [];
      const by = key.flatMap((column) =>
        lookups.filter((each) => each.column === column && each.isSingle).slice(0, 1),
      );
      return { placed: placedBy(item, by, true), rank: 0 };
    }
    const ways = indexes
      .map((columns) => indexPrefix(columns, lookups))
      .filter((way) => way.length > 0)
      .sort((a, b) => b.length - a.length);
    const way = ways.find((each) => each.every(({ text }) => text !== null)) ?? ways[0];
    if (way === undefined) return { placed: none, rank: item.from === null ? 2 : 4 };
    const isWritten = way.every(({ text }) => text !== null);
    return isWritten
      ? { placed: placedBy(item, way, false), rank: 1 }
      : { placed: { ...none, item: { ...item, from: null, factor: ROWS_UNKNOWN } }, rank: 3 };
  }
}

function placedBy(item: ReadItem, by: readonly Lookup[], isSingle: boolean): PlacedItem {
  const isWritten = by.every(({ text }) => text !== null);
  return {
    item: isWritten ? item : { ...item, from: null },
    conditions: by.flatMap(({ text }) => (text === null ? [] : [text])),
    needs: new Set(by.flatMap(({ needs }) => [...needs])),
    isSingle,
  };
}

function unknownItem(context: ReadContext, factor: number): ReadItem {
  return {
    alias: context.aliases.next(),
    name: '',
    from: null,
    table: null,
    isOwn: false,
    factor,
    isFunction: false,
    rowColumns: [],
  };
}
