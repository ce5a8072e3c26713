/**
 * Reads functions.sql: each CREATE FUNCTION with its body and everything embedded in it. What cannot
 * be read becomes a finding.
 */

import { bodyBytesMax } from '../../limits.ts';
import { unseenExpression } from '../body/agrees-with-postgres.ts';
import { BodyError, type FunctionBody } from '../body/function-body.ts';
import { readBody } from '../body/read-body.ts';
import { checkToken } from '../check-limits.ts';
import type { FindingList } from '../finding-list.ts';
import { parseFragment, statementName, syntax } from '../query/parse-fragment.ts';
import { writtenType } from '../schema/schema-model.ts';
import type { SourceText } from '../source-text.ts';
import { type ParsedStatement, parseBody, parseStatements, scanTokens, type Token } from '../sql-parser.ts';
import { type Fields, fieldsAt, namesOf, nodeOf, nodesOf, numberAt, textAt } from '../sql-tree.ts';
import type { OwnFunction, OwnParameter, OwnQuery } from './own-function.ts';

/** Reads all functions of a text that has passed the limits. */
export function readFunctions(source: SourceText, findings: FindingList): readonly OwnFunction[] {
  const parsed = parseStatements(source.text);
  if ('error' in parsed) {
    findings.add({ source, offset: parsed.error.offset }, 'the syntax', syntax(parsed.error.message));
    return [];
  }
  const functions: OwnFunction[] = [];
  for (const statement of parsed.ok) {
    const node = nodeOf(statement.tree);
    const tokens = tokensOf(source, statement);
    const start = tokens[0]?.start ?? statement.start;
    if (node?.kind === 'CommentStmt') continue;
    if (node?.kind === 'CreateFunctionStmt' && node.fields['is_procedure'] !== true) {
      functions.push(readFunction(source, { statement, fields: node.fields, tokens, start }, findings));
    } else {
      const name = node?.kind === 'CreateFunctionStmt' ? 'CREATE PROCEDURE' : statementName(node?.kind ?? '');
      findings.add({ source, offset: start }, name, {
        rule: 'statement',
        message: 'functions.sql creates functions and comments on them, nothing else.',
        remedy: 'Put tables, indexes and views in schema.sql; write functions as CREATE FUNCTION.',
      });
    }
  }
  return functions;
}

interface FunctionStatement {
  readonly statement: ParsedStatement;
  readonly fields: Fields;
  readonly tokens: readonly Token[];
  readonly start: number;
}

function tokensOf(source: SourceText, { start, end }: ParsedStatement): readonly Token[] {
  const tokens = scanTokens(source.slice(start, end)) ?? [];
  return tokens.map((token) => ({ ...token, start: token.start + start, end: token.end + start }));
}

function readFunction(source: SourceText, written: FunctionStatement, findings: FindingList): OwnFunction {
  const { fields, tokens, start } = written;
  const names = namesOf(fields['funcname']);
  const word = tokens.findIndex((token) => token.word === 'function');
  const { body, queries } = readContents(source, written, findings);
  return {
    name: names.at(-1) ?? '',
    schema: names.length > 1 ? names.slice(0, -1).join('.') : '',
    start,
    nameOffset: tokens[word + 1]?.start ?? start,
    fields,
    language: languageOf(fields),
    parameters: nodesOf(fields['parameters']).map((node) => readParameter(node.fields, start)),
    result: resultOf(fieldsAt(fields, 'returnType')),
    body,
    queries,
  };
}

function resultOf(type: Fields | null): string {
  if (type === null) return 'void';
  return `${type['setof'] === true ? 'SETOF ' : ''}${writtenType(type)}`;
}

/** Names of the parser for the modes of parameters. */
const MODES: ReadonlyMap<string, OwnParameter['mode']> = new Map<string, OwnParameter['mode']>([
  ['FUNC_PARAM_OUT', 'out'],
  ['FUNC_PARAM_INOUT', 'inout'],
  ['FUNC_PARAM_VARIADIC', 'variadic'],
  ['FUNC_PARAM_TABLE', 'table'],
]);

function readParameter(fields: Fields, start: number): OwnParameter {
  return {
    name: textAt(fields, 'name'),
    type: writtenType(fieldsAt(fields, 'argType')),
    mode: MODES.get(textAt(fields, 'mode')) ?? 'in',
    hasDefault: fields['defexpr'] !== undefined,
    offset: numberAt(fields, 'location') ?? start,
  };
}

/** The language that a CREATE FUNCTION names; SQL where the body stands without quotes. */
function languageOf(fields: Fields): string {
  const option = nodesOf(fields['options']).find((each) => textAt(each.fields, 'defname') === 'language');
  const name = nodeOf(option?.fields['arg']);
  return name === null ? 'sql' : textAt(name.fields, 'sval').toLowerCase();
}

/** Where a body stands between its quotes. */
interface BodyRange {
  readonly start: number;
  readonly end: number;
}

function checkTokens(source: SourceText, { start, end }: BodyRange, findings: FindingList): void {
  for (const token of scanTokens(source.slice(start, end)) ?? []) {
    checkToken(token, { source, offset: start + token.start }, findings);
  }
}

