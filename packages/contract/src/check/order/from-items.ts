/**
 * What a query reads: the items of its FROM list, which of their columns are known, by which sets of
 * columns their rows are told apart, and which columns its conditions make equal.
 */

import { AGGREGATES } from '../rules/operators.ts';
import { outputName, type PartialKey, unqualified } from '../schema/schema-model.ts';
import {
  type Fields,
  fieldsAt,
  fieldsOf,
  namesOf,
  nodeOf,
  nodesOf,
  type TreeNode,
  textAt,
} from '../sql-tree.ts';
import { Decided } from './decided.ts';
import type { Equality, FromItem, FromList, Relations } from './from-list.ts';

/** The FROM list and the condition of a SELECT, UPDATE or DELETE. */
export function readFrom(from: unknown, condition: unknown, relations: Relations): FromList {
  const reader = new FromReader(relations);
  for (const node of nodesOf(from)) reader.item(node);
  reader.conditions(condition, null);
  const [item, ...others] = reader.items;
  if (item === undefined || others.length > 0) return { items: reader.items, equalities: reader.equalities };
  // Over one table, a condition of the query may be that of a partial unique index.
  const held = reader.partialKeys
    .filter((key) => reader.held.has(key.condition))
    .map(({ columns }) => columns);
  const nullableKeys = [...item.nullableKeys, ...held];
  return { items: [{ ...item, nullableKeys }], equalities: reader.equalities };
}

/** The relations that a statement can name with those of its own WITH clause. */
export function relationsWithin(statement: Fields, relations: Relations): Relations {
  const queries = nodesOf(fieldsAt(statement, 'withClause')?.['ctes']);
  if (queries.length === 0) return relations;
  const common = new Map(relations.common);
  for (const { fields } of queries) {
    common.set(textAt(fields, 'ctename'), commonQuery(fields));
  }
  return { ...relations, common };
}

/** A query of which nothing is known. */
const UNKNOWN_QUERY: Fields = { fromClause: [{ RangeUnknown: {} }] };

/** Queries of WITH clauses under the names that the clause gives to their columns. */
const renamedQueries = new WeakMap<Fields, Fields>();

function commonQuery(fields: Fields): Fields {
  const query = fieldsOf(fields['ctequery'], 'SelectStmt');
  const names = namesOf(fields['aliascolnames']);
  if (query === null) return UNKNOWN_QUERY;
  if (names.length === 0) return query;
  const known = renamedQueries.get(fields);
  if (known !== undefined) return known;
  const targets = nodesOf(query['targetList']);
  const targetList = targets.map((target, index) => {
    return { ResTarget: { ...target.fields, name: names[index] ?? outputName(target) } };
  });
  const hasAll = targets.some((target) => outputName(target) === '*');
  const renamed = hasAll ? UNKNOWN_QUERY : { ...query, targetList };
  renamedQueries.set(fields, renamed);
  return renamed;
}

/** The FROM list of an UPDATE or DELETE: its table and what stands behind USING. */
export function readTarget(statement: Fields, relations: Relations): FromList {
  const relation = fieldsAt(statement, 'relation') ?? {};
  const others = Array.isArray(statement['usingClause']) ? statement['usingClause'] : [];
  return readFrom([{ RangeVar: relation }, ...others], statement['whereClause'], relations);
}

/** Whether a SELECT gives one row at most by its form: an aggregate of everything, or no FROM at all. */
export function isSingleByForm(select: Fields): boolean {
  if (nodesOf(select['groupClause']).length > 0 || textAt(select, 'op') === 'SETOP_UNION') return false;
  if (select['larg'] !== undefined) return false;
  if (nodesOf(select['valuesLists']).length > 0) return nodesOf(select['valuesLists']).length === 1;
  if (nodesOf(select['fromClause']).length === 0) return true;
  return nodesOf(select['targetList']).some((target) => hasAggregate(nodeOf(target.fields['val'])));
}

// An aggregate anywhere in the select list, not below another SELECT and not over a window.
function hasAggregate(node: TreeNode | null): boolean {
  if (node === null || node.kind === 'SubLink') return false;
  if (node.kind === 'FuncCall' && node.fields['over'] === undefined) {
    const [name = '', ...others] = namesOf(node.fields['funcname']).filter((part) => part !== 'pg_catalog');
    if (others.length === 0 && AGGREGATES.has(name)) return true;
  }
  return Object.values(node.fields).some((value) =>
    Array.isArray(value) ? nodesOf(value).some(hasAggregate) : hasAggregate(nodeOf(value)),
  );
}

function unknownItem(alias: string): FromItem {
  return { alias, columns: null, keys: [], nullableKeys: [], isSingle: false };
}

class FromReader {
  readonly items: FromItem[] = [];
  readonly equalities: Equality[] = [];
  /** Conditions that hold for every row, as `unqualified` writes them. */
  readonly held = new Set<string>();
  /** Keys of the tables under conditions. */
  readonly partialKeys: PartialKey[] = [];
  readonly #relations: Relations;

  constructor(relations: Relations) {
    this.#relations = relations;
  }

