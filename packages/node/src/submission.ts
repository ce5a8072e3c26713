/** How transactions reach admission from outside: from clients, and from other members' nodes. */

import {
  DecodeError,
  decodeSignedTransaction,
  decodeSubmitRequest,
  isRefusalCode,
  type Outcome,
  transactionId,
} from '@bucordo/protocol';

import type { Admission } from './admission/admission.ts';
import type { Replies, Submission, SubmissionOptions } from './api/ports.ts';
import type { ForwardSink } from './sync/peer-server.ts';

/** Hands everything to admission until the node has diverged; from then on refuses everything with that code. */
export class DivergedSubmission implements Submission {
  readonly #admission: Admission;
  readonly #isDiverged: () => boolean;

  constructor(admission: Admission, isDiverged: () => boolean) {
    this.#admission = admission;
    this.#isDiverged = isDiverged;
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
    if (!this.#isDiverged()) return this.#admission.submit(frame, replies);
    try {
      const { first, transactions } = decodeSubmitRequest(frame);
      refuseAll({ first, count: transactions.length }, replies);
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
    if (this.#isDiverged()) refuseAll({ first: options.first, count: transactions.length }, replies);
    else this.#admission.submitTransactions(transactions, options, replies);
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

function refuseAll({ first, count }: { first: number; count: number }, replies: Replies): void {
  const refusal = { height: 0, index: 0, code: 'diverged', message: '', result: '', duplicate: false };
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
