/**
 * A node in the foreground: starts it, tells a parent process that it serves, and stops it once,
 * whatever asks first: SIGTERM, SIGINT, SIGHUP, or the end of the parent that watches it.
 */
import { readConfig, startNode } from '@bucordo/node';

/** Runs the node of a configuration file. Resolves when the node has stopped; rejects when it fails. */
export async function runNode(configFile: string): Promise<void> {
  const stopping = stopRequest();
  const node = await startNode(readConfig(configFile));
  process.send?.({ bucordo: 'ready' });
  const failure = await Promise.race([stopping, node.failed]);
  await node.stop();
  if (failure instanceof Error) throw failure;
  // The channel to the parent would keep the process alive.
  if (process.connected) process.disconnect();
}

/** Resolves when something asks this process to stop. Requests after the first change nothing: stopping is under way. */
function stopRequest(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve());
    if (process.send !== undefined) process.once('disconnect', () => resolve());
  });
}
