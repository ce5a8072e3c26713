/**
 * The rules over resolved trees: which functions, types, constants and conversions may be reached,
 * and what may stand in a predicate.
 *
 * Whether a predicate is evaluated for a row depends on the plan, and so on statistics and on the
 * physical order of rows. If it can raise, so does commit or reject. Therefore predicates, and what a
 * consumer may leave unread, are *total*: they give a value for every row.
 */

import type { Finding } from '../check/finding.ts';
import { isCivilConstant } from './civil-constant.ts';
import { allowedFunction, isPatternFunction } from './allowed-functions.ts';
import type { ResolvedFunction } from './catalogue.ts';
import { EXISTS_SUBLINK, EXPRESSION_SUBLINK, expressionType, ownType } from './expression-type.ts';
import { isList, TreeNode, type TreeValue } from './node-tree.ts';
import { isSingleRow, derivedColumn } from './query-shape.ts';
import { remedyFor } from './remedies.ts';
import { type ContractScope, findingAt, type Objection, type ResolvedStatement } from './resolved-statement.ts';
import { isAllowedType } from './allowed-types.ts';

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

/** Kinds of nodes that the checker understands; any other is refused. */
const KNOWN_TAGS: ReadonlySet<string> = new Set(
  `QUERY RANGETBLENTRY ALIAS VAR RTEPERMISSIONINFO FROMEXPR RANGETBLREF BOOLEXPR OPEXPR CONST PARAM TARGETENTRY
   FUNCEXPR COERCEVIAIO FIELDSELECT WINDOWFUNC AGGREF SORTGROUPCLAUSE WINDOWCLAUSE SCALARARRAYOPEXPR SUBLINK
   RELABELTYPE CASEEXPR CASEWHEN CASETESTEXPR COALESCEEXPR MINMAXEXPR NULLTEST BOOLEANTEST ARRAYEXPR ROWEXPR
   SUBSCRIPTINGREF NULLIFEXPR DISTINCTEXPR JOINEXPR COMMONTABLEEXPR RANGETBLFUNCTION ONCONFLICTEXPR INFERENCEELEM
   SETTODEFAULT COLLATEEXPR ROWCOMPAREEXPR ARRAYCOERCEEXPR SETOPERATIONSTMT FIELDSTORE NAMEDARGEXPR
   WINDOWFUNCRUNCONDITION`.split(/\s+/),
);

/** Fields that repeat what stands elsewhere, or are names only. */
const SKIPPED_FIELDS: ReadonlySet<string> = new Set([
  'alias', 'eref', 'exclRelTlist', 'aggargtypes', 'colTypes', 'rteperminfos', 'joinaliasvars', 'returningOldAlias',
]);

/** Context functions that give another value at each use. */
const DRAWING: ReadonlySet<string> = new Set(['new_id', 'random_bytes', 'ordinal']);

/** Functions of the system schema that a contract may call. */
const CONTEXT: ReadonlySet<string> = new Set([
  'caller', 'member', 'has_role', 'tx_id', 'height', 'position', 'ordinal', 'block_time', 'block_time_ms',
  'add_seconds', 'timestamp_utc', 'new_id', 'random_bytes',
]);

