/**
 * The table rules: what tables, constraints, indexes and views of a contract may be, so that every
 * node accepts and refuses the same rows and keeps the same values.
 */

import { columnNameProblem } from '@bucordo/protocol';
import type { Finding } from '../check/finding.ts';
import { COLUMN_TYPES, isColumnType } from './allowed-types.ts';
import { judgeEqual } from './equal-rules.ts';
import type { Excerpt } from './excerpt.ts';
import { boundOf, INDEXED_BYTES_MAX, type RelationsById } from './key-bounds.ts';
import type { TreeNode } from './node-tree.ts';
import {
  type ContractScope,
  findingAt,
  type Objection,
  type ResolvedStatement,
} from './resolved-statement.ts';
import type { ColumnFacts, ConstraintFacts, IndexFacts, RelationFacts } from './table-facts.ts';
import { judgePredicate, judgeTree } from './tree-rules.ts';
import type { WrittenPlaces } from './written-places.ts';

/** Judges all relations of the contract. */
export function judgeTables(
  relations: readonly RelationFacts[],
  scope: ContractScope,
  places: WrittenPlaces,
): readonly Finding[] {
  const byId: RelationsById = new Map(relations.map((each) => [each.oid, each]));
  return relations.flatMap((relation) => new TableJudge(relation, scope, places, byId).judge());
}

class TableJudge {
  readonly #relation: RelationFacts;
  readonly #scope: ContractScope;
  readonly #places: WrittenPlaces;
  #excerpt: Excerpt;
  readonly #relations: RelationsById;
  readonly #findings: Finding[] = [];

  constructor(
    relation: RelationFacts,
    scope: ContractScope,
    places: WrittenPlaces,
    relations: RelationsById,
  ) {
    this.#relation = relation;
    this.#scope = scope;
    this.#places = places;
    this.#excerpt = places.relation(relation.name);
    this.#relations = relations;
  }

  judge(): readonly Finding[] {
    const { kind, query } = this.#relation;
    if (kind === 'v' && query !== null) this.#view(query);
    else if (kind === 'r') this.#table();
    else this.#refuseKind();
    return this.#findings;
  }

