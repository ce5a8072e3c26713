/** `bucordo load`: a file of rows as transactions, checked before anything is sent, resumable, nothing twice. */
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { parseQualifiedName } from '../call-arguments.ts';
import { collect, optionsOf, outputOf, wholeNumber } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { exitInterrupted, exitRejected } from '../exit-codes.ts';
import type { RowFormat } from '../load/load-rows.ts';
import type { LoadReport } from '../load/perform-load.ts';
import { count } from '../output/progress.ts';
import { formatFields } from '../output/table.ts';

interface LoadOptions {
  readonly map?: string[];
  readonly groupBy?: string;
  readonly callsPerTransaction: number;
  readonly inFlight: number;
  readonly format?: RowFormat;
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly rejected?: string;
  readonly again?: boolean;
  readonly check?: boolean;
}

const help = `
Examples:
  bucordo load notes.add_note notes.csv --check       # only look whether it can be loaded
  bucordo load notes.add_note notes.csv
  bucordo load notes.add_note export.csv --encoding windows-1252 --delimiter ";"
  bucordo load notes.add_note notes.jsonl --map id=note_id,text=body
  bucordo load shop.add_line lines.csv.gz --group-by InvoiceNo --map InvoiceNo=invoice,Qty=quantity
  bucordo load shop.add_line lines.csv --calls-per-transaction 100   # one signature for 100 rows
  zcat notes.jsonl.gz | bucordo load notes.add_note - --format jsonl

Before anything is sent the whole file is checked: your right to call the function, encoding (UTF-8 unless you
name another), header, every value. Values are written as in a call: 1234.50, 2026-01-31, 2026-01-31T12:00:00Z,
true, and JSON for jsonb and lists. An empty cell is null, a quoted empty cell ("") the empty text. Empty lines
are left out, and columns whose names begin with #. --map column=parameter takes the kinds :text, :json and :bool.

Lines that cannot be sent, or are rejected, go to FILE.rejected.csv (or .jsonl) with the reason behind them, and
the exit code is 1. Correct that file and load it, or correct the whole file and load it again: rows that a version
of the file has brought before are not brought twice (--again brings them). The same file loaded again does nothing
more; a load that was interrupted goes on where it stopped. Ctrl-C once stops it in order (exit code 130), twice at once.`;

/** The command. */
export function loadCommand(): Command {
  return new Command('load')
    .argument('<function>', 'contract.function')
    .argument('<file>', 'CSV or JSON lines, - for standard input')
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
    .option('--encoding <name>', 'when it is not UTF-8: windows-1252, utf-16le …')
    .option('--delimiter <sign>', 'between the cells: ; tab | (default: found by the header)')
    .option('--rejected <file>', 'where rejected lines go (default: FILE.rejected.csv or .jsonl)')
    .option('--check', 'check the file and send nothing')
    .option('--again', 'also rows that another version of the file has brought')
    .addHelpText('after', help)
    .action((name: string, file: string, _options: object, self: Command) => run(self, name, file));
}

async function run(command: Command, name: string, file: string): Promise<void> {
  const options = optionsOf<LoadOptions>(command);
  const output = outputOf(options);
  const { contract, name: fn } = parseQualifiedName(name, 'function');
  const [
    { withConnection },
    { performLoad, leftWords },
    { openInput },
    { rowFormatOf },
    { encodingOf },
    { parseDelimiter },
    { parseColumnMap },
    { listenForInterruption },
  ] = await Promise.all([
    import('../connection.ts'),
    import('../load/perform-load.ts'),
    import('../load/input-file.ts'),
    import('../load/load-rows.ts'),
    import('../load/decode-text.ts'),
    import('../load/csv-form.ts'),
    import('../load/column-map.ts'),
    import('../load/interruption.ts'),
  ]);
  const request = {
    format: options.format ?? rowFormatOf(file),
    encoding: encodingOf(options.encoding),
    delimiter: options.delimiter === undefined ? null : parseDelimiter(options.delimiter),
    shape: {
      contract,
      function: fn,
      columnMap: parseColumnMap(options.map ?? []),
      groupBy: options.groupBy ?? '',
      callsPerTransaction: options.callsPerTransaction,
    },
    inFlight: options.inFlight,
    again: options.again ?? false,
    checkOnly: options.check ?? false,
    rejected: options.rejected ?? null,
  };
  if (request.again && request.checkOnly)
    throw usageError('both --check and --again were given', '--check sends nothing; use one of the two.');
  const input = await openInput(file);
  let end = (): void => undefined;
  const watch = {
    note: (text: string) => output.note(text),
    beginSending: () => {
      const interruption = listenForInterruption(() =>
        output.note('Stopping: what is under way is awaited. Ctrl-C again ends at once.'),
      );
      end = interruption.end;
      return interruption.signal;
    },
  };
  try {
    const report = await withConnection(options, (connection) =>
      performLoad(connection, { ...request, file: input }, watch),
    );
    output.result({ file: file === '-' ? file : resolve(file), ...report }, () =>
      formatReport(report, request.checkOnly),
    );
    if (report.stopped && !request.checkOnly) output.note(leftWords(report.done, report.total));
    if (report.stopped && !request.checkOnly) process.exitCode = exitInterrupted;
    else if (report.rejected > 0) process.exitCode = exitRejected;
  } finally {
    end();
    input.release();
  }
}

function formatReport(report: LoadReport, isCheck: boolean): string {
  const some = (name: string, value: number): (readonly [string, string])[] =>
    value > 0 ? [[name, count(value)]] : [];
  const { total, done, stopped, rejectedFile } = report;
  return formatFields([
    ['rows', count(report.rows)],
    ...some('empty lines', report.emptyLines),
    ...some('the same as before', report.same),
    ['transactions', count(total)],
    ...(isCheck ? [] : [['committed now', count(report.committed)] as const]),
    ...some('done before', report.skipped),
    ...some('sent again, changed nothing', report.duplicates),
    [isCheck ? 'would be rejected' : 'rejected', count(report.rejected)],
    ...Object.entries(report.codes).map(([code, number]) => [`  ${code}`, count(number)] as const),
    ...(stopped ? [['left', count(total - done)] as const] : []),
    ...(rejectedFile === null ? [] : [['rejected lines', rejectedFile] as const]),
  ]);
}
