/**
 * What PL/pgSQL accepts when a function is created and refuses whenever it comes there: a query whose rows
 * go nowhere, a function whose end is reached without RETURN, an option that RAISE is given twice.
 */

import { parseStatements } from '../check/sql-parser.ts';
import { type Fields, fieldsOf, isFields, nodeOf, nodesOf, numberAt, textAt } from '../check/sql-tree.ts';
import type { Objection } from './resolved-statement.ts';

/** A place of a body that fails whenever it is reached. */
export interface DeadEnd {
  /** Line of the body, from 1. */
  readonly line: number;
  /** The embedded SQL at whose place it stands; empty for the line itself. */
  readonly query: string;
  readonly objection: Objection;
}

/** The dead ends in a body; `mustReturn` when the function gives one value, which RETURN names. */
export function deadEnds(action: unknown, mustReturn: boolean): readonly DeadEnd[] {
  const root = nodeOf(action);
  const found = deadStatements(action);
  if (root === null || !mustReturn || hasReturn(action) || !mayEnd(root.fields['body'])) return found;
  return [...found, { line: numberAt(root.fields, 'lineno') ?? 1, query: '', objection: NO_RETURN }];
}

const NO_RETURN: Objection = {
  rule: 'always-fails',
  construct: 'a function without RETURN',
  message: 'Postgres refuses every call at its end: "control reached end of function without RETURN"',
  remedy: 'Write RETURN with a value, or RETURNS void in its head.',
  words: ['begin'],
};

function deadStatements(value: unknown): readonly DeadEnd[] {
  if (Array.isArray(value)) return value.flatMap(deadStatements);
  if (!isFields(value)) return [];
  const query = fieldsOf(value, 'PLpgSQL_stmt_execsql');
  const raise = fieldsOf(value, 'PLpgSQL_stmt_raise');
  return [
    ...(query === null ? [] : lostRows(query)),
    ...(raise === null ? [] : repeatedOptions(raise)),
    ...Object.values(value).flatMap(deadStatements),
  ];
}

function lostRows(fields: Fields): readonly DeadEnd[] {
  const query = textAt(fieldsOf(fields['sqlstmt'], 'PLpgSQL_expr') ?? {}, 'query');
  const parsed = parseStatements(query);
  const statement = 'ok' in parsed ? nodeOf(parsed.ok[0]?.tree) : null;
  if (fields['into'] === true || statement === null) return [];
  const isSelect = statement.kind === 'SelectStmt';
  if (!isSelect && statement.fields['returningClause'] === undefined) return [];
  const objection: Objection = {
    rule: 'always-fails',
    construct: isSelect ? 'SELECT without INTO' : 'RETURNING without INTO',
    message: 'Postgres refuses it whenever it is reached: "query has no destination for result data"',
    remedy: isSelect
      ? 'Write SELECT … INTO a variable, or PERFORM when the rows are not needed.'
      : 'Write RETURNING … INTO a variable, or leave RETURNING out.',
    words: [isSelect ? 'select' : 'returning'],
  };
  return [{ line: numberAt(fields, 'lineno') ?? 1, query, objection }];
}

/** Numbers by which the parser names the options of RAISE. */
const RAISE_OPTIONS: ReadonlyMap<number, string> = new Map([
  [0, 'ERRCODE'],
  [1, 'MESSAGE'],
  [2, 'DETAIL'],
  [3, 'HINT'],
]);

// The text behind EXCEPTION is the message, a condition or SQLSTATE is the code.
function repeatedOptions(fields: Fields): readonly DeadEnd[] {
  const given = nodesOf(fields['options']).map((option) => numberAt(option.fields, 'opt_type') ?? 0);
  if (textAt(fields, 'condname') !== '') given.unshift(0);
  if (fields['message'] !== undefined) given.unshift(1);
  const twice = given.find((option, index) => given.indexOf(option) < index);
  if (twice === undefined) return [];
  const option = RAISE_OPTIONS.get(twice) ?? 'an option';
  const objection: Objection = {
    rule: 'always-fails',
    construct: `RAISE with ${option} twice`,
    message: `Postgres refuses it whenever it is reached: "RAISE option already specified: ${option}"`,
    remedy: 'Give each option once; the text behind RAISE EXCEPTION is the message.',
    words: [option.toLowerCase(), 'raise'],
  };
  return [{ line: numberAt(fields, 'lineno') ?? 1, query: '', objection }];
}

function hasReturn(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasReturn);
  if (!isFields(value)) return false;
  // The parser adds one at the end of every body, which has no line.
  const own = fieldsOf(value, 'PLpgSQL_stmt_return');
  return (own !== null && numberAt(own, 'lineno') !== null) || Object.values(value).some(hasReturn);
}

// Whether the end of a list of statements can be reached; yes where that is not plain.
function mayEnd(body: unknown): boolean {
  return nodesOf(body).every(({ kind, fields }) => {
    switch (kind) {
      case 'PLpgSQL_stmt_raise':
        return (numberAt(fields, 'elog_level') ?? 0) < ERROR_LEVEL;
      case 'PLpgSQL_stmt_if':
        return mayEndIf(fields);
      case 'PLpgSQL_stmt_case':
        return mayEndCase(fields);
      case 'PLpgSQL_stmt_loop':
        return hasExit(fields['body']);
      case 'PLpgSQL_stmt_block':
        return mayEnd(fields['body']) || handlersOf(fields).some((each) => mayEnd(each['action']));
      default:
        return true;
    }
  });
}

/** The level of RAISE EXCEPTION. */
const ERROR_LEVEL = 21;

function mayEndIf(fields: Fields): boolean {
  const otherwise = nodesOf(fields['elsif_list']).map((each) => each.fields['stmts']);
  return [fields['then_body'], ...otherwise, fields['else_body']].some(mayEnd);
}

// Without ELSE, a CASE that no WHEN fits raises.
function mayEndCase(fields: Fields): boolean {
  const branches = nodesOf(fields['case_when_list']).map((each) => each.fields['stmts']);
  return branches.some(mayEnd) || (fields['have_else'] === true && mayEnd(fields['else_stmts']));
}

function hasExit(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasExit);
  if (!isFields(value)) return false;
  return 'PLpgSQL_stmt_exit' in value || Object.values(value).some(hasExit);
}

function handlersOf(block: Fields): readonly Fields[] {
  const handlers = fieldsOf(block['exceptions'], 'PLpgSQL_exception_block');
  return nodesOf(handlers?.['exc_list']).map((each) => each.fields);
}
