/** How transactions reach admission from outside: from clients, and from other members' nodes. */

import {
  DecodeError,
  decodeSignedTransaction,
  decodeSubmitRequest,
  isRefusalCode,
  type Outcome,
  transactionId,
} from '@bucordo/protocol';

import type { Admission } from '../admission/admission.ts';
import type { Hindrance, Replies, Submission, SubmissionOptions } from '../admission/ports.ts';
import type { ForwardSink } from '../sync/ports.ts';

/** Hands everything to admission, unless and until the node can do no good to transactions: then refuses them all. */
export class GuardedSubmission implements Submission {
  readonly #admission: Admission;
  readonly #hindrance: () => Hindrance | null;

  /** `hindrance` gives that for which everything is refused now, or null. */
  constructor(admission: Admission, hindrance: () => Hindrance | null) {
    this.#admission = admission;
    this.#hindrance = hindrance;
  }

  get isFull(): boolean {
    return this.#admission.isFull;
  }

  ready(): Promise<void> {
    return this.#admission.ready();
  }

  drop(replies: Replies): void {
    this.#admission.drop(replies);
  }

  submit(frame: Buffer, replies: Replies): boolean {
    const hindrance = this.#hindrance();
    if (hindrance === null) return this.#admission.submit(frame, replies);
    try {
      const { first, transactions } = decodeSubmitRequest(frame);
      refuseAll(hindrance, { first, count: transactions.length }, replies);
      return true;
    } catch (error) {
      if (error instanceof DecodeError) return false;
      throw error;
    }
  }

  submitTransactions(
    transactions: readonly Uint8Array[],
    options: SubmissionOptions,
    replies: Replies,
  ): void {
    const hindrance = this.#hindrance();
    if (hindrance === null) this.#admission.submitTransactions(transactions, options, replies);
    else refuseAll(hindrance, { first: options.first, count: transactions.length }, replies);
  }
}

/** Where an ordering node puts what other nodes forward. Only refusals go back; what is taken shows in a block. */
export function forwardSink(admission: Admission): ForwardSink {
  return {
    forward: (transactions, refused) => {
      const outcomes = (batch: readonly Outcome[]): void => {
        for (const { number, code, height, duplicate } of batch) {
          // A receipt of a block that the other node does not have yet is no refusal.
          if (!isRefusalCode(code) || height > 0 || duplicate) continue;
          const id = idOf(transactions[number]);
          if (id !== null) refused(id, code);
        }
      };
      admission.submitTransactions(transactions, { first: 0, level: 'accepted' }, { outcomes });
      return admission.ready();
    },
  };
}

function refuseAll(
  { code, message }: Hindrance,
  { first, count }: { first: number; count: number },
  replies: Replies,
): void {
  const refusal = {
    height: 0,
    index: 0,
    code,
    message,
    result: '',
    duplicate: false,
    call: null,
    detail: null,
  };
  replies.outcomes(Array.from({ length: count }, (_, index) => ({ ...refusal, number: first + index })));
}

function idOf(signed: Uint8Array | undefined): Uint8Array | null {
  try {
    return signed === undefined ? null : transactionId(decodeSignedTransaction(signed).payload);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}
