/**
 * Finds the statements of a body after which a variable may hold a larger value than before, and
 * says how to measure it. Values that cannot grow are left alone, so most functions get no test.
 */

import type { Expression, FunctionBody } from '../check/body/function-body.ts';
import { foldWord, type Token } from '../check/sql-parser.ts';
import type { SourceFunction } from './source-function.ts';
import { type ValueKind, writtenTypeKind } from './value-kind.ts';

/** A statement that may make a value grow. */
export interface GrowingStatement {
  /** Where its last expression ends; its semicolon comes behind that. */
  readonly end: number;
  /** Statements that end the transaction when the value has grown too large. */
  readonly tests: readonly string[];
  /** Whether a number is among what grows: one statement can multiply it a thousand times. */
  readonly isNumber: boolean;
}

/** Bytes up to which nothing is asked: the smallest limit that a network may set. */
const BYTES_FREE = 262_144;

/** Digits up to which a number may grow, as `bucordo.check_digits` has it. */
const DIGITS_FREE = 250;

/** Functions whose result is not larger than what they are given, or small. */
const KEEPING: ReadonlySet<string> = new Set([
  ...[
    'coalesce',
    'nullif',
    'greatest',
    'least',
    'min',
    'max',
    'sum',
    'count',
    'avg',
    'round',
    'trunc',
    'abs',
  ],
  ...['floor', 'ceil', 'ceiling', 'mod', 'div', 'sign', 'lower', 'upper', 'btrim', 'ltrim', 'rtrim', 'trim'],
  ...[
    'substr',
    'substring',
    'left',
    'right',
    'split_part',
    'reverse',
    'length',
    'octet_length',
    'cardinality',
  ],
  ...[
    'caller',
    'member',
    'tx_id',
    'new_id',
    'random_bytes',
    'sha256',
    'sha512',
    'block_time',
    'jsonb_typeof',
  ],
  ...[
    'case',
    'when',
    'then',
    'else',
    'and',
    'or',
    'not',
    'in',
    'any',
    'all',
    'exists',
    'select',
    'where',
    'from',
  ],
  ...['on', 'by', 'values', 'as', 'over', 'filter', 'distinct', 'using', 'cast'],
]);

/** The statements of `body` that may make a value grow, in the order of the text. */
export function growingStatements(
  parts: Pick<SourceFunction, 'parameters' | 'body'>,
  body: FunctionBody,
): readonly GrowingStatement[] {
  const kinds = variableKinds(parts, body);
  return body.expressions.flatMap((expression) => {
    const targets = targetsOf(expression);
    if (targets.length === 0) return [];
    const tokens = parts.body.tokens.filter(
      (token) => token.start >= expression.start && token.end <= expression.end,
    );
    const tests = targets.flatMap((target) => {
      const test = testOf(target, kinds, tokens);
      return test === null ? [] : [test];
    });
    const isNumber = targets.some((target) => kinds.get(foldWord(target.trim())) === 'number');
    return tests.length === 0 ? [] : [{ end: expression.end, tests, isNumber }];
  });
}

function targetsOf(expression: Expression): readonly string[] {
  if (expression.role === 'assignment-value') return [expression.name];
  return expression.role === 'statement' && expression.into !== null ? expression.into.targets : [];
}

/** Elements of an array that are measured for nothing when one of them is set. */
const ELEMENTS_FREE = 1_000;

function testOf(
  target: string,
  kinds: ReadonlyMap<string, ValueKind>,
  tokens: readonly Token[],
): string | null {
  // `v[n] := x` makes v grow, whatever x is.
  const [variable = '', subscript] = target.split('[', 2);
  const kind = kinds.get(foldWord(variable.trim())) ?? 'other';
  if (subscript === undefined && !(kind === 'number' ? mayMultiply(tokens) : mayGrow(tokens))) return null;
  const name = variable.trim();
  return kind === 'array' && subscript !== undefined ? chargeElements(name) : measure(kind, name);
}

// Measuring an array goes over all of it, each time that one of its elements is set.
function chargeElements(array: string): string {
  const elements = `pg_catalog.cardinality(${array})`;
  return `IF ${elements} > ${ELEMENTS_FREE} THEN __units := bucordo.charge(${elements} / ${ELEMENTS_FREE}); END IF; ${measure('array', array) ?? ''}`;
}

function measure(kind: ValueKind, variable: string): string | null {
  switch (kind) {
    case 'fixed':
      return null;
    case 'text':
      return ifAbove(`pg_catalog.octet_length(${variable})`, BYTES_FREE, 'bucordo.check_size');
    case 'number':
      return ifAbove(`pg_catalog.octet_length(${variable}::text)`, DIGITS_FREE, 'bucordo.check_digits');
    case 'array':
      return `__units := bucordo.check_array(${variable});`;
    case 'json':
    case 'other':
      return ifAbove(`pg_catalog.octet_length(${variable}::text)`, BYTES_FREE, 'bucordo.check_size');
    default:
      return kind satisfies never;
  }
}

function ifAbove(size: string, free: number, check: string): string {
  return `IF ${size} > ${free} THEN __units := ${check}(${size}); END IF;`;
}

function mayGrow(tokens: readonly Token[]): boolean {
  return tokens.some((token) => token.text === '||') || tokens.some((_, at) => isOpenCall(tokens, at));
}

function mayMultiply(tokens: readonly Token[]): boolean {
  return tokens.some((token) => token.text === '*') || tokens.some((_, at) => isOpenCall(tokens, at));
}

// A call of something that may give more than it takes.
function isOpenCall(tokens: readonly Token[], at: number): boolean {
  const [token, next] = [tokens[at], tokens[at + 1]];
  return (
    token !== undefined &&
    (token.kind === 'identifier' || token.kind === 'keyword') &&
    next?.text === '(' &&
    !KEEPING.has(token.word)
  );
}

/** The kinds of parameters and variables; a name that is declared twice with different types is something unknown. */
export function variableKinds(
  { parameters }: Pick<SourceFunction, 'parameters'>,
  body: FunctionBody,
): ReadonlyMap<string, ValueKind> {
  const kinds = new Map(parameters);
  for (const { name, type } of body.variables) {
    const kind = writtenTypeKind(type);
    const known = kinds.get(name);
    kinds.set(name, known === undefined || known === kind ? kind : 'other');
  }
  return kinds;
}
