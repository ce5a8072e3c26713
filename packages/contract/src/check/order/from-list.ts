/** What a query reads, as the rules about order see it. */

import type { SchemaModel } from '../schema/schema-model.ts';
import type { Fields } from '../sql-tree.ts';

/** One item of a FROM list. */
export interface FromItem {
  readonly alias: string;
  /** Null when nobody can know them offline. */
  readonly columns: ReadonlySet<string> | null;
  /** Rows that agree in one of these sets are the same row, or cannot be told apart. */
  readonly keys: readonly (readonly string[])[];
  /** The same, but only among rows without NULL in them: unique constraints over nullable columns. */
  readonly nullableKeys: readonly (readonly string[])[];
  /** Gives one row at most. */
  readonly isSingle: boolean;
}

/** `left = right`, or `left IS NOT DISTINCT FROM right`. */
export interface Equality {
  readonly left: unknown;
  readonly right: unknown;
  /** Whether it holds for no NULL. */
  readonly isStrict: boolean;
  /** For an outer join: the only aliases whose columns it decides. */
  readonly decides: ReadonlySet<string> | null;
}

/** What a query reads. */
export interface FromList {
  readonly items: readonly FromItem[];
  readonly equalities: readonly Equality[];
}

/** Relations that a query can name: those of the schema and those of its WITH clauses. */
export interface Relations {
  readonly contract: string;
  readonly schema: SchemaModel;
  readonly common: ReadonlyMap<string, Fields>;
}
