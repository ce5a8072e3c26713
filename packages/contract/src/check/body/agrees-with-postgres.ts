/**
 * Compares the checker's reading of a body with Postgres' own, so that no text can mean one thing to
 * the checker and another to the database: every expression that Postgres has found must be among
 * those that were checked. The reverse does not hold: Postgres' reader loses some.
 */

import { isFields } from '../sql-tree.ts';
import type { FunctionBody } from './function-body.ts';

/** The first expression that only Postgres has found; null when there is none. */
export function unseenExpression(body: FunctionBody, postgres: unknown): string | null {
  const seen = new Map<string, number>();
  for (const { sql } of body.expressions) {
    const text = normal(sql);
    seen.set(text, (seen.get(text) ?? 0) + 1);
  }
  for (const query of queriesOf(postgres)) {
    const count = seen.get(query) ?? 0;
    if (count === 0) return query;
    seen.set(query, count - 1);
  }
  return null;
}

// An embedded expression is `x + 1`, or `v := x + 1` with what it is assigned to; a query is whole.
function* queriesOf(postgres: unknown): Generator<string> {
  const waiting: unknown[] = [postgres];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (Array.isArray(value)) waiting.push(...value);
    if (!isFields(value)) continue;
    const expression = value['PLpgSQL_expr'];
    if (isFields(expression) && typeof expression['query'] === 'string') {
      yield normalQuery(expression['query'], expression['parseMode']);
    } else waiting.push(...Object.values(value).filter((each) => typeof each === 'object' && each !== null));
  }
}

/** The parser's numbers for how a text is meant: a statement, an expression, an assignment from 3 on. */
const STATEMENT = 0;
const ASSIGNMENT = 3;

function normalQuery(query: string, mode: unknown): string {
  if (mode === STATEMENT || mode === undefined) return normal(query);
  const isAssignment = typeof mode === 'number' && mode >= ASSIGNMENT;
  // The branches of a CASE with an operand compare a variable that nobody wrote.
  const written = /^"__Case__Variable_\d+__" IN \((.*)\)$/s.exec(query)?.[1] ?? query;
  return normal(`SELECT ${isAssignment ? assignedValue(written) : written}`);
}

// Behind the first `:=` or `=` outside brackets. Targets are names, dots and subscripts.
function assignedValue(assignment: string): string {
  let depth = 0;
  for (let at = 0; at < assignment.length; at++) {
    const character = assignment[at];
    if (character === '[' || character === '(') depth++;
    if (character === ']' || character === ')') depth--;
    if (depth === 0 && character === '=') return assignment.slice(at + 1).trimStart();
  }
  return assignment;
}

function normal(sql: string): string {
  return sql.trim();
}
