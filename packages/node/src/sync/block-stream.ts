/**
 * Receives blocks from another node: opens the stream at a height, hands on block after block,
 * and lets the sender wait while the receiver is busy.
 */

import { encodeBlocksRequest } from '@bucordo/protocol';
import { type ClientReadableStream, type ServiceError, status } from '@grpc/grpc-js';

import { HEIGHT_METADATA, numberIn, TIME_METADATA } from './peer-methods.ts';

/** Blocks that were received and wait to be verified, before the sender is asked to wait. */
const WAITING_BLOCKS_MAX = 8;

/** How a stream ended. */
export type StreamEnd =
  /** The connection failed or was closed; try again. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** The sender's chain ends before the block that was asked for. */
  | { readonly kind: 'behind'; readonly reason: string }
  /** The receiver threw. */
  | { readonly kind: 'failed'; readonly error: unknown };

/** What happens with what is received. */
export interface BlockReceiver {
  /** The sender's height when the stream began, and what its clock said, if it said anything. */
  begun(height: number, timeMs: number | null): void;
  /** Takes an encoded block. The next one is handed over when this resolves. */
  receive(bytes: Uint8Array): Promise<void>;
}

/** Reads a stream of blocks from height `from` until it ends or `signal` is aborted. Never rejects. */
export async function readBlocks(
  open: (request: Uint8Array) => ClientReadableStream<Uint8Array>,
  from: number,
  receiver: BlockReceiver,
  signal: AbortSignal,
): Promise<StreamEnd> {
  const stream = open(encodeBlocksRequest({ from }));
  const waiting = new WaitingBlocks(stream);
  const cancel = (): void => stream.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  stream.on('metadata', (metadata) => {
    const height = numberIn(metadata, HEIGHT_METADATA);
    if (height !== null) receiver.begun(height, numberIn(metadata, TIME_METADATA));
  });
  try {
    for (;;) {
      const next = await waiting.next();
      if ('end' in next) return next.end;
      await receiver.receive(next.bytes);
    }
  } catch (error) {
    return { kind: 'failed', error };
  } finally {
    signal.removeEventListener('abort', cancel);
    stream.cancel();
  }
}

/** The blocks between socket and verification. */
class WaitingBlocks {
  readonly #stream: ClientReadableStream<Uint8Array>;
  readonly #blocks: Uint8Array[] = [];
  #end: StreamEnd | null = null;
  #wake: () => void = () => {};

  constructor(stream: ClientReadableStream<Uint8Array>) {
    this.#stream = stream;
    stream.on('data', (bytes: Uint8Array) => {
      this.#blocks.push(bytes);
      if (this.#blocks.length >= WAITING_BLOCKS_MAX) stream.pause();
      this.#wake();
    });
    stream.on('error', (error: ServiceError) => this.#ended(endOf(error)));
    stream.on('end', () => this.#ended({ kind: 'lost', reason: 'the stream ended' }));
  }

  async next(): Promise<{ bytes: Uint8Array } | { end: StreamEnd }> {
    for (;;) {
      const bytes = this.#blocks.shift();
      if (bytes !== undefined) {
        if (this.#blocks.length < WAITING_BLOCKS_MAX / 2) this.#stream.resume();
        return { bytes };
      }
      if (this.#end !== null) return { end: this.#end };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #ended(end: StreamEnd): void {
    this.#end ??= end;
    this.#wake();
  }
}

function endOf(error: ServiceError): StreamEnd {
  const kind = error.code === status.OUT_OF_RANGE ? 'behind' : 'lost';
  const reason = error.details === '' ? error.message : error.details;
  // What gRPC says when it has no connection, without its own words around the cause.
  return { kind, reason: /Last error: (?:Error: )?(.+?)\. Resolution note/s.exec(reason)?.[1] ?? reason };
}
