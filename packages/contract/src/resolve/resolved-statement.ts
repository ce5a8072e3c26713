/** A statement, expression or constraint after Postgres has resolved it, ready to be judged. */

import type { Finding } from '../check/finding.ts';
import type { Catalogue } from './catalogue.ts';
import { type Excerpt, placeIn } from './excerpt.ts';
import type { TreeNode } from './node-tree.ts';
import type { ViewQueries } from './query-shape.ts';

/** The conditions of the branches of all handlers around a statement, the innermost first. */
export type Handlers = readonly (readonly string[])[];

/** What is judged. */
export interface ResolvedStatement {
  /** The function it belongs to; empty for tables and views. */
  readonly functionName: string;
  readonly excerpt: Excerpt;
  readonly tree: TreeNode;
  /** The SQL that Postgres resolved, in which the literals of constants stand. */
  readonly sql: string;
  /** Whether its consumer may stop before the last row. */
  readonly mayStop: boolean;
  /** The handlers around it, once for each way in which its function is called; absent without any. */
  readonly handlers?: readonly Handlers[];
}

/** Names that decide what a contract may use. */
export interface ContractScope {
  readonly catalogue: Catalogue;
  /** The contract's name, which is its schema's. */
  readonly contract: string;
  /** Views of other contracts that it may read, as `contract.view`. */
  readonly usedViews: ReadonlySet<string>;
  /** Declared scans: function → table → most rows. */
  readonly scans: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Foreign keys whose columns no index leads with: what they refer to is looked up by reading the whole table. */
  readonly unindexedKeys: readonly UnindexedKey[];
  /** What the CHECKs and generated columns of each table may raise for a row, by the table's object id. */
  readonly rowErrors: ReadonlyMap<number, readonly string[]>;
  /** The resolved queries behind the views that it may read. */
  readonly views: ViewQueries;
  /** Functions of the contract that may refuse, themselves or through others. */
  readonly refusing: ReadonlySet<string>;
  /** Whether it is a rule for readers that is judged: it may ask who reads. */
  readonly isForReaders?: boolean;
}

/** A foreign key without an index. */
export interface UnindexedKey {
  readonly table: string;
  readonly columns: readonly string[];
  /** Object id and columns of the table it refers to. */
  readonly target: number;
  readonly targetColumns: readonly number[];
}

/** What a rule says about a construct. */
export interface Objection {
  readonly rule: string;
  readonly construct: string;
  readonly message: string;
  readonly remedy: string;
  /** Words of the text at which it stands, the first that is found counts. */
  readonly words?: readonly string[];
}

/** An objection with the place where it applies. */
export function findingAt(excerpt: Excerpt, objection: Objection): Finding {
  const { rule, construct, message, remedy, words } = objection;
  return { rule, layer: 'B2', ...placeIn(excerpt, words), construct, message, remedy };
}
