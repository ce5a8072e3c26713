import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { forgetKept, keepTransaction, keptFolder, readKept } from './kept-transaction.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo-kept-'));
const [first, second] = ['ab12', 'ab34'].map((digits) => ({
  id: digits.padEnd(64, '0'),
  identity: 'buyer/alice',
  bytes: new Uint8Array([1, 2, 255]),
})) as [Parameters<typeof keepTransaction>[1], Parameters<typeof keepTransaction>[1]];

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('calls that got no answer', () => {
  it('are read byte for byte by the beginning of their id, and nobody else reads them', () => {
    expect(() => readKept(directory, 'ab12')).toThrow('no transaction without an answer is kept');
    for (const transaction of [first, second]) keepTransaction(directory, transaction);
    const { bytes, ...rest } = readKept(directory, 'ab12');
    expect({ ...rest, bytes: [...bytes] }).toEqual({ ...first, bytes: [1, 2, 255] });
    expect(statSync(join(directory, keptFolder, `${first.id}.json`)).mode & 0o077).toBe(0);
  });

  it('are not guessed', () => {
    expect(() => readKept(directory, 'ab')).toThrow('more than one transaction');
    writeFileSync(join(directory, keptFolder, `${'cd'.repeat(32)}.json`), '{"bytes":"no","identity":"a/b"}');
    expect(() => readKept(directory, 'cdcd')).toThrow('holds no signed transaction');
  });

  it('are forgotten when there is an answer', () => {
    forgetKept(directory, first.id);
    forgetKept(directory, first.id);
    expect(readKept(directory, 'ab').id).toBe(second.id);
  });
});
