/**
 * Hands transactions to the ordering node: envelopes out, refusals back, over one stream at a time.
 *
 * What was handed over is kept until it is seen in a block or expired, and goes out again
 * over every new connection, so neither a broken connection nor a restart of the ordering node
 * loses a transaction.
 *
 * A refusal of the ordering node is not believed: this node has judged the transaction itself, the
 * other one has its bytes and may order them all the same until they expire. Whoever waits gets
 * the answer that nothing is known, and the transaction goes out again.
 */

import {
  DecodeError,
  decodeForwardReply,
  encodeEnvelope,
  encodeSignedTransaction,
  type ForwardReply,
} from '@bucordo/protocol';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { RowBuffer } from '../chain/row-buffer.ts';
import {
  ROW_ID_AT,
  ROW_PAYLOAD_AT,
  rowPayloadLength,
  rowSignatureAt,
  rowValidUntil,
} from '../chain/transaction-row.ts';
import type { RefusalSink } from '../ordering/ports.ts';
import { PendingTransactions } from './pending-transactions.ts';
import { keepTrying } from './retry.ts';

/** Wait before a transaction that the ordering node was too busy for is sent again, in milliseconds. */
const OVERLOADED_AGAIN_MS = 200;
/** Wait before a transaction that the ordering node refused is sent again, in milliseconds. */
const REFUSED_AGAIN_MS = 1_000;
/** Between two looks at what was handed over and not seen in a block, in milliseconds. */
const SWEEP_MS = 1_000;

/** Takes what came of transactions that were handed to the ordering node. */
export interface ForwardRefusals extends RefusalSink {
  /** The ordering node answered `code`, which proves nothing: the transaction stays under way. */
  doubt(id: Buffer, code: string): void;
}

/** What forwarding needs. */
export interface ForwarderOptions {
  /** Opens a stream to the ordering node. */
  readonly open: () => ClientDuplexStream<Uint8Array, Uint8Array>;
  readonly refusals: ForwardRefusals;
  /** Height of the last committed block. */
  readonly height: () => number;
  /** Whether nothing is to be handed over now, because the chain at the other end is not the one here. */
  readonly isHeld: () => boolean;
}

/** Forwards until its signal is aborted. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #pending = new PendingTransactions();
  #outlet: ClientDuplexStream<Uint8Array, Uint8Array> | null = null;
  #isOutletReady = false;
  #flushPlanned = false;

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /** Forwards until `signal` is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const sweep = setInterval(() => this.#sweep(), SWEEP_MS);
    sweep.unref();
    await keepTrying(() => this.#forward(signal), signal);
    clearInterval(sweep);
  }

  /** Takes the transaction whose row begins at `start`; false when too many are under way. The bytes are copied. */
  offer(rows: Buffer, start: number): boolean {
    const payloadAt = start + ROW_PAYLOAD_AT;
    const signatureAt = rowSignatureAt(rows, start);
    const signed = encodeSignedTransaction({
      payload: rows.subarray(payloadAt, payloadAt + rowPayloadLength(rows, start)),
      signature: rows.subarray(signatureAt, signatureAt + 64),
    });
    const taken = this.#pending.add(idAt(rows, start), signed, rowValidUntil(rows, start));
    if (taken) this.#planFlush();
    return taken;
  }

  /** These transactions are in a block. */
  seen(rows: RowBuffer): void {
    for (let index = 0; index < rows.count; index++) {
      this.#pending.remove(idAt(rows.bytes, rows.rowAt[index] ?? 0));
    }
  }

  /** What held it has passed. */
  goOn(): void {
    this.#pending.sendAgain();
    this.#planFlush();
  }

  // One connection for envelopes, from opening to its end; whether anything came back over it.
  #forward(signal: AbortSignal): Promise<boolean> {
    const outlet = this.#options.open();
    this.#outlet = outlet;
    this.#isOutletReady = true;
    this.#pending.sendAgain();
    this.#planFlush();
    const cancel = (): void => outlet.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    return new Promise((resolve) => {
      let achieved = false;
      const end = (): void => {
        signal.removeEventListener('abort', cancel);
        if (this.#outlet === outlet) this.#outlet = null;
        resolve(achieved);
      };
      outlet.on('metadata', () => {
        achieved = true;
      });
      outlet.on('data', (bytes: Uint8Array) => {
        if (!this.#refused(bytes)) outlet.cancel();
      });
      outlet.on('drain', () => {
        this.#isOutletReady = true;
        this.#planFlush();
      });
      outlet.on('error', end);
      outlet.on('end', end);
    });
  }

  // False when the bytes are no reply.
  #refused(bytes: Uint8Array): boolean {
    const reply = decodedReply(bytes);
    for (const { id, code } of reply?.refusals ?? []) {
      const refused = Buffer.from(id);
      const key = refused.toString('latin1');
      // A duplicate is under way or in a block already: it will be seen there.
      if (code === 'duplicate') continue;
      if (!this.#pending.has(key)) continue;
      if (code === 'overloaded' || code === 'stopping') {
        setTimeout(() => this.#again(key), OVERLOADED_AGAIN_MS).unref();
      } else {
        setTimeout(() => this.#again(key), REFUSED_AGAIN_MS).unref();
        this.#options.refusals.doubt(refused, code);
      }
    }
    return reply !== null;
  }

  // Gives up what has expired and sends once more what has not been heard of for long.
  #sweep(): void {
    for (const id of this.#pending.expire(this.#options.height())) {
      this.#options.refusals.refuse(Buffer.from(id, 'latin1'), 'expired');
    }
    this.#pending.sendLateAgain(performance.now());
    this.#planFlush();
  }

  #again(id: string): void {
    this.#pending.sendOneAgain(id);
    this.#planFlush();
  }

  // What is offered in one go leaves in one envelope.
  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    queueMicrotask(() => {
      this.#flushPlanned = false;
      if (this.#options.isHeld()) return;
      while (this.#outlet !== null && this.#isOutletReady && this.#pending.hasUnsent) {
        this.#isOutletReady = this.#outlet.write(
          encodeEnvelope(this.#pending.takeEnvelope(performance.now())),
        );
      }
    });
  }
}

function decodedReply(bytes: Uint8Array): ForwardReply | null {
  try {
    return decodeForwardReply(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

function idAt(rows: Buffer, at: number): string {
  return rows.toString('latin1', at + ROW_ID_AT, at + ROW_ID_AT + 32);
}
