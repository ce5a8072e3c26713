/** The rules about whole statements: what of SQL a contract leaves out. */

import { isList, TreeNode, type TreeValue } from './node-tree.ts';
import type { ContractScope, Objection } from './resolved-statement.ts';

/** What is wrong with a query as a whole. */
export function objectionsToStatement(query: TreeNode, scope: ContractScope): readonly Objection[] {
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
  if (pairsOwnRows(query, scope)) {
    refuse(
      'rows of a function beside those of another',
      'the first row of one stands beside the first of the other, and in which order a function of the contract returns its rows, nothing says',
      'Name the function alone in FROM, and join its rows by their values.',
      ['rows from', 'select'],
    );
  }
  return objections;
}

// Functions that return sets run side by side in ROWS FROM and in a select list.
function pairsOwnRows(query: TreeNode, scope: ContractScope): boolean {
  const isOwn = (call: TreeNode): boolean =>
    scope.catalogue.function(call.number('funcid'))?.schema === scope.contract;
  const zipped = query.children('rtable').some((range) => {
    const calls = range.children('functions').flatMap((each) => each.child('funcexpr') ?? []);
    return calls.length > 1 && calls.some((each) => each.isTrue('funcretset') && isOwn(each));
  });
  const listed = query.children('targetList').flatMap((each) => setsIn(each));
  return zipped || (listed.length > 1 && listed.some(isOwn));
}

function setsIn(value: TreeValue | undefined): readonly TreeNode[] {
  if (isList(value)) return value.flatMap((each) => setsIn(each));
  if (!(value instanceof TreeNode) || value.tag === 'QUERY') return [];
  const inner = [...value.fields.values()].flatMap((each) => setsIn(each));
  return value.isTrue('funcretset') ? [value, ...inner] : inner;
}
