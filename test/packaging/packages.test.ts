/**
 * The packages as they are published: packed, laid into an empty folder beside what they depend on, and used
 * there. What a package reads when it runs must be in it; what only the tree needs must not.
 */

import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/postgres.ts';

const ROOT = join(import.meta.dirname, '../..');
const PACKAGES = [
  'bucordo',
  ...['client', 'contract', 'kit', 'node', 'protocol'].map((name) => `@bucordo/${name}`),
];

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

let directory: string;
let project: string;
let packed: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  directory = await temporaryDirectory('bucordo-packages-');
  project = join(directory, 'my projéct');
  mkdirSync(project);
  const args = ['pack', '--workspaces', '--json', '--loglevel=error', '--pack-destination', directory];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: ROOT, maxBuffer: 100_000_000 });
  const all: readonly Packed[] = JSON.parse(stdout.slice(stdout.search(/^\[$/m)));
  for (const { name, filename } of all) {
    const folder = join(project, 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    execFileSync('tar', ['-xzf', join(directory, filename), '--strip-components=1', '-C', folder]);
  }
  packed = new Map(all.map(({ name, files }) => [name, files.map(({ path }) => path)]));
  linkOthers(join(ROOT, 'node_modules'), join(project, 'node_modules'));
}, 300_000);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const bucordo = (...args: string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, [join(project, 'node_modules/bucordo/bin/bucordo.js'), ...args], {
    cwd: project,
  });

test('every package of the workspace is packed', () => {
  expect([...packed.keys()].sort()).toEqual([...PACKAGES].sort());
});

describe.each(PACKAGES)('%s', (name) => {
  test('has what its manifest names, a license and a description', () => {
    const manifest = JSON.parse(readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8'));
    const named = [...textsIn(manifest.exports), ...textsIn(manifest.bin)].map((path) =>
      path.replace('./', ''),
    );
    expect(named).not.toEqual([]);
    expect(packed.get(name)).toEqual(expect.arrayContaining([...named, 'LICENSE', 'README.md']));
    expect(manifest).toMatchObject({ license: 'Apache-2.0', engines: { node: expect.any(String) } });
    expect(manifest.keywords).toContain('bucordo');
  });

  test('has no tests, no build info, and nothing compiled whose source is gone', () => {
    const paths = packed.get(name) ?? [];
    const compiled = paths.filter((path) => /^dist\/.*\.js$/.test(path));
    const sources = compiled.map((path) => path.replace(/^dist/, 'src').replace(/\.js$/, '.ts'));
    expect(paths.filter((path) => /\.test\.ts$|\.test\.js$|tsbuildinfo|^test\//.test(path))).toEqual([]);
    expect(compiled.length).toBeGreaterThan(0);
    expect(paths).toEqual(expect.arrayContaining(sources));
  });
});

test('an example of the installed command line opens, with its contract and its upgrade', async () => {
  const file = join(project, 'node_modules/bucordo/examples/dist/purchasing/example.js');
  const example = await (await import(pathToFileURL(file).href)).openExample({ dataDirectory: null });
  expect(example.network.members).toHaveLength(3);
  expect(example.upgrade.manifest.name).toBe('purchasing');
  expect(existsSync(join(project, 'node_modules/bucordo/examples/retail/contract/contract.json'))).toBe(true);
});

test('a contract is made, checked, tested and built where only the packages are', async () => {
  await bucordo('contract', 'new', 'visits');
  await bucordo('contract', 'check', 'visits');
  await bucordo('contract', 'test', 'visits');
  expect((await bucordo('contract', 'build', 'visits', '--json')).stdout).toContain('"hash"');
}, 300_000);

test('three members start, and end as they were asked to', async () => {
  const port = String(20_000 + Math.floor(Math.random() * 20_000));
  const { stdout } = await bucordo('dev', '--example', 'none', '--port', port, '--exit');
  expect(stdout).toContain('member3');
}, 300_000);

// What the packages depend on, as npm would install it; never the workspace's own packages.
function linkOthers(from: string, to: string): void {
  for (const name of readdirSync(from)) {
    if (name.startsWith('.') || name === 'bucordo' || name === '@bucordo') continue;
    symlinkSync(join(from, name), join(to, name));
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