  #view(query: TreeNode): void {
    this.#findings.push(...judgeTree(this.#statement(query), this.#scope));
    this.#findings.push(...judgeEqual(this.#statement(query), this.#scope));
    const isLimited = query.fields.get('limitCount') !== null || query.fields.get('limitOffset') !== null;
    if (!isLimited) return;
    this.#object(
      'view-limit',
      `LIMIT in the view ${this.#relation.name}`,
      'which rows it shows depends on an order that those who read it do not see',
      'Show all rows; who reads sorts and limits.',
      ['limit', 'offset', 'fetch'],
    );
  }

  #table(): void {
    const { name, constraints, columns, indexes } = this.#relation;
    if (this.#relation.persistence !== 'p') {
      this.#object(
        'table-kind',
        `table ${name}`,
        'an unlogged table is empty after a crash, a temporary one after a session',
        'Leave out UNLOGGED and TEMPORARY.',
      );
    }
    if (this.#relation.hasParent) {
      this.#object(
        'table-kind',
        `table ${name}`,
        'rows of partitions and children are reached in an order of their own',
        'Use plain tables, without INHERITS, PARTITION BY or OF.',
      );
    }
    if (this.#relation.hasTrigger) {
      this.#object(
        'trigger',
        `trigger of ${name}`,
        'triggers run code that no call names, in the order of rows',
        'Do it in the functions that write.',
        ['trigger', 'rule'],
      );
    }
    if (this.#relation.hasRowSecurity) {
      this.#object(
        'row-security',
        `row security of ${name}`,
        'policies decide by the role of a session',
        'Check the caller in the functions; give readers rights in contract.json.',
        ['security'],
      );
    }
    if (!constraints.some((each) => each.kind === 'p')) {
      this.#object(
        'primary-key',
        `table ${name} without a primary key`,
        'history and order of its rows need a key that names each one',
        'Add PRIMARY KEY (…).',
      );
    }
    for (const column of columns) this.#column(column);
    for (const constraint of constraints) this.#constraint(constraint);
    for (const index of indexes) {
      this.#excerpt = this.#places.index(name, index.name);
      this.#index(index);
    }
  }

  #refuseKind(): void {
    const { kind, name } = this.#relation;
    const what = KINDS.get(kind) ?? 'relation';
    const message =
      kind === 'S'
        ? 'sequences are not rolled back, so their numbers differ between nodes'
        : 'only tables and views are kept alike on every node';
    const advice =
      kind === 'S'
        ? 'Use bucordo.position(), bucordo.new_id() or a number the caller gives.'
        : 'Use a table or a view.';
    this.#object('table-kind', `${what} ${name}`, message, advice, [
      'serial',
      'bigserial',
      'identity',
      'sequence',
      'materialized',
    ]);
  }

  #column(column: ColumnFacts): void {
    this.#excerpt = this.#places.column(this.#relation.name, column.name);
    const construct = `column ${this.#relation.name}.${column.name}`;
    const type = this.#scope.catalogue.type(column.type);
    const object = (rule: string, message: string, remedy: string): void =>
      this.#object(rule, construct, message, remedy, [column.name]);
    if (type === undefined || !isColumnType(type)) {
      object(
        'column-type',
        `${type?.sql ?? 'its type'} differs between nodes or has no canonical text`,
        `Use ${[...COLUMN_TYPES].join(', ')}, or arrays of these.`,
      );
    } else if (type.name.replace(/^_/, '') === 'numeric' && !column.hasPrecision) {
      object(
        'numeric-scale',
        'numeric without a scale keeps 1.0 and 1.00 apart, and which of them an aggregate returns depends on the plan',
        'Write numeric(p,s), such as numeric(19,4).',
      );
    }
    if (column.isVirtual)
      object(
        'version-dependent',
        'it is computed when it is read: Postgres before 18 does not know that, and the history has no value of it',
        'Write STORED behind the expression.',
      );
    if (column.dimensions > 1)
      object('array-dimensions', 'arrays have one dimension', 'Use a table, or jsonb.');
    if (column.isIdentity)
      object(
        'identity',
        'sequences are not rolled back, so their numbers differ between nodes',
        'Use bucordo.position(), bucordo.new_id() or a number the caller gives.',
      );
    if (column.hasOwnCollation)
      object(
        'collation',
        'the order of texts differs between machines',
        'Leave out COLLATE, or use COLLATE "C".',
      );
    if (column.hasOwnCompression)
      object(
        'compression',
        'how long a key may be depends on how it was compressed',
        'Leave out COMPRESSION.',
      );
    const problem = columnNameProblem(column.name);
    if (problem !== null) object('column-name', `it ${problem}`, 'Choose another name.');
    if (column.expression !== null) this.#default(column, column.expression, construct);
  }

  #default(column: ColumnFacts, expression: TreeNode, construct: string): void {
    this.#excerpt = this.#places.value(this.#relation.name, column.name);
    // A stored column is computed for exactly the rows that are written, so it may raise.
    const findings = column.isVirtual
      ? judgePredicate(this.#statement(expression), this.#scope)
      : judgeTree(this.#statement(expression), this.#scope);
    this.#findings.push(...findings);
    const calls = ownCalls(expression, this.#scope);
    if (findings.length > 0 || calls.length === 0) return;
    this.#object(
      'default',
      `${construct}: ${calls.join(', ')}`,
      'a default or a generated column is computed beside the call that the caller signed',
      'Give the value in INSERT.',
      [column.name],
    );
  }

  #constraint(constraint: ConstraintFacts): void {
    const construct = `constraint ${constraint.name}`;
    const columns = this.#names(constraint.columns);
    const words = [constraint.name, ...columns];
    this.#excerpt = this.#places.constraint(this.#relation.name, constraint, columns);
    if (constraint.isDeferrable) {
      this.#object(
        'deferrable',
        construct,
        'it would be checked at the end of the block and fail all of its transactions',
        'Leave out DEFERRABLE.',
        ['deferrable', ...words],
      );
    }
    if (!constraint.isValidated) {
      this.#object('not-valid', construct, 'rows that break it may exist', 'Leave out NOT VALID.', [
        'not valid',
        ...words,
      ]);
    }
    if (constraint.kind === 'x' || constraint.kind === 't') {
      this.#object(
        'exclusion',
        construct,
        'its index gives no order and its error depends on the order of rows',
        'Use UNIQUE, or check in the function.',
        ['exclude', ...words],
      );
    }
    if (constraint.kind === 'c' && constraint.expression !== null) {
      // It is asked for each row that is written and for no other, so it may raise; what it raises, writing raises.
      this.#findings.push(...judgeTree(this.#statement(constraint.expression), this.#scope));
      this.#ownCallsIn(constraint.expression, construct, words);
    }
    if (constraint.kind === 'f') this.#foreignKey(constraint, construct, words);
  }

  #foreignKey(constraint: ConstraintFacts, construct: string, words: readonly string[]): void {
    const [onDelete = 'a', onUpdate = 'a'] = constraint.actions;
    if (!['a', 'r'].includes(onDelete) || !['a', 'r'].includes(onUpdate)) {
      this.#object(
        'cascade',
        construct,
        'rows that follow are written in the order in which they lie',
        'Delete or change the dependent rows in the function, in a total order.',
        ['cascade', 'set null', 'set default', ...words],
      );
    }
    if (constraint.target !== 0 && !this.#relations.has(constraint.target)) {
      this.#object(
        'foreign-relation',
        construct,
        'a key into another contract would let one contract stop the other',
        "Keep the other contract's key as a value.",
        words,
      );
    }
  }

  #ownCallsIn(expression: TreeNode, construct: string, words: readonly string[]): void {
    const calls = ownCalls(expression, this.#scope);
    if (calls.length === 0) return;
    this.#object(
      'call-in-constraint',
      `${construct}: ${calls.join(', ')}`,
      'a constraint must give the same for the same row, whenever it is checked',
      'Check it in the functions that write.',
      [...calls, ...words],
    );
  }

  #index(index: IndexFacts): void {
    const construct = `index ${index.name}`;
    const words = [index.name, ...this.#names(index.columns)];
    if (index.method !== 'btree') {
      this.#object(
        'index-method',
        construct,
        `${index.method} gives no order, and how it stores entries differs between versions`,
        'Use the ordinary index (btree).',
        [index.method, ...words],
      );
    }
    if (index.expressions.length > 0) {
      this.#object(
        'index-expression',
        construct,
        'an expression in an index can refuse a row by the version of its function',
        'Keep the value in a column of its own and index that.',
        words,
      );
    }
    if (index.predicate !== null) {
      this.#findings.push(...judgePredicate(this.#statement(index.predicate), this.#scope));
    }
    let total = 0;
    for (const number of index.columns) {
      const column = this.#relation.columns.find((each) => each.number === number);
      const bytes = column === undefined ? 0 : this.#keyBytes(column, index);
      total += bytes;
    }
    if (total > INDEX_BYTES_MAX) {
      this.#object(
        'index-width',
        construct,
        `its entries may have ${total} bytes, and whether Postgres accepts more than ${INDEX_BYTES_MAX} depends on compression`,
        'Bound its columns lower with CHECK (octet_length(…) <= …).',
        words,
      );
    }
  }

  #keyBytes(column: ColumnFacts, index: IndexFacts): number {
    const type = this.#scope.catalogue.type(column.type)?.name ?? '';
    if (type === 'jsonb' || type.startsWith('_')) {
      this.#object(
        'index-type',
        `index ${index.name} on ${column.name}`,
        `a key of the type ${type} has no bound, and how long keys Postgres accepts depends on compression`,
        'Keep the value you look for in a column of a plain type.',
        [column.name],
      );
      return 0;
    }
    if (!UNBOUNDED_TYPES.has(type)) return 16;
    const bound = boundOf(this.#relation, column.number, this.#scope.catalogue, this.#relations);
    if (bound !== null && bound <= INDEXED_BYTES_MAX) return bound;
    this.#object(
      'key-length',
      `column ${this.#relation.name}.${column.name}`,
      `it stands in the index ${index.name}, and how long keys Postgres accepts depends on compression`,
      `Add CHECK (octet_length(${column.name}) <= ${INDEXED_BYTES_MAX}) or less.`,
      [column.name],
    );
    return 0;
  }

  #names(columns: readonly number[]): readonly string[] {
    return this.#relation.columns.filter((each) => columns.includes(each.number)).map((each) => each.name);
  }

  #statement(tree: TreeNode): ResolvedStatement {
    return { functionName: '', excerpt: this.#excerpt, tree, sql: this.#excerpt.text, mayStop: false };
  }

  #object(
    rule: string,
    construct: string,
    message: string,
    remedy: string,
    words: readonly string[] = [],
  ): void {
    const objection: Objection = { rule, construct, message, remedy, words };
    this.#findings.push(findingAt(this.#excerpt, objection));
  }
}

