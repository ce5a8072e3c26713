/**
 * A node as a process of its own, so that it can be killed: `node run-node.mjs CONFIG [SOCKET DATABASE]`.
 * Prints its addresses as one line of JSON when it serves; stops on SIGTERM; ends with 1 on a fault.
 */

import { readConfig, startNode } from '@bucordo/node';

const [configFile = '', socketDirectory, database = ''] = process.argv.slice(2);

const node = await startNode(
  readConfig(configFile),
  socketDirectory === undefined ? {} : { database: sharedDatabase(socketDirectory) },
);
process.stdout.write(`${JSON.stringify(node.addresses)}\n`);

let isStopping = false;
process.on('SIGTERM', () => void stop(0));
const fault = await node.failed;
process.stderr.write(`fault: ${fault.code}\n`);
await stop(1);

// Ends the process, whatever becomes of the stop: a rejected one ends it with an error.
async function stop(/** @type {number} */ code) {
  if (isStopping) return;
  isStopping = true;
  await node.stop();
  process.exit(code);
}

/** @returns {NonNullable<import('@bucordo/node').StartOverrides['database']>} */
function sharedDatabase(/** @type {string} */ socketDirectory) {
  const connection = (/** @type {string} */ role) => ({ socketDirectory, role, database });
  return {
    connection,
    setUp: connection('postgres'),
    isEmbedded: false,
    lost: new Promise(() => {}),
    stop: () => Promise.resolve(),
  };
}
