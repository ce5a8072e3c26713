/** `npm test`: install, build, all tests. Arguments go to Vitest (a file name, `--project unit`). */

import { join } from 'node:path';
import { prepare, root, run } from './toolchain.mjs';

prepare();
run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)]);
