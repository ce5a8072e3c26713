/**
 * Ed25519 verification on the node's hot path: libsodium where its binding is installed (39 µs),
 * else OpenSSL through `node:crypto` (87 µs).
 *
 * Both compute the cofactorless equation and compare encodings; they differ only in which badly
 * formed keys and signatures they let through. The protocol's `isWellFormedSignature` runs before
 * either, so the verdict is the same whichever runs, and the same as the protocol's own `verify`.
 */

import { createPublicKey, type KeyObject, verify as opensslVerify } from 'node:crypto';
import { createRequire } from 'node:module';
import { admitKey, isWellFormedSignature } from '@bucordo/protocol';
import { Fault } from '../fault.ts';
import { parsedKeysMax } from '../limits.ts';

/** The library that does the curve arithmetic. */
export type SignatureLibrary = 'sodium' | 'openssl';

/** Verifies signatures that lie somewhere in a larger buffer. Not re-entrant: one per thread. */
export interface SignatureVerifier {
  readonly library: SignatureLibrary;
  /** Whether `source[signatureAt, +64)` is the signature over the 32 bytes of `id` by the key at `source[keyAt, +32)`. */
  verify(source: Buffer, signatureAt: number, keyAt: number, id: Buffer): boolean;
  /** The protocol's `admitKey`: whether a key may be enrolled. 0.1 ms with sodium, 2 ms without. */
  admitKey(key: Uint8Array): boolean;
}

/**
 * Opens the fastest library there is, or the one named, and proves it on a known vector.
 *
 * Fails with the fault `signature_library_unusable` when the named library is missing or judges the
 * vector wrongly: a node must not run with a verifier that others would contradict.
 */
export function openSignatureVerifier(library?: SignatureLibrary): SignatureVerifier {
  const sodium = library === 'openssl' ? null : loadSodium();
  if (sodium === null && library === 'sodium') {
    throw new Fault('signature_library_unusable', 'sodium-native cannot be loaded on this machine', {
      hint: 'Install the optional dependency sodium-native, or leave the choice of the library to the node.',
    });
  }
  const verifier = sodium === null ? opensslVerifier() : sodiumVerifier(sodium);
  assertVerifies(verifier);
  return verifier;
}

interface Sodium {
  crypto_sign_verify_detached(signature: Buffer, message: Buffer, key: Buffer): boolean;
  crypto_core_ed25519_is_valid_point(key: Buffer): boolean;
}

function loadSodium(): Sodium | null {
  try {
    const loaded: unknown = createRequire(import.meta.url)('sodium-native');
    return isSodium(loaded) ? loaded : null;
  } catch {
    return null;
  }
}

function isSodium(value: unknown): value is Sodium {
  return (
    typeof value === 'object' &&
    value !== null &&
    'crypto_sign_verify_detached' in value &&
    typeof value.crypto_sign_verify_detached === 'function' &&
    'crypto_core_ed25519_is_valid_point' in value &&
    typeof value.crypto_core_ed25519_is_valid_point === 'function'
  );
}

function sodiumVerifier(sodium: Sodium): SignatureVerifier {
  // Copies into fixed buffers cost less than the views that the binding would otherwise unwrap.
  const signature = Buffer.alloc(64);
  const key = Buffer.alloc(32);
  return {
    library: 'sodium',
    verify(source, signatureAt, keyAt, id) {
      if (!isWellFormedSignature(source, signatureAt, source, keyAt)) return false;
      source.copy(signature, 0, signatureAt, signatureAt + 64);
      source.copy(key, 0, keyAt, keyAt + 32);
      return sodium.crypto_sign_verify_detached(signature, id, key);
    },
    // libsodium asks the same four things: canonical, on the curve, not of small order, in the prime group.
    admitKey: (point) => point.length === 32 && sodium.crypto_core_ed25519_is_valid_point(Buffer.from(point)),
  };
}

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

function opensslVerifier(): SignatureVerifier {
  const signature = Buffer.alloc(64);
  const keys = new Map<string, KeyObject>();
  return {
    library: 'openssl',
    admitKey,
    verify(source, signatureAt, keyAt, id) {
      if (!isWellFormedSignature(source, signatureAt, source, keyAt)) return false;
      source.copy(signature, 0, signatureAt, signatureAt + 64);
      return opensslVerify(
        null,
        id,
        parsedKey(keys, source.toString('latin1', keyAt, keyAt + 32)),
        signature,
      );
    },
  };
}

// Parsing a key costs as much as verifying with it, so the keys in use are kept; the oldest goes when there are too many.
function parsedKey(keys: Map<string, KeyObject>, raw: string): KeyObject {
  const known = keys.get(raw);
  if (known !== undefined) return known;
  const key = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, Buffer.from(raw, 'latin1')]),
    format: 'der',
    type: 'spki',
  });
  if (keys.size >= parsedKeysMax) {
    for (const oldest of keys.keys()) {
      keys.delete(oldest);
      break;
    }
  }
  keys.set(raw, key);
  return key;
}

// A signature over 32 zero-to-31 bytes by the key of RFC 8032, section 7.1, test 1.
const VECTOR_KEY = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');
const VECTOR_MESSAGE = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');
const VECTOR_SIGNATURE = Buffer.from(
  '00c1db988bb12fd7351a6054ae3fac90fab7e4fc56b1651c7181f5f55f896f663933d3a90605d9058e9d0ac45950ee2d3c9c9b14857415587179fe0ccac35f09',
  'hex',
);

function assertVerifies(verifier: SignatureVerifier): void {
  const right = Buffer.concat([VECTOR_SIGNATURE, VECTOR_KEY]);
  const wrong = Buffer.from(right);
  wrong[3] = (wrong[3] ?? 0) ^ 1;
  if (verifier.verify(right, 0, 64, VECTOR_MESSAGE) && !verifier.verify(wrong, 0, 64, VECTOR_MESSAGE)) return;
  throw new Fault('signature_library_unusable', `${verifier.library} judges a known signature wrongly`, {
    facts: { library: verifier.library },
    hint: 'Reinstall the node; do not run it with this library.',
  });
}
