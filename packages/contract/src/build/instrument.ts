/**
 * Writes the budget into a contract's functions. The same source gives the same text everywhere and
 * always; every insertion stays on the line of the author's words, so that errors and findings name
 * the author's lines.
 *
 * - Each turn of a loop counts a local variable down; every 100 turns it charges them. The first 100
 *   turns of an entry cost nothing, so a loop over the lines of an order never asks.
 * - A function that others of the contract call charges its entry, unless it is written in SQL and calls
 *   none itself: what such a one costs is in proportion to what its caller has written down.
 * - A declared scan charges the rows of its table, where the function begins and on every turn of a loop
 *   that scans.
 * - A value that may have grown is measured, and so are rows that are handed back in a loop, and documents
 *   that may have become deeper (see `nested-documents.ts`).
 *
 * A function that charges must run whenever it is called: the label IMMUTABLE, which lets the planner call
 * it once for a whole session, becomes STABLE. Both labels read the rows as they were when the calling
 * statement began.
 */

import { BodyError, type FunctionBody } from '../check/body/function-body.ts';
import { readBody } from '../check/body/read-body.ts';
import { SourceText } from '../check/source-text.ts';
import { parseBody, type Token } from '../check/sql-parser.ts';
import { type BodyLoop, bodyLoops, loopCount } from './body-loops.ts';
import { BuildError } from './build-error.ts';
import { AliasSource } from './cost/read-plan.ts';
import { statementCharges } from './cost/statement-charges.ts';
import { readSchemaShape, type SchemaShape } from './cost/table-shape.ts';
import type { VariableKinds } from './cost/work-formula.ts';
import { growingStatements, variableKinds } from './growing-value.ts';
import { type Insertion, insertAll, inserted, isBuilt, replaced } from './insertion.ts';
import { nestingTests } from './nested-documents.ts';
import { returnedRows } from './returned-rows.ts';
import { readFunctions, type SourceFunction, scanned } from './source-function.ts';

/** What the functions are part of. */
export interface InstrumentOptions {
  /** Name of the contract and its schema. */
  readonly contract: string;
  /** Path under which errors name the source. */
  readonly file: string;
  /** SQL of the tables and views, which may call functions. */
  readonly schema: string;
  /** Declared scans: by function, by table, most rows. */
  readonly scans: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Functions that transactions call; all others are called by these. */
  readonly entries: ReadonlySet<string>;
}

/** Turns of an entry that cost nothing, and turns that are charged at once. */
const TURNS = 100;

/** What stands at the beginning of each turn. */
const TURN = `IF __turns = 0 THEN __turns := bucordo.charge(${TURNS}); END IF; __turns := __turns - 1;`;

/** Units for the entry of a function that other functions call. */
const ENTRY_UNITS = 10;

/**
 * Growing statements outside loops below which none of them is measured, numbers excepted: what doubles fewer than eight
 * times stays below 64 MiB.
 */
const GROWTHS_OUTSIDE_LOOPS = 8;

/** The source with the budget. The parser is loaded. Throws {@link BuildError} where that cannot be done. */
export function instrument(text: string, options: InstrumentOptions): string {
  const source = new SourceText(options.file, text);
  requireUnbuilt(source);
  const functions = readFunctions(source);
  requireScansKnown(source, options, functions);
  const called = calledFunctions(functions, new SourceText('schema.sql', options.schema));
  const shape = readSchemaShape(options.schema);
  const insertions = functions.flatMap((each) => {
    const isCalled = called.has(each.name) || !options.entries.has(each.name);
    return instrumentFunction(source, each, { ...options, isCalled, called, shape });
  });
  return insertAll(text, insertions);
}

function requireUnbuilt(source: SourceText): void {
  if (isBuilt(source.text)) {
    throw new BuildError(
      source.place(source.bytes.indexOf('/*+*/')),
      'the source has the marks of a build: /*+*/',
      'build the text that you wrote; take the marks and what stands between them out',
    );
  }
  const reserved = scanned(source, 0, source.bytes.length).find(
    ({ kind, word }) => kind === 'identifier' && word.startsWith('__'),
  );
  if (reserved !== undefined) throw reservedName(source, reserved);
}

