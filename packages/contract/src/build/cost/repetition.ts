/** What makes a query give more rows, or go over them more often, than its FROM list has. */

import type { Fields } from '../../check/sql-tree.ts';
import {
  integerConstant,
  isFields,
  namesOf,
  nodeOf,
  nodesOf,
  numberAt,
  textAt,
} from '../../check/sql-tree.ts';
import { functionCost } from './function-cost.ts';

/** Rows or repetitions that nothing tells. */
const UNKNOWN = 1_000;

/** Functions in a select list that give a row for each element. */
export function rowCalls(targets: unknown): readonly unknown[] {
  const found: unknown[] = [];
  const waiting: unknown[] = [targets];
  while (waiting.length > 0) {
    const each = waiting.pop();
    if (typeof each !== 'object' || each === null) continue;
    const node = nodeOf(each);
    if (node?.kind === 'SubLink') continue;
    const name = node?.kind === 'FuncCall' ? (namesOf(node.fields['funcname']).at(-1) ?? '') : '';
    if (functionCost(name) === 'rows') found.push(each);
    else waiting.push(...Object.values(each));
  }
  return found;
}

/** The bit of a window's frame that says that it begins with the first row, so that nothing is taken out of it again. */
const FRAME_FROM_FIRST_ROW = 0x20;

/** How often a query goes over its rows: for each set of groups, and for each row whose frame begins elsewhere. */
export function repeatsOf(query: Fields): number {
  let repeats = 1;
  const waiting: unknown[] = [
    query['groupClause'],
    query['windowClause'],
    query['targetList'],
    query['sortClause'],
  ];
  while (waiting.length > 0) {
    const each = waiting.pop();
    if (typeof each !== 'object' || each === null) continue;
    if (isFields(each) && each['frameOptions'] !== undefined) {
      const frame = numberAt(each, 'frameOptions') ?? 0;
      if ((frame & FRAME_FROM_FIRST_ROW) === 0)
        repeats *= Math.min(integerConstant(each['startOffset']) ?? UNKNOWN, 10_000) + 1;
    }
    const node = nodeOf(each);
    if (node?.kind === 'SubLink') continue;
    if (node?.kind === 'GroupingSet') {
      const count = nodesOf(node.fields['content']).length;
      repeats *= textAt(node.fields, 'kind') === 'GROUPING_SET_CUBE' ? 2 ** count : count + 1;
    }
    waiting.push(...Object.values(each));
  }
  return Math.min(repeats, 1_000_000);
}
