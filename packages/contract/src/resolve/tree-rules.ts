/**
 * The rules over resolved trees: which functions, types, constants and conversions may be reached,
 * and what may stand in a predicate.
 *
 * Whether a predicate is evaluated for a row depends on the plan, and so on statistics and on the
 * physical order of rows. If it can raise, so does commit or reject. Therefore predicates, and what a
 * consumer may leave unread, are *total*: they give a value for every row.
 */

import type { Finding } from '../check/finding.ts';
import { allowedFunction, isPatternFunction } from './allowed-functions.ts';
import { constantText, objectionToArguments } from './call-arguments.ts';
import type { ResolvedFunction } from './catalogue.ts';
import { EXISTS_SUBLINK, EXPRESSION_SUBLINK } from './expression-type.ts';
import { KNOWN_TAGS, SKIPPED_FIELDS, SYSTEM_COLUMNS, SYSTEM_SCHEMAS, TAG_NAMES } from './known-nodes.ts';
import { isList, TreeNode, type TreeValue } from './node-tree.ts';
import { derivedColumn, fromRanges, isSingleRow, VALUES_RANGE } from './query-shape.ts';
import { remedyFor } from './remedies.ts';
import {
  type ContractScope,
  findingAt,
  type Objection,
  type ResolvedStatement,
} from './resolved-statement.ts';
import { objectionToCall } from './system-calls.ts';
import {
  judgeConversion,
  objectionToCollation,
  objectionToConstant,
  objectionToType,
} from './value-rules.ts';

/** Judges one resolved statement; every objection once. */
export function judgeTree(statement: ResolvedStatement, scope: ContractScope): readonly Finding[] {
  const judge = new TreeJudge(statement, scope);
  judge.walk(statement.tree, { totality: statement.mayStop ? 'unread' : null, queries: [], hasRows: false });
  return judge.findings;
}

/** Judges an expression that must be total and immutable: a CHECK constraint or an index predicate. */
export function judgePredicate(statement: ResolvedStatement, scope: ContractScope): readonly Finding[] {
  const judge = new TreeJudge(statement, scope);
  judge.walk(statement.tree, { totality: 'predicate', queries: [], hasRows: true });
  return judge.findings;
}

/** Why an expression must be total: it decides about rows, or its rows may stay unread. */
type Totality = 'predicate' | 'unread' | null;

interface Context {
  readonly totality: Totality;
  /** The queries around, the innermost first. */
  readonly queries: readonly TreeNode[];
  /** Whether the innermost query reads rows of something. */
  readonly hasRows: boolean;
}

class TreeJudge {
  readonly findings: Finding[] = [];
  readonly #statement: ResolvedStatement;
  readonly #scope: ContractScope;
  readonly #said = new Set<string>();

  constructor(statement: ResolvedStatement, scope: ContractScope) {
    this.#statement = statement;
    this.#scope = scope;
  }

  walk(value: TreeValue | undefined, context: Context): void {
    if (isList(value)) {
      for (const each of value) this.walk(each, context);
    } else if (value instanceof TreeNode) {
      this.#node(value, context);
    }
  }

