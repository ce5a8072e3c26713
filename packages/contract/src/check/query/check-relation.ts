/** The rule for tables and views in statements: named with their schema, and the contract's own or granted. */

import { type TreeNode, textAt } from '../sql-tree.ts';
import { type QueryContext, refuse } from './query-context.ts';

/** Checks one name of a table or view. */
export function checkRelation(node: TreeNode, context: QueryContext): void {
  const schema = textAt(node.fields, 'schemaname');
  const name = textAt(node.fields, 'relname');
  const written = [textAt(node.fields, 'catalogname'), schema, name].filter((part) => part !== '').join('.');
  if (schema === '') {
    if (!context.common.has(name)) refuse(context, node, name, unqualified(context.contract, name));
  } else if (schema === context.contract && textAt(node.fields, 'catalogname') === '') {
    if (!context.knowsSchema || context.schema.has(name)) return;
    refuse(context, node, written, {
      rule: 'unknown-table',
      message: `schema.sql creates no table or view ${name}.`,
      remedy: `Correct the name, or create it in schema.sql. There are: ${[...context.schema.keys()].join(', ') || 'none'}.`,
    });
  } else if (!context.uses.has(`${schema}.${name}`)) {
    refuse(context, node, written, {
      rule: 'foreign-table',
      message: 'It belongs to another contract or to the system, which a contract must not read or write.',
      remedy: `Read a view that the other contract publishes and name it in contract.json: "uses": { "${schema}": ["${name}"] }.`,
    });
  }
}

/** Checks that a subquery in FROM has a name. */
export function checkSubquery(node: TreeNode, context: QueryContext): void {
  if (node.fields['alias'] !== undefined) return;
  refuse(context, node, 'a subquery in FROM without a name', {
    rule: 'version-dependent',
    message: 'Postgres before 16 does not read it.',
    remedy: 'Write AS and a name behind it.',
  });
}

function unqualified(contract: string, name: string): { rule: string; message: string; remedy: string } {
  return {
    rule: 'unqualified-name',
    message: 'A name without its schema means whatever the search path of a session finds first.',
    remedy: `Write ${contract}.${name}.`,
  };
}
