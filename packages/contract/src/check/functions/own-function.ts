/** A function of a contract as it was read, before it is judged. */

import type { Expression, FunctionBody } from '../body/function-body.ts';
import type { ParsedFragment } from '../query/parse-fragment.ts';
import type { Fields } from '../sql-tree.ts';

/** One embedded piece of SQL, read. */
export interface OwnQuery extends ParsedFragment {
  /** Where it stands in a PL/pgSQL body; null in a function of SQL. */
  readonly expression: Expression | null;
}

/** A parameter or a column of the result. */
export interface OwnParameter {
  readonly name: string;
  readonly type: string;
  readonly mode: 'in' | 'out' | 'inout' | 'variadic' | 'table';
  readonly hasDefault: boolean;
  readonly offset: number;
}

/** One CREATE FUNCTION of functions.sql. */
export interface OwnFunction {
  readonly name: string;
  /** `contract` in `contract.name`; empty when the name has no schema. */
  readonly schema: string;
  /** Where the statement begins. */
  readonly start: number;
  /** Where the name begins. */
  readonly nameOffset: number;
  readonly fields: Fields;
  readonly language: string;
  readonly parameters: readonly OwnParameter[];
  /** The type of the result as written, `SETOF ` in front of a set. */
  readonly result: string;
  /** The PL/pgSQL body; null for SQL. */
  readonly body: FunctionBody | null;
  readonly queries: readonly OwnQuery[];
}
