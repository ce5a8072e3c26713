/**
 * The key of a node: Ed25519, in a PKCS#8 PEM file that only its owner may read.
 *
 * It signs blocks (where the node orders), checkpoints and the transactions that carry them. The
 * genesis enrols its public key as an identity of the node's member with the role `node`.
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { Fault } from '../fault.ts';
import type { NodeKey } from './ports.ts';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

/** Makes a new key and writes it to `file`, which must not exist yet. */
export function createNodeKey(file: string): NodeKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  writeSecretFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  return nodeKeyOf(privateKey);
}

/** Reads a key. Throws {@link Fault} as `readSecretFile` does, or `key_invalid`. */
export function readNodeKey(file: string): NodeKey {
  const pem = readSecretFile(file);
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The cause is left out: OpenSSL's text may quote the input.
    throw invalidKey(file);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw invalidKey(file);
  return nodeKeyOf(key);
}

function nodeKeyOf(privateKey: KeyObject): NodeKey {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicKey = new Uint8Array(Buffer.from(x ?? '', 'base64url'));
  return { publicKey, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

function invalidKey(file: string): Fault {
  return new Fault('key_invalid', `The file ${file} holds no Ed25519 private key in PKCS#8 PEM form.`, {
    facts: { file },
    hint: 'Make a key with `bucordo keys new`, or point the configuration at the right file.',
  });
}
