/** A function taken apart: what its variables are, what it runs, and where the results go. */

import type { SourceText } from '../check/source-text.ts';
import type { Excerpt } from './excerpt.ts';
import type { Handlers, Objection } from './resolved-statement.ts';

/** A variable, parameter or loop variable. */
export interface Variable {
  readonly name: string;
  /** As SQL; `record` when its shape follows from what fills it. */
  readonly type: string;
}

/** Where the columns of a statement go. */
export type Target =
  | { readonly kind: 'variables'; readonly names: readonly string[] }
  /** The one variable that takes all columns as its fields, or the only one as its value. */
  | { readonly kind: 'row'; readonly name: string }
  /** The elements of an array, one by one. */
  | { readonly kind: 'elements'; readonly name: string }
  | { readonly kind: 'result' }
  /** Rows of the result: all that a query gives, or the one that an expression or variable is. */
  | { readonly kind: 'rows'; readonly isOne: boolean };

/** One statement of a program. */
export interface ProgramStatement {
  readonly excerpt: Excerpt;
  readonly sql: string;
  /** Whether the consumer may stop before the last row. */
  readonly mayStop: boolean;
  readonly target: Target | null;
  /** The handlers of the blocks around it. */
  readonly handlers: Handlers;
  /** The variables that can be named where it stands. */
  readonly names: readonly string[];
}

/** A function as a program. */
export interface FunctionProgram {
  readonly name: string;
  readonly variables: readonly Variable[];
  readonly statements: readonly ProgramStatement[];
  /** Whether it has a RAISE of its own. */
  readonly refuses: boolean;
  /** What the reader could not take apart: what and where. */
  readonly unknown: readonly {
    readonly excerpt: Excerpt;
    readonly construct: string;
    readonly reason: string;
  }[];
  /** What Postgres refuses whenever it is reached. */
  readonly deadEnds: readonly { readonly excerpt: Excerpt; readonly objection: Objection }[];
}

/** One CREATE FUNCTION statement of `functions.sql`. */
export interface FunctionText {
  readonly source: SourceText;
  readonly name: string;
  /** The whole statement and where it stands, in UTF-16 code units. */
  readonly statement: string;
  readonly start: number;
  /** The body as written, empty for a body of `BEGIN ATOMIC`; and where it stands. */
  readonly body: string;
  readonly bodyStart: number;
  readonly language: string;
}

/** What the catalogue knows of a function's head. */
export interface FunctionHead {
  /** Types of the parameters by name, as SQL. */
  readonly parameters: ReadonlyMap<string, string>;
  /** What RETURN converts to, as SQL; null for rows, and without a result. */
  readonly result: string | null;
  /** Whether it returns rows of several columns. */
  readonly hasRows: boolean;
  /** Whether its end may not be reached without RETURN. */
  readonly mustReturn: boolean;
}
