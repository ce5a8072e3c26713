/**
 * The port for applications: gRPC with TLS, one bidirectional stream per client. Frames go to the
 * submission as bytes and outcomes come back in batches; a stream is read only while the submission
 * has room and the answers are read. What a cut stream leaves unanswered the client sends again.
 */

import { encodeSubmitReply, type Outcome, submitBytesMax } from '@bucordo/protocol';
import { Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import type { Replies, Submission } from '../../admission/ports.ts';
import { addressText, addressUnusable } from '../../config.ts';
import type { TlsFiles } from '../../identity/ports.ts';
import type { Log } from '../../observe/ports.ts';
import { Outlet } from '../../outlet.ts';
import { groupOfAddress, HeldBytes } from '../held-bytes.ts';
import {
  connectionUnusedMs,
  keepaliveMs,
  repliesHeldMax,
  replyBytesPause,
  replyBytesWaitingMax,
  replyCharacters,
  streamsMax,
  streamsPerAddressMax,
  streamsPerConnectionMax,
} from '../limits.ts';

/** What the server needs from the rest of the node. */
export interface ClientServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly tls: Pick<TlsFiles, 'cert' | 'key'>;
  readonly submission: Submission;
  readonly log: Log;
}

/** A running server. */
export interface ClientServer {
  readonly port: number;
  /** Bytes of answers that wait for clients now. */
  readonly bytesHeld: () => number;
  /** Takes no new streams, gives the open ones `graceMs` to end, then cuts them. */
  stop(graceMs: number): Promise<void>;
}

type Stream = ServerDuplexStream<Buffer, Buffer>;

const asReceived = (bytes: Buffer): Buffer => bytes;
const SERVICE = {
  Submit: {
    path: '/bucordo.v1.Node/Submit',
    requestStream: true,
    responseStream: true,
    requestSerialize: asReceived,
    requestDeserialize: asReceived,
    responseSerialize: asReceived,
    responseDeserialize: asReceived,
  },
} as const;

/** Starts the server. Throws {@link Fault} `address_unusable` when the address cannot be bound. */
export async function startClientServer(options: ClientServerOptions): Promise<ClientServer> {
  const streams = new Map<Stream, string>();
  const held = new HeldBytes(repliesHeldMax);
  const server = new Server({
    'grpc.max_receive_message_length': submitBytesMax,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': streamsPerConnectionMax,
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': keepaliveMs,
    'grpc.max_connection_idle_ms': connectionUnusedMs,
  });
  server.addService(SERVICE, {
    Submit: (stream: Stream) => {
      const address = groupOfPeer(stream.getPeer());
      const ofAddress = [...streams.values()].filter((each) => each === address).length;
      if (streams.size >= streamsMax || ofAddress >= streamsPerAddressMax) {
        const details = `${streams.size} streams are open, ${ofAddress} of them from this address`;
        stream.emit('error', { code: status.RESOURCE_EXHAUSTED, details });
        return;
      }
      streams.set(stream, address);
      serveStream(stream, { submission: options.submission, held, closed: () => streams.delete(stream) });
    },
  });
  const port = await bind(server, options);
  options.log.info({ host: options.host, port }, 'clients may submit over gRPC');
  return { port, bytesHeld: () => held.bytes, stop: (graceMs) => stop(server, graceMs) };
}

function bind(server: Server, options: ClientServerOptions): Promise<number> {
  const credentials = ServerCredentials.createSsl(null, [
    { cert_chain: Buffer.from(options.tls.cert), private_key: Buffer.from(options.tls.key) },
  ]);
  return new Promise((resolve, reject) => {
    server.bindAsync(addressText(options), credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(addressUnusable('client', options, error));
    });
  });
}

function stop(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}

interface StreamParts {
  readonly submission: Submission;
  /** Counts the answers that wait, over all streams. */
  readonly held: HeldBytes;
  readonly closed: () => void;
}

// One client: frames in, outcomes out.
function serveStream(stream: Stream, { submission, held, closed }: StreamParts): void {
  let unanswered = 0;
  let ended = false;
  let over = false;
  let isPaused = false;
  const holding = held.hold(groupOfPeer(stream.getPeer()), () => fail(UNREAD, 'answers are not read'));
  const outlet = new Outlet({ write: (bytes, left) => stream.write(asBuffer(bytes), left) }, (bytes) =>
    holding.add(bytes),
  );
  const replies: Replies = {
    outcomes(batch) {
      if (over) return;
      unanswered -= batch.length;
      for (const part of partsOf(batch)) outlet.write(encodeSubmitReply({ outcomes: part }));
      if (outlet.bytes > replyBytesWaitingMax) fail(UNREAD, 'answers are not read');
      else if (ended && unanswered === 0) stream.end();
    },
  };
  const close = (): void => {
    if (over) return;
    over = true;
    outlet.close();
    holding.release();
    submission.drop(replies);
    closed();
  };
  const fail = (code: status, details: string): void => {
    close();
    stream.emit('error', { code, details });
  };
  // Reads no further while there is no room for what is read, or nobody reads what comes of it.
  const pauseWhileBusy = (): void => {
    if (isPaused || (!submission.isFull && outlet.bytes <= replyBytesPause)) return;
    isPaused = true;
    stream.pause();
    void Promise.all([submission.ready(), outlet.below(replyBytesPause)]).then(() => {
      isPaused = false;
      stream.resume();
    });
  };
  stream.on('data', (frame: Buffer) => {
    if (over) return;
    unanswered += countTransactions(frame);
    if (submission.submit(frame, replies)) pauseWhileBusy();
    else fail(status.INVALID_ARGUMENT, 'not a SubmitRequest');
  });
  stream.on('end', () => {
    ended = true;
    if (unanswered === 0 && !over) stream.end();
  });
  stream.on('cancelled', close);
  stream.on('close', close);
  stream.on('error', close);
}

const UNREAD = status.RESOURCE_EXHAUSTED;

// `192.0.2.7:50123` or `[2001:db8::1]:50123`.
function groupOfPeer(peer: string): string {
  return groupOfAddress(peer.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
}

// Outcomes in messages of a size that every client takes.
function* partsOf(batch: readonly Outcome[]): Generator<readonly Outcome[]> {
  let from = 0;
  let characters = 0;
  for (const [index, { message, result }] of batch.entries()) {
    const more = 32 + message.length + result.length;
    if (index > from && characters + more > replyCharacters) {
      yield batch.slice(from, index);
      from = index;
      characters = 0;
    }
    characters += more;
  }
  yield from === 0 ? batch : batch.slice(from);
}

// Number of transactions in a SubmitRequest (field 3); whether the frame is well-formed is judged elsewhere.
function countTransactions(frame: Buffer): number {
  let count = 0;
  for (let at = 0; at < frame.length; ) {
    const tag = frame[at++];
    let value = 0;
    for (let scale = 1, byte = 128; byte >= 128 && at < frame.length; scale *= 128) {
      byte = frame[at++] ?? 0;
      value += (byte & 127) * scale;
    }
    if (tag !== 0x1a) continue;
    count++;
    at += value;
  }
  return count;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
