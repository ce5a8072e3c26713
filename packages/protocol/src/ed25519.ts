/**
 * The one rule by which Bucordo takes Ed25519 signatures, on every platform:
 *
 * 1. the signature has 64 bytes R ‖ S, the key 32 bytes A;
 * 2. S < L (a second signature S + L for the same message is refused);
 * 3. R and A are canonical (y < p) and not of small order (this also excludes "minus zero");
 * 4. the encoding of [S]B − [k]A equals the bytes of R, k = SHA-512(R ‖ A ‖ message) mod L.
 *
 * Rule 4 is the *cofactorless* equation, as OpenSSL and libsodium compute it. A cofactored verifier
 * (ZIP-215, and the `verify` of the library used here even in its strict mode) accepts signatures
 * that rule 4 refuses, and nodes with the two would part ways. Rules 1 to 3 are byte comparisons,
 * {@link isWellFormedSignature}; after them OpenSSL, libsodium and {@link verify} agree, which the
 * tests show on every edge case. Background: Chalkias, Garillot, Nikolaenko, "Taming the many
 * EdDSAs" (2020).
 */

import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import type { PublicKey } from './brands.ts';
import { concatBytes, equalBytes } from './hash.ts';
import { fromHex } from './hex.ts';

const Point = ed25519.Point;

/** Order of the base point, little-endian. */
const L = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
const L_VALUE = littleEndian(L);

/** y of the points of order 1, 2, 4 and 8, little-endian; the sign bit of either value belongs to such a point. */
const SMALL_ORDER_Y: readonly Uint8Array[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(fromHex);

/**
 * Rules 1 to 3 on the 64 bytes at `signatureAt` and the 32 bytes of `key` at `keyAt`. Call it before
 * a platform's own verification, whose verdict is then rule 4. Allocates nothing; false also when
 * there are fewer bytes.
 */
export function isWellFormedSignature(
  bytes: Uint8Array,
  signatureAt: number,
  key: Uint8Array,
  keyAt: number = 0,
): boolean {
  return (
    signatureAt + 64 <= bytes.length &&
    keyAt + 32 <= key.length &&
    isReducedScalar(bytes, signatureAt + 32) &&
    isCanonicalLargeOrder(bytes, signatureAt) &&
    isCanonicalLargeOrder(key, keyAt)
  );
}

/** True when `signature` over `message` by `key` keeps all four rules. Portable; 1 to 2 ms. */
export function verify(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  if (signature.length !== 64 || key.length !== 32 || !isWellFormedSignature(signature, 0, key, 0)) {
    return false;
  }
  const a = decodePoint(key);
  if (a === undefined) {
    return false;
  }
  const r = signature.subarray(0, 32);
  const k = littleEndian(sha512(concatBytes(r, key, message))) % L_VALUE;
  const s = littleEndian(signature.subarray(32));
  // multiplyUnsafe takes scalars as integers, without assuming a point of prime order: A may carry torsion here.
  const computed = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k));
  return equalBytes(computed.toBytes(), r);
}

/**
 * True when a key may be enrolled: canonical, on the curve, torsion-free and not of small order.
 * Stricter than what {@link verify} asks of a key, so that no enrolled key has a second one that
 * signs alike.
 */
export function admitKey(key: Uint8Array): boolean {
  if (key.length !== 32 || !isCanonicalLargeOrder(key, 0)) {
    return false;
  }
  return decodePoint(key)?.isTorsionFree() ?? false;
}

/** Signature of `message` by the 32-byte secret `seed` (RFC 8032, deterministic), 64 bytes. */
export function sign(message: Uint8Array, seed: Uint8Array): Uint8Array {
  return ed25519.sign(message, seed);
}

/** Public key of the 32-byte secret `seed`. */
export function publicKeyOf(seed: Uint8Array): PublicKey {
  return ed25519.getPublicKey(seed) as PublicKey;
}

function isReducedScalar(bytes: Uint8Array, at: number): boolean {
  const top = bytes[at + 31] ?? 0xff;
  if (top !== 0x10) {
    return top < 0x10;
  }
  for (let index = 30; index >= 0; index--) {
    const byte = bytes[at + index] ?? 0;
    const limit = L[index] ?? 0;
    if (byte !== limit) {
      return byte < limit;
    }
  }
  return false;
}

// The first byte decides almost always: only 5 values can begin a small-order y, and 19 a y of p or more.
function isCanonicalLargeOrder(bytes: Uint8Array, at: number): boolean {
  switch (bytes[at]) {
    case 0x00:
      return !hasSmallOrderY(bytes, at, 0);
    case 0x01:
      return !hasSmallOrderY(bytes, at, 1);
    case 0xec:
      return !hasSmallOrderY(bytes, at, 2);
    case 0x26:
      return !hasSmallOrderY(bytes, at, 3);
    case 0xc7:
      return !hasSmallOrderY(bytes, at, 4);
    default:
      return (bytes[at] ?? 0) < 0xed || !endsLikePrime(bytes, at);
  }
}

function hasSmallOrderY(bytes: Uint8Array, at: number, which: number): boolean {
  const y = SMALL_ORDER_Y[which] ?? L;
  for (let index = 1; index < 31; index++) {
    if (bytes[at + index] !== y[index]) {
      return false;
    }
  }
  return ((bytes[at + 31] ?? 0) & 0x7f) === y[31];
}

// p = 2^255 − 19 is ed ff … ff 7f: with these bytes behind it, a first byte of ed or more is a y of p or more.
function endsLikePrime(bytes: Uint8Array, at: number): boolean {
  for (let index = 1; index < 31; index++) {
    if (bytes[at + index] !== 0xff) {
      return false;
    }
  }
  return ((bytes[at + 31] ?? 0) & 0x7f) === 0x7f;
}

function decodePoint(bytes: Uint8Array): InstanceType<typeof Point> | undefined {
  try {
    return Point.fromBytes(bytes, false);
  } catch {
    return undefined;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) {
    value = (value << 8n) | BigInt(bytes[index] ?? 0);
  }
  return value;
}
