/**
 * The payload of a transaction: what is hashed and signed.
 *
 * Protobuf in canonical form: `network` (1, 32 bytes), `identity` (2, 32 bytes), `calls`
 * (3, repeated: `contract` 1, `function` 2, `args` 3), `valid_until` (4), `nonce` (5, 16 bytes).
 * Because there is one encoding, the identity always lies at offset 36 of the payload.
 *
 * {@link scanTransaction} finds the parts without copying or allocating anything, for nodes;
 * {@link decodeTransaction} makes a value, for everybody else; {@link writeTransaction} writes into
 * memory the caller owns, for clients that send thousands per second.
 */

import type { Height, NetworkId, PublicKey, TransactionId } from './brands.ts';
import type { RefusalCode } from './codes.ts';
import { DecodeError } from './decode-error.ts';
import { type Sha256, sha256, taggedHash } from './hash.ts';
import { argsBytesMax, callsMax, heightMax, nameBytesMax, transactionBytesMax } from './limits.ts';
import { fromUtf8, toUtf8 } from './text.ts';
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
}

/** A transaction to encode; bytes and numbers need not be branded, only of the right size. */
export interface TransactionInput {
  readonly network: Uint8Array;
  readonly identity: Uint8Array;
  readonly calls: readonly Call[];
  readonly validUntil: number;
  readonly nonce: Uint8Array;
}

/** Offset of the network id in a payload. */
export const PAYLOAD_NETWORK_AT = 2;
/** Offset of the identity in a payload. */
export const PAYLOAD_IDENTITY_AT = 36;
/** Offset of the first call in a payload. */
const PAYLOAD_CALLS_AT = 68;

/**
 * Where the parts of a payload lie, as offsets into the scanned bytes. Make one and use it again:
 * every scan overwrites it.
 */
export class TransactionView {
  /** First byte of the payload. */
  start = 0;
  /** Behind the last byte of the payload. */
  end = 0;
  /** First of the 32 bytes of the network id. */
  networkAt = 0;
  /** First of the 32 bytes of the identity. */
  identityAt = 0;
  /** First of the 16 bytes of the nonce. */
  nonceAt = 0;
  /** Last height at which the transaction may be executed. */
  validUntil = 0;
  /** Number of calls; the arrays below are valid up to it. */
  callCount = 0;
  readonly contractAt: Int32Array = new Int32Array(callsMax);
  readonly contractEnd: Int32Array = new Int32Array(callsMax);
  readonly functionAt: Int32Array = new Int32Array(callsMax);
  readonly functionEnd: Int32Array = new Int32Array(callsMax);
  readonly argsAt: Int32Array = new Int32Array(callsMax);
  readonly argsEnd: Int32Array = new Int32Array(callsMax);
}

/**
 * Finds the parts of the payload `bytes[start, end)`. Returns null and fills `view`, or returns
 * `malformed`, `too_large` or `too_many_calls` and leaves `view` half written. Names are 1 to 63
 * bytes of `a-z 0-9 _` that begin with a letter; arguments 1 to `argsBytesMax` bytes of anything.
 */
export function scanTransaction(
  bytes: Uint8Array,
  start: number,
  end: number,
  view: TransactionView,
): RefusalCode | null {
  if (end - start > transactionBytesMax) {
    return 'too_large';
  }
  const isHead =
    end - start > PAYLOAD_CALLS_AT &&
    bytes[start] === 0x0a &&
    bytes[start + 1] === 32 &&
    bytes[start + 34] === 0x12 &&
    bytes[start + 35] === 32;
  if (!isHead) {
    return 'malformed';
  }
  view.start = start;
  view.end = end;
  view.networkAt = start + PAYLOAD_NETWORK_AT;
  view.identityAt = start + PAYLOAD_IDENTITY_AT;
  let at = start + PAYLOAD_CALLS_AT;
  let count = 0;
  while (at < end && bytes[at] === 0x1a) {
    if (count === callsMax) {
      return 'too_many_calls';
    }
    const contentAt = lengthPrefixed(bytes, at + 1, end);
    if (contentAt < 0) {
      return 'malformed';
    }
    at = prefixedEnd;
    const refusal = scanCall(bytes, contentAt, at, view, count);
    if (refusal !== null) {
      return refusal;
    }
    count += 1;
  }
  view.callCount = count;
  return count > 0 && scanTail(bytes, at, end, view) ? null : 'malformed';
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
  };
}

/** Encodes a payload. Throws {@link DecodeError} where a decoder would refuse the result. */
export function encodeTransaction(transaction: TransactionInput): Uint8Array {
  const payload = new Uint8Array(transactionLength(transaction));
  writeTransaction(payload, 0, transaction);
  return payload;
}

/** Bytes of the payload of `transaction`. Checks its sizes; throws {@link DecodeError} where they are wrong. */
export function transactionLength(transaction: TransactionInput): number {
  checkInput(transaction);
  let length = PAYLOAD_CALLS_AT + 1 + varintLength(transaction.validUntil) + 18;
  for (const call of transaction.calls) {
    length += fieldLength(callLength(call));
  }
  if (length > transactionBytesMax) {
    throw new DecodeError(`the payload has ${length} bytes, above ${transactionBytesMax}`, 'too_large');
  }
  return length;
}

