/**
 * The messages between client and node and between nodes, beside blocks and envelopes:
 * Protobuf in canonical form (see `proto/`), with the same strictness as everything else.
 */

import { isContractCode, isRefusalCode, type RefusalCode } from './codes.ts';
import { DecodeError } from './decode-error.ts';
import {
  blockTransactionsMax,
  callsMax,
  heightMax,
  messageBytesMax,
  replyOutcomesMax,
  resultBytesMax,
  submitBytesMax,
  submitTransactionsMax,
} from './limits.ts';
import { decodeOutcomeDetail, encodeOutcomeDetail, type OutcomeDetail } from './outcome-detail.ts';
import { LENGTH_DELIMITED, WireReader, WireWriter } from './wire.ts';

/** What a client waits for, from soonest to safest. */
export type WaitLevel = 'accepted' | 'ordered' | 'committed' | 'final';

/** Transactions handed in together. */
export interface SubmitRequest {
  /** Number of the first transaction, chosen by the client and rising; the others follow on. */
  readonly first: number;
  readonly wait: WaitLevel;
  /** Encoded signed transactions, 1 to `submitTransactionsMax`. */
  readonly transactions: readonly Uint8Array[];
}

/** What became of one transaction. */
export interface Outcome {
  /** The number the client gave it. */
  readonly number: number;
  /** Height of its block, 0 while it has none. */
  readonly height: number;
  /** Index in its block. */
  readonly index: number;
  /** Empty when the wanted level was reached; else why not. */
  readonly code: string;
  /** The contract's message, or more about the code; may be empty. */
  readonly message: string;
  /** JSON text of the result, or empty. */
  readonly result: string;
  /** True when it had been ordered before and this is the answer of then. */
  readonly duplicate: boolean;
  /** Index of the call that failed, from 0; null for none, also when the transaction was refused as a whole. */
  readonly call: number | null;
  /** What the node that answers knows beyond the receipt, or null. */
  readonly detail: OutcomeDetail | null;
}

/** Outcomes, in the order in which they became known. */
export interface SubmitReply {
  readonly outcomes: readonly Outcome[];
}

/** Asks for the blocks from a height on, as a stream that goes on with new ones. */
export interface BlocksRequest {
  /** First height wanted, at least 1. */
  readonly from: number;
}

/** A forwarded transaction that was refused. */
export interface ForwardRefusal {
  /** Transaction id, 32 bytes. */
  readonly id: Uint8Array;
  readonly code: RefusalCode;
}

/** Refusals of forwarded transactions; what is not named was taken. */
export interface ForwardReply {
  readonly refusals: readonly ForwardRefusal[];
}

/** The wait levels by their number on the wire; 0 is none. */
export const waitLevels: readonly (WaitLevel | undefined)[] = [
  undefined,
  'accepted',
  'ordered',
  'committed',
  'final',
];

/** Encodes a request. Throws {@link DecodeError} above the limits. */
export function encodeSubmitRequest(request: SubmitRequest): Uint8Array {
  const writer = new WireWriter(1024).uint(1, request.first).uint(2, waitLevels.indexOf(request.wait));
  requireSubmitCount(request.transactions.length);
  for (const transaction of request.transactions) {
    writer.element(3, transaction);
  }
  const bytes = writer.finish();
  requireSubmitBytes(bytes.length);
  return bytes;
}

/** Decodes a request into views of `bytes`; the transactions are not looked into. Throws {@link DecodeError}. */
export function decodeSubmitRequest(bytes: Uint8Array): SubmitRequest {
  requireSubmitBytes(bytes.length);
  const reader = new WireReader(bytes);
  const first = reader.uint(1);
  const wait = waitLevel(reader.uint(2));
  const transactions: Uint8Array[] = [];
  while (reader.take(3, LENGTH_DELIMITED)) {
    requireSubmitCount(transactions.length + 1);
    transactions.push(reader.content());
  }
  reader.finish();
  requireSubmitCount(transactions.length);
  return { first, wait, transactions };
}

/** Encodes up to `replyOutcomesMax` outcomes. */
export function encodeSubmitReply(reply: SubmitReply): Uint8Array {
  requireReplyCount(reply.outcomes.length);
  const writer = new WireWriter(32 + reply.outcomes.length * 24);
  for (const outcome of reply.outcomes) {
    writer.element(1, encodeOutcome(outcome));
  }
  return writer.finish();
}

/** Decodes outcomes. Throws {@link DecodeError}. */
export function decodeSubmitReply(bytes: Uint8Array): SubmitReply {
  const reader = new WireReader(bytes);
  const outcomes: Outcome[] = [];
  while (reader.take(1, LENGTH_DELIMITED)) {
    requireReplyCount(outcomes.length + 1);
    outcomes.push(decodeOutcome(reader.content()));
  }
  reader.finish();
  return { outcomes };
}