  item(node: TreeNode): void {
    if (node.kind === 'RangeVar') this.items.push(this.#table(node.fields));
    else if (node.kind === 'RangeSubselect') this.items.push(this.#subselect(node.fields));
    else if (node.kind === 'RangeFunction') this.items.push(functionItem(node.fields));
    else if (node.kind === 'JoinExpr') this.#join(node.fields);
    else this.items.push(unknownItem(''));
  }

  #table(fields: Fields): FromItem {
    const name = textAt(fields, 'relname');
    const schema = textAt(fields, 'schemaname');
    const alias = textAt(fieldsAt(fields, 'alias') ?? {}, 'aliasname') || name;
    const common = schema === '' ? this.#relations.common.get(name) : undefined;
    if (common !== undefined)
      return this.#query(alias, common, namesOf(fieldsAt(fields, 'alias')?.['colnames']));
    const relation = schema === this.#relations.contract ? this.#relations.schema.get(name) : undefined;
    if (relation === undefined || relation.columns.has('*') || relation.columns.has('')) {
      return unknownItem(alias);
    }
    const renamed = namesOf(fieldsAt(fields, 'alias')?.['colnames']);
    if (renamed.length === 0) this.partialKeys.push(...relation.partialKeys);
    const names = new Map(
      [...relation.columns.keys()].map((column, index) => [column, renamed[index] ?? column]),
    );
    const columns = [...names.values()];
    const keyOf = (key: readonly string[]): readonly string[] => key.map((column) => names.get(column) ?? '');
    const isNullable = (key: readonly string[]): boolean =>
      key.some((column) => relation.nullable.has(column));
    return {
      alias,
      columns: new Set(columns),
      keys: [...relation.keys.filter((key) => !isNullable(key)).map(keyOf), columns],
      nullableKeys: relation.keys.filter(isNullable).map(keyOf),
      isSingle: false,
    };
  }

  #subselect(fields: Fields): FromItem {
    const alias = fieldsAt(fields, 'alias') ?? {};
    const select = fieldsOf(fields['subquery'], 'SelectStmt') ?? UNKNOWN_QUERY;
    return this.#query(textAt(alias, 'aliasname'), select, namesOf(alias['colnames']));
  }

  #query(alias: string, select: Fields, columnNames: readonly string[]): FromItem {
    const isSingle = isSingleByForm(select);
    const outputs = nodesOf(select['targetList']).map(outputName);
    if (outputs.length === 0 || outputs.includes('*') || outputs.includes('')) {
      return { ...unknownItem(alias), isSingle };
    }
    const columns = outputs.map((name, index) => columnNames[index] ?? name);
    const keys = outputKeys(select, this.#relations).map((key) => key.map((index) => columns[index] ?? ''));
    return { alias, columns: new Set(columns), keys: [...keys, columns], nullableKeys: [], isSingle };
  }

  #join(fields: Fields): void {
    const before = this.items.length;
    const sides: [number, number][] = [];
    for (const side of ['larg', 'rarg']) {
      const from = this.items.length;
      const node = nodeOf(fields[side]);
      if (node !== null) this.item(node);
      sides.push([from, this.items.length]);
    }
    // Under a name of its own, the join hides those of its sides.
    for (const name of ['alias', 'join_using_alias']) {
      const alias = textAt(fieldsAt(fields, name) ?? {}, 'aliasname');
      if (alias !== '') this.items.push(unknownItem(alias));
    }
    const type = textAt(fields, 'jointype');
    const right = new Set(this.items.slice(sides[1]?.[0] ?? before).map(({ alias }) => alias));
    const left = new Set(this.items.slice(before, sides[0]?.[1] ?? before).map(({ alias }) => alias));
    const decides = DECIDED_SIDE.get(type)?.(left, right);
    if (decides === undefined) return;
    this.conditions(fields['quals'], decides);
    for (const name of namesOf(fields['usingClause'])) this.#using(name, left, right, decides);
  }

  #using(
    name: string,
    left: ReadonlySet<string>,
    right: ReadonlySet<string>,
    decides: ReadonlySet<string> | null,
  ): void {
    const holder = (aliases: ReadonlySet<string>): string | undefined =>
      this.items.find((item) => aliases.has(item.alias) && item.columns?.has(name) === true)?.alias;
    const [a, b] = [holder(left), holder(right)];
    if (a === undefined || b === undefined) return;
    this.equalities.push({ left: columnRef(a, name), right: columnRef(b, name), isStrict: true, decides });
  }

  conditions(condition: unknown, decides: ReadonlySet<string> | null): void {
    const node = nodeOf(condition);
    if (node !== null && decides === null) this.held.add(unqualified(condition));
    if (node?.kind === 'BoolExpr' && textAt(node.fields, 'boolop') === 'AND_EXPR') {
      for (const each of Array.isArray(node.fields['args']) ? node.fields['args'] : []) {
        this.conditions(each, decides);
      }
    }
    if (node?.kind !== 'A_Expr') return;
    const kind = textAt(node.fields, 'kind');
    const isEqual = kind === 'AEXPR_OP' && namesOf(node.fields['name']).join('.') === '=';
    if (isEqual || kind === 'AEXPR_NOT_DISTINCT') {
      this.equalities.push({
        left: node.fields['lexpr'],
        right: node.fields['rexpr'],
        isStrict: isEqual,
        decides,
      });
    }
  }
}

