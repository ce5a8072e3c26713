import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { toHex } from '@bucordo/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { generateSeed } from '../identity-key.ts';
import { readKeyFile, writeKeyFile } from './key-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'key-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

const seed = generateSeed();
const isPosix = process.platform !== 'win32';

describe('key files', () => {
  it('are PEM without a passphrase and come back', async () => {
    const file = join(folder, 'plain.pem');
    await writeKeyFile(file, seed);
    expect(await readFile(file, 'utf8')).toContain('BEGIN PRIVATE KEY');
    expect(await readKeyFile(file)).toEqual(seed);
  });

  it('hide the key with a passphrase and come back', async () => {
    const file = join(folder, 'hidden.json');
    await writeKeyFile(file, seed, { passphrase: 'Käse' });
    const content = await readFile(file, 'utf8');
    expect(content).not.toContain(toHex(seed));
    expect(await readKeyFile(file, { passphrase: 'Ka\u0308se' })).toEqual(seed);
    await expect(readKeyFile(file)).rejects.toMatchObject({ code: 'passphrase_missing' });
    await expect(readKeyFile(file, { passphrase: 'other' })).rejects.toMatchObject({
      code: 'passphrase_wrong',
    });
    await writeFile(file, content.replace(/"publicKey": "../, '"publicKey": "00'));
    await expect(readKeyFile(file, { passphrase: 'Käse' })).rejects.toMatchObject({
      code: 'passphrase_wrong',
    });
    await writeFile(file, content.replace('131072', '1048576'));
    await expect(readKeyFile(file, { passphrase: 'Käse' })).rejects.toMatchObject({ code: 'key_invalid' });
  });

  it('are never overwritten', async () => {
    const file = join(folder, 'once.pem');
    await writeKeyFile(file, seed);
    await expect(writeKeyFile(file, generateSeed())).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readKeyFile(file)).toEqual(seed);
  });

  it.runIf(isPosix)('are written for their owner only, and refused when others may read them', async () => {
    const file = join(folder, 'open.pem');
    await writeKeyFile(file, seed);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    for (const mode of [0o640, 0o604, 0o620]) {
      await chmod(file, mode);
      await expect(readKeyFile(file)).rejects.toMatchObject({
        code: 'key_exposed',
        hint: `Run: chmod 600 ${file}`,
      });
    }
  });

  it.each([
    ['nonsense'],
    ['{'],
    ['{}'],
    ['{"bucordoKey":1}'],
    ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
  ])('refuse the content %j and do not quote it', async (content) => {
    const file = join(folder, `bad-${Math.random()}`);
    await writeFile(file, content, { mode: 0o600 });
    const error = await readKeyFile(file, { passphrase: 'x' }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'key_invalid' });
    expect(Reflect.get(Object(error), 'cause')).toBeUndefined();
  });

  it('say when there is no file', async () => {
    await expect(readKeyFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'key_unreadable' });
  });
});
