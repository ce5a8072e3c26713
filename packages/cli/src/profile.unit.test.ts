import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { endpointOf, loadProfile, type Profile, writeProfile } from './profile.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo-profile-'));
afterAll(() => rmSync(directory, { recursive: true }));

const profile: Profile = {
  bucordo: 1,
  network: '00'.repeat(32),
  name: 'acme',
  genesis: 'genesis.json',
  keys: 'keys',
  as: 'buyer/alice',
  node: 'buyer',
  members: [{ id: 'buyer', grpc: '127.0.0.1:1', http: 'https://127.0.0.1:2', authority: 'a.pem' }],
};

describe('profile', () => {
  it('is read as it was written', () => {
    writeProfile(directory, profile);
    expect(loadProfile({ networkDirectory: directory })).toEqual({ profile, directory });
    expect(loadProfile({ profile: join(directory, 'profile.json') })).toEqual({ profile, directory });
  });

  it('says where it looked', () => {
    expect(() => loadProfile({ networkDirectory: join(directory, 'nowhere') })).toThrow(
      'nowhere/profile.json',
    );
  });

  it.each([
    '{',
    '{}',
    JSON.stringify({ ...profile, bucordo: 2 }),
    JSON.stringify({ ...profile, members: [{ id: 'x' }] }),
  ])('refuses %s', (text) => {
    mkdirSync(join(directory, 'other'), { recursive: true });
    writeFileSync(join(directory, 'other/profile.json'), text);
    expect(() => loadProfile({ networkDirectory: join(directory, 'other') })).toThrow('profile.json');
  });

  it('lists the members when one is unknown', () => {
    expect(endpointOf(profile, 'buyer').http).toBe('https://127.0.0.1:2');
    expect(() => endpointOf(profile, 'seller')).toThrow('no address of a node of seller is known here');
  });
});
