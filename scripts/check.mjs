/** `npm run check`: all that a reviewer would ask for, in under a minute: format, lint, types, dead code, unit tests. */

import { join } from 'node:path';
import { prepare, root, run } from './toolchain.mjs';

const bin = (path) => join(root, 'node_modules', path);

prepare();
run(process.execPath, [bin('typescript/bin/tsc'), '-b', join(root, 'bench')]);
run(process.execPath, [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.']);
run(process.execPath, [bin('knip/bin/knip.js')]);
run(process.execPath, [bin('vitest/vitest.mjs'), 'run', '--project', 'unit']);
