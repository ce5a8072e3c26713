/**
 * Keys in files. Without a passphrase a key is PKCS#8 PEM, the form that OpenSSL, the nodes and the
 * command line use; with one it is JSON, encrypted with AES-256-GCM under a key that scrypt derives.
 * Files are written for their owner only and refused when others may read them.
 */

import { createCipheriv, createDecipheriv, createPrivateKey, randomBytes, scrypt } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';

import { publicKeyOf, toHex } from '@bucordo/protocol';

import { KeyError } from '../errors.ts';

const OWNER_ONLY = 0o600;
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
// 128 MiB and a third of a second for each guess at the passphrase (RFC 7914: 128 · N · r bytes).
const SCRYPT = { N: 131_072, r: 8, p: 1 } as const;
const SCRYPT_MEMORY_MAX = 256 * 1024 * 1024;

/** Writes the key with this 32-byte seed to a new file. An existing file is never overwritten. */
export async function writeKeyFile(
  file: string,
  seed: Uint8Array,
  options: { passphrase?: string } = {},
): Promise<void> {
  if (seed.length !== 32) throw new KeyError('key_invalid', 'the seed of a key has 32 bytes');
  const content = options.passphrase === undefined ? pemOf(seed) : await encrypt(seed, options.passphrase);
  await writeFile(file, content, { mode: OWNER_ONLY, flag: 'wx' });
}

/**
 * Reads the 32-byte seed of a key.
 *
 * @throws KeyError `key_unreadable`, `key_exposed` (others may read the file), `key_invalid`,
 * `passphrase_missing` or `passphrase_wrong`; no error quotes the file's content.
 */
export async function readKeyFile(file: string, options: { passphrase?: string } = {}): Promise<Uint8Array> {
  let mode: number;
  let content: string;
  try {
    mode = (await stat(file)).mode;
    content = await readFile(file, 'utf8');
  } catch (cause) {
    throw new KeyError('key_unreadable', `the key file ${file} cannot be read`, { cause });
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new KeyError('key_exposed', `the key file ${file} can be read by other users of this machine`, {
      hint: `Run: chmod 600 ${shellWord(file)}`,
    });
  }
  if (!content.trimStart().startsWith('{')) return seedOfPem(content, file);
  if (options.passphrase === undefined) {
    throw new KeyError('passphrase_missing', `the key file ${file} is encrypted`, {
      hint: 'Give its passphrase.',
    });
  }
  return decrypt(content, { file, passphrase: options.passphrase });
}

function pemOf(seed: Uint8Array): string {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function seedOfPem(pem: string, file: string): Uint8Array {
  try {
    const { crv, d } = createPrivateKey(pem).export({ format: 'jwk' });
    if (crv === 'Ed25519' && d !== undefined) return new Uint8Array(Buffer.from(d, 'base64url'));
  } catch {
    // The cause may quote the key, so it is left out of the error below.
  }
  throw invalid(file);
}

async function encrypt(seed: Uint8Array, passphrase: string): Promise<string> {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const publicKey = toHex(publicKeyOf(seed));
  const cipher = createCipheriv('aes-256-gcm', await derive(passphrase, salt, SCRYPT), nonce);
  cipher.setAAD(Buffer.from(publicKey));
  const text = Buffer.concat([cipher.update(seed), cipher.final()]);
  const document = {
    bucordoKey: 1,
    publicKey,
    scrypt: { ...SCRYPT, salt: salt.toString('hex') },
    aes256gcm: {
      nonce: nonce.toString('hex'),
      tag: cipher.getAuthTag().toString('hex'),
      text: text.toString('hex'),
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

async function decrypt(content: string, options: { file: string; passphrase: string }): Promise<Uint8Array> {
  const fields = encryptedFields(content, options.file);
  const key = await derive(options.passphrase, fields.salt, fields.cost);
  const decipher = createDecipheriv('aes-256-gcm', key, fields.nonce, { authTagLength: 16 });
  decipher.setAAD(Buffer.from(fields.publicKey));
  decipher.setAuthTag(fields.tag);
  try {
    return new Uint8Array(Buffer.concat([decipher.update(fields.text), decipher.final()]));
  } catch {
    throw new KeyError('passphrase_wrong', `the passphrase does not open the key file ${options.file}`);
  }
}

interface EncryptedFields {
  readonly publicKey: string;
  readonly cost: { readonly N: number; readonly r: number; readonly p: number };
  readonly salt: Buffer;
  readonly nonce: Buffer;
  readonly tag: Buffer;
  readonly text: Buffer;
}

function encryptedFields(content: string, file: string): EncryptedFields {
  let document: unknown;
  try {
    document = JSON.parse(content);
  } catch {
    throw invalid(file);
  }
  const get = (...path: string[]): unknown =>
    path.reduce(
      (value: unknown, name) =>
        typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined,
      document,
    );
  const hex = (length: number, ...path: string[]): Buffer => {
    const text = get(...path);
    if (typeof text !== 'string' || text.length !== length * 2 || !/^[0-9a-f]*$/.test(text))
      throw invalid(file);
    return Buffer.from(text, 'hex');
  };
  const count = (name: string, max: number): number => {
    const value = get('scrypt', name);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max)
      throw invalid(file);
    return value;
  };
  if (get('bucordoKey') !== 1) throw invalid(file);
  return {
    publicKey: hex(32, 'publicKey').toString('hex'),
    cost: { N: count('N', SCRYPT.N), r: count('r', SCRYPT.r), p: count('p', SCRYPT.p) },
    salt: hex(16, 'scrypt', 'salt'),
    nonce: hex(12, 'aes256gcm', 'nonce'),
    tag: hex(16, 'aes256gcm', 'tag'),
    text: hex(32, 'aes256gcm', 'text'),
  };
}

function derive(passphrase: string, salt: Buffer, cost: EncryptedFields['cost']): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // NFKC: the same passphrase typed on another keyboard gives the same bytes.
    scrypt(passphrase.normalize('NFKC'), salt, 32, { ...cost, maxmem: SCRYPT_MEMORY_MAX }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function invalid(file: string): KeyError {
  return new KeyError('key_invalid', `the file ${file} holds no Ed25519 private key`, {
    hint: 'Keys are PKCS#8 PEM, or JSON as written by writeKeyFile.',
  });
}

// As one word for a shell, for whoever pastes it.
function shellWord(path: string): string {
  return /^[\p{L}\p{N}_./@%+:,=-]+$/u.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
