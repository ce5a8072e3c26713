import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isContractCode, isRefusalCode, refusalCodes } from './codes.ts';

describe('codes', () => {
  it('are the ones of the reference page, with the same words', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/spec/codes.md'), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    const expected = Object.entries(refusalCodes).map(
      ([code, { user, operator }]) => `| \`${code}\` | ${user} | ${operator} |`,
    );
    expect(rows).toEqual(expected);
  });

  it('tell protocol, contract and system apart', () => {
    expect(Object.keys(refusalCodes).every(isRefusalCode)).toBe(true);
    expect(['BC000', 'BC899', 'BC100'].every(isContractCode)).toBe(true);
    expect(['BC900', 'BC1', 'bc100', 'BC1000', 'P0001', ''].some(isContractCode)).toBe(false);
    expect(['toString', '__proto__', ''].some(isRefusalCode)).toBe(false);
  });

  it('end in a full stop, fit into a table, and are named alike', () => {
    for (const [code, { user, operator }] of Object.entries(refusalCodes)) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(`${user}\n${operator}`).toMatch(/^[A-Z][^|\n]+\.\n[A-Z][^|\n]+\.$/);
    }
  });
});