/** Functions of the budget: a contract spends what is its own, and `bucordo contract build` writes them. */
const BUDGET: ReadonlySet<string> = new Set(['charge', 'charge_scan', 'check_size', 'check_array', 'check_digits']);

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
    this.#type(node);
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
        this.#constant(node);
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
    const reads = ranges.some((range) => range.number('rtekind') === 0 && range.isTrue('inFromCl'));
    const context = { ...outer, queries: [query, ...outer.queries], hasRows: reads || isFromAnything(query) };
    const predicate: Context = { ...context, totality: 'predicate' };
    const isLimited = query.fields.get('limitCount') !== null || query.fields.get('limitOffset') !== null;
    const target: Context = isLimited ? { ...context, totality: context.totality ?? 'unread' } : context;
    const filters = hasFilters(query);
    const source: Context = filters || isLimited ? { ...context, totality: context.totality ?? 'unread' } : context;
    for (const range of ranges) this.#range(range, source, target);
    for (const table of query.children('cteList')) this.walk(table.child('ctequery'), source);
    this.#join(query.child('jointree'), predicate);
    this.walk(query.fields.get('havingQual'), predicate);
    for (const field of ['targetList', 'returningList', 'windowClause', 'mergeActionList']) {
      this.walk(query.fields.get(field), target);
    }
    for (const field of ['limitCount', 'limitOffset']) this.walk(query.fields.get(field), { ...context, totality: null });
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
    const context = kind === 3 && !mentionsRows(range) ? { ...source, totality: null, hasRows: false } : source;
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
      words: relation === undefined ? [] : [relation.name],
    });
  }

  #join(tree: TreeNode | null, predicate: Context): void {
    if (tree === null) return;
    this.walk(tree.fields.get('quals'), predicate);
    for (const item of [...tree.children('fromlist'), tree.child('larg'), tree.child('rarg')]) this.#join(item, predicate);
  }

  #wholeQuery(query: TreeNode): void {
    const refuse = (construct: string, message: string, remedy: string, words: readonly string[]): void =>
      this.#object({ rule: 'statement', construct, message, remedy, words });
    if (query.isTrue('hasRecursive')) {
      refuse('WITH RECURSIVE', 'nothing bounds how often it repeats', 'Write a loop.', ['recursive']);
    }
    if (query.isTrue('hasModifyingCTE')) {
      refuse('WITH … that writes', 'the parts of such a statement run in no fixed order', 'Write separate statements.', ['with']);
    }
    if (query.isTrue('hasForUpdate') || isList(query.fields.get('rowMarks'))) {
      refuse('FOR UPDATE', 'transactions run one after the other, locks change nothing', 'Leave it out.', ['for update', 'for share']);
    }
    if (query.number('commandType') > 4) {
      refuse('MERGE', 'which action runs can depend on the order of rows', 'Use INSERT … ON CONFLICT, or UPDATE and INSERT.', ['merge']);
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
    if (called === undefined) return;
    const words = [called.name];
    if (called.schema === this.#scope.contract || called.schema === 'bucordo') {
      if (called.schema === 'bucordo' && BUDGET.has(called.name)) this.#budgetCall(node, called);
      else this.#ownCall(called, context);
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
    this.#arguments(node, called);
    if (!known.isTotal && !isConstantExtract(node, called)) this.#requireTotal(`${called.name}()`, context, words);
    else if (isPatternFunction(called.name)) this.#requirePattern(node, called, context);
  }

  // It counts the rows of any relation it is given, so that is one of the contract's own.
  #budgetCall(node: TreeNode, called: ResolvedFunction): void {
    const table = called.name === 'charge_scan' ? node.children('args')[0] : undefined;
    if (called.name !== 'charge_scan') return;
    const name = table === undefined ? null : constantText(table);
    const isOwn = this.#scope.catalogue.relations(this.#scope.contract).some((each) => `${each.schema}.${each.name}` === name);
    if (isOwn || this.#scope.usedViews.has(name ?? '')) return;
    this.#object({
      rule: 'function',
      construct: 'bucordo.charge_scan()',
      message: 'it reads the relation it names, which is none of this contract',
      remedy: 'Declare scans in contract.json; the build writes the calls.',
      words: [called.name],
    });
  }

  #ownCall(called: ResolvedFunction, context: Context): void {
    const construct = `${called.schema}.${called.name}()`;
    if (called.schema === 'bucordo' && !CONTEXT.has(called.name)) {
      this.#object({
        rule: 'function',
        construct,
        message: 'it belongs to the system and not to what contracts may call',
        remedy: `Contracts may call: ${[...CONTEXT].map((name) => `bucordo.${name}`).join(', ')}.`,
        words: [called.name],
      });
    } else if (context.totality === 'predicate' && context.hasRows) {
      this.#object({
        rule: 'call-in-predicate',
        construct,
        message: 'in a predicate it is asked for every row, and which rows are reached depends on the plan',
        remedy: 'Read it into a variable before and compare with that.',
        words: [called.name],
      });
    } else if (called.schema === 'bucordo' && DRAWING.has(called.name) && context.hasRows) {
      this.#object({
        rule: 'draw-per-row',
        construct,
        message: 'rows are reached in an order that differs between nodes, so each would get another value',
        remedy: 'Use it in an assignment or in VALUES, one row at a time.',
        words: [called.name],
      });
    } else if (called.schema !== 'bucordo') {
      this.#requireTotal(construct, context, [called.name]);
    }
  }

  // Zones come from the machine's own tables; only UTC is the same everywhere.
  #arguments(node: TreeNode, called: ResolvedFunction): void {
    const args = node.children('args');
    const zone = called.name === 'timezone' ? args[0] : called.signature === 'date_trunc(text,timestamptz,text)' ? args[2] : undefined;
    if (zone === undefined || constantText(zone)?.toUpperCase() === 'UTC') return;
    this.#object({
      rule: 'time-zone',
      construct: 'time zone',
      message: 'time zones are data of the machine, and nodes update them at different times',
      remedy: "Use 'UTC'.",
      words: ['at time zone', called.name],
    });
  }

  #operator(node: TreeNode, operator: number, context: Context): void {
    const found = this.#scope.catalogue.operator(operator);
    const called = found === undefined ? undefined : this.#scope.catalogue.function(found.function);
    if (found === undefined || called === undefined) return;
    const known = called.schema === 'pg_catalog' ? allowedFunction(called.signature) : undefined;
    if (known === undefined) {
      this.#object({
        rule: 'operator',
        construct: `operator ${found.name}`,
        message: `it is ${called.schema}.${called.signature}, which is not among the functions that give the same on every node`,
        remedy: remedyFor(called.name),
        words: [found.name],
      });
    } else if (!known.isTotal) this.#requireTotal(`operator ${found.name}`, context, [found.name]);
    else if (isPatternFunction(called.name)) this.#requirePattern(node, called, context);
  }

  #requirePattern(node: TreeNode, called: ResolvedFunction, context: Context): void {
    const pattern = node.children('args')[1];
    if (context.totality !== null && pattern !== undefined && pattern.tag !== 'CONST') {
      this.#requireTotal('a pattern that is no constant', context, [called.name]);
    }
  }

  #requireTotal(construct: string, context: Context, words: readonly string[]): void {
    if (context.totality === 'predicate') {
      this.#object({
        rule: 'raising-predicate',
        construct,
        message: 'it can raise, and for which rows a predicate is evaluated depends on the plan: some nodes would commit, others reject',
        remedy: 'Compute it into a variable before, or use numeric for arithmetic on columns.',
        words,
      });
    } else if (context.totality === 'unread') {
      this.#object({
        rule: 'raising-unread',
        construct,
        message: 'it can raise, and below EXISTS, LIMIT, a filter or a FOR loop the plan decides for which rows it is evaluated',
        remedy: 'Return the columns as they are and compute in the loop or in a variable.',
        words,
      });
    }
  }

  #constant(node: TreeNode): void {
    if (node.isTrue('constisnull')) return;
    const type = this.#scope.catalogue.type(node.number('consttype'));
    if (type === undefined || isCivilConstant(type.name, node.fields.get('constvalue'), this.#statement.excerpt.text)) return;
    this.#object({
      rule: 'time-constant',
      construct: `constant of the type ${type.sql}`,
      message: 'such a text is read by the clock or the time zone of whoever reads it',
      remedy: "Write dates as '2026-01-31', times as '2026-01-31T12:00:00Z', intervals as '3 days'; the block's time is bucordo.block_time().",
      words: ["'now'", "'today'", "'tomorrow'", "'yesterday'", "'epoch'", "'"],
    });
  }

  #conversion(node: TreeNode, context: Context): void {
    const argument = node.child('arg');
    const from = argument === null ? undefined : this.#scope.catalogue.type(expressionType(argument, this.#scope.catalogue));
    const to = this.#scope.catalogue.type(node.number('resulttype'));
    const isToText = to?.name === 'text' || to?.name === 'varchar' || to?.name === 'bpchar';
    if (isToText && from !== undefined && from.name !== 'record' && !from.isComposite) return;
    if (!isToText && to !== undefined && CONVERTIBLE.has(to.name) && from !== undefined && CONVERTIBLE.has(from.name)) {
      this.#requireTotal(`conversion to ${to.sql}`, context, [`::${to.name}`, `::${to.sql}`, '::', 'cast']);
      return;
    }
    this.#object({
      rule: 'conversion',
      construct: `conversion of ${from?.sql ?? 'a value'} to ${to?.sql ?? 'a type'}`,
      message: 'such a text is read by rules that depend on the clock, on settings or on the version of Postgres',
      remedy: to?.name === 'timestamptz' ? 'Use bucordo.timestamp_utc(text).' : 'Take the value as a parameter of that type, or use make_date, make_interval or arrays of plain types.',
      words: [`::${to?.name ?? ''}`, `::${to?.sql ?? ''}`, '::', 'cast'],
    });
  }

  #subquery(node: TreeNode, context: Context): void {
    const query = node.child('subselect');
    const kind = node.number('subLinkType');
    this.walk(node.fields.get('testexpr'), context);
    if (query === null) return;
    if (kind === EXPRESSION_SUBLINK && context.totality !== null && !isSingleRow(query, this.#scope.catalogue)) {
      this.#requireTotal('a subquery that may return two rows', context, ['select']);
    }
    this.walk(query, kind === EXISTS_SUBLINK ? { ...context, totality: context.totality ?? 'unread' } : context);
  }

  #type(node: TreeNode): void {
    const oid = ownType(node);
    const type = oid === 0 ? undefined : this.#scope.catalogue.type(oid);
    if (type === undefined || isAllowedType(type, this.#scope)) return;
    // The seconds of make_interval, which are left out.
    if (type.name === 'float8' && node.tag === 'CONST') return;
    if (type.name === 'name' && node.tag === 'CONST') return;
    this.#object({
      rule: 'type',
      construct: `type ${type.sql}`,
      message: 'its values or their texts differ between machines, versions or settings',
      remedy: 'Use bool, int2, int4, int8, numeric, text, bytea, uuid, date, timestamptz, jsonb, or one-dimensional arrays of these.',
      words: [`::${type.name}`, type.name, type.sql, TYPE_WORDS.get(type.name) ?? ''],
    });
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

  #object(objection: Objection): void {
    const finding = findingAt(this.#statement.excerpt, objection);
    const key = `${finding.rule} ${finding.construct} ${finding.line} ${finding.column}`;
    if (this.#said.has(key)) return;
    this.#said.add(key);
    this.findings.push(finding);
  }
}

