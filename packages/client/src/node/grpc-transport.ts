/**
 * Transactions over gRPC: one bidirectional stream with TLS per session, batches out, outcomes in,
 * neither waiting for the other.
 */

import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { decodeSubmitReply, type SubmitReply } from '@bucordo/protocol';
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  type ClientOptions,
  credentials,
  type ServiceError,
} from '@grpc/grpc-js';

import type { Batch, Endpoint, OpenSession, Session, SessionEvents } from '../transport.ts';

const METHOD = '/bucordo.v1.Node/Submit';
const CONNECT_MS = 5_000;
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
const CHANNEL_OPTIONS = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
  'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
  // The client has its own way to try again; a channel of its own per session keeps a broken one from being reused.
  'grpc.enable_retries': 0,
  'grpc.use_local_subchannel_pool': 1,
} as const;

/** Opens sessions over gRPC. */
export const openGrpcSession: OpenSession = (endpoint, events) => new GrpcSession(endpoint, events);

class GrpcSession implements Session {
  readonly #client: Client;
  readonly #events: SessionEvents;
  readonly #stream: ClientDuplexStream<Uint8Array, SubmitReply>;
  #over: boolean = false;

  constructor(endpoint: Endpoint, events: SessionEvents) {
    this.#events = events;
    this.#client = new Client(endpoint.grpc ?? '', credentialsOf(endpoint), channelOptions(endpoint));
    // The stream is begun at once: it is what learns why a connection cannot be made.
    this.#stream = this.#begin();
    this.#client.waitForReady(Date.now() + CONNECT_MS, (error) => {
      if (this.#over) return;
      if (error === undefined) this.#events.opened();
      else this.#lose(new Error(`${endpoint.grpc ?? ''} does not answer within ${CONNECT_MS} ms`));
    });
  }

  send(batch: Batch): boolean {
    return this.#stream.write(batch.frame);
  }

  drained(): Promise<void> {
    const stream = this.#stream;
    if (!stream.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      stream.once('drain', resolve);
      stream.once('close', resolve);
    });
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stream.cancel();
    this.#client.close();
  }

  #begin(): ClientDuplexStream<Uint8Array, SubmitReply> {
    const stream = this.#client.makeBidiStreamRequest(METHOD, asBuffer, decodeSubmitReply);
    stream.on('data', (reply: SubmitReply) => {
      if (!this.#over) this.#events.outcomes(reply.outcomes);
    });
    stream.on('error', (error: ServiceError) => this.#lose(error));
    stream.on('end', () => this.#lose(new Error('the node ended the stream')));
    return stream;
  }

  #lose(cause: Error): void {
    if (this.#over) return;
    this.close();
    this.#events.lost(cause);
  }
}

function credentialsOf(endpoint: Endpoint): ChannelCredentials {
  const authority = endpoint.ca === undefined ? null : Buffer.from(endpoint.ca);
  const host = hostOf(endpoint);
  if (isIP(host) === 0) return credentials.createSsl(authority);
  return credentials.createSsl(authority, null, null, {
    checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
  });
}

// TLS knows no addresses as server names (RFC 6066 §3): an address is left out of the greeting, and
// the certificate is checked for it all the same.
function channelOptions(endpoint: Endpoint): ClientOptions {
  return isIP(hostOf(endpoint)) === 0
    ? CHANNEL_OPTIONS
    : { ...CHANNEL_OPTIONS, 'grpc.ssl_target_name_override': 'localhost' };
}

function hostOf(endpoint: Endpoint): string {
  return (endpoint.grpc ?? '').replace(/:[0-9]+$/, '').replace(/^\[|\]$/g, '');
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