/** Encodes a request for blocks. */
export function encodeBlocksRequest(request: BlocksRequest): Uint8Array {
  return new WireWriter(16).uint(1, request.from).finish();
}

/** Decodes a request for blocks. Throws {@link DecodeError}. */
export function decodeBlocksRequest(bytes: Uint8Array): BlocksRequest {
  const reader = new WireReader(bytes);
  const from = reader.uint(1, heightMax);
  reader.finish();
  if (from === 0) {
    throw new DecodeError('blocks begin at height 1');
  }
  return { from };
}

/** Encodes up to `replyOutcomesMax` refusals. */
export function encodeForwardReply(reply: ForwardReply): Uint8Array {
  requireReplyCount(reply.refusals.length);
  const writer = new WireWriter(64);
  for (const refusal of reply.refusals) {
    writer.element(1, new WireWriter(64).bytes(1, refusal.id).text(2, refusal.code).finish());
  }
  return writer.finish();
}

/** Decodes refusals. Throws {@link DecodeError}. */
export function decodeForwardReply(bytes: Uint8Array): ForwardReply {
  const reader = new WireReader(bytes);
  const refusals: ForwardRefusal[] = [];
  while (reader.take(1, LENGTH_DELIMITED)) {
    requireReplyCount(refusals.length + 1);
    const inner = new WireReader(reader.content());
    const id = inner.fixed(1, 32);
    const code = inner.text(2, 63);
    inner.finish();
    if (!isRefusalCode(code)) {
      throw new DecodeError(`"${code}" is not a refusal code`);
    }
    refusals.push({ id, code });
  }
  reader.finish();
  return { refusals };
}

/** The wait level with this number on the wire. Throws {@link DecodeError}. */
export function waitLevel(value: number): WaitLevel {
  const level = waitLevels[value];
  if (level === undefined) {
    throw new DecodeError(`wait level ${value} is not known`);
  }
  return level;
}

function encodeOutcome(outcome: Outcome): Uint8Array {
  return new WireWriter(32 + outcome.message.length + outcome.result.length)
    .uint(1, outcome.number)
    .uint(2, outcome.height)
    .uint(3, outcome.index)
    .text(4, outcome.code)
    .text(5, outcome.message)
    .text(6, outcome.result)
    .uint(7, outcome.duplicate ? 1 : 0)
    .uint(8, outcome.call === null ? 0 : outcome.call + 1)
    .bytes(9, outcome.detail === null ? NOTHING : encodeOutcomeDetail(outcome.detail))
    .finish();
}

const NOTHING = new Uint8Array(0);

function decodeOutcome(bytes: Uint8Array): Outcome {
  const reader = new WireReader(bytes);
  const outcome = {
    number: reader.uint(1),
    height: reader.uint(2, heightMax),
    index: reader.uint(3, blockTransactionsMax),
    code: reader.text(4, 63),
    message: reader.text(5, messageBytesMax),
    result: reader.text(6, resultBytesMax),
    duplicate: reader.uint(7, 1) === 1,
    call: callOf(reader.uint(8, callsMax)),
    detail: reader.take(9, LENGTH_DELIMITED) ? decodeOutcomeDetail(reader.content()) : null,
  };
  reader.finish();
  if (outcome.call !== null && outcome.code === '') {
    throw new DecodeError('a call failed, and there is no code');
  }
  if (outcome.detail !== null && outcome.code === '') {
    throw new DecodeError('there is a detail, and there is no code');
  }
  if (outcome.code !== '' && !isRefusalCode(outcome.code) && !isContractCode(outcome.code)) {
    throw new DecodeError(`"${outcome.code}" is not a code`);
  }
  return outcome;
}

// On the wire calls count from 1, so that none is the default.
function callOf(number: number): number | null {
  return number === 0 ? null : number - 1;
}

function requireSubmitCount(count: number): void {
  if (count === 0) {
    throw new DecodeError('a submit request holds at least one transaction');
  }
  if (count > submitTransactionsMax) {
    throw new DecodeError(
      `${count} transactions in one request are above ${submitTransactionsMax}`,
      'too_large',
    );
  }
}

function requireReplyCount(count: number): void {
  if (count > replyOutcomesMax) {
    throw new DecodeError(`${count} outcomes in one reply are above ${replyOutcomesMax}`, 'too_large');
  }
}

function requireSubmitBytes(length: number): void {
  if (length > submitBytesMax) {
    throw new DecodeError(`a submit request of ${length} bytes is above ${submitBytesMax}`, 'too_large');
  }
}
