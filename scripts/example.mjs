/**
 * `npm run example:<name>`: installs and builds what is missing, runs the example on three members in
 * a folder of its own, checks its sums and ends: exit code 0 when all of them hold, else 1.
 * Arguments go on to `bucordo dev` (`npm run example:retail -- --data DIR`).
 */

import { join } from 'node:path';
import { prepare, root } from './toolchain.mjs';

const examples = ['purchasing', 'retail'];
const name = process.argv[2] ?? '';
if (!examples.includes(name)) {
  console.error(`There is no example ${JSON.stringify(name)}. Examples: ${examples.join(', ')}`);
  process.exit(2);
}
prepare();
process.argv.splice(2, 1, 'dev', '--example', name, '--dir', join(root, '.bucordo', name), '--exit');
await import('../packages/cli/bin/bucordo.js');
