/** `bucordo block`: one block with its transactions. */
import { Command } from 'commander';
import type { Signer } from '../chain-view/signers.ts';
import { optionsOf, outputOf, wholeNumber } from '../command-context.ts';
import { notFoundError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { formatFields, formatTable } from '../output/table.ts';

/** The command. */
export function blockCommand(): Command {
  return new Command('block')
    .argument(
      '<height>',
      'number of the block, from 1',
      wholeNumber({ name: 'height', min: 1, max: Number.MAX_SAFE_INTEGER }),
    )
    .description('a block and its transactions')
    .helpGroup('Use the shared database:')
    .addHelpText('after', '\nExample:\n  bucordo block 12 --json')
    .action((height: number, _options: object, self: Command) => run(self, height));
}

async function run(command: Command, height: number): Promise<void> {
  const options = optionsOf(command);
  const { withConnection } = await import('../connection.ts');
  const { readSigners, signerText, strangerOf } = await import('../chain-view/signers.ts');
  await withConnection(options, async ({ client, endpoint, timeoutMs }) => {
    const block = await client.block(height, { timeoutMs });
    if (block === null)
      throw notFoundError(
        `the node of ${endpoint.id} has no block ${height}`,
        `See its height: ${commandLine('status')}`,
        { height },
      );
    const keys = block.transactions.map(({ identity }) => identity);
    const signers = await readSigners(client, { keys, height, timeoutMs });
    const signerOf = (key: string): Signer => signers.get(key) ?? strangerOf(key);
    const transactions = block.transactions.map((transaction) => ({
      ...transaction,
      signer: signerOf(transaction.identity).identity,
    }));
    outputOf(options).result({ ...block, transactions }, () => {
      const rows = block.transactions.map((transaction) => [
        transaction.index,
        transaction.id,
        signerText(signerOf(transaction.identity), height),
        transaction.calls.map((call) => `${call.contract}.${call.function}`).join(', '),
      ]);
      return [
        formatFields([
          ['block', block.height],
          ['time', new Date(block.time).toISOString()],
          ['hash', block.hash],
          ['previous', block.previousHash],
        ]),
        '',
        formatTable({ columns: ['index', 'transaction', 'signed by', 'calls'], rows }, { cellWidth: 64 }),
      ].join('\n');
    });
  });
}
