/**
 * A node as a process of its own, so that it can be killed: `node run-node.mjs CONFIG [SOCKET DATABASE]`.
 * Prints its addresses as one line of JSON when it serves; stops on SIGTERM; ends with 1 on a fault.
 */

import { readConfig, startNode } from '@bucordo/node';

const [configFile, socketDirectory, database] = process.argv.slice(2);

const connection = (role) => ({ socketDirectory, role, database });
const shared = {
  connection,
  setUp: connection('postgres'),
  isEmbedded: false,
  lost: new Promise(() => {}),
  stop: () => Promise.resolve(),
};

const node = await startNode(
  readConfig(configFile),
  socketDirectory === undefined ? {} : { database: shared },
);
process.stdout.write(`${JSON.stringify(node.addresses)}\n`);

let isStopping = false;
const stop = async (code) => {
  if (isStopping) return;
  isStopping = true;
  await node.stop();
  process.exit(code);
};
process.on('SIGTERM', () => stop(0));
node.failed.then((fault) => {
  process.stderr.write(`fault: ${fault.code}\n`);
  return stop(1);
});
