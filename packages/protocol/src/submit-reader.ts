/**
 * Reads a submit request in place: offsets of every signed transaction, of its payload and its
 * signature, without allocating. The node's hot path; everybody else uses `decodeSubmitRequest`.
 */

import type { RefusalCode } from './codes.ts';
import { DecodeError } from './decode-error.ts';
import { submitBytesMax, submitTransactionsMax } from './limits.ts';
import { type WaitLevel, waitLevel } from './messages.ts';
import { SignedTransactionView, scanSignedTransaction } from './signed-transaction.ts';

/**
 * A reader to be used again and again: {@link SubmitReader.open} a request, then
 * {@link SubmitReader.next} until it returns false.
 */
export class SubmitReader {
  /** Number of the request's first transaction. */
  first = 0;
  wait: WaitLevel = 'accepted';
  /** Index in the request of the transaction that was read last, −1 before the first. */
  index = -1;
  /** Why that transaction cannot be taken, or null; the offsets below are valid only with null. */
  refusal: RefusalCode | null = null;
  /** First byte of the encoded signed transaction. */
  transactionAt = 0;
  /** Behind its last byte. */
  transactionEnd = 0;
  /** Offsets of payload and signature. */
  readonly parts: SignedTransactionView = new SignedTransactionView();
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;

  /**
   * Begins with the request in `bytes[start, end)`. Its whole framing is checked here, so that
   * {@link SubmitReader.next} cannot fail half way: throws {@link DecodeError} when it is not a
   * request. Returns the number of transactions.
   */
  open(bytes: Uint8Array, start: number = 0, end: number = bytes.length): number {
    if (end - start > submitBytesMax) {
      throw new DecodeError(
        `a submit request of ${end - start} bytes is above ${submitBytesMax}`,
        'too_large',
      );
    }
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.first = this.#uint(0x08);
    this.wait = waitLevel(this.#uint(0x10));
    this.index = -1;
    return this.#checkFrames();
  }

  /** Goes to the next transaction; false behind the last. */
  next(): boolean {
    if (this.#at >= this.#end) {
      return false;
    }
    this.#at += 1;
    const length = this.#varint();
    this.transactionAt = this.#at;
    this.#at += length;
    this.transactionEnd = this.#at;
    this.index += 1;
    this.refusal = scanSignedTransaction(this.#bytes, this.transactionAt, this.transactionEnd, this.parts);
    return true;
  }

  #checkFrames(): number {
    const start = this.#at;
    let count = 0;
    while (this.#at < this.#end) {
      if (this.#bytes[this.#at] !== 0x1a) {
        throw new DecodeError(`unknown, repeated or misplaced field at byte ${this.#at}`);
      }
      this.#at += 1;
      const length = this.#varint();
      if (length > this.#end - this.#at) {
        throw new DecodeError(`a transaction of ${length} bytes at byte ${this.#at} reaches beyond the end`);
      }
      this.#at += length;
      count += 1;
    }
    if (count === 0 || count > submitTransactionsMax) {
      throw new DecodeError(
        `${count} transactions in one request are not within 1 to ${submitTransactionsMax}`,
        count === 0 ? 'malformed' : 'too_large',
      );
    }
    this.#at = start;
    return count;
  }

  // An integer field with this tag, 0 when absent.
  #uint(tag: number): number {
    if (this.#at >= this.#end || this.#bytes[this.#at] !== tag) {
      return 0;
    }
    this.#at += 1;
    const value = this.#varint();
    if (value === 0) {
      throw new DecodeError(`a field before byte ${this.#at} is present with its default value`);
    }
    return value;
  }

  #varint(): number {
    const start = this.#at;
    let value = 0;
    let scale = 1;
    while (this.#at < this.#end && this.#at - start < 8) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if ((byte === 0 && this.#at - start > 1) || value > Number.MAX_SAFE_INTEGER) {
          break;
        }
        return value;
      }
      scale *= 0x80;
    }
    throw new DecodeError(`the integer at byte ${start} is cut off, not minimal, or above 2^53 - 1`);
  }
}
