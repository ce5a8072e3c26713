/** `bucordo query`: read-only SQL on a member's own database. */
import { Command, Option } from 'commander';
import { collect, optionsOf, outputOf, wholeNumber } from '../command-context.ts';
import { commandLine } from '../command-line.ts';
import { count } from '../output/progress.ts';
import { formatCsv, formatTable } from '../output/table.ts';

interface QueryOptions {
  readonly csv?: boolean;
  readonly param?: string[];
  readonly rows: number;
}

const help = `
Examples:
  bucordo query "select * from notes.note order by note_id"
  bucordo query "select * from notes.note where note_id = \\$1" --param 1
  bucordo query "select member, id, roles from bucordo.identity order by 1, 2" --csv
  bucordo query "…" --node member2           # the same on another member's database

The height says which block the answer stands on: rows of later blocks are not in it.`;

/** The command. */
export function queryCommand(): Command {
  return new Command('query')
    .argument('<sql>', 'one SELECT')
    .description('read-only SQL on the database of a member')
    .helpGroup('Use the shared database:')
    .option('--param <value>', 'value of $1, $2 … (several)', collect)
    .option(
      '--rows <number>',
      'most rows to show',
      wholeNumber({ name: '--rows', min: 1, max: 10_000 }),
      1_000,
    )
    .addOption(new Option('--csv', 'CSV with a header instead of a table').conflicts('json'))
    .addHelpText('after', help)
    .action((sql: string, _options: object, self: Command) => run(self, sql));
}

async function run(command: Command, sql: string): Promise<void> {
  const options = optionsOf<QueryOptions>(command);
  const output = outputOf(options);
  const { withConnection } = await import('../connection.ts');
  await withConnection(options, async ({ client, endpoint, timeoutMs }) => {
    const answer = await client.query(sql, options.param ?? [], { rowsMax: options.rows, timeoutMs });
    const table = { columns: answer.columns.map(({ name }) => name), rows: answer.values };
    output.result(
      {
        height: answer.height,
        node: endpoint.id,
        columns: answer.columns,
        rows: answer.values,
        truncated: answer.truncated,
        diverged: answer.diverged,
      },
      () => (options.csv === true ? formatCsv(table) : formatTable(table)),
    );
    const rows = `${count(answer.values.length)} ${answer.values.length === 1 ? 'row' : 'rows'}`;
    output.note(
      `${rows} at height ${answer.height} of ${endpoint.id}${answer.truncated ? `; there are more, raise --rows ${options.rows}` : ''}`,
    );
    if (answer.diverged)
      output.note(`The state of ${endpoint.id} differs from the others': ${commandLine('status')}`);
  });
}
