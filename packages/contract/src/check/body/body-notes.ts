/** Collects what stands in a function's body while its tokens are read. */

import {
  BodyError,
  type Construct,
  type ConstructKind,
  type Expression,
  type ExpressionRole,
  type FunctionBody,
  type Variable,
} from './function-body.ts';
import type { TokenCursor } from './token-cursor.ts';

/** The place of the reading and what was found so far. */
export class BodyNotes {
  readonly cursor: TokenCursor;
  readonly #variables: Variable[] = [];
  readonly #expressions: Expression[] = [];
  readonly #constructs: Construct[] = [];
  readonly #branches: number[] = [];
  readonly #statements: number[] = [];

  constructor(cursor: TokenCursor) {
    this.cursor = cursor;
  }

  /** All that was noted. */
  body(depth: number): FunctionBody {
    return {
      variables: this.#variables,
      expressions: this.#expressions,
      constructs: this.#constructs,
      branches: this.#branches,
      depth,
    };
  }

  /** Notes that a list of statements begins behind the last token taken. */
  branch(): void {
    this.#branches.push(this.cursor.lastEnd);
  }

  /** Notes that a statement begins here; what is noted until its end belongs to it. */
  beginStatement(): void {
    this.#statements.push(this.cursor.offset);
  }

  /** Notes that the statement that began last has ended. */
  endStatement(): void {
    this.#statements.pop();
  }

  /** Notes a variable. */
  variable(variable: Variable): void {
    this.#variables.push(variable);
  }

  /** Notes a control statement that began at `start`; it ends behind the last token taken. */
  construct(kind: ConstructKind, detail: string, start: number, end: number = this.cursor.lastEnd): void {
    this.#constructs.push({ kind, detail, start, end });
  }

  /** Notes an expression that ends before the given words; they are not taken. */
  expression(role: ExpressionRole, name: string, ...stops: readonly string[]): void {
    const tokens = this.cursor.upTo(...stops);
    const first = tokens[0];
    const last = tokens[tokens.length - 1];
    if (first === undefined || last === undefined) {
      throw new BodyError('an expression is missing', this.cursor.offset);
    }
    this.addExpression(role, name, first.start, last.end);
  }

  /** Notes the expression between two offsets. */
  addExpression(role: ExpressionRole, name: string, start: number, end: number): void {
    const text = this.cursor.source.slice(start, end);
    const base = start - 'SELECT '.length;
    this.addStatement({ role, sql: `SELECT ${text}`, base, start, end, into: null }, name);
  }

  /** Notes a whole SQL statement. */
  addStatement(expression: Omit<Expression, 'name' | 'statementStart'>, name = ''): void {
    this.#expressions.push({ ...expression, name, statementStart: this.#statements.at(-1) ?? null });
  }

  /** Notes a query that ends before the given words. */
  query(role: 'for-query' | 'return-query', ...stops: readonly string[]): void {
    const tokens = this.cursor.upTo(...stops);
    const start = tokens[0]?.start ?? this.cursor.offset;
    const end = tokens[tokens.length - 1]?.end ?? start;
    this.addStatement({
      role,
      sql: this.cursor.source.slice(start, end),
      base: start,
      start,
      end,
      into: null,
    });
  }
}
