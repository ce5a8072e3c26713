/**
 * The keys of identities on this machine: one Ed25519 private key per file, PKCS#8 PEM (the form
 * that OpenSSL and the nodes use), in `keys/<member>/<name>.pem` below the network's folder.
 * Readable by their owner only; a file that others may read is refused.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError, notFoundError, usageError } from './command-error.ts';
import { commandLine, shownPath } from './command-line.ts';
import { exitFault } from './exit-codes.ts';
import { giveToOwner } from './folder-owner.ts';

/** A key file and what may be told about it. */
export interface StoredKey {
  /** `member/name`. */
  readonly identity: string;
  readonly file: string;
  /** Public key, lower-case hex. */
  readonly publicKey: string;
}

/** DER of a PKCS#8 Ed25519 key up to its 32 secret bytes (RFC 8410 §7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

const identityPattern = /^[a-z][a-z0-9_-]{0,62}\/[a-z][a-z0-9_-]{0,62}$/;

/** The file of an identity's key below `keysDirectory`. Fails for a name that is not `member/name`. */
export function keyFile(keysDirectory: string, identity: string): string {
  if (!identityPattern.test(identity)) {
    throw usageError(
      `${identity} is not member/name`,
      'Lower-case letters, digits, - and _, beginning with a letter. Example: buyer/alice',
    );
  }
  return join(keysDirectory, `${identity}.pem`);
}

/** Makes a key and writes it to a new file; never overwrites one. */
export function createKey(file: string, identity: string): StoredKey {
  return storeKey(file, identity, generateKeyPairSync('ed25519').privateKey);
}

/** Stores a key given as PKCS#8 PEM or as 64 hex digits of its secret; never overwrites one. */
export function importKey(file: string, identity: string, text: string): StoredKey {
  return storeKey(file, identity, parseKey(text));
}

/** Reads the key of `identity`: what may be told, and the 32 secret bytes for signing. */
export function readKey(file: string, identity: string): { key: StoredKey; secret: Uint8Array } {
  if (!existsSync(file)) {
    throw notFoundError(
      `there is no key of ${identity} on this machine (${file})`,
      `See which there are: ${commandLine('keys', 'list')}`,
      { identity },
    );
  }
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new CommandError(
      {
        code: 'key_exposed',
        exitCode: exitFault,
        hint: `Run: chmod 600 ${shownPath(file)}`,
        facts: { identity },
      },
      `others can read the key file ${file}`,
    );
  }
  const privateKey = parseKey(readFileSync(file, 'utf8'));
  const secret = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  return { key: { identity, file, publicKey: publicKeyOf(privateKey) }, secret: new Uint8Array(secret) };
}

/** Every key below `keysDirectory`, sorted by identity. */
export function listKeys(keysDirectory: string): StoredKey[] {
  return listIdentities(keysDirectory).map(
    (identity) => readKey(keyFile(keysDirectory, identity), identity).key,
  );
}

/** The identities that have a key file below `keysDirectory`, sorted, without reading a key. */
export function listIdentities(keysDirectory: string): string[] {
  if (!existsSync(keysDirectory)) return [];
  const members = readdirSync(keysDirectory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return members
    .flatMap(({ name: member }) =>
      readdirSync(join(keysDirectory, member)).map((file) => `${member}/${file}`),
    )
    .filter((path) => path.endsWith('.pem'))
    .map((path) => path.slice(0, -'.pem'.length))
    .filter((identity) => identityPattern.test(identity))
    .sort();
}

function storeKey(file: string, identity: string, privateKey: KeyObject): StoredKey {
  if (existsSync(file)) {
    throw usageError(
      `there is a key of ${identity} already: ${file}`,
      'Choose another name. A key is never overwritten: what it signed could not be told apart.',
      { identity },
    );
  }
  const made = mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  giveToOwner(made, file);
  return { identity, file, publicKey: publicKeyOf(privateKey) };
}

/** Errors say nothing about the text: it is, or was meant to be, a secret. */
function parseKey(text: string): KeyObject {
  const trimmed = text.trim();
  try {
    const key = /^[0-9a-f]{64}$/i.test(trimmed)
      ? createPrivateKey({
          key: Buffer.concat([pkcs8Prefix, Buffer.from(trimmed, 'hex')]),
          format: 'der',
          type: 'pkcs8',
        })
      : createPrivateKey(trimmed);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // The cause may quote the key, so it is left out of the error below.
  }
  throw usageError(
    'this is no Ed25519 private key',
    'Give a PKCS#8 PEM file (openssl genpkey -algorithm ed25519) or 64 hex digits.',
  );
}

function publicKeyOf(privateKey: KeyObject): string {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url').toString('hex');
}
