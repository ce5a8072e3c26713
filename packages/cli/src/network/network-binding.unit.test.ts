import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { LoadedProfile } from '../profile.ts';
import { bindKeys, genesisOf, keysDirectoryOf } from './network-binding.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo-binding-'));
afterAll(() => rmSync(directory, { recursive: true }));

const [ours, others] = ['11'.repeat(32), '22'.repeat(32)];
const loaded: LoadedProfile = {
  directory,
  profile: {
    ...{ bucordo: 1, network: ours, name: 'acme', genesis: 'genesis.json', keys: 'keys' },
    ...{ as: 'buyer/alice', node: 'buyer', members: [] },
  },
};
const mismatch = (found: string): object =>
  expect.objectContaining({
    code: 'network_mismatch',
    exitCode: 2,
    message: expect.stringMatching(new RegExp(`${found}.*${ours}`)),
  });

describe('files of a network', () => {
  it('are used with it: keys that name none, and keys that name this one', () => {
    expect(keysDirectoryOf(loaded)).toBe(join(directory, 'keys'));
    bindKeys(join(directory, 'keys'), ours);
    expect(keysDirectoryOf(loaded)).toBe(join(directory, 'keys'));
  });

  it('are refused with another one, with both ids', async () => {
    bindKeys(join(directory, 'keys'), others);
    expect(() => keysDirectoryOf(loaded)).toThrow(mismatch(others));
    writeFileSync(join(directory, 'genesis.json'), '{}');
    await expect(genesisOf(loaded)).rejects.toThrow(mismatch('[0-9a-f]{64}'));
  });
});
