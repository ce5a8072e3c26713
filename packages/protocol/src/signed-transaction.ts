/**
 * A payload with its signature: `SignedTransaction { bytes payload = 1; bytes signature = 2; }`.
 *
 * The signature is Ed25519 over the 32 bytes of the transaction id. It is the last 66 bytes with
 * its frame, so finding both parts needs only the length in front.
 */

import type { PublicKey, TransactionId } from './brands.ts';
import type { RefusalCode } from './codes.ts';
import { DecodeError } from './decode-error.ts';
import { sign, verify } from './ed25519.ts';
import { concatBytes, type Sha256, sha256 } from './hash.ts';
import { transactionBytesMax } from './limits.ts';
import { merkleLeaf } from './merkle.ts';
import { transactionId } from './transaction.ts';
import { PAYLOAD_IDENTITY_AT } from './transaction-scan.ts';
import { fieldLength, varintLength, writeVarint } from './wire.ts';

/** A payload as it was signed or received, never encoded again, and its signature. */
export interface SignedTransaction {
  readonly payload: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** Where the parts of a signed transaction lie, as offsets into the scanned bytes; overwritten by every scan. */
export class SignedTransactionView {
  payloadAt = 0;
  payloadEnd = 0;
  signatureAt = 0;
}

/** Bytes that a signed transaction has beyond its payload, at most. */
export const SIGNED_TRANSACTION_OVERHEAD = 70;

/**
 * Finds payload and signature in `bytes[start, end)`. Returns null and fills `view`, or `malformed`
 * or `too_large`. Says nothing about the payload; `scanTransaction` does.
 */
export function scanSignedTransaction(
  bytes: Uint8Array,
  start: number,
  end: number,
  view: SignedTransactionView,
): RefusalCode | null {
  const signatureAt = end - 64;
  const payloadEnd = signatureAt - 2;
  const isFramed =
    payloadEnd > start + 2 &&
    bytes[start] === 0x0a &&
    bytes[payloadEnd] === 0x12 &&
    bytes[payloadEnd + 1] === 64;
  if (!isFramed) {
    return 'malformed';
  }
  if (end - start > transactionBytesMax + SIGNED_TRANSACTION_OVERHEAD) {
    return 'too_large';
  }
  const payloadAt = payloadStart(bytes, start + 1, payloadEnd);
  if (payloadAt < 0) {
    return 'malformed';
  }
  view.payloadAt = payloadAt;
  view.payloadEnd = payloadEnd;
  view.signatureAt = signatureAt;
  return payloadEnd - payloadAt > transactionBytesMax ? 'too_large' : null;
}

/** Decodes a signed transaction into views of `bytes`. Throws {@link DecodeError}. */
export function decodeSignedTransaction(bytes: Uint8Array): SignedTransaction {
  const view = new SignedTransactionView();
  const refusal = scanSignedTransaction(bytes, 0, bytes.length, view);
  if (refusal !== null) {
    throw new DecodeError('the bytes are not a signed transaction within the limits', refusal);
  }
  return {
    payload: bytes.subarray(view.payloadAt, view.payloadEnd),
    signature: bytes.subarray(view.signatureAt),
  };
}

/** Encodes a signed transaction. Throws {@link DecodeError} on sizes that a decoder would refuse. */
export function encodeSignedTransaction({ payload, signature }: SignedTransaction): Uint8Array {
  if (payload.length === 0 || payload.length > transactionBytesMax) {
    throw new DecodeError(
      `a payload of ${payload.length} bytes is not within 1 to ${transactionBytesMax}`,
      'too_large',
    );
  }
  if (signature.length !== 64) {
    throw new DecodeError(`a signature has 64 bytes, not ${signature.length}`);
  }
  const bytes = new Uint8Array(signedTransactionLength(payload.length));
  const behind = writePayloadHead(bytes, 0, payload.length);
  bytes.set(payload, behind);
  writeSignature(bytes, behind + payload.length, signature);
  return bytes;
}

/** Bytes of a signed transaction with a payload of `payloadLength` bytes. */
export function signedTransactionLength(payloadLength: number): number {
  return fieldLength(payloadLength) + 66;
}

/** Writes what stands in front of the payload and returns where the payload goes: 2 to 4 bytes. */
export function writePayloadHead(target: Uint8Array, at: number, payloadLength: number): number {
  target[at] = 0x0a;
  return writeVarint(target, at + 1, payloadLength);
}

/** Writes what stands behind the payload, 66 bytes, and returns the offset behind it. */
export function writeSignature(target: Uint8Array, at: number, signature: Uint8Array): number {
  target[at] = 0x12;
  target[at + 1] = 64;
  target.set(signature, at + 2);
  return at + 66;
}

/** Signs `payload` with the 32-byte secret `seed` of the identity that it names. Portable. */
export function signTransaction(payload: Uint8Array, seed: Uint8Array): SignedTransaction {
  return { payload, signature: sign(transactionId(payload), seed) };
}

/** True when the identity in the payload signed it. Portable; the payload must have passed a decoder. */
export function verifyTransaction({ payload, signature }: SignedTransaction): boolean {
  const identity = payload.subarray(PAYLOAD_IDENTITY_AT, PAYLOAD_IDENTITY_AT + 32) as PublicKey;
  return verify(signature, transactionId(payload), identity);
}

/** Leaf of the transaction in its block's tree: id and signature, so that the header covers both. */
export function transactionLeaf(id: TransactionId, signature: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  return merkleLeaf(concatBytes(id, signature), hash);
}

// The payload begins behind its length, which must be minimal and lead to `payloadEnd` exactly.
function payloadStart(bytes: Uint8Array, at: number, payloadEnd: number): number {
  for (let length = 1; length <= 3; length++) {
    if ((bytes[at + length - 1] ?? 0) < 0x80) {
      const content = at + length;
      const size = payloadEnd - content;
      return size > 0 && varintLength(size) === length && readsAs(bytes, at, size) ? content : -1;
    }
  }
  return -1;
}

function readsAs(bytes: Uint8Array, at: number, size: number): boolean {
  const low = (bytes[at] ?? 0) & 0x7f;
  const middle = size >= 0x80 ? (bytes[at + 1] ?? 0) & 0x7f : 0;
  const high = size >= 0x4000 ? (bytes[at + 2] ?? 0) : 0;
  return low + middle * 0x80 + high * 0x4000 === size;
}
