/** `npm run check`: all that a reviewer would ask for, in under a minute: types, format, lint, dead code, unit tests. */

import { join } from 'node:path';
import { prepare, root, run } from './toolchain.mjs';

const bin = (/** @type {string} */ path) => join(root, 'node_modules', path);

prepare();
run(process.execPath, [bin('typescript/bin/tsc'), '-b']);
run(process.execPath, [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.']);
run(process.execPath, [bin('oxlint/bin/oxlint'), '--deny-warnings']);
run(process.execPath, [bin('knip/bin/knip.js')]);
run(process.execPath, [bin('vitest/vitest.mjs'), 'run', '--project', 'unit']);
