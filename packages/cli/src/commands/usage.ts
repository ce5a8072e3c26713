/** `bucordo usage`: how much each member used the network, month by month. */
import { Command, Option } from 'commander';
import { optionsOf, outputOf } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { formatCsv, formatTable, type Table } from '../output/table.ts';

interface UsageOptions {
  readonly from?: string;
  readonly to?: string;
  readonly csv?: boolean;
}

/** The command. */
export function usageCommand(): Command {
  return new Command('usage')
    .description('users, transactions, calls and bytes of each member, per month')
    .helpGroup('Members and identities:')
    .option('--from <month>', 'first month, like 2026-11', month)
    .option('--to <month>', 'last month', month)
    .addOption(new Option('--csv', 'CSV with a header instead of a table').conflicts('json'))
    .addHelpText(
      'after',
      "\nMonths are those of block time (UTC). Every member's node comes to the same figures: they are counted from the chain.\nCheckpoints, which nodes sign on their own, are not counted. Overseers may ask for this, and for nothing else.",
    )
    .action((_options: object, self: Command) => run(self));
}

async function run(command: Command): Promise<void> {
  const options = optionsOf<UsageOptions>(command);
  const { withConnection } = await import('../connection.ts');
  await withConnection(options, async ({ client, timeoutMs }) => {
    const usage = await client.usage({ from: options.from, to: options.to, timeoutMs });
    const table: Table = {
      columns: ['month', 'member', 'users', 'transactions', 'rejected', 'calls', 'bytes'],
      rows: usage.map((row) => [
        row.month,
        row.member,
        row.users,
        row.transactions,
        row.rejected,
        row.calls,
        row.bytes,
      ]),
    };
    outputOf(options).result({ usage }, () => (options.csv === true ? formatCsv(table) : formatTable(table)));
  });
}

function month(text: string): string {
  if (/^[0-9]{4}-(0[1-9]|1[0-2])$/.test(text)) return text;
  throw usageError(`${text} is no month`, 'Write it like 2026-11.');
}
