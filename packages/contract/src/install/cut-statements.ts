/** Cuts a text of SQL into its statements, as Postgres's own parser does. */

import { loadParser } from '../check/sql-parser.ts';
import { nodeOf } from '../check/sql-tree.ts';
import { parseText } from './readable-text.ts';

/** A statement as it stands in a text. */
export interface CutStatement {
  /** What the parser calls it: `CreateFunctionStmt`, `ViewStmt`, `GrantStmt`. */
  readonly kind: string;
  /** As written, without comments and white space in front. */
  readonly text: string;
}

/**
 * The statements of a text that the caller trusts, such as the node's own files, in their order. Throws a
 * `StatementError` when it has no syntax.
 */
export async function cutStatements(text: string): Promise<readonly CutStatement[]> {
  await loadParser();
  const bytes = Buffer.from(text, 'utf8');
  return parseText(text).map(({ tree, start, end }) => ({
    kind: nodeOf(tree)?.kind ?? '',
    text: bytes.toString('utf8', start, end).replace(IN_FRONT, ''),
  }));
}

const IN_FRONT = /^(?:\s+|--[^\n]*(?:\n|$))+/;
