/** What the rules for one embedded piece of SQL know about its surroundings. */

import type { FindingList, Spot } from '../finding-list.ts';
import type { Relations } from '../order/from-list.ts';
import type { Advice } from '../rules/refused-functions.ts';
import type { SchemaModel } from '../schema/schema-model.ts';
import type { SourceText } from '../source-text.ts';
import type { Token } from '../sql-parser.ts';
import { type Fields, locationOf, type TreeNode } from '../sql-tree.ts';

/** The contract as the rules see it. */
export interface ContractScope {
  readonly contract: string;
  readonly schema: SchemaModel;
  /** Whether relations and columns are those of `schema`; false in migrations, which see older ones. */
  readonly knowsSchema: boolean;
  /** Names of the contract's own functions. */
  readonly functions: ReadonlySet<string>;
  /** Own functions that write, or whose number of calls matters. */
  readonly writing: ReadonlySet<string>;
  /** Own functions that read tables and see what the statement that calls them has changed so far. */
  readonly unsteady: ReadonlySet<string>;
  /** Own functions that may refuse with a code of the contract. */
  readonly refusing: ReadonlySet<string>;
  /** Views of other contracts that the manifest names, as `contract.view`. */
  readonly uses: ReadonlySet<string>;
}

/** Where a parsed statement stands in its file. */
export interface Fragment {
  readonly source: SourceText;
  /** What to add to an offset of the statement to get that of the file. */
  readonly base: number;
  /** Offset in the file to name when nothing better is known. */
  readonly start: number;
  /** Tokens of the statement, offsets as in the statement; scanned when they are asked for. */
  readonly tokens: () => readonly Token[];
}

/** The state of one walk through a statement. */
export interface QueryContext extends ContractScope {
  readonly fragment: Fragment;
  readonly findings: FindingList;
  /** Queries of WITH clauses that can be named here. */
  readonly common: ReadonlyMap<string, Fields>;
  /** The innermost SELECT around, for window functions and aggregates. */
  readonly select: Fields | null;
  /** Types of parameters and variables by their names, as in `pg_type`; `record` where only a query knows. */
  readonly variables: ReadonlyMap<string, string>;
  /** Whether rows are read around this expression, so that it is evaluated once per row. */
  readonly isPerRow: boolean;
  /** Whether these may be several rows: no key fixes them to one. */
  readonly isPerManyRows: boolean;
  /** Whether the function handles errors, so that the first error of a statement can be seen. */
  readonly isCaught: boolean;
  /** Notes a call of one of the contract's own functions. */
  readonly onCall: (name: string, spot: Spot) => void;
}

/** The place of a node in the file. */
export function spotOf(node: TreeNode, { fragment }: QueryContext): Spot {
  const location = locationOf(node);
  return { source: fragment.source, offset: location === null ? fragment.start : fragment.base + location };
}

/** The place of the last of these words before a node or in the statement; the node's own without one. */
export function spotOfWord(word: string, before: TreeNode, context: QueryContext): Spot {
  const { tokens, base, source } = context.fragment;
  const location = locationOf(before) ?? Number.MAX_SAFE_INTEGER;
  const token = tokens().findLast((each) => each.word === word && each.start <= location);
  return token === undefined ? spotOf(before, context) : { source, offset: base + token.start };
}

/** Notes a refusal of a node. */
export function refuse(context: QueryContext, node: TreeNode, construct: string, advice: Advice): void {
  context.findings.add(spotOf(node, context), construct, advice);
}

/** The relations that a query here can name. */
export function relationsOf(context: QueryContext): Relations {
  return { contract: context.contract, schema: context.schema, common: context.common };
}
