/** `bucordo load`: a file of rows as transactions, resumable and idempotent. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { parseQualifiedName } from '../call-arguments.ts';
import { collect, optionsOf, outputOf, wholeNumber } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { exitRejected } from '../exit-codes.ts';
import { parseColumnMap } from '../load/column-map.ts';
import type { LoadReport } from '../load/load-file.ts';
import { type RowFormat, rowFormatOf } from '../load/load-rows.ts';
import { count } from '../output/progress.ts';
import { formatFields } from '../output/table.ts';

interface LoadOptions {
  readonly map?: string[];
  readonly groupBy?: string;
  readonly callsPerTransaction: number;
  readonly inFlight: number;
  readonly format?: RowFormat;
  readonly rejected?: string;
  readonly again?: boolean;
}

const help = `
Examples:
  bucordo load notes.add_note notes.csv
  bucordo load notes.add_note notes.jsonl --map id=note_id,text=body
  bucordo load shop.add_line lines.csv.gz --group-by InvoiceNo --map InvoiceNo=invoice,Qty=quantity
  bucordo load shop.add_line lines.csv --calls-per-transaction 100   # one signature for 100 rows

CSV has a header; an empty cell is null, a quoted empty cell ("") the empty text. --map column=parameter
takes the kinds :json and :bool for cells that are not text. Files may be packed (.gz).

The same file loaded again makes the same transactions, so nothing happens twice: a load that was
interrupted goes on where it stopped. Rejected lines are written to FILE.rejected.jsonl, exit code 1.`;

/** The command. */
export function loadCommand(): Command {
  return new Command('load')
    .argument('<function>', 'contract.function')
    .argument('<file>', 'CSV or JSON lines')
    .description('the rows of a file as transactions')
    .helpGroup('Use the shared database:')
    .option('--map <column=parameter>', 'columns to parameters (several, or separated by commas)', collect)
    .option('--group-by <column>', 'rows with the same value are one transaction')
    .option(
      '--calls-per-transaction <number>',
      'rows in one transaction',
      wholeNumber({ name: '--calls-per-transaction', min: 1, max: 1_000 }),
      1,
    )
    .option(
      '--in-flight <number>',
      'transactions under way at once',
      wholeNumber({ name: '--in-flight', min: 1, max: 8_000 }),
      1_000,
    )
    .addOption(new Option('--format <format>', 'when the name does not tell').choices(['csv', 'jsonl']))
    .option('--rejected <file>', 'where rejected lines go (default: FILE.rejected.jsonl)')
    .option('--again', 'send everything once more, also what the journal says is done; changes nothing')
    .addHelpText('after', help)
    .action((name: string, file: string, _options: object, self: Command) => run(self, name, file));
}

async function run(command: Command, name: string, file: string): Promise<void> {
  const options = optionsOf<LoadOptions>(command);
  if (!existsSync(file)) throw usageError(`there is no file ${file}`, 'Check the path.', { file });
  const { contract, name: fn } = parseQualifiedName(name, 'function');
  const shape = {
    contract,
    function: fn,
    columnMap: parseColumnMap(options.map ?? []),
    groupBy: options.groupBy ?? '',
    callsPerTransaction: options.callsPerTransaction,
  };
  const format = options.format ?? rowFormatOf(file);
  const rejectedFile = resolve(options.rejected ?? `${file}.rejected.jsonl`);
  const [{ withConnection }, { performLoad }] = await Promise.all([
    import('../connection.ts'),
    import('../load/perform-load.ts'),
  ]);
  const { inFlight, again = false } = options;
  const load = { file, format, shape, rejectedFile, inFlight, again };
  const report = await withConnection(options, (connection) => performLoad(connection, load));
  const rejected = report.rejected > 0 ? { rejectedFile } : {};
  outputOf(options).result({ file, ...report, ...rejected }, () => formatReport(report, rejectedFile));
  if (report.rejected > 0) process.exitCode = exitRejected;
}

function formatReport(report: LoadReport, rejectedFile: string): string {
  return formatFields([
    ['transactions', count(report.transactions)],
    ['committed now', count(report.committed)],
    ...(report.skipped > 0 ? [['done before', count(report.skipped)] as const] : []),
    ...(report.duplicates > 0 ? [['sent again, changed nothing', count(report.duplicates)] as const] : []),
    ['rejected', count(report.rejected)],
    ...(report.rejected > 0 ? [['rejected lines', rejectedFile] as const] : []),
  ]);
}
