import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { claimDirectory, deleteNetwork } from './network-directory.ts';

const root = mkdtempSync(join(tmpdir(), 'bucordo-directory-'));
afterAll(() => rmSync(root, { recursive: true }));

function directoryWith(name: string, ...parts: string[]): string {
  for (const part of parts) mkdirSync(join(root, name, part), { recursive: true });
  return join(root, name);
}

describe('the folder of a network', () => {
  it('is marked, and emptied of the network alone', async () => {
    const directory = directoryWith('ours');
    claimDirectory(directory);
    directoryWith('ours', 'keys/buyer', 'members/buyer/postgres', 'notes');
    writeFileSync(join(directory, 'genesis.json'), '{}');
    claimDirectory(directory);
    await deleteNetwork(directory);
    expect(
      ['keys', 'members', 'genesis.json', 'notes'].map((part) => existsSync(join(directory, part))),
    ).toEqual([false, false, false, true]);
  });

  it("is never one that holds somebody else's keys", async () => {
    const directory = directoryWith('theirs', 'keys');
    expect(() => claimDirectory(directory)).toThrow('holds keys, which bucordo dev did not make');
    await deleteNetwork(directory);
    expect(existsSync(join(directory, 'keys'))).toBe(true);
  });
});
