/**
 * The payload of a transaction: what is hashed and signed.
 *
 * Protobuf in canonical form: `network` (1, 32 bytes), `identity` (2, 32 bytes), `calls`
 * (3, repeated: `contract` 1, `function` 2, `args` 3), `valid_until` (4), `nonce` (5, 16 bytes),
 * and, where the signer wants one effect and no other, `effect` (6, 32 bytes).
 * Because there is one encoding, the identity always lies at offset 36 of the payload.
 *
 * {@link decodeTransaction} makes a value; nodes only scan (`transaction-scan.ts`).
 */

import type { Height, NetworkId, PublicKey, TransactionId } from './brands.ts';
import { DecodeError } from './decode-error.ts';
import { type Sha256, sha256, taggedHash } from './hash.ts';
import { argsBytesMax, callsMax, heightMax, transactionBytesMax } from './limits.ts';
import { fromUtf8, toUtf8 } from './text.ts';
import { PAYLOAD_CALLS_AT, scanTransaction, TransactionView } from './transaction-scan.ts';
import { fieldLength, varintLength, writeVarint } from './wire.ts';

/** One contract function with its arguments. */
export interface Call {
  /** Contract name, `[a-z][a-z0-9_]{0,62}`. */
  readonly contract: string;
  /** Function name, `[a-z][a-z0-9_]{0,62}`. */
  readonly function: string;
  /** A JSON object in UTF-8, 1 to `argsBytesMax` bytes; checked by `checkArguments`, not here. */
  readonly args: Uint8Array;
}

/** What an identity signs. */
export interface Transaction {
  /** The network it is for. */
  readonly network: NetworkId;
  /** Public key of the signer. */
  readonly identity: PublicKey;
  /** 1 to `callsMax` calls, executed in order, all or nothing. */
  readonly calls: readonly Call[];
  /** Last height at which it may be executed, at least 1. */
  readonly validUntil: Height;
  /** 16 random bytes: they make two equal calls two transactions. */
  readonly nonce: Uint8Array;
  /** The one effect that it may have (`effectHash`, 32 bytes), or null; with another one it is rejected as `effect_differs`. */
  readonly effect: Uint8Array | null;
}

/** A transaction to encode; bytes and numbers need not be branded, only of the right size. */
export interface TransactionInput {
  readonly network: Uint8Array;
  readonly identity: Uint8Array;
  readonly calls: readonly Call[];
  readonly validUntil: number;
  readonly nonce: Uint8Array;
  /** Absent or null for a transaction that may have any effect. */
  readonly effect?: Uint8Array | null;
}

/** Decodes a payload. Throws {@link DecodeError} with the code that {@link scanTransaction} gives. */
export function decodeTransaction(payload: Uint8Array): Transaction {
  const view = new TransactionView();
  const refusal = scanTransaction(payload, 0, payload.length, view);
  if (refusal !== null) {
    throw new DecodeError('the payload is not a canonical transaction within the limits', refusal);
  }
  const calls: Call[] = [];
  for (let index = 0; index < view.callCount; index++) {
    calls.push({
      contract: fromUtf8(payload.subarray(view.contractAt[index], view.contractEnd[index])),
      function: fromUtf8(payload.subarray(view.functionAt[index], view.functionEnd[index])),
      args: payload.subarray(view.argsAt[index], view.argsEnd[index]),
    });
  }
  return {
    network: payload.subarray(view.networkAt, view.networkAt + 32) as NetworkId,
    identity: payload.subarray(view.identityAt, view.identityAt + 32) as PublicKey,
    calls,
    validUntil: view.validUntil as Height,
    nonce: payload.subarray(view.nonceAt, view.nonceAt + 16),
    effect: view.effectAt < 0 ? null : payload.subarray(view.effectAt, view.effectAt + 32),
  };
}

/** Encodes a payload. Throws {@link DecodeError} where a decoder would refuse the result. */
export function encodeTransaction(transaction: TransactionInput): Uint8Array {
  const payload = new Uint8Array(transactionLength(transaction));
  writeTransaction(payload, transaction);
  return payload;
}

// Bytes of the payload of `transaction`. Checks its sizes; throws DecodeError where they are wrong.
function transactionLength(transaction: TransactionInput): number {
  checkInput(transaction);
  let length = PAYLOAD_CALLS_AT + 1 + varintLength(transaction.validUntil) + 18;
  if (hasEffect(transaction)) length += fieldLength(32);
  for (const call of transaction.calls) {
    length += fieldLength(callLength(call));
  }
  if (length > transactionBytesMax) {
    throw new DecodeError(`the payload has ${length} bytes, above ${transactionBytesMax}`, 'too_large');
  }
  return length;
}

