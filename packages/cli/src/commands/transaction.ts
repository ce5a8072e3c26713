/** `bucordo tx`: a transaction as it stands in the chain, with its receipt. */
import type { StoredReceipt, StoredTransaction } from '@bucordo/client';
import { Command } from 'commander';
import { optionsOf, outputOf } from '../command-context.ts';
import { notFoundError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { plainText } from '../output/plain-text.ts';
import { formatFields } from '../output/table.ts';

/** The command. */
export function transactionCommand(): Command {
  return new Command('tx')
    .argument('<id>', 'transaction id, or the beginning of one that no other begins with')
    .description('a transaction and its receipt')
    .helpGroup('Use the shared database:')
    .addHelpText(
      'after',
      '\nExample:\n  bucordo tx 5f0c1d2e\n\nThe beginning of an id is enough: 4 hex digits or more, as history shows them. Where several begin alike they are\nlisted, with the code ambiguous. Exit code 3 when the node knows no such transaction.\nNames are those of now; of a signer that was renamed since, both are shown.',
    )
    .action((id: string, _options: object, self: Command) => run(self, id));
}

// Calls are counted from 0, as in the receipt.
function callName(call: number, { calls }: StoredTransaction): string {
  const named = calls[call];
  return `call ${call}${named === undefined ? '' : ` (${named.contract}.${named.function})`}`;
}

// What the receipt's hash does not hold is this node's word, and says so.
async function reasonFields(
  { detail }: StoredReceipt,
  member: string,
): Promise<(readonly [string, string])[]> {
  const { describeOutcomeDetail } = await import('@bucordo/protocol');
  const words = detail === null ? '' : describeOutcomeDetail(detail);
  return words === '' ? [] : [[`in the words of ${member}`, words]];
}

async function run(command: Command, text: string): Promise<void> {
  const options = optionsOf(command);
  const { findTransaction, idDigits } = await import('../chain-view/find-transaction.ts');
  const digits = idDigits(text);
  const { withConnection } = await import('../connection.ts');
  const { readSigners, signerText, strangerOf } = await import('../chain-view/signers.ts');
  await withConnection(options, async ({ client, endpoint, timeoutMs }) => {
    const id = await findTransaction(client, digits, { member: endpoint.id, timeoutMs });
    const [transaction, receipt] = await Promise.all([
      client.transaction(id, { timeoutMs }),
      client.receipt(id, { timeoutMs }),
    ]);
    if (transaction === null || receipt === null) {
      throw notFoundError(
        `the node of ${endpoint.id} knows no transaction ${id}`,
        `It was never ordered, or this node has not come so far: ${commandLine('status')}`,
        { id },
      );
    }
    const { identity: key, height } = transaction;
    const signer =
      (await readSigners(client, { keys: [key], height, timeoutMs })).get(key) ?? strangerOf(key);
    const reason = await reasonFields(receipt, endpoint.id);
    const { identity, identityThen, endsAt } = signer;
    const shown = { transaction, signer: identity ?? key, signerThen: identityThen ?? key, receipt };
    outputOf(options).result({ ...shown, keyEndsAt: endsAt }, () =>
      [
        formatFields([
          ['transaction', id],
          ['signed by', signerText(signer, height)],
          ['with key', `${key}${endsAt === null ? '' : `, which counts up to height ${endsAt - 1}`}`],
          ['valid until', `height ${transaction.validUntil}`],
          [receipt.status, `at height ${receipt.height}, index ${receipt.index}`],
          ...(receipt.status === 'rejected'
            ? ([
                ['code', receipt.code],
                ...(receipt.message === '' ? [] : [['message', receipt.message] as const]),
                ...reason,
                ...(receipt.call === null ? [] : [['failed', callName(receipt.call, transaction)] as const]),
              ] as const)
            : []),
          ...(receipt.resultText === '' ? [] : [['result', receipt.resultText] as const]),
        ]),
        '',
        ...transaction.calls.map((call) =>
          plainText(`${call.contract}.${call.function} ${call.argumentsText}`),
        ),
      ].join('\n'),
    );
  });
}
