/** `npm run bench -- <name>` runs one benchmark, `npm run bench -- --list` says what each answers. */

import { join } from 'node:path';
import { prepare, root, run } from './toolchain.mjs';

prepare();
run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', join(root, 'bench')]);
run(process.execPath, [join(root, 'bench/dist/run.js'), ...process.argv.slice(2)]);
