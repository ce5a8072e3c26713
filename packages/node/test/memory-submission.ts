/** A submission that checks signatures, remembers ids and answers at once: what stands behind the doors in their tests. */

import { createPublicKey, verify } from 'node:crypto';

import {
  decodeSignedTransaction,
  decodeSubmitRequest,
  decodeTransaction,
  type Outcome,
  toHex,
  transactionId,
} from '@bucordo/protocol';

import type { Replies, Submission, SubmissionOptions } from '../src/admission/ports.ts';

/** Answers every transaction as committed in a block of its own; may be told to hold answers or to be full. */
export class MemorySubmission implements Submission {
  /** While true, outcomes are kept until {@link release}. */
  hold = false;
  /** What every transaction returns. */
  result = '';
  /** Transactions taken, also those that were known. */
  takenCount = 0;
  readonly dropped: Replies[] = [];
  readonly heights: Map<string, number> = new Map();
  #full: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;
  #held: (() => void)[] = [];

  get isFull(): boolean {
    return this.#full !== null;
  }

  /** Asks transports to pause until {@link empty}. */
  fill(): void {
    let resolve: () => void = () => undefined;
    const promise = new Promise<void>((settle) => {
      resolve = settle;
    });
    this.#full = { promise, resolve };
  }

  empty(): void {
    this.#full?.resolve();
    this.#full = null;
  }

  ready(): Promise<void> {
    return this.#full?.promise ?? Promise.resolve();
  }

  submit(frame: Buffer, replies: Replies): boolean {
    try {
      const request = decodeSubmitRequest(frame);
      this.submitTransactions(request.transactions, { first: request.first, level: request.wait }, replies);
      return true;
    } catch {
      return false;
    }
  }

  submitTransactions(
    transactions: readonly Uint8Array[],
    options: SubmissionOptions,
    replies: Replies,
  ): void {
    const outcomes = transactions.map((bytes, i) => this.#take(bytes, options.first + i));
    const answer = (): void => {
      if (!this.dropped.includes(replies)) replies.outcomes(outcomes);
    };
    if (this.hold) this.#held.push(answer);
    else setImmediate(answer);
  }

  drop(replies: Replies): void {
    this.dropped.push(replies);
  }

  /** Sends the answers that were held. */
  release(): void {
    this.hold = false;
    for (const answer of this.#held.splice(0)) answer();
  }

  #take(bytes: Uint8Array, number: number): Outcome {
    const refusal = {
      number,
      height: 0,
      index: 0,
      message: '',
      result: '',
      duplicate: false,
      call: null,
      detail: null,
    };
    const { result } = this;
    this.takenCount += 1;
    let id: string;
    try {
      const signed = decodeSignedTransaction(bytes);
      const { identity } = decodeTransaction(signed.payload);
      if (!isSignature(signed.signature, transactionId(signed.payload), identity))
        return { ...refusal, code: 'signature_invalid' };
      id = toHex(transactionId(signed.payload));
    } catch {
      return { ...refusal, code: 'malformed' };
    }
    const known = this.heights.get(id);
    const height = known ?? this.heights.size + 1;
    this.heights.set(id, height);
    return { ...refusal, height, code: '', result, duplicate: known !== undefined };
  }
}

// OpenSSL instead of the portable verification: tests send thousands of transactions.
function isSignature(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]);
  return verify(null, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature);
}
