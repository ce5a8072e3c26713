/**
 * The rules for statements and expressions: which nodes, and for each kind what it may say. Walks the
 * tree once, from outside to inside, and knows at each place what is read around it.
 */

import { isSingleByForm, readFrom, readTarget, relationsWithin } from '../order/from-items.ts';
import { readsSingleRow } from '../order/row-order.ts';
import { AGGREGATES } from '../rules/operators.ts';
import { ALLOWED_NODES, adviceOnNode } from '../rules/tree-nodes.ts';
import { childrenOf, type Fields, namesOf, nodeOf, nodesOf, type TreeNode, textAt } from '../sql-tree.ts';
import { checkCast } from './check-cast.ts';
import {
  checkAttribute,
  checkCollation,
  checkColumn,
  checkConstant,
  checkOperator,
} from './check-expression.ts';
import { checkFunctionCall } from './check-function-call.ts';
import { checkRelation, checkSubquery } from './check-relation.ts';
import { checkDelete, checkInsert, checkSelect, checkSubLink, checkUpdate } from './check-statement.ts';
import { type QueryContext, refuse, relationsOf } from './query-context.ts';

type NodeRule = (node: TreeNode, context: QueryContext) => void;

/** Rules by kind of node; a kind without one need only be allowed. */
const RULES: ReadonlyMap<string, NodeRule> = new Map<string, NodeRule>([
  ['SelectStmt', checkSelect],
  ['InsertStmt', checkInsert],
  ['UpdateStmt', checkUpdate],
  ['DeleteStmt', checkDelete],
  ['SubLink', checkSubLink],
  ['RangeVar', checkRelation],
  ['RangeSubselect', checkSubquery],
  ['FuncCall', checkFunctionCall],
  ['TypeCast', checkCast],
  ['A_Expr', checkOperator],
  ['ColumnRef', checkColumn],
  ['CollateClause', checkCollation],
  ['A_Const', checkConstant],
  ['A_Indirection', checkAttribute],
  ['WithClause', checkWith],
]);

/** Checks a node and all below it. */
export function checkQuery(node: TreeNode, context: QueryContext): void {
  if (!ALLOWED_NODES.has(node.kind)) {
    const { construct, ...advice } = adviceOnNode(node.kind);
    refuse(context, node, construct, advice);
    return;
  }
  // Names of a WITH clause hold for its own queries and for the whole statement.
  const inside = { ...context, common: relationsWithin(node.fields, relationsOf(context)).common };
  RULES.get(node.kind)?.(node, inside);
  const below = contextBelow(node, inside);
  for (const child of childrenOf(node)) checkQuery(child, below);
}

function contextBelow(node: TreeNode, context: QueryContext): QueryContext {
  switch (node.kind) {
    case 'SelectStmt':
      return {
        ...context,
        select: node.fields,
        isPerRow: context.isPerRow || nodesOf(node.fields['fromClause']).length > 0,
        isPerManyRows:
          context.isPerManyRows || (!isSingleByForm(node.fields) && readsManyRows(node.fields, context)),
      };
    case 'UpdateStmt':
    case 'DeleteStmt': {
      const isOne = readsSingleRow(readTarget(node.fields, relationsOf(context)));
      return { ...context, select: null, isPerRow: true, isPerManyRows: !isOne };
    }
    case 'FuncCall':
      return isAggregate(node) && context.select !== null
        ? { ...context, isPerManyRows: context.isPerManyRows || readsManyRows(context.select, context) }
        : context;
    default:
      return context;
  }
}

function isAggregate(call: TreeNode): boolean {
  return call.fields['over'] === undefined && AGGREGATES.has(namesOf(call.fields['funcname']).at(-1) ?? '');
}

function readsManyRows(select: Fields, context: QueryContext): boolean {
  if (nodesOf(select['fromClause']).length === 0) return false;
  return !readsSingleRow(readFrom(select['fromClause'], select['whereClause'], relationsOf(context)));
}

function checkWith(node: TreeNode, context: QueryContext): void {
  if (node.fields['recursive'] === true) {
    refuse(context, node, 'WITH RECURSIVE', {
      rule: 'budget',
      message: 'How often it repeats depends on the data and no budget counts it.',
      remedy: 'Write a loop, which the budget counts.',
    });
  }
  for (const common of nodesOf(node.fields['ctes'])) {
    const query = nodeOf(common.fields['ctequery']);
    if (query === null || query.kind === 'SelectStmt') continue;
    refuse(
      context,
      common,
      `${textAt(common.fields, 'ctename')} AS (${query.kind.replace('Stmt', '').toUpperCase()} …)`,
      {
        rule: 'writing-query',
        message: 'Statements inside one statement run in an order that Postgres does not promise.',
        remedy:
          'Write two statements, one after the other; GET DIAGNOSTICS or RETURNING … INTO passes values on.',
      },
    );
  }
}
