/**
 * What an administrator changes about its own member, as one signed transaction: done at once, or,
 * where the member needs more administrators, a request to which the others consent.
 */

import { setTimeout } from 'node:timers/promises';
import type { CallArguments, Client, Receipt } from '@bucordo/client';
import type { Command } from 'commander';
import { optionsOf, outputOf } from './command-context.ts';
import { commandLine } from './command-line.ts';
import { formatFields } from './output/table.ts';

/** A change of the own member. */
export interface Change {
  /** Function of the contract `bucordo`. */
  readonly name: string;
  readonly args: CallArguments;
  /** What has happened once it is carried out, for people. */
  readonly done: string;
  /** Whether the node that is asked may not know the signer yet, because it still catches up. */
  readonly isFirst?: boolean;
}

/** Wait before a node that catches up is asked again, in milliseconds. */
const AGAIN_MS = 500;

/** Signs a change and says whether it is done or waits for consent. */
export async function administrate(command: Command, change: Change): Promise<void> {
  const options = optionsOf(command);
  const output = outputOf(options);
  const { withConnection } = await import('./connection.ts');
  await withConnection(options, async ({ client, identity, timeoutMs, watch }) => {
    watch.submitted({ transactionId: null, wait: 'committed' });
    const receipt = await callAgain(client, change, timeoutMs);
    const request = typeof receipt.result === 'number' ? receipt.result : null;
    output.result(
      {
        done: request === null,
        request,
        identity,
        transactionId: receipt.transactionId,
        height: receipt.height,
      },
      () =>
        formatFields([
          request === null ? ['done', change.done] : ['request', `${request}: ${change.done}`],
          ['signed', `by ${identity} at height ${receipt.height}`],
        ]),
    );
    output.note(
      request === null
        ? `\nIt counts from height ${(receipt.height ?? 0) + 1} on.`
        : `\nYour member needs more administrators for this: each signs ${commandLine('request', 'consent', request)}`,
    );
  });
}

async function callAgain(
  client: Client,
  { name, args, isFirst }: Change,
  timeoutMs: number,
): Promise<Receipt> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await client.call('bucordo', name, args, {
        timeoutMs: Math.max(1, deadline - performance.now()),
      });
    } catch (error) {
      const isUnknown = error instanceof Error && 'code' in error && error.code === 'identity_unknown';
      if (isFirst !== true || !isUnknown || performance.now() + AGAIN_MS > deadline) throw error;
      await setTimeout(AGAIN_MS);
    }
  }
}
