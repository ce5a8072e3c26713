import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

const SOURCE = import.meta.dirname;

/** Files reachable from `entry` through relative imports, with the packages they import. */
function reachable(entry: string): { files: string[]; packages: string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, specifier = ''] of text.matchAll(/(?:from|import|require)\s*\(?\s*'([^']+)'/g)) {
      if (specifier.startsWith('.')) visit(resolve(dirname(file), specifier));
      else packages.add(specifier);
    }
  };
  visit(resolve(SOURCE, entry));
  return { files: [...files].map((file) => file.slice(SOURCE.length + 1)), packages: [...packages] };
}

describe('the portable entry', () => {
  const { files, packages } = reachable('index.ts');

  it('imports nothing of Node, and no package but the protocol', () => {
    expect(packages).toEqual(['@bucordo/protocol']);
    expect(files.filter((file) => file.startsWith('node/') || file === 'node.ts')).toEqual([]);
  });

  it('names no global of Node', () => {
    for (const file of files) {
      expect(
        `${file}: ${readFileSync(resolve(SOURCE, file), 'utf8').match(/\b(Buffer|process|setImmediate|__dirname)\b[.(]/)?.[0] ?? ''}`,
      ).toBe(`${file}: `);
    }
  });
});
