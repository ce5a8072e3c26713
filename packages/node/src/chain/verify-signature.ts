/**
 * Ed25519 signatures beside the hot path: blocks, checkpoints, statements, requests. OpenSSL judges
 * after the protocol's own checks, so that a signature is right here exactly when the protocol's
 * `verify` says so.
 */

import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { isWellFormedSignature } from '@bucordo/protocol';

import { parsedKeysMax } from '../limits.ts';

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

// Parsing a key costs as much as verifying with it, so the newest are kept.
const parsed = new Map<string, KeyObject>();

/** Whether `signature` is one over `message` by `key` under the four rules of the protocol. Never throws. */
export function verifySignature(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  if (signature.length !== 64 || key.length !== 32 || !isWellFormedSignature(signature, 0, key, 0))
    return false;
  const publicKey = parsedKey(key);
  return publicKey !== null && verify(null, message, publicKey, signature);
}

// Null for bytes that are no point of the curve.
function parsedKey(key: Uint8Array): KeyObject | null {
  const text = Buffer.from(key).toString('latin1');
  const known = parsed.get(text);
  if (known !== undefined) return known;
  let made: KeyObject;
  try {
    made = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key]), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
  if (parsed.size >= parsedKeysMax)
    for (const oldest of [...parsed.keys()].slice(0, 1)) parsed.delete(oldest);
  parsed.set(text, made);
  return made;
}
