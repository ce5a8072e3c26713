/** What an outcome amounts to for the caller: a receipt, or the error of a rejection. */

import type { Outcome } from '@bucordo/protocol';

import { RejectedError } from './errors.ts';
import { Receipt } from './receipt.ts';

/** The receipt of a transaction that reached the wanted level. */
export function receiptOf(transactionId: string, outcome: Outcome): Receipt {
  const ordered = outcome.height > 0;
  return new Receipt({
    transactionId,
    height: ordered ? outcome.height : null,
    index: ordered ? outcome.index : null,
    resultText: outcome.result,
    duplicate: outcome.duplicate,
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
  });
}
