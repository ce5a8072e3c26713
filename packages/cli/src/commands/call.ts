/** `bucordo call`: calls contract functions in one signed transaction and shows the receipt, or only tries them. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DryRun } from '@bucordo/client';
import { Command, Option } from 'commander';
import { type CallText, parseBatch, parseCall } from '../call-arguments.ts';
import { collect, optionsOf, outputOf } from '../command-context.ts';
import { usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { exitRejected } from '../exit-codes.ts';
import { decodeFile } from '../load/decode-text.ts';
import type { Output } from '../output/output.ts';
import { formatFields } from '../output/table.ts';

interface CallOptions {
  readonly arg?: string[];
  readonly batch?: string;
  readonly wait: 'accepted' | 'ordered' | 'committed' | 'final';
  readonly dryRun?: boolean;
  readonly exactly?: boolean;
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
    .addHelpText('after', help)
    .action((name: string | undefined, json: string | undefined, _options: object, self: Command) =>
      run(self, name, json),
    );
}

async function run(command: Command, name: string | undefined, json: string | undefined): Promise<void> {
  const options = optionsOf<CallOptions>(command);
  const calls = callsOf(options, name, json);
  if (options.dryRun === true && options.exactly === true)
    throw usageError('both --dry-run and --exactly were given', 'Use --exactly: it tries first, too.');
  const output = outputOf(options);
  const { withConnection } = await import('../connection.ts');
  await withConnection(options, async ({ client, signer, identity, endpoint, timeoutMs }) => {
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
    const receipt = await client.submitRaw(transaction, { wait: options.wait, timeoutMs });
    const result: unknown = receipt.result;
    output.result(
      {
        status: options.wait,
        transactionId: receipt.transactionId,
        height: receipt.height,
        index: receipt.index,
        result,
        ...(tried === null ? {} : { effect: tried.effect }),
        identity,
        node: endpoint.id,
      },
      () =>
        formatFields([
          [
            options.wait,
            receipt.height === null
              ? `at the node of ${endpoint.id}`
              : `at height ${receipt.height}, index ${receipt.index}`,
          ],
          ['transaction', receipt.transactionId],
          ['signed by', identity],
          ...(tried === null ? [] : [['exactly', 'the changes above'] as const]),
          ...(receipt.resultText === '' ? [] : [['result', receipt.resultText] as const]),
        ]),
    );
  });
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
