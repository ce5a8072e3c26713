/**
 * From a row's columns to a call's arguments: by name, or as `--map column=parameter[:kind]` says. The parameters'
 * types say how a cell of CSV becomes JSON.
 */
import { compactJson, type Parameter } from '@bucordo/protocol';
import { usageError } from '../command-error.ts';
import type { LoadRow, RowFlaw } from './load-rows.ts';

/**
 * How a cell becomes a JSON value: by the type of its parameter (`auto`), as text, parsed as JSON, or as a truth
 * value (`bool`: true/false, t/f, yes/no, 1/0). Numbers need no kind: the argument grammar takes a number as text,
 * and so its scale is kept.
 */
type CellKind = 'auto' | 'text' | 'json' | 'bool';

interface Mapping {
  readonly column: string;
  readonly parameter: string;
  readonly kind: CellKind;
}

/** The mappings of a load, in the order given; empty = by name. */
export type ColumnMap = readonly Mapping[];

/** The arguments of a row, or why it has none. */
export type RowArguments =
  | { readonly args: string; readonly members: readonly string[] }
  | { readonly flaw: RowFlaw };

/** Reads `column=parameter[:kind]` texts, each of which may hold several, separated by commas. */
export function parseColumnMap(texts: readonly string[]): ColumnMap {
  return texts.flatMap((text) => text.split(',')).map(parseMapping);
}

/** A stable text of the map: two loads with the same text make the same transactions. */
export function describeColumnMap(map: ColumnMap): string {
  return map
    .map(({ column, parameter, kind }) => `${column}=${parameter}${kind === 'auto' ? '' : `:${kind}`}`)
    .join(',');
}

/** The arguments of one row as JSON text, members in the map's (or the row's) order. */
export function argumentsOf(row: LoadRow, map: ColumnMap, parameters: readonly Parameter[]): RowArguments {
  if (row.flaw !== null) return { flaw: row.flaw };
  const mappings: ColumnMap =
    map.length > 0
      ? map
      : [...row.values.keys()].map((name) => ({ column: name, parameter: name, kind: 'auto' }));
  const members: string[] = [];
  for (const { column, parameter, kind } of mappings) {
    const cell = row.values.get(column);
    if (cell === undefined) {
      const columns = [...row.values.keys()].join(', ');
      return {
        flaw: { code: 'argument_missing', message: `there is no ${column}, only ${columns || 'nothing'}` },
      };
    }
    const type = parameters.find(({ name }) => name === parameter)?.type ?? 'text';
    const json = jsonFor(row, { cell, kind, type });
    if (json === null) {
      const wanted =
        kind === 'bool' ? 'a truth value: true or false' : `JSON, as ${type} is written in a cell`;
      return {
        flaw: { code: 'argument_invalid', message: `${column} is ${shown(cell ?? '')}, not ${wanted}` },
      };
    }
    members.push(`${JSON.stringify(parameter)}:${json}`);
  }
  return { args: `{${members.join(',')}}`, members };
}

function jsonFor(
  { isJson }: LoadRow,
  { cell, kind, type }: { cell: string | null; kind: CellKind; type: Parameter['type'] },
): string | null {
  if (cell === null) return 'null';
  return isJson ? convertJson(cell, kind) : convertCell(cell, kind, type);
}

function parseMapping(text: string): Mapping {
  const match = /^([^=]+)=([a-z_][a-z0-9_]*)(?::(text|json|bool))?$/.exec(text.trim());
  if (match === null)
    throw usageError(
      `--map ${text} is not column=parameter[:text|json|bool]`,
      'Example: --map StockCode=article,Quantity=quantity',
    );
  const [, column = '', parameter = '', kind] = match;
  return { column, parameter, kind: kind === 'json' || kind === 'bool' || kind === 'text' ? kind : 'auto' };
}

// JSON text of a cell; null when it is none.
function convertCell(cell: string, kind: CellKind, type: Parameter['type']): string | null {
  if (kind === 'text') return JSON.stringify(cell);
  if (kind === 'json' || (kind === 'auto' && (type === 'jsonb' || type.endsWith('[]')))) return jsonOf(cell);
  if (kind === 'bool') return truthOf(cell);
  if (type === 'bool' && /^(t|f|true|false)$/.test(cell)) return cell.startsWith('t') ? 'true' : 'false';
  return JSON.stringify(cell);
}

// A member of a JSON line is JSON already; a kind reads a text in it.
function convertJson(json: string, kind: CellKind): string | null {
  if (kind === 'auto' || kind === 'text' || json === 'null') return compactJson(json);
  const value: unknown = JSON.parse(json);
  if (kind === 'bool') return typeof value === 'boolean' ? json : truthOf(String(value));
  return typeof value === 'string' ? jsonOf(value) : compactJson(json);
}

function jsonOf(text: string): string | null {
  try {
    JSON.parse(text);
    return compactJson(text);
  } catch {
    return null;
  }
}

function truthOf(text: string): string | null {
  const word = text.toLowerCase();
  if (['true', 't', 'yes', 'y', '1'].includes(word)) return 'true';
  return ['false', 'f', 'no', 'n', '0'].includes(word) ? 'false' : null;
}

function shown(cell: string): string {
  return JSON.stringify(cell.length > 40 ? `${cell.slice(0, 40)}…` : cell);
}
