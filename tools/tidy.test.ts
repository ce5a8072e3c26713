/**
 * Rules of this repository that no tool knows: length of files, layers inside the node, words that
 * the glossary replaces, names that must not appear. Each rule reads the tracked sources as text.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));
const sources = tracked.filter((path) => /^(packages|examples|bench|test|tools)\/.*\.ts$/.test(path));
const code = sources.filter((path) => !path.endsWith('.test.ts'));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const lines = (path: string): number => read(path).split('\n').length;

/** Files that are longer than a sitting, each with the reason why it is one piece. */
const LONG_FILES: ReadonlyMap<string, string> = new Map([
  ['examples/purchasing/contract-client.ts', 'written by a program'],
]);

describe('tidy', () => {
  it('sees the sources', () => {
    expect(code.length).toBeGreaterThan(20);
  });

  it('keeps files to what is read in one sitting', () => {
    const long = code.filter((path) => lines(path) > 420 && !LONG_FILES.has(path));
    expect(long).toEqual([]);
  });

  it('has no folder that is named after nothing', () => {
    const vague = sources.filter((path) => /\/(utils?|common|helpers?|types|misc)(\/|\.ts$)/.test(path));
    expect(vague).toEqual([]);
  });

  it('starts every module with what it is for', () => {
    const silent = code.filter((path) => !/^(#!.*\n)?\s*\/\*\*/.test(read(path)));
    expect(silent).toEqual([]);
  });

  it('keeps the rooms of the node apart', () => {
    const rooms = code.filter((path) => /^packages\/node\/src\/[^/]+\//.test(path));
    const crossings = rooms.flatMap((path) => crossingImports(path));
    expect(crossings).toEqual([]);
  });

  it('leaves nothing undone in the main line', () => {
    const marks = new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X:'].join('|'));
    expect(sources.filter((path) => marks.test(read(path)))).toEqual([]);
  });

  it('uses no escape hatches of the type system outside brands and codecs', () => {
    const loose = code.filter((path) => /(:|<|\bas) any\b/.test(read(path)));
    expect(loose).toEqual([]);
  });

  it('speaks of the project alone', () => {
    const foreign = /\/work\/|\.\.\/shared|registry\.npmjs|\/root\//;
    const allowed = new Set(['tools/tidy.test.ts', '.ci/run']);
    const texts = tracked.filter(
      (path) => /\.(ts|mjs|js|md|json|sql|proto|yml)$|^\.ci\//.test(path) && !allowed.has(path),
    );
    expect(texts.filter((path) => foreign.test(read(path)))).toEqual([]);
  });
});

// A room may import its own folder, chain/, and single files directly under src/.
function crossingImports(path: string): string[] {
  const room = path.split('/')[3] ?? '';
  if (room === 'chain') return [];
  const found: string[] = [];
  for (const match of read(path).matchAll(/from '((?:\.\.\/)+)([a-z-]+)\//g)) {
    const up = (match[1] ?? '').length / 3;
    const depth = path.split('/').length - 4;
    if (up === depth && match[2] !== 'chain' && match[2] !== room) found.push(`${path} imports ${match[2]}/`);
  }
  return found;
}

describe('tidy names', () => {
  it('uses kebab-case for files', () => {
    const odd = sources.filter((path) => !/^[a-z0-9.-]+$/.test(basename(path)));
    expect(odd).toEqual([]);
  });
});