function reservedName(source: SourceText, token: Token): BuildError {
  return new BuildError(
    source.place(token.start),
    `names that begin with __ belong to the build: ${token.text}`,
    'choose another name',
  );
}

function requireScansKnown(
  source: SourceText,
  { scans }: InstrumentOptions,
  functions: readonly SourceFunction[],
): void {
  const names = new Set(functions.map(({ name }) => name));
  const unknown = Object.keys(scans).find((name) => !names.has(name));
  if (unknown !== undefined) {
    throw new BuildError(
      { file: 'contract.json', line: 1, column: 1 },
      `scans names the function ${unknown}, which ${source.file} does not create`,
      'correct the name or take the entry out',
    );
  }
}

// Names that stand where a function is called: behind them a parenthesis, or a row before them.
function calledFunctions(functions: readonly SourceFunction[], schema: SourceText): ReadonlySet<string> {
  const names = new Set(functions.map(({ name }) => name));
  const takesRow = new Set(
    functions.filter(({ parameters }) => [...parameters.values()][0] === 'other').map(({ name }) => name),
  );
  const texts = [
    scanned(schema, 0, schema.bytes.length),
    ...functions.flatMap(({ header, body }) => [header, body.tokens]),
  ];
  const called = new Set<string>();
  for (const tokens of texts) {
    for (const [index, { word }] of tokens.entries()) {
      if (!names.has(word)) continue;
      const isCall = tokens[index + 1]?.text === '(';
      if (isCall || (takesRow.has(word) && tokens[index - 1]?.text === '.')) called.add(word);
    }
  }
  return called;
}

interface FunctionContext extends InstrumentOptions {
  /** The tables of the contract. */
  readonly shape: SchemaShape;
  readonly isCalled: boolean;
  /** All functions that others call. */
  readonly called: ReadonlySet<string>;
}

interface BodyContext extends FunctionContext {
  /** Whether the function calls others of the contract. */
  readonly calls: boolean;
}

function instrumentFunction(
  source: SourceText,
  each: SourceFunction,
  context: FunctionContext,
): readonly Insertion[] {
  const calls = each.body.tokens.some(
    ({ word }, index) => context.called.has(word) && each.body.tokens[index + 1]?.text === '(',
  );
  const work =
    each.language === 'plpgsql'
      ? instrumentBody(source, each, { ...context, calls })
      : instrumentSql(source, each, { ...context, calls });
  return work.length === 0 && !calls ? [] : [...stable(each), ...work];
}

function stable({ header }: SourceFunction): readonly Insertion[] {
  let depth = 0;
  return header.flatMap((token) => {
    if (token.text === '(') depth++;
    if (token.text === ')') depth--;
    const isLabel = token.kind === 'keyword' && token.word === 'immutable';
    return depth === 0 && isLabel ? replaced(token.start, token.end, 'STABLE') : [];
  });
}

// A function in SQL has no loops: it pays for its entry and for its scans, before its first statement.
function instrumentSql(source: SourceText, each: SourceFunction, context: BodyContext): readonly Insertion[] {
  const scans = Object.entries(context.scans[each.name] ?? {});
  const charges = [
    ...(context.isCalled && context.calls ? [`SELECT bucordo.charge(${ENTRY_UNITS});`] : []),
    ...scans.map(([table, rows]) => `SELECT ${scanCharge(context.contract, table, rows)};`),
    ...sqlCharges(source, each, context).map((charge) => `SELECT ${charge};`),
  ].join(' ');
  if (charges === '') return [];
  switch (each.body.form) {
    case 'dollar':
    case 'atomic':
      return [inserted(each.body.start, charges)];
    case 'return':
      return [inserted(each.body.start, `BEGIN ATOMIC ${charges}`), inserted(each.body.end, '; END')];
    case 'other':
      throw unwritable(source, each);
    default:
      return each.body.form satisfies never;
  }
}

// Parameters are all that such a function can name besides columns.
function sqlCharges(source: SourceText, each: SourceFunction, context: BodyContext): readonly string[] {
  const text = source.slice(each.body.start, each.body.end);
  const sql = each.body.form === 'return' ? text.replace(/^return/i, 'SELECT') : text;
  return statementCharges(sql, {
    ...chargePlace(each, each.parameters, context),
    isRepeated: context.isCalled,
    isForQuery: false,
  });
}

