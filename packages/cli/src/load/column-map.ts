/**
 * From a row's columns to a call's arguments: `--map column=parameter[:kind]`. Without `--map`
 * every column is the parameter of the same name; with it, only the columns named.
 */
import { usageError } from '../command-error.ts';
import type { LoadRow } from './load-rows.ts';

/**
 * How a cell becomes a JSON value: as it stands (`text`), parsed as JSON (`json`), or as a truth
 * value (`bool`: true/false, t/f, yes/no, 1/0). Numbers need no kind: the argument grammar takes
 * a number as text, and so its scale is kept.
 */
type CellKind = 'text' | 'json' | 'bool';

interface Mapping {
  readonly column: string;
  readonly parameter: string;
  readonly kind: CellKind;
}

/** The mappings of a load, in the order given; empty = by name. */
export type ColumnMap = readonly Mapping[];

/** Reads `column=parameter[:kind]` texts, each of which may hold several, separated by commas. */
export function parseColumnMap(texts: readonly string[]): ColumnMap {
  return texts.flatMap((text) => text.split(',')).map(parseMapping);
}

/** A stable text of the map: two loads with the same text make the same transactions. */
export function describeColumnMap(map: ColumnMap): string {
  return map.map(({ column, parameter, kind }) => `${column}=${parameter}:${kind}`).join(',');
}

/** The arguments of one row as JSON text, members in the map's (or the row's) order. */
export function argumentsOf(row: LoadRow, map: ColumnMap): string {
  if (map.length === 0) return objectText([...row.values]);
  return objectText(
    map.map(({ column, parameter, kind }) => [
      parameter,
      convert(cellOf(row, column), kind, row.line, column),
    ]),
  );
}

/** The JSON text of one column of a row, or a usage error that names what the row has. */
export function cellOf(row: LoadRow, column: string): string {
  const cell = row.values.get(column);
  if (cell !== undefined) return cell;
  throw usageError(
    `line ${row.line} has no column ${column}`,
    `Columns: ${[...row.values.keys()].join(', ')}`,
    { line: row.line, column },
  );
}

function parseMapping(text: string): Mapping {
  const match = /^([^=]+)=([a-z_][a-z0-9_]*)(?::(text|json|bool))?$/.exec(text.trim());
  if (match === null)
    throw usageError(
      `--map ${text} is not column=parameter[:text|json|bool]`,
      'Example: --map StockCode=article,Quantity=quantity',
    );
  const [, column = '', parameter = '', kind] = match;
  return { column, parameter, kind: kind === 'json' || kind === 'bool' ? kind : 'text' };
}

function convert(cell: string, kind: CellKind, line: number, column: string): string {
  if (kind === 'text' || cell === 'null') return cell;
  const value: unknown = JSON.parse(cell);
  if (kind === 'json') return typeof value === 'string' ? checkedJson(value, line, column) : cell;
  if (typeof value === 'boolean') return cell;
  const word = String(value).toLowerCase();
  if (['true', 't', 'yes', 'y', '1'].includes(word)) return 'true';
  if (['false', 'f', 'no', 'n', '0'].includes(word)) return 'false';
  throw usageError(`line ${line}: ${column} is ${word}, not a truth value`, 'Write true or false.', {
    line,
    column,
  });
}

function checkedJson(text: string, line: number, column: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw usageError(`line ${line}: ${column} is not JSON`, 'Leave out :json to pass the cell as text.', {
      line,
      column,
    });
  }
}

function objectText(members: readonly (readonly [name: string, json: string])[]): string {
  return `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}
