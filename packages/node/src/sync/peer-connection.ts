/**
 * A connection to another member's node: one gRPC channel over mutual TLS, and the streams on it.
 *
 * The certificate on the other side must chain to a pinned authority and speak for the member that
 * is expected there. The name of the host proves nothing beyond that and is not looked at, so that a
 * node may move without a new certificate.
 */

import type { PeerCertificate } from 'node:tls';
import {
  CallCredentials,
  ChannelCredentials,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  Metadata,
} from '@grpc/grpc-js';
import type { TlsFiles } from '../identity/ports.ts';
import {
  BLOCKS_METHOD,
  FORWARD_METHOD,
  PEER_CHANNEL_OPTIONS,
  TIME_METADATA,
  WITNESS_METHOD,
} from './peer-methods.ts';

/** Whom to connect to, and as whom. */
export interface PeerConnectionOptions {
  /** `host:port` of the other node's peer port. */
  readonly address: string;
  /** The member whose node is expected there. */
  readonly member: string;
  /** This node's own TLS. */
  readonly tls: TlsFiles;
  /** The member a verified certificate speaks for, or null when it is nobody's. */
  readonly memberOf: (certificate: PeerCertificate) => string | null;
}

/** Another member's node that can be reached, by the methods that are used of it. */
export interface Fellow<Method extends keyof PeerConnection> {
  readonly member: string;
  readonly connection: Pick<PeerConnection, Method>;
}

/** Streams of blocks from, and envelopes to, one other node. */
export class PeerConnection {
  readonly #client: Client;

  constructor(options: PeerConnectionOptions) {
    const { ca, cert, key } = options.tls;
    const credentials = ChannelCredentials.createSsl(Buffer.from(ca), Buffer.from(key), Buffer.from(cert), {
      checkServerIdentity: (_host, certificate) => {
        if (options.memberOf(certificate) === options.member) return undefined;
        return new Error(`the certificate at ${options.address} does not speak for ${options.member}`);
      },
    });
    this.#client = new Client(options.address, credentials, {
      ...PEER_CHANNEL_OPTIONS,
      // TLS wants a name, not an address; every certificate of a node carries this one.
      'grpc.ssl_target_name_override': 'localhost',
      // Attempts are spaced by whoever opens streams; the channel itself should not add minutes.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2_000,
    });
  }

  /** Opens a stream of blocks; `request` is an encoded BlocksRequest. */
  blocks(request: Uint8Array): ClientReadableStream<Uint8Array> {
    return this.#client.makeServerStreamRequest(
      BLOCKS_METHOD.path,
      BLOCKS_METHOD.requestSerialize,
      BLOCKS_METHOD.responseDeserialize,
      request,
      { credentials: TELLS_TIME },
    );
  }

  /** Opens a stream that takes encoded envelopes and gives encoded ForwardReplies. */
  forward(): ClientDuplexStream<Uint8Array, Uint8Array> {
    return this.#client.makeBidiStreamRequest(
      FORWARD_METHOD.path,
      FORWARD_METHOD.requestSerialize,
      FORWARD_METHOD.responseDeserialize,
    );
  }

  /** Opens a stream of encoded testimonies both ways. */
  witness(): ClientDuplexStream<Uint8Array, Uint8Array> {
    return this.#client.makeBidiStreamRequest(
      WITNESS_METHOD.path,
      WITNESS_METHOD.requestSerialize,
      WITNESS_METHOD.responseDeserialize,
    );
  }

  /** Ends all streams. */
  close(): void {
    this.#client.close();
  }
}

// Made when the connection stands: a request may wait long for a node that does not answer, and would tell an old time.
const TELLS_TIME = CallCredentials.createFromMetadataGenerator((_options, callback) => {
  const metadata = new Metadata();
  metadata.set(TIME_METADATA, String(Date.now()));
  callback(null, metadata);
});
