/**
 * The port for the nodes of the other members: gRPC over mutual TLS 1.3.
 *
 * `Blocks` streams the chain from any height: what is old comes from the database in chunks, what is
 * new from the feed. A follower that reads slowly holds up only itself: at most
 * {@link OUTSTANDING_BYTES_MAX} wait for it, the rest is read from the database when it is ready.
 * `Forward` takes envelopes for the ordering, where this node orders. `Witness` exchanges testimonies,
 * one stream for each member: a newer one takes the place of the one before.
 *
 * Who calls is known from the client certificate: it must belong to a member of the network.
 */

import {
  DecodeError,
  decodeBlocksRequest,
  encodeForwardReply,
  envelopeElements,
  envelopeTransactionsMax,
  type ForwardRefusal,
  type RefusalCode,
} from '@bucordo/protocol';
import {
  experimental,
  Metadata,
  Server,
  type ServerDuplexStream,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js';
import { addressText, addressUnusable } from '../config.ts';
import type { TlsFiles } from '../identity/ports.ts';
import type { Log } from '../observe/ports.ts';
import { Outlet } from '../outlet.ts';
import type { BlockFeed } from './block-feed.ts';
import { ClockJumps } from './clock-jumps.ts';
import { certificateProvider } from './peer-certificates.ts';
import {
  BLOCKS_METHOD,
  FORWARD_METHOD,
  HEIGHT_METADATA,
  numberIn,
  PEER_CHANNEL_OPTIONS,
  TIME_METADATA,
  WITNESS_METHOD,
} from './peer-methods.ts';
import type { BlockHistory, FellowClocks, ForwardSink, TrustedAuthorities } from './ports.ts';
import type { TestimonyStream } from './testimonies.ts';

/** Bytes that may wait in a follower's stream before the next block is fetched. */
export const OUTSTANDING_BYTES_MAX: number = 4 * 1024 * 1024;
/** Bytes of refusals that wait for a node that forwards, at which its envelopes are read no further: those of 20 envelopes. */
export const REFUSAL_BYTES_PAUSE: number = 512 * 1024;
/** Blocks read from the database at once for a follower that catches up, at most … */
const HISTORY_CHUNK_BLOCKS = 64;
/** … and about so many bytes, judged by the blocks before. */
const HISTORY_CHUNK_BYTES = 1024 * 1024;
/** Followers at once: as many as a network has members, with room for those that reconnect. */
export const FOLLOWERS_MAX = 256;

/** What the server needs from the rest of the node. */
export interface PeerServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly tls: Omit<TlsFiles, 'ca'>;
  readonly authorities: TrustedAuthorities;
  readonly feed: BlockFeed;
  readonly history: BlockHistory;
  /** Called when the node of `member` wants blocks from this height on. */
  readonly asked: (member: string, from: number) => void;
  /** Whether this node still looks for blocks of its own that it has lost: until then it takes nothing in. */
  readonly isSearching: () => boolean;
  /** Null where this node does not order. */
  readonly forward: ForwardSink | null;
  /** Exchanges testimonies with the node of `member` until the stream ends. */
  readonly witness: (member: string, stream: TestimonyStream) => void;
  /** The member a verified certificate speaks for, or null when it is nobody's. */
  readonly memberOf: (certificate: object) => string | null;
  readonly clocks: FellowClocks;
  readonly log: Log;
}

type BlocksCall = ServerWritableStream<Uint8Array, Uint8Array>;
type ForwardCall = ServerDuplexStream<Uint8Array, Uint8Array>;

/** Serves the other members' nodes until it is stopped. */
export class PeerServer {
  readonly #options: PeerServerOptions;
  readonly #server: Server;
  readonly #stopping = new AbortController();
  readonly #calls = new Map<BlocksCall | ForwardCall, string>();
  readonly #witnesses = new Map<string, ForwardCall>();
  /** Streams of blocks by member. */
  readonly #streams = new Map<string, number>();
  /** What ends each stream of blocks. */
  readonly #ends = new Set<() => void>();
  readonly #jumps: ClockJumps;
  #port = 0;

