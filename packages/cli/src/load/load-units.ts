/** From the rows of an input to the units of a load, in an order that depends on the input alone. */
import { callsMax, transactionBytesMax } from '@bucordo/protocol';
import type { CallText } from '../call-arguments.ts';
import { usageError } from '../command-error.ts';
import type { ColumnMap } from './column-map.ts';
import type { JudgedRow } from './judge-rows.ts';
import type { RowFlaw } from './load-rows.ts';

/** Rows that share one fate: a transaction, or rows that are refused before they are sent. */
export interface LoadUnit {
  /** From 0, in the order of the input (of the first row of each group). */
  readonly number: number;
  readonly rows: readonly JudgedRow[];
  /** Why it is not sent; null for a transaction. */
  readonly flaw: RowFlaw | null;
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

/** The units of `rows`. Grouping holds the input in memory, because a group may end on the last line. */
export async function* loadUnits(rows: AsyncIterable<JudgedRow>, shape: LoadShape): AsyncGenerator<LoadUnit> {
  let number = 0;
  for await (const unit of shape.groupBy === '' ? consecutive(rows, shape) : grouped(rows, shape)) {
    yield { number, ...unit };
    number += 1;
  }
}

/** The calls of a unit. */
export function callsOf(unit: LoadUnit, shape: LoadShape): readonly CallText[] {
  return unit.rows.map(({ args }) => ({ contract: shape.contract, function: shape.function, args }));
}

/** Bytes for the calls of a transaction: without its head (network, identity, nonce, lengths: 150) and some to spare. */
const callBytesMax = transactionBytesMax - 512;
/** Bytes of a call beside its arguments: names and lengths. */
const callHeadBytes = ({ contract, function: fn }: LoadShape): number => contract.length + fn.length + 20;

type UnnumberedUnit = Omit<LoadUnit, 'number'>;

async function* consecutive(
  rows: AsyncIterable<JudgedRow>,
  shape: LoadShape,
): AsyncGenerator<UnnumberedUnit> {
  let pending: JudgedRow[] = [];
  let bytes = 0;
  for await (const row of rows) {
    if (row.flaw !== null) {
      yield { rows: [row], flaw: row.flaw };
      continue;
    }
    const size = row.bytes + callHeadBytes(shape);
    if (pending.length > 0 && bytes + size > callBytesMax) {
      yield { rows: pending, flaw: null };
      pending = [];
      bytes = 0;
    }
    pending.push(row);
    bytes += size;
    if (pending.length < shape.callsPerTransaction) continue;
    yield { rows: pending, flaw: null };
    pending = [];
    bytes = 0;
  }
  if (pending.length > 0) yield { rows: pending, flaw: null };
}

async function* grouped(rows: AsyncIterable<JudgedRow>, shape: LoadShape): AsyncGenerator<UnnumberedUnit> {
  const groups = new Map<string | null, JudgedRow[]>();
  for await (const row of rows) {
    const key = row.row.values.get(shape.groupBy);
    if (key === undefined) {
      const flaw = { code: 'argument_missing', message: `there is no ${shape.groupBy} to group by` };
      yield { rows: [row], flaw: row.flaw ?? flaw };
      continue;
    }
    const group = groups.get(key) ?? [];
    group.push(row);
    groups.set(key, group);
    if (group.length > callsMax) {
      throw usageError(
        `the group ${shape.groupBy} = ${key ?? 'null'} has more than ${callsMax} rows (line ${row.row.line})`,
        `A transaction takes ${callsMax} calls. Group by another column, or write a function that takes a list.`,
      );
    }
  }
  for (const group of groups.values()) yield { rows: group, flaw: flawOfGroup(group, shape) };
}

// All of a group or nothing: one row that cannot be sent keeps the others.
function flawOfGroup(group: readonly JudgedRow[], shape: LoadShape): RowFlaw | null {
  const flawed = group.find(({ flaw }) => flaw !== null)?.flaw;
  if (flawed !== undefined) return flawed;
  const bytes = group.reduce((sum, row) => sum + row.bytes + callHeadBytes(shape), 0);
  if (bytes <= callBytesMax) return null;
  return { code: 'too_large', message: `the group has ${bytes} bytes, a transaction up to ${callBytesMax}` };
}