/** Bytes of an index entry: Postgres accepts 2,704 in a page of 8 KiB, less what the row's head takes. */
const INDEX_BYTES_MAX = 2_600;

/** Types of keys that need a bound. */
const UNBOUNDED_TYPES: ReadonlySet<string> = new Set(['text', 'bytea']);

const KINDS: ReadonlyMap<string, string> = new Map([
  ['S', 'sequence'],
  ['m', 'materialized view'],
  ['f', 'foreign table'],
  ['p', 'partitioned table'],
]);

/** Functions of the contract or the system that an expression calls. */
function ownCalls(expression: TreeNode, scope: ContractScope): readonly string[] {
  const found: string[] = [];
  const visit = (node: TreeNode): void => {
    const called = scope.catalogue.function(node.number('funcid'));
    if (called !== undefined && called.schema !== 'pg_catalog')
      found.push(`${called.schema}.${called.name}()`);
    if (called?.isVolatile === true && called.schema === 'pg_catalog') found.push(`${called.name}()`);
    for (const value of node.fields.values()) for (const child of nodesIn(value)) visit(child);
  };
  visit(expression);
  return found;
}

function nodesIn(value: unknown): readonly TreeNode[] {
  if (Array.isArray(value)) return value.flatMap((each) => nodesIn(each));
  return isTreeNode(value) ? [value] : [];
}

function isTreeNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null && 'tag' in value;
}
