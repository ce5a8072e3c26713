/**
 * What `npm pack` runs in a package's folder before it packs: compiles, takes out of `dist` what no source
 * makes any more, and puts in what lies elsewhere in the repository: the license, and the examples for the
 * command line. Afterwards `--undo` takes the copies away again.
 */

import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root, run } from './toolchain.mjs';

const folder = process.cwd();
const license = join(folder, 'LICENSE');
const examples = basename(folder) === 'cli' ? join(folder, 'examples') : null;

for (const copy of examples === null ? [license] : [license, examples])
  rmSync(copy, { recursive: true, force: true });
if (!process.argv.includes('--undo')) {
  // Standard output belongs to npm, which prints JSON there when asked to.
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'tsconfig.build.json'], {
    stdio: ['ignore', 2, 2],
  });
  removeStale(join(folder, 'dist'), join(folder, 'src'));
  cpSync(join(root, 'LICENSE'), license);
  if (examples !== null) copyExamples(examples);
}

/**
 * Removes compiled files without a source: left by files that were renamed or deleted since.
 *
 * @param {string} built
 * @param {string} sources
 */
function removeStale(built, sources) {
  for (const entry of readdirSync(built, { recursive: true, withFileTypes: true })) {
    const name = /^(.+?)(\.d\.ts|\.js)(\.map)?$/.exec(entry.name)?.[1];
    if (name === undefined) continue;
    const source = join(sources, entry.parentPath.slice(built.length), `${name}.ts`);
    if (!existsSync(source)) rmSync(join(entry.parentPath, entry.name), { force: true });
  }
}

/**
 * The examples as `bucordo dev` loads them: what is compiled in `dist`, the texts of their contracts beside it.
 *
 * @param {string} target
 */
function copyExamples(target) {
  const source = join(root, 'examples');
  removeStale(join(source, 'dist'), source);
  cpSync(join(source, 'dist'), join(target, 'dist'), {
    recursive: true,
    filter: (path) => !/\.(d\.ts|map|tsbuildinfo)$/.test(path),
  });
  for (const path of ['purchasing/contract', 'purchasing/upgrade', 'retail/contract'])
    cpSync(join(source, path), join(target, path), { recursive: true });
}