  #node(node: TreeNode, context: Context): void {
    if (!KNOWN_TAGS.has(node.tag)) {
      this.#refuseTag(node);
      return;
    }
    this.#objectTo(objectionToType(node, this.#scope));
    this.#objectTo(objectionToCollation(node));
    switch (node.tag) {
      case 'QUERY':
        this.#query(node, context);
        return;
      case 'FUNCEXPR':
        this.#call(node, this.#scope.catalogue.function(node.number('funcid')), context);
        break;
      case 'AGGREF':
        this.#call(node, this.#scope.catalogue.function(node.number('aggfnoid')), context);
        this.walk(node.child('aggfilter'), { ...context, totality: 'predicate' });
        break;
      case 'WINDOWFUNC':
        this.#call(node, this.#scope.catalogue.function(node.number('winfnoid')), context);
        this.walk(node.child('aggfilter'), { ...context, totality: 'predicate' });
        break;
      case 'OPEXPR':
      case 'DISTINCTEXPR':
      case 'NULLIFEXPR':
      case 'SCALARARRAYOPEXPR':
        this.#operator(node, node.number('opno'), context);
        break;
      case 'ROWCOMPAREEXPR':
        for (const operator of node.words('opnos')) this.#operator(node, Number(operator), context);
        break;
      case 'VAR':
        this.#variable(node, context);
        return;
      case 'CONST':
        this.#objectTo(objectionToConstant(node, this.#scope, this.#statement.sql));
        return;
      case 'COERCEVIAIO':
        this.#conversion(node, context);
        break;
      case 'SUBLINK':
        this.#subquery(node, context);
        return;
      default:
    }
    this.#children(node, context);
  }

  #children(node: TreeNode, context: Context): void {
    for (const [field, value] of node.fields) if (!SKIPPED_FIELDS.has(field)) this.walk(value, context);
  }

  #query(query: TreeNode, outer: Context): void {
    const ranges = query.children('rtable');
    const context = { ...outer, queries: [query, ...outer.queries], hasRows: readsRows(query) };
    const predicate: Context = { ...context, totality: 'predicate' };
    const isLimited = query.fields.get('limitCount') !== null || query.fields.get('limitOffset') !== null;
    const target: Context = isLimited ? { ...context, totality: context.totality ?? 'unread' } : context;
    const filters = hasFilters(query);
    const source: Context =
      filters || isLimited ? { ...context, totality: context.totality ?? 'unread' } : context;
    for (const range of ranges) this.#range(range, source, target);
    for (const table of query.children('cteList')) this.walk(table.child('ctequery'), source);
    this.#join(query.child('jointree'), predicate);
    this.walk(query.fields.get('havingQual'), predicate);
    for (const field of ['targetList', 'returningList', 'windowClause', 'mergeActionList']) {
      this.walk(query.fields.get(field), target);
    }
    for (const field of ['limitCount', 'limitOffset'])
      this.walk(query.fields.get(field), { ...context, totality: null });
    const conflict = query.child('onConflict');
    this.walk(conflict?.fields.get('onConflictSet'), target);
    this.walk(conflict?.fields.get('onConflictWhere'), predicate);
    this.walk(conflict?.fields.get('arbiterWhere'), predicate);
    this.#wholeQuery(query);
  }

  #range(range: TreeNode, source: Context, target: Context): void {
    const kind = range.number('rtekind');
    if (kind === 0) {
      this.#relation(range);
      return;
    }
    if (kind === 4 || kind === 7) this.#refuseTag(range);
    // Groups of Postgres 18: expressions that the target list refers to.
    if (kind === 9) {
      this.walk(range.fields.get('groupexprs'), target);
      return;
    }
    // A function over values is run once and to its end; over rows, for those that are reached.
    const context =
      kind === 3 && !mentionsRows(range) ? { ...source, totality: null, hasRows: false } : source;
    for (const field of ['subquery', 'functions', 'values_lists', 'tablesample']) {
      this.walk(range.fields.get(field), context);
    }
  }

  #relation(range: TreeNode): void {
    const relation = this.#scope.catalogue.relation(range.number('relid'));
    if (range.fields.get('tablesample') !== null) this.#refuseTag(range);
    const name = relation === undefined ? 'a system relation' : `${relation.schema}.${relation.name}`;
    if (relation?.schema === this.#scope.contract || this.#scope.usedViews.has(name)) return;
    this.#object({
      rule: 'foreign-relation',
      construct: name,
      message: 'it is not a table of this contract, nor a view that the manifest says it uses',
      remedy: 'Read a view that the other contract publishes, and name it under "uses" in contract.json.',
      words: relation === undefined ? SYSTEM_SCHEMAS : [relation.name],
    });
  }

  #join(tree: TreeNode | null, predicate: Context): void {
    if (tree === null) return;
    this.walk(tree.fields.get('quals'), predicate);
    for (const item of [...tree.children('fromlist'), tree.child('larg'), tree.child('rarg')])
      this.#join(item, predicate);
  }

  #wholeQuery(query: TreeNode): void {
    const refuse = (construct: string, message: string, remedy: string, words: readonly string[]): void =>
      this.#object({ rule: 'statement', construct, message, remedy, words });
    if (query.isTrue('hasRecursive')) {
      refuse('WITH RECURSIVE', 'nothing bounds how often it repeats', 'Write a loop.', ['recursive']);
    }
    if (query.isTrue('hasModifyingCTE')) {
      refuse(
        'WITH … that writes',
        'the parts of such a statement run in no fixed order',
        'Write separate statements.',
        ['with'],
      );
    }
    if (query.isTrue('hasForUpdate') || isList(query.fields.get('rowMarks'))) {
      refuse('FOR UPDATE', 'transactions run one after the other, locks change nothing', 'Leave it out.', [
        'for update',
        'for share',
      ]);
    }
    if (query.number('commandType') > 4) {
      refuse(
        'MERGE',
        'which action runs can depend on the order of rows',
        'Use INSERT … ON CONFLICT, or UPDATE and INSERT.',
        ['merge'],
      );
    }
  }

  #variable(node: TreeNode, context: Context): void {
    if (node.number('varattno') < 0) {
      this.#object({
        rule: 'system-column',
        construct: SYSTEM_COLUMNS.get(node.number('varattno')) ?? 'a system column',
        message: 'it says where and when this node stored the row, which differs between nodes',
        remedy: 'Use the columns of the table.',
        words: [SYSTEM_COLUMNS.get(node.number('varattno')) ?? ''],
      });
    }
    if (node.number('varreturningtype') > 0) {
      this.#object({
        rule: 'version',
        construct: 'RETURNING old or new',
        message: 'only Postgres 18 knows it',
        remedy: 'Read the row before, or return the columns.',
        words: ['old', 'new'],
      });
    }
    if (context.totality !== 'predicate') return;
    const derived = derivedColumn(node, context.queries);
    if (derived !== null) this.walk(derived.expression, { ...context, queries: derived.queries });
  }

  #call(node: TreeNode, called: ResolvedFunction | undefined, context: Context): void {
    if (called === undefined) {
      this.#refuseTag(node);
      return;
    }
    const words = [called.name];
    if (called.schema === this.#scope.contract || called.schema === 'bucordo') {
      const place = { isPredicate: context.totality === 'predicate', hasRows: context.hasRows };
      const objection = objectionToCall(called, node.children('args'), place, this.#scope);
      if (objection !== null) this.#object(objection);
      else if (called.schema !== 'bucordo')
        this.#requireTotal(`${called.schema}.${called.name}()`, context, words);
      return;
    }
    const known = called.schema === 'pg_catalog' ? allowedFunction(called.signature) : undefined;
    if (known === undefined) {
      this.#object({
        rule: 'function',
        construct: `${called.name}()`,
        message: `${called.schema}.${called.signature} is not among the functions that give the same on every node`,
        remedy: remedyFor(called.name),
        words,
      });
      return;
    }
    this.#objectTo(objectionToArguments(called, node.children('args')));
    if (!known.isTotal && !isConstantExtract(node, called))
      this.#requireTotal(`${called.name}()`, context, words);
    else if (isPatternFunction(called.name)) this.#requirePattern(node, called, context);
  }

  #operator(node: TreeNode, operator: number, context: Context): void {
    const found = this.#scope.catalogue.operator(operator);
    const called = found === undefined ? undefined : this.#scope.catalogue.function(found.function);
    if (found === undefined || called === undefined) {
      this.#refuseTag(node);
      return;
    }
    const known = called.schema === 'pg_catalog' ? allowedFunction(called.signature) : undefined;
    if (known === undefined) {
      this.#object({
        rule: 'operator',
        construct: `operator ${found.name}`,
        message: `it is ${called.schema}.${called.signature}, which is not among the functions that give the same on every node`,
        remedy: remedyFor(called.name),
        words: [found.name],
      });
      return;
    }
    this.#objectTo(objectionToArguments(called, node.children('args')));
    if (!known.isTotal) this.#requireTotal(`operator ${found.name}`, context, [found.name]);
    else if (isPatternFunction(called.name)) this.#requirePattern(node, called, context);
  }

  #requirePattern(node: TreeNode, called: ResolvedFunction, context: Context): void {
    const pattern = node.children('args')[1];
    if (pattern !== undefined && (pattern.tag !== 'CONST' || endsInEscape(pattern))) {
      this.#requireTotal('a pattern that may be none', context, [called.name]);
    }
  }

  #requireTotal(construct: string, context: Context, words: readonly string[]): void {
    if (context.totality === 'predicate') {
      this.#object({
        rule: 'raising-predicate',
        construct,
        message:
          'it can raise, and for which rows a predicate is evaluated depends on the plan: some nodes would commit, others reject',
        remedy: 'Compute it into a variable before, or use numeric for arithmetic on columns.',
        words,
      });
    } else if (context.totality === 'unread') {
      this.#object({
        rule: 'raising-unread',
        construct,
        message:
          'it can raise, and below EXISTS, LIMIT, a filter or a FOR loop the plan decides for which rows it is evaluated',
        remedy: 'Return the columns as they are and compute in the loop or in a variable.',
        words,
      });
    }
  }

  #conversion(node: TreeNode, context: Context): void {
    const judged = judgeConversion(node, this.#scope);
    if ('objection' in judged) this.#object(judged.objection);
    else if (!judged.isTotal) this.#requireTotal(`conversion to ${judged.to.sql}`, context, ['::', 'cast']);
  }

  #subquery(node: TreeNode, context: Context): void {
    const query = node.child('subselect');
    const kind = node.number('subLinkType');
    this.walk(node.fields.get('testexpr'), context);
    if (query === null) return;
    if (
      kind === EXPRESSION_SUBLINK &&
      context.totality !== null &&
      !isSingleRow(query, this.#scope.catalogue)
    ) {
      this.#requireTotal('a subquery that may return two rows', context, ['select']);
    }
    this.walk(
      query,
      kind === EXISTS_SUBLINK ? { ...context, totality: context.totality ?? 'unread' } : context,
    );
  }

  #refuseTag(node: TreeNode): void {
    const construct = TAG_NAMES.get(node.tag) ?? node.tag.toLowerCase();
    this.#object({
      rule: 'construct',
      construct,
      message: 'the checker knows no reason why it would give the same on every node',
      remedy: remedyFor(construct),
      words: ['current_', 'localtime', 'session_user', 'user', 'nextval', 'xml', 'json_', 'tablesample'],
    });
  }

  #objectTo(objection: Objection | null): void {
    if (objection !== null) this.#object(objection);
  }

  #object(objection: Objection): void {
    const finding = findingAt(this.#statement.excerpt, objection);
    const key = `${finding.rule} ${finding.construct} ${finding.line} ${finding.column}`;
    if (this.#said.has(key)) return;
    this.#said.add(key);
    this.findings.push(finding);
  }
}

