/**
 * Rows as an aligned table for people, and as CSV for other programs.
 * Cells are made safe for a terminal (`plain-text.ts`); numbers stand at the right.
 */
import { fitText, plainText, textWidth } from './plain-text.ts';

/** A cell as JSON brings it; `null` is shown as nothing in CSV and as `∅` in a table. */
export type Cell = string | number | boolean | null | object;

/** Columns by name, rows as arrays in the columns' order. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Blanks between columns. */
const columnGap = 2;
/** What is left of a cell at least that is cut to have a table fit its lines. */
const cellWidthMin = 12;
/** Widest a single cell may get before it is cut, in terminal columns. */
const cellWidthMax = 60;

/** The table with aligned columns and a rule below the header; no trailing blanks, no final line end. */
export function formatTable(table: Table, options: { cellWidth?: number } = {}): string {
  const limit = options.cellWidth ?? cellWidthMax;
  return drawTable(
    table,
    table.columns.map(() => limit),
  );
}

/**
 * The table in lines of at most `width` columns: cells of the columns in `cut` (by index) are cut, the
 * widest ones first, as long as they keep {@link cellWidthMin}. Null where that is not enough.
 */
export function formatTableWithin(
  table: Table,
  { width, cut }: { readonly width: number; readonly cut: readonly number[] },
): string | null {
  const texts = [table.columns, ...table.rows];
  const limits = table.columns.map((_, column) =>
    Math.min(
      cellWidthMax,
      Math.max(...texts.map((row) => textWidth(plainText(cellText(row[column] ?? null, '∅'))))),
    ),
  );
  const total = (): number => limits.reduce((sum, limit) => sum + limit, 0) + columnGap * (limits.length - 1);
  while (total() > width) {
    const widest = Math.max(...cut.map((column) => limits[column] ?? 0));
    if (widest <= cellWidthMin) return null;
    const column = cut.find((candidate) => limits[candidate] === widest) ?? 0;
    limits[column] = widest - 1;
  }
  return drawTable(table, limits);
}

function drawTable(table: Table, limits: readonly number[]): string {
  const fitted = (cell: Cell, column: number): string =>
    fitText(plainText(cellText(cell, '∅')), limits[column] ?? cellWidthMax);
  const header = table.columns.map(fitted);
  const body = table.rows.map((row) => header.map((_, column) => fitted(row[column] ?? null, column)));
  const widths = header.map((name, column) =>
    Math.max(textWidth(name), ...body.map((row) => textWidth(row[column] ?? ''))),
  );
  const right = header.map((_, column) => isNumeric(table.rows, column));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => pad(cell, widths[column] ?? 0, right[column] ?? false))
      .join(' '.repeat(columnGap))
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join(' '.repeat(columnGap));
  return [line(header), rule, ...body.map(line)].join('\n');
}

/** The table as CSV (RFC 4180, LF line ends, header first). NULL is an empty cell, an empty text a quoted one. */
export function formatCsv(table: Table): string {
  const rows = [table.columns, ...table.rows];
  return rows.map((row) => row.map(csvCell).join(',')).join('\n');
}

/** Name and value in two columns, for things that have one row. Values are made safe for a terminal. */
export function formatFields(fields: readonly (readonly [name: string, value: Cell])[]): string {
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields
    .map(([name, value]) => `${name.padEnd(width)}  ${plainText(cellText(value, '∅'))}`)
    .join('\n');
}

function cellText(cell: Cell, missing: string): string {
  if (cell === null) return missing;
  if (typeof cell === 'object') return JSON.stringify(cell);
  return String(cell);
}

function csvCell(cell: Cell): string {
  if (cell === '') return '""';
  const text = cellText(cell, '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function isNumeric(rows: Table['rows'], column: number): boolean {
  const cells = rows.map((row) => row[column] ?? null).filter((cell) => cell !== null);
  return (
    cells.length > 0 &&
    cells.every(
      (cell) => typeof cell === 'number' || (typeof cell === 'string' && /^-?\d+(\.\d+)?$/.test(cell)),
    )
  );
}

function pad(cell: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(0, width - textWidth(cell)));
  return right ? blanks + cell : cell + blanks;
}
