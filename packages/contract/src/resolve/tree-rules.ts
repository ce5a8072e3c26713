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
import {
  ANY_ERROR,
  CONVERSION_ERRORS,
  ERRORS_OF_WRITES,
  errorsOf,
  ROW_ERRORS,
  RowErrors,
} from './caught-errors.ts';
import { EXISTS_SUBLINK, EXPRESSION_SUBLINK } from './expression-type.ts';
import { KNOWN_TAGS, SKIPPED_FIELDS, TAG_NAMES } from './known-nodes.ts';
import { isList, TreeNode, type TreeValue } from './node-tree.ts';
import {
  DELETE,
  hasFilters,
  INSERT,
  isOrderedInsert,
  mentionsRows,
  readsRows,
  SELECT,
} from './query-rows.ts';
import { derivedColumn, isSingleRow, readsOneRow } from './query-shape.ts';
import { objectionToRaising, objectionToRefusals, type Totality } from './raising-rules.ts';
import { objectionsToColumn, objectionToRelation } from './reference-rules.ts';
import { remedyFor } from './remedies.ts';
import {
  type ContractScope,
  findingAt,
  type Objection,
  type ResolvedStatement,
} from './resolved-statement.ts';
import { objectionsToStatement } from './statement-rules.ts';
import { mayRaise, objectionToCall } from './system-calls.ts';
import { isTotalCall } from './total-arguments.ts';
import {
  judgeConversion,
  objectionToCollation,
  objectionToConstant,
  objectionToType,
} from './value-rules.ts';

/** Judges one resolved statement; every objection once. */
export function judgeTree(statement: ResolvedStatement, scope: ContractScope): readonly Finding[] {
  const judge = walked(statement, scope, { totality: statement.mayStop ? 'unread' : null });
  judge.judgeErrors();
  return judge.findings;
}

/**
 * What an expression of a table may raise for a row that is written: a CHECK or a generated column is
 * computed for exactly the rows that a statement writes, so it may raise, and the statement raises it.
 */
export function errorsForRow(statement: ResolvedStatement, scope: ContractScope): readonly string[] {
  return walked(statement, scope, { isPerRow: true, isInputPerRow: true }).errors;
}

/** Judges an expression that must be total and immutable: an index's predicate, which is not asked for every version of a row. */
export function judgePredicate(statement: ResolvedStatement, scope: ContractScope): readonly Finding[] {
  return walked(statement, scope, { totality: 'predicate', hasRows: true }).findings;
}

function walked(statement: ResolvedStatement, scope: ContractScope, context: Partial<Context>): TreeJudge {
  const judge = new TreeJudge(statement, scope);
  const outermost = { totality: null, queries: [], hasRows: false, isPerRow: false, isInputPerRow: false };
  judge.walk(statement.tree, { ...outermost, ...context });
  return judge;
}

interface Context {
  /** Why an expression must be total; null when it need not be. */
  readonly totality: Totality | null;
  /** The queries around, the innermost first. */
  readonly queries: readonly TreeNode[];
  /** Whether the innermost query reads rows of something. */
  readonly hasRows: boolean;
  /** Whether it may be evaluated for several rows, so that the plan decides for which of them first. */
  readonly isPerRow: boolean;
  /** The same for what is given to an aggregate. */
  readonly isInputPerRow: boolean;
}

class TreeJudge {
  readonly findings: Finding[] = [];
  readonly #statement: ResolvedStatement;
  readonly #scope: ContractScope;
  readonly #said = new Set<string>();
  readonly #errors = new RowErrors();

  constructor(statement: ResolvedStatement, scope: ContractScope) {
    this.#statement = statement;
    this.#scope = scope;
  }

  /** The errors found. */
  get errors(): readonly string[] {
    return this.#errors.all;
  }

