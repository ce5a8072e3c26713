/**
 * Transactions that this node has forwarded to the ordering node and not yet seen in a block.
 *
 * They are kept until they are seen or expired, and sent again over every new connection:
 * the id is stable, so sending twice is harmless, and a transaction cannot get lost with a
 * connection or with the ordering node's memory. Bounded: what does not fit is backpressure.
 */

import { envelopeBytesMax, envelopeTransactionsMax } from '@bucordo/protocol';

/** How much may wait. */
export interface PendingLimits {
  readonly countMax: number;
  readonly bytesMax: number;
}

/** 16 full blocks, as many as the ordering node itself lets wait. */
export const PENDING_LIMITS: PendingLimits = { countMax: 20_000, bytesMax: 32 * 1024 * 1024 };

/** Bytes that an envelope adds to each transaction: tag and length. */
const FRAMING_BYTES = 8;
/** Bytes of transactions in an envelope, so that it stays within the protocol's limit whatever their number. */
export const ENVELOPE_BYTES_MAX: number = envelopeBytesMax - envelopeTransactionsMax * FRAMING_BYTES;

/** A transaction that was sent and neither seen nor refused for this long is sent again, in milliseconds. */
export const RESEND_MS = 5_000;

interface Pending {
  readonly signed: Uint8Array;
  readonly validUntil: number;
  sentMs: number;
}

/** A bounded, ordered set of signed transactions by id (Latin-1 strings of 32 bytes). */
export class PendingTransactions {
  readonly #limits: PendingLimits;
  // Maps keep the order of insertion: what was offered first is sent first.
  readonly #pending = new Map<string, Pending>();
  readonly #unsent = new Set<string>();
  #bytes = 0;

  constructor(limits: PendingLimits = PENDING_LIMITS) {
    this.#limits = limits;
  }

  /** Transactions not yet seen in a block. */
  get count(): number {
    return this.#pending.size;
  }

  /** Whether there is something that was not sent over the present connection. */
  get hasUnsent(): boolean {
    return this.#unsent.size > 0;
  }

  /** Adds a transaction; false when there is no room. One that is there already stays. */
  add(id: string, signed: Uint8Array, validUntil: number): boolean {
    if (this.#pending.has(id)) return true;
    const { countMax, bytesMax } = this.#limits;
    if (this.#pending.size >= countMax || this.#bytes + signed.length > bytesMax) return false;
    this.#pending.set(id, { signed, validUntil, sentMs: 0 });
    this.#unsent.add(id);
    this.#bytes += signed.length;
    return true;
  }

  /** Whether the transaction is still wanted. */
  has(id: string): boolean {
    return this.#pending.has(id);
  }

  /** Forgets a transaction that was seen in a block; whether it was there. */
  remove(id: string): boolean {
    const pending = this.#pending.get(id);
    if (pending === undefined) return false;
    this.#pending.delete(id);
    this.#unsent.delete(id);
    this.#bytes -= pending.signed.length;
    return true;
  }

  /** Forgets and returns the ids of transactions that can be in no block after `height`. */
  expire(height: number): string[] {
    const expired = [...this.#pending]
      .filter(([, pending]) => pending.validUntil <= height)
      .map(([id]) => id);
    for (const id of expired) this.remove(id);
    return expired;
  }

  /** Has everything sent once more. */
  sendAgain(): void {
    for (const id of this.#pending.keys()) this.#unsent.add(id);
  }

  /** Has what was sent {@link RESEND_MS} before `nowMs` or earlier sent once more. */
  sendLateAgain(nowMs: number): void {
    for (const [id, pending] of this.#pending) {
      if (pending.sentMs + RESEND_MS <= nowMs) this.#unsent.add(id);
    }
  }

  /** Has one transaction sent once more, if it is still wanted. */
  sendOneAgain(id: string): void {
    if (this.#pending.has(id)) this.#unsent.add(id);
  }

  /** The transactions of the next envelope, oldest first; empty when all were sent. `nowMs` is when they leave. */
  takeEnvelope(nowMs: number): Uint8Array[] {
    const envelope: Uint8Array[] = [];
    let bytes = 0;
    for (const id of this.#unsent) {
      const pending = this.#pending.get(id);
      if (pending === undefined || envelope.length === envelopeTransactionsMax) break;
      if (envelope.length > 0 && bytes + pending.signed.length > ENVELOPE_BYTES_MAX) break;
      this.#unsent.delete(id);
      pending.sentMs = nowMs;
      envelope.push(pending.signed);
      bytes += pending.signed.length;
    }
    return envelope;
  }
}
