/** `bucordo contract build` as a person types it. */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contractHash, decodeContractDocument, toHex } from '@bucordo/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBucordo, runJson } from '../../test/run-bucordo.ts';

interface Built {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly bytes: number;
  readonly file: string | null;
  readonly difference: string;
}

const example = join(import.meta.dirname, '../../../../examples/purchasing/contract');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bucordo-build-'));
  cpSync(example, join(folder, 'purchasing'), { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('contract build', () => {
  it('shows what it writes in and the hash, and writes the document that has it', async () => {
    const { code, stdout } = await runBucordo(folder, 'contract', 'build', 'purchasing', '--out', 'p.json');
    const bytes = readFileSync(join(folder, 'p.json'));
    expect([code, decodeContractDocument(bytes).name]).toEqual([0, 'purchasing']);
    expect(stdout).toContain('+  FOR i IN 1 .. line_count LOOP /*+*/');
    expect(stdout).toContain(toHex(contractHash(bytes)));
  });

  it('gives the same hash again, and another one for another text', async () => {
    const first = await runJson<Built>(folder, 'contract', 'build', 'purchasing');
    expect(await runJson<Built>(folder, 'contract', 'build', 'purchasing')).toEqual(first);
    const file = join(folder, 'purchasing/functions.sql');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `${text}-- one line more\n`);
    expect((await runJson<Built>(folder, 'contract', 'build', 'purchasing')).hash).not.toBe(first.hash);
    writeFileSync(file, text);
  });

  it.each([
    ['a folder that is none', 'nowhere', 'nothing', 'contract.json'],
    ['its own result', 'purchasing', '/*+*/ NULL; /*-*/', 'marks of a build'],
    [
      'a body that ends early',
      'purchasing',
      'CREATE FUNCTION purchasing.x() RETURNS void LANGUAGE plpgsql AS $$ BEGIN LOOP END $$;',
      'functions.sql:',
    ],
  ])('refuses %s and says what to do', async (_, directory, more, words) => {
    const file = join(folder, 'purchasing/functions.sql');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `${text}${more}\n`);
    const { code, stderr } = await runBucordo(folder, 'contract', 'build', directory);
    writeFileSync(file, text);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
    expect(stderr).toContain('next');
  });
});
