/** From the rows of a file to the transactions of a load, in an order that depends on the file alone. */
import { callsMax } from '@bucordo/protocol';
import type { CallText } from '../call-arguments.ts';
import { usageError } from '../command-error.ts';
import { argumentsOf, type ColumnMap, cellOf } from './column-map.ts';
import type { LoadRow } from './load-rows.ts';

/** One transaction of a load. */
export interface LoadTransaction {
  /** From 0, in the order of the file (of the first row of each group). */
  readonly number: number;
  /** Lines of the file that it carries. */
  readonly lines: readonly number[];
  readonly calls: readonly CallText[];
}

/** How rows become transactions. */
export interface LoadShape {
  readonly contract: string;
  readonly function: string;
  readonly columnMap: ColumnMap;
  /** Rows with the same value in this column form one transaction, wherever they stand; empty = do not group. */
  readonly groupBy: string;
  /** Rows in one transaction when they are not grouped. */
  readonly callsPerTransaction: number;
}

/** The transactions of `rows`. Grouping holds the file in memory, because a group may end on the last line. */
export async function* loadTransactions(
  rows: AsyncIterable<LoadRow>,
  shape: LoadShape,
): AsyncGenerator<LoadTransaction> {
  if (shape.groupBy === '') yield* consecutive(rows, shape);
  else yield* grouped(rows, shape);
}

async function* consecutive(rows: AsyncIterable<LoadRow>, shape: LoadShape): AsyncGenerator<LoadTransaction> {
  let number = 0;
  let pending: { lines: number[]; calls: CallText[] } = { lines: [], calls: [] };
  for await (const row of rows) {
    pending.lines.push(row.line);
    pending.calls.push(callOf(row, shape));
    if (pending.calls.length < shape.callsPerTransaction) continue;
    yield { number, ...pending };
    number += 1;
    pending = { lines: [], calls: [] };
  }
  if (pending.calls.length > 0) yield { number, ...pending };
}

async function* grouped(rows: AsyncIterable<LoadRow>, shape: LoadShape): AsyncGenerator<LoadTransaction> {
  const groups = new Map<string, { lines: number[]; calls: CallText[] }>();
  for await (const row of rows) {
    const key = cellOf(row, shape.groupBy);
    const group = groups.get(key) ?? { lines: [], calls: [] };
    group.lines.push(row.line);
    group.calls.push(callOf(row, shape));
    groups.set(key, group);
    if (group.calls.length > callsMax) {
      throw usageError(
        `the group ${shape.groupBy} = ${key} has more than ${callsMax} rows (line ${row.line})`,
        `A transaction takes ${callsMax} calls. Group by another column, or write a function that takes a list.`,
      );
    }
  }
  let number = 0;
  for (const group of groups.values()) {
    yield { number, ...group };
    number += 1;
  }
}

function callOf(row: LoadRow, shape: LoadShape): CallText {
  return { contract: shape.contract, function: shape.function, args: argumentsOf(row, shape.columnMap) };
}