/**
 * Writes the payload of `transaction` at `at` and returns the offset behind it. The target must
 * have {@link transactionLength} bytes there; calling that first also checks the transaction.
 */
export function writeTransaction(target: Uint8Array, at: number, transaction: TransactionInput): number {
  let w = writeFixed(target, at, 0x0a, transaction.network);
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
  return writeFixed(target, w, 0x2a, transaction.nonce);
}

/** `H("tx", payload)`: what is signed, and what identifies the transaction whoever signed it. */
export function transactionId(payload: Uint8Array, hash: Sha256 = sha256): TransactionId {
  return taggedHash('tx', payload, hash) as TransactionId;
}

/** The arguments object of a call as bytes. Throws TypeError on what JSON does not know. */
export function encodeArguments(values: Readonly<Record<string, unknown>>): Uint8Array {
  return toUtf8(JSON.stringify(values));
}

// Where the length-delimited content that lengthPrefixed found last ends.
let prefixedEnd = 0;

// Reads a minimal length of up to three bytes (2 MiB, above every limit) and returns where the content begins, or −1.
function lengthPrefixed(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) {
    return -1;
  }
  let length = bytes[at] ?? 0;
  let content = at + 1;
  if (length >= 0x80) {
    const second = content < end ? (bytes[content] ?? 0) : 0;
    content += 1;
    length = (length & 0x7f) | ((second & 0x7f) << 7);
    if (second >= 0x80) {
      const third = content < end ? (bytes[content] ?? 0) : 0;
      content += 1;
      length |= third << 14;
      if (third === 0 || third >= 0x80) {
        return -1;
      }
    } else if (second === 0) {
      return -1;
    }
  }
  prefixedEnd = content + length;
  return prefixedEnd <= end ? content : -1;
}

function scanCall(
  bytes: Uint8Array,
  start: number,
  end: number,
  view: TransactionView,
  index: number,
): RefusalCode | null {
  const contractAt = bytes[start] === 0x0a && start < end ? lengthPrefixed(bytes, start + 1, end) : -1;
  if (contractAt < 0 || !isName(bytes, contractAt, prefixedEnd)) {
    return 'malformed';
  }
  const contractEnd = prefixedEnd;
  const functionAt =
    contractEnd < end && bytes[contractEnd] === 0x12 ? lengthPrefixed(bytes, contractEnd + 1, end) : -1;
  if (functionAt < 0 || !isName(bytes, functionAt, prefixedEnd)) {
    return 'malformed';
  }
  const functionEnd = prefixedEnd;
  const argsAt =
    functionEnd < end && bytes[functionEnd] === 0x1a ? lengthPrefixed(bytes, functionEnd + 1, end) : -1;
  if (argsAt < 0 || prefixedEnd !== end || argsAt === end) {
    return 'malformed';
  }
  if (end - argsAt > argsBytesMax) {
    return 'too_large';
  }
  view.contractAt[index] = contractAt;
  view.contractEnd[index] = contractEnd;
  view.functionAt[index] = functionAt;
  view.functionEnd[index] = functionEnd;
  view.argsAt[index] = argsAt;
  view.argsEnd[index] = end;
  return null;
}

function isName(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > nameBytesMax || !isLetter(bytes[start] ?? 0)) {
    return false;
  }
  for (let r = start + 1; r < end; r++) {
    const byte = bytes[r] ?? 0;
    if (!isLetter(byte) && byte !== 0x5f && !(byte >= 0x30 && byte <= 0x39)) {
      return false;
    }
  }
  return true;
}

function isLetter(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

// valid_until and nonce, which end the payload: the nonce has a fixed length, so the varint must end where it begins.
function scanTail(bytes: Uint8Array, at: number, end: number, view: TransactionView): boolean {
  const nonceAt = end - 16;
  const last = nonceAt - 3;
  const isFramed =
    last > at && bytes[at] === 0x20 && bytes[nonceAt - 2] === 0x2a && bytes[nonceAt - 1] === 16;
  if (!isFramed || last - at > 7 || (bytes[last] ?? 0x80) >= 0x80) {
    return false;
  }
  let value = bytes[last] ?? 0;
  if (value === 0) {
    return false;
  }
  for (let r = last - 1; r > at; r--) {
    const byte = bytes[r] ?? 0;
    if (byte < 0x80) {
      return false;
    }
    value = value * 0x80 + (byte & 0x7f);
  }
  view.nonceAt = nonceAt;
  view.validUntil = value;
  return value <= heightMax;
}

const NAME = /^[a-z][a-z0-9_]{0,62}$/;

function checkInput(transaction: TransactionInput): void {
  requireLength('network', transaction.network, 32);
  requireLength('identity', transaction.identity, 32);
  requireLength('nonce', transaction.nonce, 16);
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
