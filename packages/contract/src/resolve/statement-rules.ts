/** The rules about whole statements: what of SQL a contract leaves out. */

import { isList, type TreeNode } from './node-tree.ts';
import type { Objection } from './resolved-statement.ts';

/** What is wrong with a query as a whole. */
export function objectionsToStatement(query: TreeNode): readonly Objection[] {
  const objections: Objection[] = [];
  const refuse = (construct: string, message: string, remedy: string, words: readonly string[]): void => {
    objections.push({ rule: 'statement', construct, message, remedy, words });
  };
  if (query.isTrue('hasRecursive')) {
    refuse('WITH RECURSIVE', 'nothing bounds how often it repeats', 'Write a loop.', ['recursive']);
  }
  if (query.isTrue('hasModifyingCTE')) {
    refuse(
      'WITH … that writes',
      'the parts of such a statement run in no fixed order',
      'Write separate statements.',
      ['with'],
    );
  }
  if (query.isTrue('hasForUpdate') || isList(query.fields.get('rowMarks'))) {
    refuse('FOR UPDATE', 'transactions run one after the other, locks change nothing', 'Leave it out.', [
      'for update',
      'for share',
    ]);
  }
  if (query.number('commandType') > 4) {
    refuse(
      'MERGE',
      'which action runs can depend on the order of rows',
      'Use INSERT … ON CONFLICT, or UPDATE and INSERT.',
      ['merge'],
    );
  }
  return objections;
}
