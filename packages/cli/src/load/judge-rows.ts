/**
 * Judges the rows of a load before anything is sent: by the protocol's own judge, which every node asks, too. What
 * it refuses would be refused by each of them.
 */
import { createHash } from 'node:crypto';
import {
  argsBytesMax,
  checkArguments,
  compactJson,
  type Parameter,
  type ScalarType,
  scalarTypes,
  toUtf8,
} from '@bucordo/protocol';
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
    flaw: flawOf(bytes, members, parameters),
    digest: digestOfMembers(members),
  };
}

function flawOf(
  bytes: Uint8Array,
  members: readonly string[],
  parameters: readonly Parameter[],
): RowFlaw | null {
  const code = checkArguments(bytes, 0, bytes.length, parameters);
  if (code === null) return null;
  if (code === 'too_large')
    return { code, message: `the arguments have ${bytes.length} bytes, ${argsBytesMax} are allowed` };
  const names = members.map((member) => readName(member));
  if (code === 'argument_missing') {
    const missing = parameters.filter(({ name }) => !names.includes(name)).map(({ name }) => name);
    return { code, message: `there is no value for ${missing.join(', ')}` };
  }
  for (const [index, member] of members.entries()) {
    const one = toUtf8(`{${member}}`);
    const parameter = parameters.find(({ name }) => name === names[index]);
    const verdict = checkArguments(one, 0, one.length, parameter === undefined ? [] : [parameter]);
    if (verdict === null) continue;
    if (parameter === undefined) return { code, message: `there is no parameter ${names[index]}` };
    const { name, type } = parameter;
    const value = member.slice(member.indexOf(':', JSON.stringify(name).length) + 1);
    const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value;
    return { code, message: `${name} is ${shown}; ${type} is ${notationOf(type)}` };
  }
  return { code, message: '' };
}

function readName(member: string): string {
  return String(JSON.parse(/^"(?:[^"\\]|\\.)*"/.exec(member)?.[0] ?? '""'));
}

/** How a cell of each type is written. */
const notations: Readonly<Record<ScalarType, string>> = {
  bool: 'true or false',
  int2: 'a whole number from -32768 to 32767',
  int4: 'a whole number from -2147483648 to 2147483647',
  int8: 'a whole number of up to 19 digits, without separators',
  numeric: 'a decimal such as 1234.50: a point, no thousands, no blanks',
  text: 'a text',
  bytea: 'lower-case hex such as 00ff',
  uuid: 'lower-case hex such as 0b5e1c9a-7d3f-4c1e-9a55-2f8d6e4b7a10',
  date: 'a day that exists as YYYY-MM-DD, such as 2026-01-31',
  timestamptz: 'a moment in UTC such as 2026-01-31T12:00:00Z',
  jsonb: 'JSON',
};

function notationOf(type: Parameter['type']): string {
  const scalar = scalarTypes.find((each) => type === each || type === `${each}[]`) ?? 'text';
  return type.endsWith('[]') ? `a list in JSON, each element ${notations[scalar]}` : notations[scalar];
}
