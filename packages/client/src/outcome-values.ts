/** What an outcome amounts to for the caller: a receipt, or the error of a rejection. */

import type { Outcome } from '@bucordo/protocol';

import { RejectedError } from './errors.ts';
import { Receipt } from './receipt.ts';
import type { ResultTypes } from './result-value.ts';

/** The receipt of a transaction that reached the wanted level. */
export function receiptOf(transactionId: string, outcome: Outcome, returns: ResultTypes): Receipt {
  const ordered = outcome.height > 0;
  return new Receipt({
    transactionId,
    height: ordered ? outcome.height : null,
    index: ordered ? outcome.index : null,
    resultText: outcome.result,
    duplicate: outcome.duplicate,
    returns,
  });
}

/** The error of a transaction that was rejected, or refused before it was ordered. */
export function rejection(transactionId: string, outcome: Outcome): RejectedError {
  const ordered = outcome.height > 0;
  return new RejectedError({
    code: outcome.code,
    message: outcome.message,
    transactionId,
    height: ordered ? outcome.height : null,
    index: ordered ? outcome.index : null,
    call: outcome.call,
    detail: outcome.detail,
  });
}

/** Refusals that every node gives at every height: bytes that get one of them are executed nowhere. */
const FOR_GOOD: ReadonlySet<string> = new Set([
  'malformed',
  'wrong_network',
  'signature_invalid',
  'arguments_malformed',
  'too_large',
  'too_many_calls',
]);

/** Whether a refusal with this code is the last word, whatever other nodes have said. */
export function isForGood(code: string): boolean {
  return FOR_GOOD.has(code);
}

/** What a node says of bytes that another one may have taken in. */
export function opinion({ code, message }: Outcome): string {
  return `a node that was asked again answered ${code}${message === '' ? '' : ` (${message})`}`;
}
