/**
 * Ed25519 with native code: libsodium where `sodium-native` is installed (15 µs a signature), else
 * OpenSSL through Node (29 µs). Both make the same signatures.
 */

import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { createRequire } from 'node:module';

import type { Signer } from '../signer.ts';

/** Which library signs. */
export type SignatureLibrary = 'sodium' | 'openssl';

// The part of sodium-native that is used; the package has no types of its own.
interface Sodium {
  crypto_sign_seed_keypair(publicKey: Buffer, secretKey: Buffer, seed: Buffer): void;
  crypto_sign_detached(signature: Buffer, message: Buffer, secretKey: Buffer): void;
}

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A signer for a 32-byte Ed25519 seed. `library` is chosen by what is installed when absent. */
export function nativeSigner(seed: Uint8Array, library?: SignatureLibrary): Signer {
  if (seed.length !== 32) throw new RangeError('an Ed25519 seed has 32 bytes');
  const sodium = library === 'openssl' ? null : loadSodium();
  if (sodium !== null) return sodiumSigner(sodium, seed);
  if (library === 'sodium') throw new Error('sodium-native is not installed');
  return opensslSigner(
    createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' }),
  );
}

/** A signer for an Ed25519 key of Node. */
export function opensslSigner(key: KeyObject): Signer {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return { publicKey: Buffer.from(x ?? '', 'base64url'), sign: (message) => sign(null, message, key) };
}

function sodiumSigner(sodium: Sodium, seed: Uint8Array): Signer {
  const publicKey = Buffer.alloc(32);
  const secretKey = Buffer.alloc(64);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, Buffer.from(seed));
  const signature = Buffer.alloc(64);
  return {
    publicKey,
    sign(message) {
      sodium.crypto_sign_detached(
        signature,
        Buffer.isBuffer(message) ? message : Buffer.from(message),
        secretKey,
      );
      return signature;
    },
  };
}

function loadSodium(): Sodium | null {
  try {
    return createRequire(import.meta.url)('sodium-native');
  } catch {
    return null;
  }
}