/** Types among which a conversion through text gives the same on every node. */
const CONVERTIBLE: ReadonlySet<string> = new Set([
  'bool', 'int2', 'int4', 'int8', 'numeric', 'text', 'varchar', 'bpchar', 'bytea', 'uuid', 'jsonb',
]);

const SYSTEM_COLUMNS: ReadonlyMap<number, string> = new Map([
  [-1, 'ctid'], [-2, 'xmin'], [-3, 'cmin'], [-4, 'xmax'], [-5, 'cmax'], [-6, 'tableoid'],
]);

const TYPE_WORDS: ReadonlyMap<string, string> = new Map([
  ['float8', 'double precision'], ['float4', 'real'], ['float4', 'float'],
]);

const TAG_NAMES: ReadonlyMap<string, string> = new Map([
  ['SQLVALUEFUNCTION', 'a keyword of clock or user, such as current_timestamp'],
  ['NEXTVALUEEXPR', 'nextval'],
  ['XMLEXPR', 'xml'],
  ['JSONCONSTRUCTOREXPR', 'JSON constructor'],
  ['JSONEXPR', 'JSON query'],
  ['JSONISPREDICATE', 'IS JSON'],
  ['CURRENTOFEXPR', 'CURRENT OF'],
  ['GROUPINGFUNC', 'GROUPING'],
  ['GROUPINGSET', 'GROUPING SETS'],
  ['TABLEFUNC', 'a table made of a document'],
  ['COERCETODOMAIN', 'domain'],
  ['RANGETBLENTRY', 'TABLESAMPLE or a table made of a document'],
  ['MERGEACTION', 'MERGE'],
]);

function isFromAnything(query: TreeNode): boolean {
  const jointree = query.child('jointree');
  return query.children('rtable').some((range) => range.number('rtekind') !== 8) && (jointree?.children('fromlist').length ?? 0) > 0;
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

// Only an unknown field raises, and a constant one is known when the contract is checked.
function isConstantExtract(node: TreeNode, called: ResolvedFunction): boolean {
  return called.name === 'extract' && node.children('args')[0]?.tag === 'CONST';
}

function constantText(node: TreeNode): string | null {
  const bytes = node.tag === 'CONST' ? node.fields.get('constvalue') : null;
  return bytes instanceof Uint8Array ? Buffer.from(bytes.subarray(4)).toString('utf8') : null;
}