  private constructor(options: PeerServerOptions) {
    this.#options = options;
    this.#server = new Server(PEER_CHANNEL_OPTIONS);
    this.#server.addService(
      { Blocks: BLOCKS_METHOD, Forward: FORWARD_METHOD, Witness: WITNESS_METHOD },
      {
        Blocks: (call: BlocksCall) => this.#blocks(call),
        Forward: (call: ForwardCall) => this.#forward(call),
        Witness: (call: ForwardCall) => this.#witness(call),
      },
    );
    // Who follows comes again, and both tell their clocks anew.
    this.#jumps = ClockJumps.ofThisMachine((byMs) => {
      options.log.warn({ byMs: Math.round(byMs) }, "this machine's clock was set, or it slept");
      for (const end of this.#ends) end();
    });
  }

  /** Starts to listen. Throws {@link Fault} `address_unusable`. */
  static async start(options: PeerServerOptions): Promise<PeerServer> {
    const server = new PeerServer(options);
    const certificates = certificateProvider(options.tls, options.authorities);
    // The only credentials of grpc-js whose authorities can change while the port is open.
    const credentials = experimental.createCertificateProviderServerCredentials(
      certificates,
      certificates,
      true,
    );
    server.#port = await new Promise<number>((resolve, reject) => {
      server.#server.bindAsync(addressText(options), credentials, (error, port) => {
        if (error === null) resolve(port);
        else reject(addressUnusable('peer', options, error));
      });
    });
    return server;
  }

  /** The port it listens on. */
  get port(): number {
    return this.#port;
  }

  /** Ends the streams of members that may connect no longer. */
  dismiss(mayConnect: (member: string) => boolean): void {
    for (const [call, member] of this.#calls) {
      if (mayConnect(member)) continue;
      this.#options.log.info({ peer: member }, 'a node is dismissed: its member takes part no longer');
      refuse(call, status.PERMISSION_DENIED, `${member} is no member of this network any more`);
    }
  }

  /** Ends all streams and closes the port. */
  async stop(): Promise<void> {
    this.#jumps.stop();
    this.#stopping.abort();
    const forced = setTimeout(() => this.#server.forceShutdown(), 500);
    await new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    clearTimeout(forced);
  }

  #blocks(call: BlocksCall): void {
    const member = this.#callerOf(call);
    if (member === null) return;
    const { feed, log } = this.#options;
    if (feed.followers >= FOLLOWERS_MAX) {
      refuse(call, status.RESOURCE_EXHAUSTED, 'too many followers');
      return;
    }
    const from = decodedOrNull(() => decodeBlocksRequest(call.request).from);
    if (from === null) {
      refuse(call, status.INVALID_ARGUMENT, 'malformed BlocksRequest');
      return;
    }
    this.#options.asked(member, from);
    if (from > feed.head + 1 && this.#options.isSearching()) {
      refuse(
        call,
        status.UNAVAILABLE,
        `this node first fetches the blocks that it lacks behind ${feed.head}`,
      );
      return;
    }
    if (from > feed.head + 1) {
      const details = `block ${from} was asked for, the chain here ends at ${feed.head}`;
      refuse(call, status.OUT_OF_RANGE, details);
      return;
    }
    const metadata = new Metadata();
    metadata.set(HEIGHT_METADATA, String(feed.head));
    metadata.set(TIME_METADATA, String(Date.now()));
    call.sendMetadata(metadata);
    const leave = feed.join();
    this.#comes(member, call.metadata);
    log.info({ peer: member, from, head: feed.head }, 'a node follows');
    this.#stream(call, from)
      .catch((error: unknown) => {
        log.warn({ peer: member, reason: String(error) }, 'a stream of blocks ended early');
        call.emit('error', { code: status.INTERNAL, details: 'the block could not be read' });
      })
      .finally(() => {
        leave();
        this.#leaves(member);
      });
  }

  // A clock counts as long as its node follows, over whichever stream.
  #comes(member: string, metadata: Metadata): void {
    this.#streams.set(member, (this.#streams.get(member) ?? 0) + 1);
    const timeMs = numberIn(metadata, TIME_METADATA);
    if (timeMs !== null) this.#options.clocks.tell(member, timeMs);
  }

  #leaves(member: string): void {
    const left = (this.#streams.get(member) ?? 1) - 1;
    if (left > 0) {
      this.#streams.set(member, left);
      return;
    }
    this.#streams.delete(member);
    this.#options.clocks.forget(member);
  }

  async #stream(call: BlocksCall, from: number): Promise<void> {
    const { feed, history } = this.#options;
    const gone = new AbortController();
    const end = (): void => gone.abort();
    for (const event of ['cancelled', 'close', 'error'] as const) call.once(event, end);
    this.#stopping.signal.addEventListener('abort', end, { once: true });
    this.#ends.add(end);
    const outlet = new Outlet(call);
    gone.signal.addEventListener('abort', () => outlet.close(), { once: true });
    try {
      let next = from;
      let chunkBlocks = 1;
      while (!gone.signal.aborted) {
        await feed.beyond(next - 1, gone.signal);
        const recent = feed.recent(next);
        const to = Math.min(feed.head, next + chunkBlocks - 1);
        const chunk = recent === undefined ? await history.blockBytes(next, to) : [recent];
        if (chunk.length === 0) throw new Error(`block ${next} is committed but cannot be read`);
        for (const bytes of chunk) {
          await outlet.below(OUTSTANDING_BYTES_MAX);
          outlet.write(bytes);
        }
        next += chunk.length;
        chunkBlocks = nextChunkBlocks(chunk, chunkBlocks);
      }
      call.end();
    } finally {
      this.#stopping.signal.removeEventListener('abort', end);
      this.#ends.delete(end);
    }
  }

  #forward(call: ForwardCall): void {
    const member = this.#callerOf(call);
    if (member === null) return;
    const { forward } = this.#options;
    if (forward === null) {
      refuse(call, status.FAILED_PRECONDITION, 'this node does not order');
      return;
    }
    const outlet = new Outlet(call);
    const refusals = new RefusalBatches((batch) => {
      if (!call.cancelled) outlet.write(encodeForwardReply({ refusals: batch }));
    });
    const refused = (id: Uint8Array, code: RefusalCode): void => refusals.add({ id, code });
    for (const event of ['cancelled', 'close', 'error'] as const) call.once(event, () => outlet.close());
    call.on('data', (bytes: Uint8Array) => {
      const transactions = decodedOrNull(() => envelopeElements(bytes));
      if (transactions === null) {
        refuse(call, status.INVALID_ARGUMENT, 'malformed Envelope');
        return;
      }
      if (this.#options.isSearching()) {
        refuse(call, status.UNAVAILABLE, 'this node does not order yet');
        return;
      }
      call.pause();
      // Nothing more is read from a node that does not read what it is sent.
      Promise.all([forward.forward(transactions, refused), outlet.below(REFUSAL_BYTES_PAUSE)]).then(
        () => call.resume(),
        () => refuse(call, status.UNAVAILABLE, 'the ordering takes nothing'),
      );
    });
    call.on('error', () => {});
    call.on('end', () => call.end());
  }

  #witness(call: ForwardCall): void {
    const member = this.#callerOf(call);
    if (member === null) return;
    const before = this.#witnesses.get(member);
    this.#witnesses.set(member, call);
    before?.end();
    call.on('error', () => {});
    call.on('end', () => call.end());
    for (const event of ['close', 'cancelled', 'finish'] as const) {
      call.once(event, () => {
        if (this.#witnesses.get(member) === call) this.#witnesses.delete(member);
      });
    }
    this.#options.witness(member, call);
  }

  // The caller's member; null after the call has been refused.
  #callerOf(call: BlocksCall | ForwardCall): string | null {
    const certificate = call.getAuthContext()?.sslPeerCertificate;
    const member = certificate === undefined ? null : this.#options.memberOf(certificate);
    if (member === null) {
      this.#options.log.warn({ from: call.getPeer() }, 'refused: the certificate belongs to no member');
      refuse(call, status.PERMISSION_DENIED, 'the certificate belongs to no member of this network');
      return null;
    }
    this.#calls.set(call, member);
    for (const event of ['close', 'error', 'cancelled', 'finish'] as const)
      call.once(event, () => this.#calls.delete(call));
    return member;
  }
}

