/**
 * Bounds how deep documents (jsonb) are nested. From some thousand levels on, Postgres runs out of its
 * stack when it makes, compares or changes one; where exactly, differs between versions and machines.
 *
 * What a body can say in its 32 KiB adds less than 8,000 levels to what it begins with. So it is enough to
 * measure where a value goes on to the next statement: variables, what a helper is given, what it returns.
 */

import type { FunctionBody } from '../check/body/function-body.ts';
import { foldWord, type Token } from '../check/sql-parser.ts';
import { variableKinds } from './growing-value.ts';
import { type Insertion, inserted } from './insertion.ts';
import type { SourceFunction } from './source-function.ts';

/** Bytes of text up to which a document is not looked at: 500 levels have 1,000 brackets. */
const BYTES_FREE = 1_000;

/** Functions that put documents into one another; || does so once and not again. */
const NESTING: ReadonlySet<string> = new Set([
  'jsonb_build_array',
  'jsonb_build_object',
  'jsonb_object',
  'jsonb_set',
  'jsonb_insert',
  'jsonb_agg',
  'jsonb_object_agg',
  'to_jsonb',
]);

/** What surrounds the function. */
export interface NestingContext {
  /** Whether other functions call it. */
  readonly isCalled: boolean;
  /** All functions that others call. */
  readonly called: ReadonlySet<string>;
}

/** The tests of one function, in no order; `begin` is the BEGIN of its outermost block. */
export function nestingTests(
  each: SourceFunction,
  body: FunctionBody,
  begin: Token,
  { isCalled, called }: NestingContext,
): readonly Insertion[] {
  const kinds = variableKinds(each, body);
  const tokensOf = ({ start, end }: { readonly start: number; readonly end: number }): readonly Token[] =>
    each.body.tokens.filter((token) => token.start >= start && token.end <= end);
  const measured = (name: string): string | null => {
    const type = body.variables.find((variable) => variable.name === name)?.type ?? '';
    const kind = kinds.get(name) ?? 'other';
    if (kind === 'json') return name;
    return kind === 'other' || (kind === 'array' && /jsonb/i.test(type))
      ? `pg_catalog.to_jsonb(${name})`
      : null;
  };
  const testsOf = (names: readonly string[]): readonly string[] =>
    [...new Set(names)].flatMap((name) => {
      const document = measured(name);
      return document === null ? [] : [test(name, document)];
    });

  const given = isCalled ? [...kinds.keys()].filter((name) => each.parameters.has(name)) : [];
  const first: string[] = given.filter((name) => kinds.get(name) === 'json');
  const insertions: Insertion[] = [];
  for (const expression of body.expressions) {
    const tokens = tokensOf(expression);
    const { role, name } = expression;
    if (role === 'assignment-value' || (role === 'statement' && expression.into !== null)) {
      const targets = role === 'statement' ? (expression.into?.targets ?? []) : [name];
      // `v[n] := x` makes v deeper, whatever x is.
      const deeper = targets.filter((target) => target.includes('[') || mayNest(tokens, called));
      const tests = testsOf(deeper.map((target) => foldWord((target.split('[', 1)[0] ?? '').trim())));
      const semicolon = each.body.tokens.find(({ text, start }) => text === ';' && start >= expression.end);
      if (tests.length > 0 && semicolon !== undefined)
        insertions.push(inserted(semicolon.end, tests.join(' ')));
    } else if (role === 'initial' && expression.start < begin.start && mayNest(tokens, called)) {
      first.push(name);
    } else if (role === 'return' && isCalled && returnsDocument(each.header) && mayNest(tokens, called)) {
      insertions.push(inserted(expression.start, 'bucordo.check_nesting('), inserted(expression.end, ')'));
    }
  }
  const atBegin = testsOf(first);
  return atBegin.length === 0 ? insertions : [inserted(begin.end, atBegin.join(' ')), ...insertions];
}

// It is never NULL; an IF, because PERFORM would set FOUND.
function test(name: string, document: string): string {
  return `IF pg_catalog.octet_length(${name}::text) > ${BYTES_FREE} AND bucordo.check_nesting(${document}) IS NULL THEN END IF;`;
}

function mayNest(tokens: readonly Token[], called: ReadonlySet<string>): boolean {
  return tokens.some(
    ({ word }, at) => tokens[at + 1]?.text === '(' && (NESTING.has(word) || called.has(word)),
  );
}

function returnsDocument(header: readonly Token[]): boolean {
  const at = header.findIndex(({ kind, word }) => kind === 'keyword' && word === 'returns');
  const type = header.slice(at + 1).find(({ word, text }) => word !== 'pg_catalog' && text !== '.');
  return at >= 0 && type?.word === 'jsonb';
}
