/**
 * Rules of this repository that no tool knows: length of files, layers inside the node, words that
 * the glossary replaces, names that must not appear. Each rule reads the tracked sources as text.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
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

const NODE_SOURCE = 'packages/node/src';
/** Files at the root of the node that every room may use. */
const NODE_ROOT: ReadonlySet<string> = new Set([
  'codes',
  'config',
  'fault',
  'limits',
  'outlet',
  'shell-word',
]);
/** Files at its root that start it or show it to others; nothing in a room imports them. */
const NODE_DOORS: ReadonlySet<string> = new Set(['engine', 'index', 'main']);

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
    expect(rooms.length).toBeGreaterThan(100);
    const crossings = rooms.flatMap((path) => crossingImports(path));
    expect(crossings).toEqual([]);
  });

  it('has nothing but interfaces and plain values in the port file of a room', () => {
    const ports = code.filter((path) => /^packages\/node\/src\/[^/]+\/ports\.ts$/.test(path));
    expect(ports.length).toBeGreaterThan(4);
    expect(ports.filter((path) => /^(export )?(abstract )?class /m.test(read(path)))).toEqual([]);
    const beyond = ports.flatMap((path) =>
      importsInNode(path)
        .filter((target) => /^[^/]+\//.test(target) && !isOpenToRooms(target))
        .map((target) => `${path} imports ${target}`),
    );
    expect(beyond).toEqual([]);
  });

  it('lists every room of the node in the architecture, once', () => {
    const rooms = code.flatMap((path) => /^packages\/node\/src\/([^/]+)\//.exec(path)?.[1] ?? []);
    const listed = [...read('ARCHITECTURE.md').matchAll(/^\| `([a-z-]+)\/` \|/gm)].map((match) => match[1]);
    expect(listed.sort()).toEqual([...new Set(rooms)].sort());
  });

  it('leaves at the root of the node only what every room may use', () => {
    const loose = code.filter((path) => /^packages\/node\/src\/[^/]+\.ts$/.test(path));
    expect(loose.map((path) => basename(path, '.ts')).sort()).toEqual([...NODE_ROOT, ...NODE_DOORS].sort());
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

/** What a node imports of itself, as paths below its `src`. */
function importsInNode(path: string): string[] {
  const specifiers = [...read(path).matchAll(/(?:\bfrom |\bimport |\bimport\()'(\.[^']*)'/g)];
  return specifiers.map((match) => relative(NODE_SOURCE, join(dirname(path), match[1] ?? '')));
}

/** Whether every room may import this file: a value of the chain, a port, or a file that lies open at the root. */
function isOpenToRooms(target: string): boolean {
  return (
    /^chain\//.test(target) || /^[^/]+\/ports\.ts$/.test(target) || NODE_ROOT.has(target.replace(/\.ts$/, ''))
  );
}

// A room may import its own folder and what is open to all; chain/ nothing of another room; wiring/ every room.
function crossingImports(path: string): string[] {
  const room = path.split('/')[3] ?? '';
  return importsInNode(path)
    .filter((target) => {
      if (target.startsWith(`${room}/`)) return false;
      if (room === 'chain') return target.includes('/') || !isOpenToRooms(target);
      if (room === 'wiring') return !target.includes('/') && !isOpenToRooms(target);
      return !isOpenToRooms(target);
    })
    .map((target) => `${path} imports ${target}`);
}

describe('tidy names', () => {
  it('uses kebab-case for files', () => {
    const odd = sources.filter((path) => !/^[a-z0-9.-]+$/.test(basename(path)));
    expect(odd).toEqual([]);
  });
});