interface Contents {
  readonly body: FunctionBody | null;
  readonly queries: readonly OwnQuery[];
}

const NOTHING: Contents = { body: null, queries: [] };

function readContents(source: SourceText, written: FunctionStatement, findings: FindingList): Contents {
  const { fields, tokens, start } = written;
  if (fields['sql_body'] !== undefined) return readAtomic(source, written, findings);
  const at = tokens.findIndex((token, index) => token.word === 'as' && tokens[index + 1]?.kind === 'string');
  const quoted = tokens[at + 1];
  const delimiter = /^\$[^$]*\$/.exec(quoted?.text ?? '')?.[0];
  if (at < 0 || quoted === undefined || delimiter === undefined || tokens[at + 2]?.text === ',') {
    findings.add({ source, offset: quoted?.start ?? start }, 'the body', {
      rule: 'body-quoting',
      message: 'A body in other quotes is not what is executed: escapes in it are read first.',
      remedy: 'Write the body between $$ and $$.',
    });
    return NOTHING;
  }
  const range = { start: quoted.start + delimiter.length, end: quoted.end - delimiter.length };
  if (range.end - range.start > bodyBytesMax) {
    findings.addOf('B0', { source, offset: range.start }, `a body of ${range.end - range.start} bytes`, {
      rule: 'size',
      message: `A body has at most ${bodyBytesMax} bytes, so that it can be read and checked.`,
      remedy: 'Divide the function into several.',
    });
    return NOTHING;
  }
  checkTokens(source, range, findings);
  if (languageOf(fields) === 'plpgsql') return readPlpgsql(source, written, range, findings);
  const sql = source.slice(range.start, range.end);
  const text = { sql, base: range.start, start: range.start + (sql.length - sql.trimStart().length) };
  return { body: null, queries: parseFragment(source, text, findings).map(withoutExpression) };
}

function withoutExpression(fragment: ReturnType<typeof parseFragment>[number]): OwnQuery {
  return { ...fragment, expression: null };
}

// BEGIN ATOMIC … END, or RETURN expression: statements of the text itself.
function readAtomic(
  source: SourceText,
  { fields, tokens, start }: FunctionStatement,
  findings: FindingList,
): Contents {
  const at = tokens.findIndex((token) => token.word === 'atomic' || token.word === 'return');
  const first = tokens[at];
  if (first === undefined) return NOTHING;
  const isBlock = first.word === 'atomic';
  const from = isBlock ? first.end : first.end;
  const end = tokens.findLast((token) => token.word === 'end');
  const to = isBlock ? (end?.start ?? from) : (tokens.at(-1)?.end ?? from);
  const text = source.slice(from, to);
  const embedded = isBlock
    ? { sql: text.replace(/\bRETURN\b/gi, 'SELECT'), base: from, start: from }
    : { sql: `SELECT${text}`, base: from - 'SELECT'.length, start };
  const queries = parseFragment(source, embedded, findings).map(withoutExpression);
  return { body: null, queries: fields['sql_body'] === undefined ? [] : queries };
}

function readPlpgsql(
  source: SourceText,
  { statement, start }: FunctionStatement,
  range: BodyRange,
  findings: FindingList,
): Contents {
  try {
    const before = findings.all.length;
    const body = readBody(source, range.start, range.end);
    const queries = body.expressions.flatMap((expression) =>
      parseFragment(source, expression, findings).map((fragment) => ({ ...fragment, expression })),
    );
    if (findings.all.length === before)
      compareWithPostgres(source, { body, range, text: source.slice(start, statement.end) }, findings);
    return { body, queries };
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    findings.add({ source, offset: error.offset }, 'the syntax', {
      rule: 'syntax',
      message: `The body cannot be read as PL/pgSQL: ${error.message}.`,
      remedy: 'Correct it.',
    });
    return NOTHING;
  }
}

// Only when nothing else is wrong: refused statements are not in the checker's reading.
function compareWithPostgres(
  source: SourceText,
  read: { readonly body: FunctionBody; readonly range: BodyRange; readonly text: string },
  findings: FindingList,
): void {
  const spot = { source, offset: read.range.start };
  if (read.body.constructs.some(({ kind }) => ['execute', 'cursor', 'call', 'transaction'].includes(kind)))
    return;
  const parsed = parseBody(read.text);
  if ('error' in parsed) {
    const { message } = parsed.error;
    findings.add({ source, offset: placeOf(source, message, read) }, 'the body', syntax(message));
    return;
  }
  const unseen = unseenExpression(read.body, parsed.ok);
  if (unseen === null) return;
  findings.add(spot, unseen, {
    rule: 'unreadable',
    message: 'Postgres reads this body differently than the checker, so it cannot be judged.',
    remedy: 'Write it plainly: one statement after the other, no keywords as names.',
  });
}

// Postgres' reader tells no position, but often the name that it did not expect.
function placeOf(source: SourceText, message: string, { range }: { readonly range: BodyRange }): number {
  const name = /"([^"]+)"/.exec(message)?.[1];
  const tokens = scanTokens(source.slice(range.start, range.end)) ?? [];
  const token = tokens.find(({ word }) => word === name);
  return range.start + (token?.start ?? 0);
}
