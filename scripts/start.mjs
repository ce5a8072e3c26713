/**
 * `npm start`: installs and builds what is missing, then runs three members on this machine with
 * the purchasing example. Arguments go on to `bucordo dev` (`npm start -- --exit`).
 */

import { prepare } from './toolchain.mjs';

prepare();
// In this process, so that signals and the terminal belong to the program itself.
process.argv.splice(2, 0, 'dev', '--example', 'purchasing');
await import('../packages/cli/bin/bucordo.js');