function chargePlace(each: SourceFunction, kinds: VariableKinds, context: FunctionContext) {
  return {
    context: { contract: context.contract, schema: context.shape, aliases: new AliasSource() },
    functionName: each.name,
    parameters: each.parameters,
    kinds,
    declaredScans: new Set(Object.keys(context.scans[each.name] ?? {})),
  };
}

function unwritable(source: SourceText, each: SourceFunction): BuildError {
  return new BuildError(
    source.place(each.start),
    `the body of ${each.name} is not written between dollar quotes, so the budget cannot be written into it`,
    'write the body as AS $$ … $$',
  );
}

function instrumentBody(
  source: SourceText,
  each: SourceFunction,
  context: BodyContext,
): readonly Insertion[] {
  if (each.body.form !== 'dollar') throw unwritable(source, each);
  const body = readWhole(source, each);
  const loops = requireLoops(source, each, body);
  const reserved = each.body.tokens.find(({ word }) => word.startsWith('__'));
  if (reserved !== undefined) throw reservedName(source, reserved);
  const begin = firstBegin(each.body.tokens);
  if (begin === undefined) throw unwritable(source, each);
  const scans = scanCharges(each, body, loops, context);
  const charges = workCharges(each, body, loops, context);
  const tests = [...charges, ...sizeTests(each, body, loops), ...returnedRows(each.body.tokens, loops)];
  const entry = scans.get(null) ?? [];
  const variables = [
    ...(context.isCalled ? [`__units int4 := bucordo.charge(${ENTRY_UNITS});`] : []),
    ...(!context.isCalled && (scans.size > 0 || tests.length > 0) ? ['__units int4;'] : []),
    ...(loops.length > 0 ? [`__turns int4 := ${TURNS};`] : []),
  ];
  return [
    ...(variables.length > 0 ? [declaration(each, begin, variables)] : []),
    ...(entry.length > 0 ? [inserted(begin.end, entry.join(' '))] : []),
    ...loops.map((loop) => inserted(loop.turn, [TURN, ...(scans.get(loop) ?? [])].join(' '))),
    ...tests,
    ...nestingTests(each, body, begin, context),
  ];
}

function readWhole(source: SourceText, { body }: SourceFunction): FunctionBody {
  try {
    return readBody(source, body.start, body.end);
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    throw new BuildError(source.place(error.offset), error.message, 'correct the body');
  }
}

// Every loop that Postgres sees must have been found, or it would run without a budget.
function requireLoops(source: SourceText, each: SourceFunction, body: FunctionBody): readonly BodyLoop[] {
  const parsed = parseBody(source.slice(each.start, each.end));
  if ('error' in parsed) {
    throw new BuildError(
      source.place(each.start),
      `${each.name}: ${parsed.error.message}`,
      'correct the body',
    );
  }
  const loops = bodyLoops(body, each.body.tokens);
  if (loops === null || loops.length !== loopCount(parsed.ok)) {
    throw new BuildError(
      source.place(each.start),
      `the loops of ${each.name} cannot be told from other words`,
      'do not use the words LOOP and END LOOP for anything but loops',
    );
  }
  return loops;
}

// BEGIN of the outermost block; a column in a first value may have that name, too.
function firstBegin(tokens: readonly Token[]): Token | undefined {
  return tokens.find((token, index) => {
    const before = tokens[index - 1];
    const isPlace = before === undefined || [';', '>>'].includes(before.text) || before.word === 'declare';
    return isPlace && token.kind === 'keyword' && token.word === 'begin';
  });
}

function declaration(each: SourceFunction, begin: Token, variables: readonly string[]): Insertion {
  const declare = each.body.tokens.find(
    (token) => token.start < begin.start && token.kind === 'keyword' && token.word === 'declare',
  );
  return declare === undefined
    ? inserted(begin.start, `DECLARE ${variables.join(' ')}`)
    : inserted(declare.end, variables.join(' '));
}

