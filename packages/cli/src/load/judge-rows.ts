/**
 * Judges the rows of a load before anything is sent: by the protocol's own judge, which every node asks, too. What
 * it refuses would be refused by each of them.
 */
import { createHash } from 'node:crypto';
import { compactJson, explainArguments, type Parameter, toUtf8 } from '@bucordo/protocol';
import { argumentsOf, type ColumnMap } from './column-map.ts';
import type { LoadRow, RowFlaw } from './load-rows.ts';

/** A row with what it would be called with. */
export interface JudgedRow {
  readonly row: LoadRow;
  /** JSON text; empty where there is a flaw in the row itself. */
  readonly args: string;
  /** Bytes of `args`. */
  readonly bytes: number;
  /** Why it is not sent; null when it may be. */
  readonly flaw: RowFlaw | null;
  /** 16 bytes: equal for rows that call with the same values, however they are written. */
  readonly digest: Buffer;
}

/** Judges rows in their order. */
export async function* judgeRows(
  rows: AsyncIterable<LoadRow>,
  shape: { readonly columnMap: ColumnMap; readonly parameters: readonly Parameter[] },
): AsyncGenerator<JudgedRow> {
  for await (const row of rows) yield judgeRow(row, shape);
}

/** The digest of a row whose arguments are these: name to JSON text. */
export function digestOf(args: ReadonlyMap<string, string>): Buffer {
  return digestOfMembers([...args].map(([name, json]) => `${JSON.stringify(name)}:${compactJson(json)}`));
}

function digestOfMembers(members: readonly string[]): Buffer {
  return createHash('sha256')
    .update([...members].sort().join('\n'))
    .digest()
    .subarray(0, 16);
}

function judgeRow(
  row: LoadRow,
  { columnMap, parameters }: { readonly columnMap: ColumnMap; readonly parameters: readonly Parameter[] },
): JudgedRow {
  const made = argumentsOf(row, columnMap, parameters);
  if ('flaw' in made) return { row, args: '', bytes: 0, flaw: made.flaw, digest: Buffer.alloc(16) };
  const { args, members } = made;
  const bytes = toUtf8(args);
  return {
    row,
    args,
    bytes: bytes.length,
    flaw: explainArguments(bytes, 0, bytes.length, parameters),
    digest: digestOfMembers(members),
  };
}
