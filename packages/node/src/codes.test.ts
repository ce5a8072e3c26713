import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { conditionCodes, faultCodes, isFaultCode } from './codes.ts';

const SOURCE = import.meta.dirname;

function codesInSource(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
    const text = readFileSync(join(SOURCE, file), 'utf8');
    for (const [, code] of text.matchAll(/new Fault\(\s*'([^']*)'/g)) found.set(code ?? '', file);
  }
  return found;
}

test('every fault in the source has a listed code', () => {
  const unlisted = [...codesInSource()].filter(([code]) => !isFaultCode(code));
  expect(unlisted).toEqual([]);
});

test('every listed code has a sentence for the user and one for the operator', () => {
  for (const [code, { user, operator }] of Object.entries({
    ...faultCodes,
    ...conditionCodes,
  })) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    for (const sentence of [user, operator]) expect(sentence).toMatch(/^[A-Z].*\.$/);
  }
});

test('the reference page says the same', () => {
  const page = readFileSync(join(SOURCE, '../../../docs/guides/faults.md'), 'utf8');
  const rows = [...Object.entries(conditionCodes), ...Object.entries(faultCodes)].map(
    ([code, { user, operator }]) => `| \`${code}\` | ${user} | ${operator} |`,
  );
  expect(page.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
});