  /** Judges which of the errors found something catches. */
  judgeErrors(): void {
    this.#objectTo(this.#errors.objection(this.#statement.handlers ?? []));
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
      case 'AGGREF': {
        this.#call(node, this.#scope.catalogue.function(node.number('aggfnoid')), context);
        // What an aggregate of a query further out is given, is given for the rows of that query.
        const isOuter = node.number('agglevelsup') > 0;
        const input = { ...context, isPerRow: isOuter || context.isInputPerRow };
        this.walk(node.child('aggfilter'), { ...input, totality: 'predicate' });
        this.#children(node, input);
        return;
      }
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
    const readsOne = readsOneRow(query, this.#scope.catalogue) || isOrderedInsert(query);
    const isOneGroup = query.isTrue('hasAggs') && query.children('groupClause').length === 0;
    const context: Context = {
      ...outer,
      queries: [query, ...outer.queries],
      hasRows: readsRows(query),
      isPerRow: outer.isPerRow || !(readsOne || isOneGroup),
      isInputPerRow: outer.isPerRow || !readsOne,
    };
    const input: Context = { ...context, isPerRow: context.isInputPerRow };
    const predicate: Context = { ...input, totality: 'predicate' };
    const isLimited = query.fields.get('limitCount') !== null || query.fields.get('limitOffset') !== null;
    const target: Context = isLimited ? { ...context, totality: context.totality ?? 'unread' } : context;
    const filters = hasFilters(query);
    const source: Context =
      filters || isLimited ? { ...input, totality: context.totality ?? 'unread' } : input;
    for (const range of ranges) this.#range(range, source, target, outer.isPerRow);
    for (const table of query.children('cteList'))
      this.walk(table.child('ctequery'), { ...source, isPerRow: outer.isPerRow });
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
    for (const objection of objectionsToStatement(query, this.#scope)) this.#object(objection);
    this.#written(query, context);
  }

  // Rows of an UPDATE or DELETE come in no order; those of an INSERT in that of its query.
  #written(query: TreeNode, context: Context): void {
    const command = query.number('commandType');
    const writing = context.isPerRow ? ERRORS_OF_WRITES.get(command) : undefined;
    if (writing !== undefined) {
      const target = query.children('rtable')[query.number('resultRelation') - 1];
      const computed = command === DELETE ? [] : this.#scope.rowErrors.get(target?.number('relid') ?? 0);
      const errors = [...writing.errors, ...(computed ?? [])];
      this.#errors.note(errors, writing.word, [writing.word.toLowerCase()]);
    }
    if (this.#errors.isEmpty) return;
    if (command === INSERT) this.#errors.note(ROW_ERRORS, 'INSERT', ['insert']);
    const returnsRows = command === SELECT || query.children('returningList').length > 0;
    if (returnsRows && !isSingleRow(query, this.#scope.catalogue)) {
      this.#errors.note(['too_many_rows'], 'SELECT', ['select']);
    }
  }

  #range(range: TreeNode, around: Context, target: Context, isOuterPerRow: boolean): void {
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
    // What does not refer to other rows is run once.
    const source = range.isTrue('lateral') ? around : { ...around, isPerRow: isOuterPerRow };
    // A function over values is run once and to its end; over rows, for those that are reached.
    const context =
      kind === 3 && !mentionsRows(range) ? { ...source, totality: null, hasRows: false } : source;
    for (const field of ['subquery', 'functions', 'values_lists', 'tablesample']) {
      this.walk(range.fields.get(field), context);
    }
  }

  #relation(range: TreeNode): void {
    if (range.fields.get('tablesample') !== null) this.#refuseTag(range);
    this.#objectTo(objectionToRelation(range, this.#scope));
  }

  #join(tree: TreeNode | null, predicate: Context): void {
    if (tree === null) return;
    this.walk(tree.fields.get('quals'), predicate);
    for (const item of [...tree.children('fromlist'), tree.child('larg'), tree.child('rarg')])
      this.#join(item, predicate);
  }

  #variable(node: TreeNode, context: Context): void {
    for (const objection of objectionsToColumn(node)) this.#object(objection);
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
      else if (called.schema !== 'bucordo' || mayRaise(called))
        this.#requireTotal(`${called.schema}.${called.name}()`, context, words, ANY_ERROR);
      if (called.schema !== 'bucordo') this.#requireOneRefusal(called, context);
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
    if (!isTotalCall(known.isTotal, called, node.children('args')))
      this.#requireTotal(`${called.name}()`, context, words, errorsOf(called));
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
    if (!isTotalCall(known.isTotal, called, node.children('args')))
      this.#requireTotal(`operator ${found.name}`, context, [found.name], errorsOf(called));
    else if (isPatternFunction(called.name)) this.#requirePattern(node, called, context);
  }

  #requirePattern(node: TreeNode, called: ResolvedFunction, context: Context): void {
    const pattern = node.children('args')[1];
    if (pattern !== undefined && (pattern.tag !== 'CONST' || endsInEscape(pattern))) {
      this.#requireTotal('a pattern that may be none', context, [called.name], ['other']);
    }
  }

  #requireTotal(
    construct: string,
    context: Context,
    words: readonly string[],
    errors: readonly string[],
  ): void {
    if (context.isPerRow) this.#errors.note(errors, construct, words);
    this.#objectTo(context.totality === null ? null : objectionToRaising(construct, context.totality, words));
  }

  // The receipt says what the first row that is refused was told.
  #requireOneRefusal(called: ResolvedFunction, context: Context): void {
    if (!context.isPerRow || !this.#scope.refusing.has(called.name)) return;
    this.#object(objectionToRefusals(`${called.schema}.${called.name}()`, called.name));
  }

  #conversion(node: TreeNode, context: Context): void {
    const judged = judgeConversion(node, this.#scope);
    if ('objection' in judged) this.#object(judged.objection);
    else if (!judged.isTotal)
      this.#requireTotal(`conversion to ${judged.to.sql}`, context, ['::', 'cast'], CONVERSION_ERRORS);
  }

  #subquery(node: TreeNode, context: Context): void {
    const query = node.child('subselect');
    const kind = node.number('subLinkType');
    this.walk(node.fields.get('testexpr'), context);
    if (query === null) return;
    if (
      kind === EXPRESSION_SUBLINK &&
      (context.totality !== null || context.isPerRow) &&
      !isSingleRow(query, this.#scope.catalogue)
    ) {
      this.#requireTotal('a subquery that may return two rows', context, ['select'], ['other']);
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

// A pattern of LIKE that ends in a single backslash raises when it is compared.
function endsInEscape(pattern: TreeNode): boolean {
  return /(?<!\\)(\\\\)*\\$/.test(constantText(pattern) ?? '');
}