// Rows of VALUES come in the order in which they are written.
function readsRows(query: TreeNode): boolean {
  const ranges = query.children('rtable');
  return fromRanges(query.child('jointree')).some(
    (range) => ranges[range - 1]?.number('rtekind') !== VALUES_RANGE,
  );
}

function hasFilters(query: TreeNode): boolean {
  const isFiltered = (tree: TreeNode | null): boolean =>
    tree !== null &&
    (tree.child('quals') !== null ||
      isList(tree.fields.get('quals')) ||
      [...tree.children('fromlist'), tree.child('larg'), tree.child('rarg')].some(isFiltered));
  return query.child('havingQual') !== null || isFiltered(query.child('jointree'));
}

function mentionsRows(value: TreeValue | undefined): boolean {
  if (isList(value)) return value.some(mentionsRows);
  if (!(value instanceof TreeNode)) return false;
  if (value.tag === 'VAR' || value.tag === 'SUBLINK') return true;
  return [...value.fields].some(([field, each]) => !SKIPPED_FIELDS.has(field) && mentionsRows(each));
}

// A pattern of LIKE that ends in a single backslash raises when it is compared.
function endsInEscape(pattern: TreeNode): boolean {
  return /(?<!\\)(\\\\)*\\$/.test(constantText(pattern) ?? '');
}

// Only an unknown field raises, and a constant one is known when the contract is checked.
function isConstantExtract(node: TreeNode, called: ResolvedFunction): boolean {
  return called.name === 'extract' && node.children('args')[0]?.tag === 'CONST';
}
