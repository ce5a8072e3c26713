/** From an answer that did not come to an error that says for what it was waited, and what became of the transaction. */
import { ConnectionLostError, TimeoutError } from '@bucordo/client';
import { CommandError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { exitUnreachable } from '../exit-codes.ts';
import type { WaitWatch } from './wait-watch.ts';

/** Whether nobody answered in time, so that the outcome is unknown. */
export function isUnanswered(error: unknown): error is TimeoutError | ConnectionLostError {
  return error instanceof TimeoutError || error instanceof ConnectionLostError;
}

/**
 * The error with its reason. Unchanged where none is known, or where it says already that the node does not
 * answer.
 */
export async function explainWait(
  error: TimeoutError | ConnectionLostError,
  { watch, node }: { watch: WaitWatch; node: string },
): Promise<Error> {
  const reason = await watch.explain();
  const { transactionId } = error;
  if (transactionId === null || transactionId === '') {
    return reason === null || reason.code === 'node_unreachable' ? error : explained(error, reason, '');
  }
  const keeps =
    error instanceof TimeoutError && reason?.code !== 'node_unreachable'
      ? `The node of ${node} has it and hands it on as soon as it can`
      : 'Its outcome is unknown';
  const look = `see what became of it: ${commandLine('tx', transactionId)}`;
  const again = watch.isKept
    ? `; or send the same once more: ${commandLine('call', '--again', transactionId)}`
    : '';
  const hint = `${keeps}; it is executed at most once. Later ${look}${again}. A new call would be a second transaction.`;
  return explained(error, reason, hint);
}

function explained(
  error: TimeoutError | ConnectionLostError,
  reason: { readonly code: string; readonly text: string } | null,
  hint: string,
): CommandError {
  const { code, message, transactionId } = error;
  const facts = {
    ...(transactionId === null ? {} : { transactionId }),
    ...(reason === null ? {} : { waitedFor: reason.code }),
  };
  const words = reason === null || message.includes(reason.text) ? '' : `; it waited for ${reason.text}`;
  return new CommandError(
    { code, exitCode: exitUnreachable, hint: hint === '' ? error.hint : hint, facts, cause: error },
    `${message}${words}`,
  );
}
