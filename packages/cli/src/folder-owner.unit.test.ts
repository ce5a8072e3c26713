import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireOwner } from './folder-owner.ts';
import { createKey } from './key-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo-owner-'));
const theirs = join(directory, 'theirs');
afterAll(() => rmSync(directory, { recursive: true }));

describe.runIf(process.getuid?.() === 0)('root in the folder of somebody else', () => {
  beforeAll(() => {
    mkdirSync(theirs);
    chownSync(theirs, 12_345, 12_346);
  });

  it('makes keys that their owner can use', () => {
    const file = join(theirs, 'keys/buyer/alice.pem');
    createKey(file, 'buyer/alice');
    for (const path of [file, join(theirs, 'keys/buyer'), join(theirs, 'keys')]) {
      expect([statSync(path).uid, statSync(path).gid]).toEqual([12_345, 12_346]);
    }
  });

  it('does not take the folder over', () => {
    expect(() => requireOwner(theirs, 'bucordo dev')).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/theirs belongs to #12345, .* Nothing was changed/),
        hint: "Start it as #12345: sudo -u '#12345' bucordo dev",
      }),
    );
  });
});

it('a folder of one’s own, or none yet, is nobody else’s', () => {
  expect(() => requireOwner(directory, '')).not.toThrow();
  expect(() => requireOwner(join(directory, 'absent'), '')).not.toThrow();
});
