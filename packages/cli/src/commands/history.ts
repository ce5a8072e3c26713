/** `bucordo history`: who changed the rows of a table, when, by which call. */
import { Command } from 'commander';
import { parseQualifiedName } from '../call-arguments.ts';
import { optionsOf, outputOf, wholeNumber } from '../command-context.ts';
import { notFoundError, usageError } from '../command-error.ts';
import { count } from '../output/progress.ts';
import { type Cell, formatTable } from '../output/table.ts';

interface HistoryOptions {
  readonly rows: number;
}

const help = `
Examples:
  bucordo history notes.note note_id=1
  bucordo history purchasing.order_header order_id=4
  bucordo history notes.note owner=buyer --rows 20 --json

The newest version stands last. Operations: I inserted, U updated, D deleted. The transaction's id leads
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
      const table = formatTable(shownVersions(columns, versions), { cellWidth: 40 });
      return `${table}\n\n${count(versions.length)} ${versions.length === 1 ? 'version' : 'versions'} at height ${answer.height} of ${endpoint.id}`;
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

/** Who and when first, then the row itself. */
function shownVersions(
  columns: readonly string[],
  versions: readonly (readonly (string | null)[])[],
): { columns: string[]; rows: Cell[][] } {
  const own = columns.map((_, index) => index).slice(headColumns.length);
  const order = [...shownFirst.map((name) => headColumns.indexOf(name)), ...own, transactionAt];
  const rows = versions.map((version) => order.map((index) => shownCell(index, version[index] ?? null)));
  return { columns: order.map((index) => columns[index] ?? ''), rows };
}

function shownCell(index: number, value: string | null): Cell {
  return index === transactionAt && value !== null ? value.slice(0, 16) : value;
}
