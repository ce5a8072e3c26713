/**
 * What stands in the body of a PL/pgSQL function, with the position of everything: its variables,
 * its embedded expressions and queries, and its control statements. All offsets are bytes of UTF-8
 * in the file that holds the function.
 */

/** Which part of a statement an embedded piece of SQL is. */
export type ExpressionRole =
  | 'initial'
  | 'assignment-target'
  | 'assignment-value'
  | 'condition'
  | 'case'
  | 'bound'
  | 'array'
  | 'for-query'
  | 'statement'
  | 'perform'
  | 'return'
  | 'return-next'
  | 'return-query'
  | 'raise-argument'
  | 'raise-option'
  | 'assert';

/** One embedded piece of SQL as a statement that the parser can read. */
export interface Expression {
  readonly role: ExpressionRole;
  /** A whole statement: an expression has `SELECT ` in front, an INTO clause is replaced by blanks. */
  readonly sql: string;
  /** What to add to an offset in `sql` to get the offset in the file; below zero is possible. */
  readonly base: number;
  /** Where it stands in the file. */
  readonly start: number;
  readonly end: number;
  /** Where the statement begins that it belongs to; null for first values of the outermost block. */
  readonly statementStart: number | null;
  /** INTO of a statement: the variables it fills. */
  readonly into: IntoClause | null;
  /** For `initial`, the variable; for `assignment-value`, the target as written; for `raise-option`, its name. */
  readonly name: string;
}

/** `INTO [STRICT] a, b`. */
export interface IntoClause {
  readonly isStrict: boolean;
  readonly targets: readonly string[];
  readonly start: number;
}

/** A variable of the DECLARE part or of a FOR over integers. */
export interface Variable {
  readonly name: string;
  /** The type as written; `integer` for the variable of a FOR over integers. */
  readonly type: string;
  readonly start: number;
  readonly typeStart: number;
}

/** Control statements and forms that rules speak about. */
export type ConstructKind =
  | 'loop'
  | 'while'
  | 'for-integer'
  | 'for-query'
  | 'foreach'
  | 'execute'
  | 'cursor'
  | 'call'
  | 'transaction'
  | 'option'
  | 'alias'
  | 'raise'
  | 'handler'
  | 'diagnostics';

/** One control statement. */
export interface Construct {
  readonly kind: ConstructKind;
  /** What stands there: the level of RAISE, the condition of a handler, the item of GET DIAGNOSTICS. */
  readonly detail: string;
  readonly start: number;
  /** For loops: just behind the word LOOP. */
  readonly end: number;
}

/** The body as read. */
export interface FunctionBody {
  readonly variables: readonly Variable[];
  /** In the order of the text. */
  readonly expressions: readonly Expression[];
  readonly constructs: readonly Construct[];
  /** Where lists of statements begin: just behind BEGIN, THEN, ELSE and LOOP. */
  readonly branches: readonly number[];
  /** How deep blocks, loops and conditions stand in one another. */
  readonly depth: number;
}

/** The body is not as the checker knows PL/pgSQL. */
export class BodyError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'BodyError';
    this.offset = offset;
  }
}
