import { createPublicKey, verify } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { createNodeKey, readNodeKey } from './node-key.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bucordo-key-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a key that was made can be read again and signs', () => {
  const file = join(folder, 'node.key');
  const made = createNodeKey(file);
  const read = readNodeKey(file);
  expect(read.publicKey).toEqual(made.publicKey);
  expect(made.publicKey.length).toBe(32);
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(made.publicKey).toString('base64url') },
    format: 'jwk',
  });
  const message = Buffer.from('message');
  expect(verify(null, message, publicKey, read.sign(message))).toBe(true);
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(() => createNodeKey(file)).toThrow(/EEXIST/);
});

test('a key file that others can read is refused with the remedy', () => {
  const file = join(folder, 'node.key');
  createNodeKey(file);
  chmodSync(file, 0o644);
  expect(() => readNodeKey(file)).toThrow(
    expect.objectContaining({ code: 'secret_exposed', hint: `Run: chmod 600 ${file}` }),
  );
});

test.each([
  ['garbage', 'secret words'],
  ['an empty file', ''],
])('%s is no key, and its content is not repeated', (_, content) => {
  const file = join(folder, 'node.key');
  writeFileSync(file, content, { mode: 0o600 });
  try {
    readNodeKey(file);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: 'key_invalid' });
    expect(JSON.stringify(error)).not.toContain('secret words');
  }
  expect(() => readNodeKey(join(folder, 'absent'))).toThrow(
    expect.objectContaining({ code: 'secret_unreadable' }),
  );
});