function scanCharge(contract: string, table: string, rows: number): string {
  return `bucordo.charge_scan('${contract}.${table}', ${rows})`;
}

// Where each declared scan is charged: by the innermost loop around it, null for outside of loops.
function scanCharges(
  each: SourceFunction,
  body: FunctionBody,
  loops: readonly BodyLoop[],
  context: FunctionContext,
): ReadonlyMap<BodyLoop | null, readonly string[]> {
  const charges = new Map<BodyLoop | null, string[]>();
  for (const [table, rows] of Object.entries(context.scans[each.name] ?? {})) {
    const places = body.expressions
      .filter(({ start, end }) => mentions(each.body.tokens, start, end, context.contract, table))
      .flatMap(({ start }) => loopsThatRun(start, loops));
    for (const place of new Set(places.length === 0 ? [null] : places)) {
      const charge = `__units := ${scanCharge(context.contract, table, rows)};`;
      charges.set(place, [...(charges.get(place) ?? []), charge]);
    }
  }
  return charges;
}

function mentions(
  tokens: readonly Token[],
  start: number,
  end: number,
  contract: string,
  table: string,
): boolean {
  return tokens.some(
    (token, index) =>
      token.start >= start &&
      token.end <= end &&
      token.word === table &&
      tokens[index - 1]?.text === '.' &&
      tokens[index - 2]?.word === contract,
  );
}

// The condition of a WHILE runs before the first turn and again with each: it counts for both places.
function loopsThatRun(offset: number, loops: readonly BodyLoop[]): readonly (BodyLoop | null)[] {
  const around = (at: number): BodyLoop | null =>
    loops.findLast((loop) => loop.turn <= at && at < loop.end) ?? null;
  const own = loops.find((loop) => loop.start <= offset && offset < loop.turn);
  if (own === undefined) return [around(offset)];
  return own.isWhile ? [around(own.start), own] : [around(own.start)];
}

// What each statement reads and works through is charged before it; the condition of a WHILE on every turn, too.
function workCharges(
  each: SourceFunction,
  body: FunctionBody,
  loops: readonly BodyLoop[],
  context: FunctionContext,
): readonly Insertion[] {
  const place = chargePlace(each, variableKinds(each, body), context);
  const firstValues: string[] = [];
  return body.expressions.flatMap((expression) => {
    const { role, sql, start, statementStart } = expression;
    if (role === 'assignment-target') return [];
    const at = statementStart ?? start;
    const own = loops.find((loop) => loop.start <= start && start < loop.turn && loop.isWhile);
    const isRepeated =
      context.isCalled || own !== undefined || loops.some((loop) => loop.turn <= at && at < loop.end);
    const charges = statementCharges(sql, { ...place, isRepeated, isForQuery: role === 'for-query' });
    if (charges.length === 0) return [];
    if (statementStart === null) {
      const variable = body.variables.find(
        ({ name, start: from }) => name === expression.name && from < start,
      );
      const names = charges.map(
        (charge, index) => `__first${firstValues.length + index + 1} int4 := ${charge};`,
      );
      firstValues.push(...names);
      return variable === undefined ? [] : [inserted(variable.start, names.join(' '))];
    }
    const text = charges.map((charge) => `__units := ${charge};`).join(' ');
    return [inserted(at, text), ...(own === undefined ? [] : [inserted(own.turn, text)])];
  });
}

function sizeTests(
  each: SourceFunction,
  body: FunctionBody,
  loops: readonly BodyLoop[],
): readonly Insertion[] {
  const growing = growingStatements(each, body);
  const isInLoop = ({ end }: { end: number }): boolean =>
    loops.some((loop) => loop.turn <= end && end < loop.end);
  const outside = growing.filter((statement) => !isInLoop(statement));
  const measured =
    outside.length < GROWTHS_OUTSIDE_LOOPS
      ? growing.filter((statement) => statement.isNumber || isInLoop(statement))
      : growing;
  return measured.flatMap(({ end, tests }) => {
    const semicolon = each.body.tokens.find((token) => token.text === ';' && token.start >= end);
    return semicolon === undefined ? [] : [inserted(semicolon.end, tests.join(' '))];
  });
}