/** Which side of a join its condition decides; a full join decides none. */
const DECIDED_SIDE: ReadonlyMap<string, DecidedSide> = new Map<string, DecidedSide>([
  ['JOIN_INNER', () => null],
  ['JOIN_LEFT', (_left, right) => right],
  ['JOIN_RIGHT', (left) => left],
]);

type DecidedSide = (left: ReadonlySet<string>, right: ReadonlySet<string>) => ReadonlySet<string> | null;

function columnRef(alias: string, name: string): unknown {
  return { ColumnRef: { fields: [{ String: { sval: alias } }, { String: { sval: name } }] } };
}

/** Functions whose rows have columns of their own; the first one tells the rows apart. */
const FUNCTION_COLUMNS: ReadonlyMap<string, readonly string[]> = new Map([
  ['jsonb_each', ['key', 'value']],
  ['jsonb_each_text', ['key', 'value']],
]);

// The rows of a function are told apart by their number, else by all that stands in them.
function functionItem(fields: Fields): FromItem {
  const alias = fieldsAt(fields, 'alias') ?? {};
  const name = textAt(alias, 'aliasname') || functionName(fields);
  const renamed = namesOf(alias['colnames']);
  const own = valueColumns(fields, name);
  const values = own?.map((column, index) => renamed[index] ?? column) ?? [];
  if (values.length === 0 || values.includes('')) return unknownItem(name);
  const keys = FUNCTION_COLUMNS.has(functionName(fields)) ? [values.slice(0, 1)] : [values];
  const columns = new Set(values);
  if (fields['ordinality'] === true) {
    const number = renamed[values.length] ?? 'ordinality';
    columns.add(number);
    keys.push([number]);
  }
  // A single value has two names: that of the item and the function's own.
  if (values.length === 1 && renamed.length === 0) {
    columns.add('value');
    keys.push(['value']);
  }
  return { alias: name, columns, keys, nullableKeys: [], isSingle: false };
}

/** Names of the columns of a function's rows, empty texts where they have none; null when nobody can know. */
function valueColumns(fields: Fields, alias: string): readonly string[] | null {
  const [list, ...others] = Array.isArray(fields['functions']) ? fields['functions'] : [];
  const [call] = nodesOf(fieldsOf(list, 'List')?.['items']);
  const names = namesOf(call?.fields['funcname']);
  if (others.length > 0 || call?.kind !== 'FuncCall') return null;
  if (names.length > 1 && names[0] !== 'pg_catalog') return null;
  const name = names.at(-1) ?? '';
  const defined = nodesOf(fields['coldeflist']).map((column) => textAt(column.fields, 'colname'));
  if (defined.length > 0) return defined;
  const known = FUNCTION_COLUMNS.get(name);
  if (known !== undefined) return known;
  const count = name === 'unnest' ? nodesOf(call.fields['args']).length : 1;
  return count === 1 ? [alias] : Array.from({ length: count }, () => '');
}

function functionName(fields: Fields): string {
  const [list] = nodesOf(fields['functions']);
  const [call] = nodesOf(list?.fields['items']);
  return namesOf(call?.fields['funcname']).at(-1) ?? '';
}

/** Numbers of outputs that tell the rows of a subquery apart, found once for each subquery. */
const knownKeys = new WeakMap<Fields, readonly (readonly number[])[]>();

// Starts with all outputs and leaves out, from the last, what the others decide.
function outputKeys(select: Fields, relations: Relations): readonly (readonly number[])[] {
  const known = knownKeys.get(select);
  if (known !== undefined) return known;
  // A WITH query that names itself, or a later one, finds nothing new.
  knownKeys.set(select, []);
  const targets = nodesOf(select['targetList']).map((target) => target.fields['val']);
  const from = readFrom(select['fromClause'], select['whereClause'], relationsWithin(select, relations));
  const groups = Array.isArray(select['groupClause']) ? select['groupClause'] : [];
  const decides = (numbers: readonly number[]): boolean => {
    const decided = new Decided(
      from,
      numbers.map((number) => targets[number]),
    );
    if (groups.length > 0) return groups.every((group) => decided.hasExpression(group));
    return from.items.length > 0 && from.items.every((item) => decided.hasItem(item));
  };
  let numbers = targets.map((_target, index) => index);
  const isSimple = select['larg'] === undefined && numbers.length <= outputsMax && decides(numbers);
  if (isSimple) {
    for (const number of [...numbers].reverse()) {
      const fewer = numbers.filter((each) => each !== number);
      if (decides(fewer)) numbers = fewer;
    }
  }
  const keys = isSimple ? [numbers] : [];
  knownKeys.set(select, keys);
  return keys;
}

/** Outputs of a subquery that are looked at one by one. */
const outputsMax = 40;
