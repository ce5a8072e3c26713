/** A TCP connection that breaks: passes bytes on until it has let a number of them through, then resets both sides. */

import { createConnection, createServer, type Socket } from 'node:net';

/** A proxy in front of a port. */
export interface CuttingProxy {
  readonly address: string;
  /** Connections that were cut. */
  readonly cuts: () => number;
  stop(): void;
}

/** Starts one; `bytesOf(n)` says after how many bytes from the server the n-th connection is cut, from 0. */
export async function startCuttingProxy(
  target: string,
  bytesOf: (connection: number) => number,
): Promise<CuttingProxy> {
  const [host, port] = target.split(':');
  const open = new Set<Socket>();
  let connections = 0;
  let cuts = 0;
  const server = createServer((near) => {
    let left = bytesOf(connections++);
    const far = createConnection({ host: host ?? '', port: Number(port) });
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (bytes) => {
      near.write(bytes.subarray(0, left));
      left -= bytes.length;
      if (left > 0) return;
      cuts += 1;
      near.end(() => near.destroy());
      far.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    address: `127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    cuts: () => cuts,
    stop: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
