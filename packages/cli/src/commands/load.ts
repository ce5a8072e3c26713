/** `bucordo load`: a file of rows as transactions, resumable and idempotent. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { parseQualifiedName } from '../call-arguments.ts';
import { collect, optionsOf, outputOf, wholeNumber } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { exitRejected } from '../exit-codes.ts';
import { describeColumnMap, parseColumnMap } from '../load/column-map.ts';
import type { LoadReport } from '../load/load-file.ts';
import { type RowFormat, rowFormatOf } from '../load/load-rows.ts';
import { count, Progress } from '../output/progress.ts';
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

/** Where journals are, within the network's folder. */
const journalsDirectory = 'loads';

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
  const output = outputOf(options);
  if (!existsSync(file)) throw usageError(`there is no file ${file}`, 'Check the path.', { file });
  const { contract, name: fn } = parseQualifiedName(name, 'function');
  const format = options.format ?? rowFormatOf(file);
  const columnMap = parseColumnMap(options.map ?? []);
  const shape = {
    contract,
    function: fn,
    columnMap,
    groupBy: options.groupBy ?? '',
    callsPerTransaction: options.callsPerTransaction,
  };
  const [{ withConnection }, { countTransactions, loadFile }, { hashFile, LoadJournal }, { LoadSubmitter }] =
    await Promise.all([
      import('../connection.ts'),
      import('../load/load-file.ts'),
      import('../load/load-journal.ts'),
      import('../load/load-submitter.ts'),
    ]);
  await withConnection(options, async ({ client, signer, loaded, identity, timeoutMs }) => {
    const fileHash = await hashFile(file);
    const { groupBy, callsPerTransaction } = shape;
    const load = {
      network: loaded.profile.network,
      identity,
      function: name,
      fileHash,
      columnMap: describeColumnMap(columnMap),
      groupBy,
      callsPerTransaction,
    };
    const journal = new LoadJournal(join(loaded.directory, journalsDirectory), load);
    const total = await checkFile((onRow) => countTransactions({ file, format, shape }, onRow));
    const progress = new Progress({ label: `loading ${basename(file)}`, unit: 'transactions', total });
    const submitter = new LoadSubmitter({ client, signer, load, journal, timeoutMs });
    const rejectedFile = resolve(options.rejected ?? `${file}.rejected.jsonl`);
    const again = options.again ?? false;
    const report = await loadFile({
      file,
      format,
      shape,
      journal,
      submitter,
      inFlight: options.inFlight,
      again,
      rejectedFile,
      onProgress: (done) => progress.update(done),
    });
    if (report.transactions > report.skipped) progress.finish(report.transactions - report.skipped);
    output.result({ file, fileHash, ...report, ...(report.rejected > 0 ? { rejectedFile } : {}) }, () =>
      formatReport(report, rejectedFile),
    );
    if (report.rejected > 0) process.exitCode = exitRejected;
  });
}

async function checkFile(count: (onRow: () => void) => Promise<number>): Promise<number> {
  const progress = new Progress({ label: 'checking the file', unit: 'rows' });
  let rows = 0;
  const transactions = await count(() => {
    rows += 1;
    if (rows % 1_000 === 0) progress.update(rows);
  });
  if (transactions === 0)
    throw usageError('the file has no rows', 'A CSV file has a header and at least one row.');
  return transactions;
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
