/**
 * A peer port that sends whatever a test wants: real gRPC, real TLS, real codecs, no honesty.
 */

import { decodeBlocksRequest, envelopeElements } from '@bucordo/protocol';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js';
import type { TlsFiles } from '../../../packages/node/src/identity/ports.ts';
import {
  BLOCKS_METHOD,
  FORWARD_METHOD,
  HEIGHT_METADATA,
} from '../../../packages/node/src/sync/peer-methods.ts';

/** How the server answers a request for blocks. */
export interface Answer {
  /** The height that it claims to have. */
  readonly height: number;
  /** Messages in the order in which they are sent. */
  readonly messages: readonly Uint8Array[];
  /** What happens after the last message: the stream stays open, ends, is cut, or is refused because the chain ends before. */
  readonly afterwards: 'wait' | 'end' | 'cut' | 'behind';
}

/** A server under the control of a test. */
export interface LyingPeer {
  readonly address: string;
  /** Heights that were asked for. */
  readonly requests: readonly number[];
  /** Envelopes that were forwarded. */
  readonly envelopes: readonly Uint8Array[];
  /** Sends one more message to the node of `member` that follows. */
  send(member: string, message: Uint8Array): void;
  stop(): void;
}

/** A transaction that a member's node has forwarded. */
export interface Forwarded {
  /** Whose node it is. */
  readonly member: string;
  readonly transaction: Uint8Array;
  /** Answers the forwarding node with an encoded ForwardReply. */
  reply(bytes: Uint8Array): void;
}

/** Starts one; `forwarded` hears of each transaction. */
export async function startLyingPeer(
  tls: TlsFiles,
  answer: (from: number, member: string) => Answer,
  wantedPort = 0,
  forwarded: (one: Forwarded) => void = () => undefined,
): Promise<LyingPeer> {
  const requests: number[] = [];
  const envelopes: Uint8Array[] = [];
  const streams = new Map<string, ServerWritableStream<Uint8Array, Uint8Array>>();
  const server = new Server();
  server.addService(
    { Blocks: BLOCKS_METHOD, Forward: FORWARD_METHOD },
    {
      Blocks: (call: ServerWritableStream<Uint8Array, Uint8Array>) => {
        const { from } = decodeBlocksRequest(call.request);
        requests.push(from);
        streams.set(memberOf(call), call);
        send(call, answer(from, memberOf(call)));
      },
      Forward: (call: ServerDuplexStream<Uint8Array, Uint8Array>) => {
        const member = memberOf(call);
        const reply = (bytes: Uint8Array): void => void call.write(bytes);
        call.on('data', (bytes: Uint8Array) => {
          envelopes.push(bytes);
          for (const transaction of envelopeElements(bytes)) forwarded({ member, transaction, reply });
        });
        call.on('end', () => call.end());
        call.on('error', () => {});
      },
    },
  );
  const credentials = ServerCredentials.createSsl(
    Buffer.from(tls.ca),
    [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }],
    true,
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${wantedPort}`, credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    requests,
    envelopes,
    send: (member, message) => void streams.get(member)?.write(message),
    stop: () => server.forceShutdown(),
  };
}

type Call = ServerWritableStream<Uint8Array, Uint8Array> | ServerDuplexStream<Uint8Array, Uint8Array>;

function memberOf(call: Call): string {
  return String(call.getAuthContext()?.sslPeerCertificate?.subject.O);
}

function send(
  call: ServerWritableStream<Uint8Array, Uint8Array>,
  { height, messages, afterwards }: Answer,
): void {
  if (afterwards === 'behind') {
    call.emit('error', { code: status.OUT_OF_RANGE, details: `the chain here ends at ${height}` });
    return;
  }
  const metadata = new Metadata();
  metadata.set(HEIGHT_METADATA, String(height));
  call.sendMetadata(metadata);
  let unsent = messages.length;
  const sent = (): void => {
    unsent -= 1;
    if (unsent <= 0 && afterwards === 'cut') call.emit('error', { code: status.UNAVAILABLE, details: 'cut' });
  };
  for (const message of messages) call.write(message, sent);
  if (afterwards === 'end') call.end();
}
