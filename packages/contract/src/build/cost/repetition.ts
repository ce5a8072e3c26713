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

/** Bits of a window's frame, as Postgres has them. */
const FRAME = {
  range: 0x2,
  groups: 0x8,
  fromFirstRow: 0x20,
  toLastRow: 0x100,
  toCurrentRow: 0x400,
  fromCurrentRow: 0x200,
  excludes: 0x8000 | 0x10000 | 0x20000,
};

/**
 * How many rows a frame goes over anew for each row: none where it only grows, what its offsets say where it moves.
 * Where rows are left out of it, Postgres begins anew with every row.
 */
function frameRows(window: Fields): number {
  const frame = numberAt(window, 'frameOptions') ?? 0;
  const has = (bits: number): boolean => (frame & bits) !== 0;
  if (has(FRAME.fromFirstRow) && !has(FRAME.excludes)) return 0;
  const isOpen = has(FRAME.fromFirstRow | FRAME.toLastRow | FRAME.range);
  if (isOpen || (has(FRAME.groups) && has(FRAME.excludes))) return UNKNOWN;
  const offset = (name: string, isCurrentRow: boolean): number =>
    isCurrentRow ? 0 : Math.min(Math.abs(integerConstant(window[name]) ?? UNKNOWN), 10_000);
  return offset('startOffset', has(FRAME.fromCurrentRow)) + offset('endOffset', has(FRAME.toCurrentRow)) + 1;
}

/** Aggregates whose value is as long as all rows together: over a window it is written out for each row. */
const COLLECTING: ReadonlySet<string> = new Set(['string_agg', 'array_agg', 'jsonb_agg', 'jsonb_object_agg']);

/** Repetitions of a query that collects its rows for each of them: what a thousand rows cost so, a budget pays for. */
const COLLECTED = 100;

/** How often a query goes over its rows: for each set of groups, and for each row whose frame is not the last one and more. */
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
    if (isFields(each) && each['frameOptions'] !== undefined) repeats *= frameRows(each) + 1;
    const node = nodeOf(each);
    if (node?.kind === 'SubLink') continue;
    const isWindow = node?.kind === 'FuncCall' && node.fields['over'] !== undefined;
    if (isWindow && COLLECTING.has(namesOf(node.fields['funcname']).at(-1) ?? '')) repeats *= COLLECTED;
    if (node?.kind === 'GroupingSet') {
      const count = nodesOf(node.fields['content']).length;
      repeats *= textAt(node.fields, 'kind') === 'GROUPING_SET_CUBE' ? 2 ** count : count + 1;
    }
    waiting.push(...Object.values(each));
  }
  return Math.min(repeats, 1_000_000);
}
