/** A TCP proxy whose connections can be cut, at once or after a number of bytes towards the client. */

import { connect, createServer, type Socket } from 'node:net';

/** A running proxy. */
export interface FaultProxy {
  readonly port: number;
  /** Connections taken so far. */
  readonly taken: () => number;
  /** Cuts each new connection after this many bytes in each direction; null = never. */
  cutAfter: { readonly toNode: number | null; readonly toClient: number | null };
  /** While true, connections are refused. */
  refuse: boolean;
  /** Cuts all connections now. */
  cut(): void;
  stop(): void;
}

/** Starts a proxy to a port of the loopback address. */
export async function startFaultProxy(target: number): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let taken = 0;
  const server = createServer((client) => {
    taken++;
    if (proxy.refuse) return void client.destroy();
    const node = connect(target, '127.0.0.1');
    for (const socket of [client, node]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        node.destroy();
      });
    }
    forward(client, node, proxy.cutAfter.toNode);
    forward(node, client, proxy.cutAfter.toClient);
  });
  const proxy = {
    port: 0,
    taken: () => taken,
    cutAfter: { toNode: null, toClient: null },
    refuse: false,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    stop: () => {
      proxy.cut();
      server.close();
    },
  } as FaultProxy & { port: number };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  proxy.port = typeof address === 'object' && address !== null ? address.port : 0;
  return proxy;
}

function forward(from: Socket, to: Socket, limit: number | null): void {
  let left = limit ?? Number.POSITIVE_INFINITY;
  from.on('data', (chunk: Buffer) => {
    to.write(chunk.length <= left ? chunk : chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) to.end(() => from.destroy());
  });
}
