/**
 * What a CSV file looks like, by its first line: delimiter and columns. A delimiter is taken only when the columns
 * that it gives are those that are asked for; everything else is refused before a row is read.
 */
import { nearName, type Parameter } from '@bucordo/protocol';
import { usageError } from '../command-error.ts';
import type { ColumnMap } from './column-map.ts';
import { type CsvForm, candidates, delimiterWords, remarkSign } from './csv-form.ts';
import { readCsvRecords } from './csv-records.ts';

/** What the columns are for. */
export interface WantedColumns {
  /** `contract.function` */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly columnMap: ColumnMap;
  /** Empty = no grouping. */
  readonly groupBy: string;
}

/** Reads the first line that is not empty. `delimiter` is what the user named, null to find it. */
export async function readCsvForm(
  chunks: AsyncIterable<string>,
  wanted: WantedColumns,
  delimiter: string | null,
): Promise<CsvForm> {
  const head = await headOf(chunks);
  const forms: CsvForm[] = [];
  for (const each of delimiter === null ? candidates : [delimiter])
    forms.push({ delimiter: each, columns: await columnsOf(head, each) });
  const fitting = forms.find(({ columns }) => whatIsWrong(columns, wanted) === null);
  if (fitting !== undefined) return fitting;
  const likeliest = forms.reduce((best, form) => (form.columns.length > best.columns.length ? form : best));
  throw headerError(likeliest, wanted);
}

/** Longest header, in characters. */
const headCharactersMax = 1_048_576;

async function headOf(chunks: AsyncIterable<string>): Promise<string> {
  let head = '';
  for await (const chunk of chunks) {
    head = (head + chunk).replace(/^\s+/, '');
    if (/[\r\n]/.test(head) || head.length > headCharactersMax) break;
  }
  if (head === '') throw usageError('the file has no rows', 'A CSV file has a header and at least one row.');
  return head;
}

async function columnsOf(head: string, delimiter: string): Promise<readonly string[]> {
  async function* whole(): AsyncGenerator<string> {
    yield head;
  }
  try {
    for await (const { cells } of readCsvRecords(whole(), delimiter))
      return cells.map((cell) => (cell ?? '').trim());
  } catch {
    // A quote that does not end within the head: no header in this delimiter.
  }
  return [];
}

/** What is wrong with the columns for this load, and what to do; null when nothing is. */
function whatIsWrong(columns: readonly string[], wanted: WantedColumns): [string, string] | null {
  const repeated = columns.find((name, index) => name === '' || columns.indexOf(name) !== index);
  if (repeated !== undefined)
    return [
      `the header has ${repeated === '' ? 'an empty column name' : `the column ${repeated} twice`}`,
      'Give every column a name of its own.',
    ];
  if (wanted.groupBy !== '' && !columns.includes(wanted.groupBy))
    return [`the header has no column ${wanted.groupBy}`, `Columns: ${columns.join(', ')}`];
  return wanted.columnMap.length === 0 ? wrongNames(columns, wanted) : wrongMap(columns, wanted);
}

function wrongNames(
  columns: readonly string[],
  { name, parameters }: WantedColumns,
): [string, string] | null {
  const own = columns.filter((column) => !column.startsWith(remarkSign));
  const unknown = own.filter((column) => !parameters.some((parameter) => parameter.name === column));
  const missing = parameters.filter((parameter) => !own.includes(parameter.name));
  if (unknown.length === 0 && missing.length === 0) return null;
  const map = own.flatMap((column) => {
    const meant = meantBy(column, parameters);
    return meant === null ? [] : [`${column}=${meant}`];
  });
  const complete = parameters.every((parameter) => map.some((each) => each.endsWith(`=${parameter.name}`)));
  const words = [
    ...(unknown.length === 0
      ? []
      : [`${unknown.join(', ')} ${unknown.length === 1 ? 'is' : 'are'} no parameter`]),
    ...(missing.length === 0 ? [] : [`there is no column for ${missing.map(described).join(', ')}`]),
  ].join(', and ');
  return [
    `the header: ${words}; ${name} takes ${parameters.map(described).join(', ') || 'nothing'}`,
    complete
      ? `Say which is which: --map '${map.join(',')}'`
      : 'Name the columns like the parameters, or say which is which: --map column=parameter,…',
  ];
}

function wrongMap(columns: readonly string[], wanted: WantedColumns): [string, string] | null {
  const { name, parameters, columnMap } = wanted;
  const all = `${name} takes ${parameters.map(described).join(', ') || 'nothing'}`;
  for (const { column, parameter } of columnMap) {
    if (!columns.includes(column)) {
      const near = nearName(column, columns);
      const meant = near === null ? '' : `Did you mean ${near}? `;
      return [`the header has no column ${column}`, `${meant}Columns: ${columns.join(', ')}`];
    }
    if (!parameters.some((each) => each.name === parameter))
      return [`--map ${column}=${parameter}: ${name} has no parameter ${parameter}`, `${all}.`];
  }
  const missing = parameters.filter((each) => !columnMap.some(({ parameter }) => parameter === each.name));
  if (missing.length === 0) return null;
  return [`--map gives no value for ${missing.map(described).join(', ')}`, `${all}; give each a column.`];
}

function headerError({ delimiter, columns }: CsvForm, wanted: WantedColumns): Error {
  const [message, hint] = whatIsWrong(columns, wanted) ?? ['the header cannot be read', ''];
  const between = delimiter === ',' ? '' : ` (with ${delimiterWords(delimiter)} between columns)`;
  return usageError(`${message}${between}`, hint);
}

/** The parameter that a column's name says in other letters, or null. */
function meantBy(column: string, parameters: readonly Parameter[]): string | null {
  const plain = column
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  const names = parameters.map(({ name }) => name);
  return names.find((name) => name === plain) ?? nearName(plain, names);
}

function described({ name, type }: Parameter): string {
  return `${name} (${type})`;
}
