/** The rules for SELECT, INSERT, UPDATE and DELETE as a whole: their order and what they may change. */

import { readTarget } from '../order/from-items.ts';
import { hasTotalOrder, readsSingleRow } from '../order/row-order.ts';
import {
  descendants,
  type Fields,
  fieldsAt,
  fieldsOf,
  namesOf,
  nodeOf,
  nodesOf,
  type TreeNode,
  textAt,
} from '../sql-tree.ts';
import { countsCalls } from './check-function-call.ts';
import { type QueryContext, refuse, relationsOf, spotOf, spotOfWord } from './query-context.ts';

const ORDER_REMEDY =
  'Add ORDER BY with the columns of a primary or unique key of each table that is read (or with all columns of the result).';

/** SELECT: no locks, no tables made; LIMIT and DISTINCT ON only in a total order. */
export function checkSelect(node: TreeNode, context: QueryContext): void {
  const { fields } = node;
  for (const word of ['limitCount', 'limitOffset'] as const) {
    const limit = nodeOf(fields[word]);
    if (limit === null || hasTotalOrder(fields, relationsOf(context))) continue;
    const name = word === 'limitCount' ? 'LIMIT' : 'OFFSET';
    const spot = spotOfWord(name.toLowerCase(), limit, context);
    context.findings.add(spot, name, {
      rule: 'limit-without-order',
      message: 'Without a total order, which rows are taken depends on how the node happens to store them.',
      remedy: `${ORDER_REMEDY} To ask whether a row exists, use EXISTS (…) without LIMIT.`,
    });
  }
  if (textAt(fields, 'limitOption') === 'LIMIT_OPTION_WITH_TIES') {
    refuse(context, node, 'FETCH FIRST … WITH TIES', {
      rule: 'limit-without-order',
      message: 'How many rows it takes depends on ties.',
      remedy: 'Write LIMIT with a total ORDER BY.',
    });
  }
  const [distinct] = nodesOf(fields['distinctClause']);
  if (distinct !== undefined && !hasTotalOrder(fields, relationsOf(context))) {
    context.findings.add(spotOfWord('distinct', distinct, context), 'DISTINCT ON', {
      rule: 'distinct-on-without-order',
      message: 'Without a total order, which row of each group is kept depends on how the node stores them.',
      remedy: ORDER_REMEDY,
    });
  }
}

/** ARRAY(SELECT …): an array has an order. */
export function checkSubLink(node: TreeNode, context: QueryContext): void {
  if (textAt(node.fields, 'subLinkType') !== 'ARRAY_SUBLINK') return;
  const select = fieldsOf(node.fields['subselect'], 'SelectStmt');
  if (select === null || hasTotalOrder(select, relationsOf(context))) return;
  refuse(context, node, 'ARRAY(SELECT …)', {
    rule: 'array-without-order',
    message: 'The order of the elements depends on how the node happens to read the rows.',
    remedy: ORDER_REMEDY,
  });
}

/** INSERT: an order where the order of the rows can be seen afterwards. */
export function checkInsert(node: TreeNode, context: QueryContext): void {
  checkWritten(node, context);
  const select = fieldsOf(node.fields['selectStmt'], 'SelectStmt');
  if (select === null || nodesOf(select['valuesLists']).length > 0) return;
  if (nodesOf(select['fromClause']).length > 0) checkSteady(node, context);
  if (hasTotalOrder(select, relationsOf(context))) return;
  const isVisible =
    node.fields['onConflictClause'] !== undefined ||
    context.isCaught ||
    [...descendants({ kind: 'SelectStmt', fields: select })].some((each) => countsCalls(each, context));
  if (!isVisible) return;
  refuse(context, node, 'INSERT … SELECT without order', {
    rule: 'insert-without-order',
    message:
      'Which row is inserted first decides which one conflicts, which id it is given, or which error a handler sees.',
    remedy: ORDER_REMEDY,
  });
}

/** UPDATE: no FROM, and keys only of one row. */
export function checkUpdate(node: TreeNode, context: QueryContext): void {
  checkWritten(node, context);
  const { fields } = node;
  const [from] = nodesOf(fields['fromClause']);
  if (from !== undefined) {
    context.findings.add(spotOfWord('from', from, context), 'UPDATE … FROM', {
      rule: 'update-from',
      message: 'When several rows match, which one is taken depends on how the node reads them.',
      remedy: 'Write SET column = (SELECT … WHERE …), which fails when several rows match.',
    });
  }
  checkKeyUpdate(fields, context);
  if (!readsSingleRow(readTarget(fields, relationsOf(context)))) checkSteady(node, context);
}

// While several rows change, a function that reads tables would meet some of them before and some after.
function checkSteady(node: TreeNode, context: QueryContext): void {
  for (const call of descendants(node)) {
    const [schema, name = ''] = call.kind === 'FuncCall' ? namesOf(call.fields['funcname']) : [];
    if (schema !== context.contract || !context.unsteady.has(name)) continue;
    refuse(context, call, `${schema}.${name}() while rows change`, {
      rule: 'unsteady-call',
      message:
        'It reads rows that the statement has changed so far, and which those are depends on the order in which the node visits them.',
      remedy: `Write STABLE behind RETURNS in ${name} and in what it calls: then they read the rows as they were when the statement began.`,
    });
  }
}

// SET u = u + 1 on many rows succeeds or fails by the order in which the rows are visited.
function checkKeyUpdate(fields: Fields, context: QueryContext): void {
  const table = textAt(fieldsAt(fields, 'relation') ?? {}, 'relname');
  const unique = context.schema.get(table)?.uniqueColumns ?? new Set();
  const target = nodesOf(fields['targetList']).find((each) => unique.has(textAt(each.fields, 'name')));
  if (target === undefined) return;
  if (nodesOf(fields['fromClause']).length === 0 && readsSingleRow(readTarget(fields, relationsOf(context))))
    return;
  refuse(context, target, `SET ${textAt(target.fields, 'name')} = … on the unique column of many rows`, {
    rule: 'key-update',
    message:
      'Unique columns are checked row by row: whether it succeeds depends on the order in which the node visits them.',
    remedy: `Fix one row by a key in WHERE (in a loop for several), or keep the changing number in a column without UNIQUE.`,
  });
}

/** DELETE. */
export function checkDelete(node: TreeNode, context: QueryContext): void {
  checkWritten(node, context);
  const [using] = nodesOf(node.fields['usingClause']);
  if (using === undefined) return;
  context.findings.add(spotOfWord('using', using, context), 'DELETE … USING', {
    rule: 'delete-using',
    message: 'When several rows match, which one RETURNING shows depends on how the node reads them.',
    remedy: 'Write WHERE EXISTS (SELECT FROM … WHERE …).',
  });
}

// What is written is a table of the contract's own.
function checkWritten(node: TreeNode, context: QueryContext): void {
  const relation = fieldsAt(node.fields, 'relation') ?? {};
  const schema = textAt(relation, 'schemaname');
  const name = textAt(relation, 'relname');
  const isView = context.schema.get(name)?.kind === 'view';
  if ((schema === '' || schema === context.contract) && !isView) return;
  context.findings.add(spotOf({ kind: 'RangeVar', fields: relation }, context), [schema, name].join('.'), {
    rule: 'foreign-write',
    message: isView
      ? 'Writing through a view hides which rows change.'
      : 'A contract writes its own tables and no others.',
    remedy: `Write to a table of ${context.contract}.`,
  });
}
