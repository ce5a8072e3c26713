import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createKey, importKey, keyFile, listKeys, readKey } from './key-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo-keys-'));
afterAll(() => rmSync(directory, { recursive: true }));

const fileOf = (identity: string): string => keyFile(directory, identity);

describe('key store', () => {
  it('makes a key that only its owner may read, and reads it again', () => {
    const made = createKey(fileOf('buyer/alice'), 'buyer/alice');
    const { key, secret } = readKey(made.file, 'buyer/alice');
    expect(key).toEqual(made);
    expect(secret).toHaveLength(32);
    expect(statSync(made.file).mode & 0o777).toBe(0o600);
  });

  it('imports a secret as hex (RFC 8032, test 1)', () => {
    const secret = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
    const key = importKey(fileOf('buyer/rfc'), 'buyer/rfc', secret);
    expect(key.publicKey).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    expect(Buffer.from(readKey(key.file, 'buyer/rfc').secret).toString('hex')).toBe(secret);
  });

  it('lists what is there', () => {
    expect(listKeys(directory).map(({ identity }) => identity)).toEqual(['buyer/alice', 'buyer/rfc']);
    expect(listKeys(join(directory, 'nowhere'))).toEqual([]);
  });

  it('never overwrites a key', () => {
    expect(() => createKey(fileOf('buyer/alice'), 'buyer/alice')).toThrow('a key of buyer/alice already');
  });

  it('refuses a file that others may read', () => {
    chmodSync(fileOf('buyer/rfc'), 0o644);
    expect(() => readKey(fileOf('buyer/rfc'), 'buyer/rfc')).toThrow('others can read');
  });

  it('says nothing of a text that is no key', () => {
    const text = 'top-secret-material';
    expect(() => importKey(fileOf('buyer/bad'), 'buyer/bad', text)).toThrow('no Ed25519 private key');
    try {
      importKey(fileOf('buyer/bad'), 'buyer/bad', text);
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain(text);
    }
  });

  it.each(['alice', '../x/alice', 'buyer/../alice', 'buyer/'])('refuses the name %s', (identity) => {
    expect(() => fileOf(identity)).toThrow('is not member/name');
  });
});
