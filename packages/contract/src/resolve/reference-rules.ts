/** Rules about what a statement names: tables, views and columns. */

import { SYSTEM_COLUMNS, SYSTEM_SCHEMAS } from './known-nodes.ts';
import type { TreeNode } from './node-tree.ts';
import type { ContractScope, Objection } from './resolved-statement.ts';

/** What is wrong with a table or view that a query reads or writes. */
export function objectionToRelation(range: TreeNode, scope: ContractScope): Objection | null {
  const relation = scope.catalogue.relation(range.number('relid'));
  const name = relation === undefined ? 'a system relation' : `${relation.schema}.${relation.name}`;
  if (relation?.schema === scope.contract || scope.usedViews.has(name)) return null;
  return {
    rule: 'foreign-relation',
    construct: name,
    message: 'it is not a table of this contract, nor a view that the manifest says it uses',
    remedy: 'Read a view that the other contract publishes, and name it under "uses" in contract.json.',
    words: relation === undefined ? SYSTEM_SCHEMAS : [relation.name],
  };
}

/** What is wrong with a column. */
export function objectionsToColumn(variable: TreeNode): readonly Objection[] {
  const objections: Objection[] = [];
  const number = variable.number('varattno');
  if (number < 0) {
    const name = SYSTEM_COLUMNS.get(number);
    objections.push({
      rule: 'system-column',
      construct: name ?? 'a system column',
      message: 'it says where and when this node stored the row, which differs between nodes',
      remedy: 'Use the columns of the table.',
      words: [name ?? ''],
    });
  }
  if (variable.number('varreturningtype') > 0) {
    objections.push({
      rule: 'version',
      construct: 'RETURNING old or new',
      message: 'only Postgres 18 knows it',
      remedy: 'Read the row before, or return the columns.',
      words: ['old', 'new'],
    });
  }
  return objections;
}
