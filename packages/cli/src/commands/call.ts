/** `bucordo call`: calls contract functions in one signed transaction and shows the receipt, or only tries them. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DryRun, Receipt } from '@bucordo/client';
import { Command, Option } from 'commander';
import { type CallText, parseBatch, parseCall } from '../call-arguments.ts';
import { collect, optionsOf, outputOf, profileFor } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import type { WatchedConnection } from '../connection.ts';
import { exitRejected } from '../exit-codes.ts';
import { decodeFile } from '../load/decode-text.ts';
import type { Output } from '../output/output.ts';
import { formatFields } from '../output/table.ts';
import type { KeptTransaction } from '../waiting/kept-transaction.ts';

interface CallOptions {
  readonly arg?: string[];
  readonly batch?: string;
  readonly wait: 'accepted' | 'ordered' | 'committed' | 'final';
  readonly dryRun?: boolean;
  readonly exactly?: boolean;
  readonly again?: string;
}

/** Blocks for which a call is valid: a lost answer can be asked for again, a forgotten one does not run tomorrow. */
const validForBlocks = 10_000;

const help = `
Examples:
  bucordo call notes.add_note '{"note_id":1,"body":"hello"}'
  bucordo call notes.add_note --arg note_id=1 --arg body=hello
  bucordo call --batch calls.jsonl            # {"call":"notes.add_note","args":{…}} a line; all or nothing
  bucordo call notes.add_note '{…}' --as member2/writer --wait final
  bucordo call notes.add_note '{…}' --dry-run   # which rows it would change, or why it would be rejected
  bucordo call notes.add_note '{…}' --exactly   # the same, then signs these changes and no others

A value of --arg that is JSON is taken as JSON (12, true, null, "12"), anything else as text.
With --exactly the transaction is rejected (effect_differs) if the data has changed so that it would do anything else.
A rejected transaction ends with exit code 1; its code and message stand in the receipt.`;

/** The command. */
export function callCommand(): Command {
  return new Command('call')
    .argument('[function]', 'contract.function')
    .argument('[json]', 'arguments as one JSON object')
    .description('call a contract function in a signed transaction')
    .helpGroup('Use the shared database:')
    .option('--arg <name=value>', 'one argument (several)', collect)
    .option('--batch <file>', 'several calls in one transaction: JSON lines, - for standard input')
    .addOption(
      new Option('--wait <level>', 'how far to wait')
        .choices(['accepted', 'ordered', 'committed', 'final'])
        .default('committed'),
    )
    .option('--dry-run', 'only try it: show the rows it would change, sign nothing')
    .option('--exactly', 'try it, show the rows, and sign exactly these changes')
    .option('--again <id>', 'send a call that got no answer once more: the same bytes, executed at most once')
    .addHelpText('after', help)
    .action((name: string | undefined, json: string | undefined, _options: object, self: Command) =>
      run(self, name, json),
    );
}

async function run(command: Command, name: string | undefined, json: string | undefined): Promise<void> {
  const options = optionsOf<CallOptions>(command);
  if (options.again !== undefined) {
    if (name !== undefined || options.batch !== undefined)
      throw usageError('both a call and --again were given', 'With --again nothing new is called.');
    return runAgain(command, options.again);
  }
  const calls = callsOf(options, name, json);
  if (options.dryRun === true && options.exactly === true)
    throw usageError('both --dry-run and --exactly were given', 'Use --exactly: it tries first, too.');
  const output = outputOf(options);
  const { withConnection } = await import('../connection.ts');
  await withConnection(options, async (connection) => {
    const { client, signer, identity, timeoutMs } = connection;
    const tried =
      options.dryRun === true || options.exactly === true ? await client.dryRun(calls, { timeoutMs }) : null;
    if (tried !== null && (options.dryRun === true || tried.effect === null)) {
      return showDryRun(output, tried, identity);
    }
    if (tried !== null) output.note(`${await describe(tried)}\n`);
    const { height } = await client.status({ timeoutMs });
    const transaction = await signer.sign({
      calls,
      validUntil: height + validForBlocks,
      nonce: randomBytes(16),
      effect: tried?.effect ?? null,
    });
    const receipt = await submit(connection, { ...transaction, identity }, options.wait);
    showReceipt(output, receipt, { connection, identity, wait: options.wait, tried });
  });
}