// Writes the payload of a transaction whose sizes are right and returns the offset behind it.
function writeTransaction(target: Uint8Array, transaction: TransactionInput): number {
  let w = writeFixed(target, 0, 0x0a, transaction.network);
  w = writeFixed(target, w, 0x12, transaction.identity);
  for (const call of transaction.calls) {
    target[w] = 0x1a;
    w = writeVarint(target, w + 1, callLength(call));
    w = writeName(target, w, 0x0a, call.contract);
    w = writeName(target, w, 0x12, call.function);
    target[w] = 0x1a;
    w = writeVarint(target, w + 1, call.args.length);
    target.set(call.args, w);
    w += call.args.length;
  }
  target[w] = 0x20;
  w = writeVarint(target, w + 1, transaction.validUntil);
  w = writeFixed(target, w, 0x2a, transaction.nonce);
  return hasEffect(transaction) ? writeFixed(target, w, 0x32, transaction.effect) : w;
}

/** `H("tx", payload)`: what is signed, and what identifies the transaction whoever signed it. */
export function transactionId(payload: Uint8Array, hash: Sha256 = sha256): TransactionId {
  return taggedHash('tx', payload, hash) as TransactionId;
}

/** The arguments object of a call as bytes. Throws TypeError on what JSON does not know. */
export function encodeArguments(values: Readonly<Record<string, unknown>>): Uint8Array {
  return toUtf8(JSON.stringify(values));
}

const NAME = /^[a-z][a-z0-9_]{0,62}$/;

function checkInput(transaction: TransactionInput): void {
  requireLength('network', transaction.network, 32);
  requireLength('identity', transaction.identity, 32);
  requireLength('nonce', transaction.nonce, 16);
  if (hasEffect(transaction)) requireLength('effect', transaction.effect, 32);
  const { validUntil, calls } = transaction;
  if (!Number.isInteger(validUntil) || validUntil < 1 || validUntil > heightMax) {
    throw new DecodeError(`validUntil is ${validUntil}, not a height from 1 to 2^43 - 1`);
  }
  if (calls.length === 0) {
    throw new DecodeError('a transaction needs at least one call');
  }
  if (calls.length > callsMax) {
    throw new DecodeError(
      `a transaction has at most ${callsMax} calls, not ${calls.length}`,
      'too_many_calls',
    );
  }
  for (const call of calls) {
    checkCall(call);
  }
}

function checkCall(call: Call): void {
  if (!NAME.test(call.contract) || !NAME.test(call.function)) {
    throw new DecodeError(
      `"${call.contract}.${call.function}" is not a contract and function: a-z, then up to 62 of a-z 0-9 _`,
    );
  }
  if (call.args.length === 0) {
    throw new DecodeError(
      `the arguments of ${call.contract}.${call.function} are empty; at least {} is needed`,
    );
  }
  if (call.args.length > argsBytesMax) {
    throw new DecodeError(
      `the arguments of ${call.contract}.${call.function} have ${call.args.length} bytes, above ${argsBytesMax}`,
      'too_large',
    );
  }
}

function hasEffect(transaction: TransactionInput): transaction is TransactionInput & { effect: Uint8Array } {
  return transaction.effect !== undefined && transaction.effect !== null;
}

function requireLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw new DecodeError(`${name} has ${bytes.length} bytes instead of ${length}`);
  }
}

function callLength(call: Call): number {
  return (
    fieldLength(call.contract.length) + fieldLength(call.function.length) + fieldLength(call.args.length)
  );
}

function writeFixed(target: Uint8Array, at: number, tag: number, value: Uint8Array): number {
  target[at] = tag;
  target[at + 1] = value.length;
  target.set(value, at + 2);
  return at + 2 + value.length;
}

// Names are ASCII and shorter than 128 bytes, so that the length is one byte.
function writeName(target: Uint8Array, at: number, tag: number, name: string): number {
  target[at] = tag;
  target[at + 1] = name.length;
  for (let index = 0; index < name.length; index++) {
    target[at + 2 + index] = name.charCodeAt(index);
  }
  return at + 2 + name.length;
}
