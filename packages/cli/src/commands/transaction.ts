/** `bucordo tx`: a transaction as it stands in the chain, with its receipt. */
import type { StoredReceipt, StoredTransaction } from '@bucordo/client';
import { Command } from 'commander';
import { optionsOf, outputOf } from '../command-context.ts';
import { notFoundError, usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { identityNames } from '../identity-names.ts';
import { plainText } from '../output/plain-text.ts';
import { formatFields } from '../output/table.ts';
import { profilePath } from '../profile.ts';

/** The command. */
export function transactionCommand(): Command {
  return new Command('tx')
    .argument('<id>', 'transaction id, 64 hex digits')
    .description('a transaction and its receipt')
    .helpGroup('Use the shared database:')
    .addHelpText(
      'after',
      '\nExample:\n  bucordo tx 5f0c…\n\nExit code 3 when the node knows no such transaction.',
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

async function run(command: Command, id: string): Promise<void> {
  const options = optionsOf(command);
  if (!/^[0-9a-f]{64}$/.test(id))
    throw usageError(
      `${id} is not a transaction id`,
      'An id has 64 lower-case hex digits; `bucordo call` and `bucordo history` show it.',
    );
  const { withConnection } = await import('../connection.ts');
  await withConnection(options, async ({ client, loaded, endpoint, timeoutMs }) => {
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
    const signer =
      identityNames(profilePath(loaded, loaded.profile.genesis)).get(transaction.identity) ??
      transaction.identity;
    const reason = await reasonFields(receipt, endpoint.id);
    outputOf(options).result({ transaction, signer, receipt }, () =>
      [
        formatFields([
          ['transaction', id],
          ['signed by', signer],
          ['valid until', `height ${transaction.validUntil}`],
          [receipt.status, `at height ${receipt.height}, index ${receipt.index}`],
          ...(receipt.status === 'rejected'
            ? ([
                ['code', receipt.code],
                ['message', receipt.message],
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
