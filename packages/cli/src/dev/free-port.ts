/**
 * Ports for nodes on this machine: the first wish if it is free, otherwise the next that is.
 */
import { createServer } from 'node:net';
import { faultError } from '../command-error.ts';

/** How many ports after the wish are tried. */
const attemptsMax = 2_000;

/** Finds `count` free TCP ports of the loopback address, rising from `first`. Another program may still be faster: who listens must handle a taken port. */
export async function findFreePorts(options: { first: number; count: number }): Promise<number[]> {
  const { first, count } = options;
  const found: number[] = [];
  for (let port = first; found.length < count && port < Math.min(65_536, first + attemptsMax); port += 1) {
    if (await isFree(port)) found.push(port);
  }
  if (found.length === count) return found;
  throw faultError(`no ${count} free ports from ${first} on`, 'Choose another beginning: --port N');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
