/**
 * `@bucordo/client/node`: everything of `@bucordo/client`, with gRPC, key files and native
 * signatures.
 */

import { Client } from './client.ts';
import type { ConnectOptions } from './client-options.ts';
import { httpSessions } from './http-transport.ts';
import { openGrpcSession } from './node/grpc-transport.ts';
import { NodeHttp } from './node/node-http.ts';
import { nodePlatform } from './node/node-platform.ts';

/**
 * Makes a client. Transactions travel over gRPC to endpoints that name it, over HTTP to the others.
 * It connects with its first request; close it when done, or the process stays alive.
 */
export function connect(options: ConnectOptions): Client {
  const http = new NodeHttp();
  const openHttpSession = httpSessions(http.send);
  return new Client(
    {
      platform: nodePlatform,
      openSession: (endpoint, events) =>
        (endpoint.grpc === undefined ? openHttpSession : openGrpcSession)(endpoint, events),
      sendHttp: http.send,
      closed: () => http.close(),
    },
    options,
  );
}

export * from './index.ts';
export { readKeyFile, writeKeyFile } from './node/key-file.ts';
export { nativeSigner, type SignatureLibrary } from './node/native-signer.ts';
