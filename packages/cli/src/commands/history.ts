/** `bucordo history`: who changed the rows of a table, when, by which call. */
import { Command } from 'commander';
import { parseQualifiedName } from '../call-arguments.ts';
import { optionsOf, outputOf, wholeNumber } from '../command-context.ts';
import { notFoundError, usageError } from '../command-error.ts';
import { fitText } from '../output/plain-text.ts';
import { count } from '../output/progress.ts';
import { type Cell, formatFields, formatTableWithin } from '../output/table.ts';

interface HistoryOptions {
  readonly rows: number;
}

const help = `
Examples:
  bucordo history notes.note note_id=1
  bucordo history purchasing.order_header order_id=4
  bucordo history notes.note owner=buyer --rows 20 --json

The newest version stands last. Operations (op): I inserted, U updated, D deleted. Times are UTC. The transaction's id leads
on: bucordo tx <id>.`;

/**
 * The columns with which every view of versions begins. They are told by their place: one whose name the
 * table has for a column of its own stands there with an underscore in front.
 */
const headColumns = [
  ...['member', 'identity', 'transaction', 'height', 'time', 'function', 'operation'],
  ...['position', 'ordinal'],
];
/** Those that are shown before the row. */
const shownFirst = ['height', 'time', 'identity', 'function', 'operation'];
const transactionAt = headColumns.indexOf('transaction');
const timeAt = headColumns.indexOf('time');
/** Headers that are shorter than the columns' own names. */
const shortNames: ReadonlyMap<number, string> = new Map([
  [headColumns.indexOf('operation'), 'op'],
  [transactionAt, 'tx'],
]);
const operationWords: Readonly<Record<string, string>> = { I: 'inserted', U: 'updated', D: 'deleted' };
/** Columns of a terminal that a line takes at most. */
const lineWidth = 100;
/** Digits of a transaction's id that are shown; `bucordo tx` takes them as they are. */
const idDigits = 10;
const positionPlace = headColumns.indexOf('position') + 1;

/** The command. */
export function historyCommand(): Command {
  return new Command('history')
    .argument('<table>', 'contract.table')
    .argument('[conditions...]', 'column=value, all of which must hold')
    .description('who changed a row, when, by which call')
    .helpGroup('Use the shared database:')
    .option(
      '--rows <number>',
      'most versions to show, the newest ones',
      wholeNumber({ name: '--rows', min: 1, max: 10_000 }),
      100,
    )
    .addHelpText('after', help)
    .action((table: string, conditions: string[], _options: object, self: Command) =>
      run(self, table, conditions),
    );
}

async function run(command: Command, table: string, conditions: readonly string[]): Promise<void> {
  const options = optionsOf<HistoryOptions>(command);
  const statement = historyStatement(table, conditions, options.rows);
  const { withConnection } = await import('../connection.ts');
  await withConnection(options, async ({ client, endpoint, timeoutMs }) => {
    const answer = await client.query(statement.sql, statement.parameters, {
      rowsMax: options.rows,
      timeoutMs,
    });
    const columns = answer.columns.map(({ name }) => name);
    const versions = answer.values.toReversed();
    if (versions.length === 0) {
      throw notFoundError(
        `${table} never had a row${conditions.length > 0 ? ` with ${conditions.join(', ')}` : ''} (height ${answer.height} of ${endpoint.id})`,
        'Check the value, or leave out the condition.',
      );
    }
    outputOf(options).result({ height: answer.height, node: endpoint.id, columns, versions }, () => {
      const shown = formatVersions(columns, versions);
      return `${shown}\n\n${count(versions.length)} ${versions.length === 1 ? 'version' : 'versions'} at height ${answer.height} of ${endpoint.id}`;
    });
  });
}

/** The statement for a history and its parameters. Names are checked here; values travel as parameters. */
export function historyStatement(
  table: string,
  conditions: readonly string[],
  rows: number,
): { sql: string; parameters: string[] } {
  const { contract, name } = parseQualifiedName(table, 'table');
  const parsed = conditions.map((condition) => {
    const match = /^([a-z_][a-z0-9_]{0,62})=(.*)$/s.exec(condition);
    if (match === null) throw usageError(`${condition} is not column=value`, 'Example: order_id=4');
    return { column: match[1] ?? '', value: match[2] ?? '' };
  });
  const where =
    parsed.length === 0
      ? ''
      : ` where ${parsed.map(({ column }, index) => `v."${column}" = $${index + 1}`).join(' and ')}`;
  return {
    sql: `select v.* from "${contract}_history"."${name}_versions" as v${where} order by ${positionPlace} desc, ${positionPlace + 1} desc limit ${rows}`,
    parameters: parsed.map(({ value }) => value),
  };
}

/**
 * The versions as a table, who and when first, then the row itself; where that does not fit the lines of
 * {@link lineWidth}, as one paragraph for each version.
 */
export function formatVersions(
  columns: readonly string[],
  versions: readonly (readonly (string | null)[])[],
): string {
  const own = columns.map((_, index) => index).slice(headColumns.length);
  const order = [...shownFirst.map((name) => headColumns.indexOf(name)), ...own, transactionAt];
  const table = {
    columns: order.map((index) => shortNames.get(index) ?? columns[index] ?? ''),
    rows: versions.map((version) => order.map((index) => shownCell(index, version[index] ?? null))),
  };
  // Who and when are read whole, and ids are pasted: only the row's own cells may be cut.
  const cut = own.map((_, index) => shownFirst.length + index);
  return formatTableWithin(table, { width: lineWidth, cut }) ?? paragraphs(columns, versions);
}

function paragraphs(columns: readonly string[], versions: readonly (readonly (string | null)[])[]): string {
  const at = (version: readonly (string | null)[], name: string): string =>
    version[headColumns.indexOf(name)] ?? '';
  return versions
    .map((version) => {
      const operation = operationWords[at(version, 'operation')] ?? at(version, 'operation');
      const row = columns
        .slice(headColumns.length)
        .map((column, index) => [column, version[headColumns.length + index] ?? null] as const);
      const fields = formatFields([
        ['by', `${at(version, 'identity')}, ${at(version, 'function')}`],
        ['transaction', at(version, 'transaction').slice(0, idDigits)],
        ...row,
      ]);
      const lines = [
        `height ${at(version, 'height')}, ${shownTime(at(version, 'time'))}, ${operation}`,
        ...fields.split('\n').map((line) => `  ${line}`),
      ];
      return lines.map((line) => fitText(line, lineWidth)).join('\n');
    })
    .join('\n\n');
}

function shownCell(index: number, value: string | null): Cell {
  if (value === null) return null;
  if (index === transactionAt) return value.slice(0, idDigits);
  return index === timeAt ? shownTime(value) : value;
}

/** A moment as Postgres writes it in UTC, to the second. */
function shownTime(value: string): string {
  return value.replace(/^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d).*$/, '$1 $2');
}