/** Collects refusals that come at once into few messages: a message for every one would cost ten times the bytes. */
class RefusalBatches {
  readonly #send: (batch: readonly ForwardRefusal[]) => void;
  #batch: ForwardRefusal[] = [];

  constructor(send: (batch: readonly ForwardRefusal[]) => void) {
    this.#send = send;
  }

  add(refusal: ForwardRefusal): void {
    if (this.#batch.push(refusal) === 1) queueMicrotask(() => this.#flush());
    else if (this.#batch.length >= envelopeTransactionsMax) this.#flush();
  }

  #flush(): void {
    if (this.#batch.length > 0) this.#send(this.#batch.splice(0));
  }
}

// Twice as many as before, as long as they are small.
function nextChunkBlocks(chunk: readonly Uint8Array[], blocks: number): number {
  const bytes = chunk.reduce((sum, block) => sum + block.length, 1);
  const fitting = Math.floor((HISTORY_CHUNK_BYTES * chunk.length) / bytes);
  return Math.max(1, Math.min(blocks * 2, fitting, HISTORY_CHUNK_BLOCKS));
}

function decodedOrNull<Value>(decode: () => Value): Value | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

function refuse(call: BlocksCall | ForwardCall, code: status, details: string): void {
  call.emit('error', { code, details });
}
