/**
 * What the author says about tables, columns and functions: `COMMENT ON`, or the `--` lines directly
 * above a statement, or behind a column on its own line.
 */

import type { SourceText } from '../check/source-text.ts';
import { namesOf, nodeOf, textAt } from '../check/sql-tree.ts';

/** Texts of `COMMENT ON`, by `function NAME`, `table NAME`, `column TABLE.NAME`. */
export function commentsOn(trees: readonly unknown[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const tree of trees) {
    const node = nodeOf(tree);
    if (node?.kind !== 'CommentStmt') continue;
    const kind = textAt(node.fields, 'objtype').replace('OBJECT_', '').toLowerCase();
    const object = nodeOf(node.fields['object']);
    const names =
      object?.kind === 'List' ? namesOf(object.fields['items']) : namesOf(object?.fields['objname']);
    const name = kind === 'column' ? names.slice(-2).join('.') : (names.at(-1) ?? '');
    found.set(`${kind} ${name}`, textAt(node.fields, 'comment'));
  }
  return found;
}

/** The block of `--` lines that ends on the line above a statement or column; empty for a rule of dashes or none. */
export function commentAbove(source: SourceText, { start }: { readonly start: number }): string {
  const lines = source.slice(0, start).split('\n').slice(0, -1);
  const block: string[] = [];
  for (let line = lines.pop(); line !== undefined; line = lines.pop()) {
    const comment = /^\s*--+(.*)$/.exec(line)?.[1];
    if (comment === undefined || /^\s*--+$/.test(line)) break;
    block.unshift(comment.trim());
  }
  return block.join('\n').trim();
}

/** The `--` comment at the end of the line on which a column stands. */
export function commentBehind(source: SourceText, offset: number): string {
  const rest = source.slice(offset, source.bytes.length).split('\n', 1)[0] ?? '';
  return /^(?:[^'-]|'[^']*'|-(?!-))*--\s*(.*)$/.exec(rest)?.[1]?.trim() ?? '';
}
