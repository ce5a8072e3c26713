import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findProfile, isNear } from './find-network.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'bucordo-find é ')));
const before = process.cwd();
const at = (...names: string[]): string => join(root, ...names);

/** A folder with empty files; what is in them does not matter here. */
function folder(path: string, ...files: string[]): void {
  mkdirSync(path, { recursive: true });
  for (const file of files) writeFileSync(join(path, file), '{}');
}

beforeAll(() => {
  folder(at('project/.bucordo'), 'genesis.json', 'profile.json');
  folder(at('project/.bucordo/members/buyer'), 'genesis.json', 'node.json');
  folder(at('project/src/deep'));
  folder(at('acme'), 'genesis.json');
  folder(at('acme/buyer/keys'));
  for (const member of ['buyer', 'seller of tea']) folder(at('acme', member), 'genesis.json', 'profile.json');
  folder(at('acme/notes'));
  folder(at('someones'), 'profile.json');
});
beforeEach(() => process.chdir(root));
afterEach(() => {
  delete process.env['BUCORDO_DIR'];
  process.chdir(before);
});
afterAll(() => rmSync(root, { recursive: true }));

describe('the network that a command is about', () => {
  it.each([
    ['project', 'project/.bucordo'],
    ['project/src/deep', 'project/.bucordo'],
    ['project/.bucordo', 'project/.bucordo'],
    ['project/.bucordo/members/buyer', 'project/.bucordo'],
    ['acme/buyer', 'acme/buyer'],
    ['acme/buyer/keys', 'acme/buyer'],
  ])('seen from %s is %s', (from, directory) => {
    process.chdir(at(from));
    expect(findProfile({})).toBe(at(directory, 'profile.json'));
    expect(isNear(at(directory))).toBe(true);
  });

  it('is what the environment names, and before that what an option names', () => {
    process.chdir(at('project'));
    process.env['BUCORDO_DIR'] = at('acme/buyer');
    expect(findProfile({})).toBe(at('acme/buyer/profile.json'));
    expect(isNear(at('project/.bucordo'))).toBe(false);
    expect(findProfile({ networkDirectory: '../project' })).toBe(at('project/.bucordo/profile.json'));
    expect(findProfile({ profile: '../someones/profile.json' })).toBe(at('someones/profile.json'));
    process.env['BUCORDO_DIR'] = '';
    expect(findProfile({})).toBe(at('project/.bucordo/profile.json'));
  });

  it('is not guessed where one folder holds those of several members', () => {
    for (const from of ['acme', 'acme/notes']) {
      process.chdir(at(from));
      expect(() => findProfile({})).toThrow(
        expect.objectContaining({
          message: expect.stringContaining('several members'),
          hint: expect.stringContaining("seller of tea'"),
        }),
      );
    }
    expect(() => findProfile({ networkDirectory: at('acme') })).toThrow('several members');
  });

  it('says what was looked for, and passes by what is another program’s', () => {
    process.chdir(at('someones'));
    expect(() => findProfile({})).toThrow(`nor profile.json beside a genesis.json is in ${at('someones')}`);
    expect(() => findProfile({ networkDirectory: 'nowhere' })).toThrow(at('someones/nowhere/profile.json'));
    expect(() => findProfile({ networkDirectory: 'nowhere' })).toThrow(
      at('someones/nowhere/.bucordo/profile.json'),
    );
  });
});