/** Sends the bytes of an earlier call that got no answer; nothing is signed. */
async function runAgain(command: Command, text: string): Promise<void> {
  const options = optionsOf<CallOptions>(command);
  const { idDigits } = await import('../chain-view/find-transaction.ts');
  const { readKept } = await import('../waiting/kept-transaction.ts');
  const { withConnection } = await import('../connection.ts');
  const kept = readKept(profileFor(options).directory, idDigits(text));
  const { identity } = kept;
  // Its signer's node has it already, unless another is named.
  await withConnection({ ...options, as: options.as ?? identity }, async (connection) => {
    const receipt = await submit(connection, kept, options.wait);
    showReceipt(outputOf(options), receipt, { connection, identity, wait: options.wait, tried: null });
  });
}

async function submit(
  { client, loaded, timeoutMs, watch }: WatchedConnection,
  transaction: KeptTransaction,
  wait: CallOptions['wait'],
): Promise<Receipt> {
  const { isUnanswered } = await import('../waiting/explain-wait.ts');
  const { forgetKept, keepTransaction } = await import('../waiting/kept-transaction.ts');
  const { id } = transaction;
  watch.submitted({ transactionId: id, wait });
  try {
    const receipt = await client.submitRaw(transaction, { wait, timeoutMs });
    forgetKept(loaded.directory, id);
    return receipt;
  } catch (error) {
    if (isUnanswered(error)) {
      keepTransaction(loaded.directory, transaction);
      watch.kept();
    } else forgetKept(loaded.directory, id);
    throw error;
  }
}

function showReceipt(
  output: Output,
  receipt: Receipt,
  facts: {
    readonly connection: WatchedConnection;
    readonly identity: string;
    readonly wait: CallOptions['wait'];
    readonly tried: DryRun | null;
  },
): void {
  const { connection, identity, wait, tried } = facts;
  const node = connection.endpoint.id;
  const { transactionId, height, index, resultText } = receipt;
  const result: unknown = receipt.result;
  const effect = tried === null ? {} : { effect: tried.effect };
  output.result({ status: wait, transactionId, height, index, result, ...effect, identity, node }, () =>
    formatFields([
      [wait, height === null ? `at the node of ${node}` : `at height ${height}, index ${index}`],
      ['transaction', transactionId],
      ['signed by', identity],
      ...(tried === null ? [] : [['exactly', 'the changes above'] as const]),
      ...(resultText === '' ? [] : [['result', resultText] as const]),
    ]),
  );
}

async function showDryRun(output: Output, tried: DryRun, identity: string): Promise<void> {
  const text = await describe(tried);
  output.result({ ...tried, identity }, () => text);
  if (tried.status === 'rejected') process.exitCode = exitRejected;
}

async function describe(tried: DryRun): Promise<string> {
  const { formatDryRun } = await import('../output/dry-run-text.ts');
  return formatDryRun(tried);
}

function callsOf(
  options: CallOptions,
  name: string | undefined,
  json: string | undefined,
): readonly CallText[] {
  if (options.batch === undefined) {
    if (name === undefined)
      throw usageError(
        'no function was named',
        `Example: ${commandLine('call', 'notes.add_note', '--arg', 'note_id=1', '--arg', 'body=hello')}`,
      );
    return [parseCall({ name, json, pairs: options.arg ?? [] })];
  }
  if (name !== undefined)
    throw usageError('both a function and --batch were given', 'Name the functions in the batch.');
  return parseBatch(readBatch(options.batch));
}

function readBatch(file: string): string {
  return decodeFile(file === '-' ? 'standard input' : file, readBytes(file));
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (cause) {
    throw usageError(
      `the batch ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Name a file, or - for standard input.',
    );
  }
}
