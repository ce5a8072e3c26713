/**
 * Finds the parts of a payload without copying or allocating anything: what nodes do with every
 * transaction, thousands of times per second.
 */

import type { RefusalCode } from './codes.ts';
import { argsBytesMax, callsMax, heightMax, nameBytesMax, transactionBytesMax } from './limits.ts';

/** Offset of the network id in a payload. */
export const PAYLOAD_NETWORK_AT = 2;
/** Offset of the identity in a payload. */
export const PAYLOAD_IDENTITY_AT = 36;
/** Offset of the first call in a payload. */
export const PAYLOAD_CALLS_AT = 68;
/** Bytes of the effect with its tag and length. */
const EFFECT_FIELD_BYTES = 34;
/** Bytes of a height and a nonce with their tags, at most: 1 + 7 and 2 + 16. */
const TAIL_BYTES_MAX = 26;

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
  /** First of the 32 bytes of the effect, or −1 where the transaction demands none. */
  effectAt = -1;
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

// valid_until, nonce and perhaps an effect end the payload. Nonce and effect have fixed lengths, so
// how much is left tells whether there is an effect, and the varint must end where the nonce begins.
function scanTail(bytes: Uint8Array, at: number, end: number, view: TransactionView): boolean {
  const hasEffect = end - at > TAIL_BYTES_MAX;
  const nonceEnd = hasEffect ? end - EFFECT_FIELD_BYTES : end;
  if (hasEffect && (bytes[nonceEnd] !== 0x32 || bytes[nonceEnd + 1] !== 32)) {
    return false;
  }
  view.effectAt = hasEffect ? nonceEnd + 2 : -1;
  const nonceAt = nonceEnd - 16;
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
