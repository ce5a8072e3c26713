/**
 * A verification slot: memory in which a batch of transactions is judged, here or in a worker.
 *
 * Transactions lie one behind the other in `input`; their rows are written to `output`; the batch
 * says where each begins and ends and what became of it. All three are shared memory, so handing a
 * slot to a worker and back moves nothing but its number.
 */

import {
  isRefusalCode,
  type RefusalCode,
  refusalCodes,
  SIGNED_TRANSACTION_OVERHEAD,
  transactionBytesMax,
} from '@bucordo/protocol';
import { explanationBytesMax, slotFillBytes, slotTransactionsMax } from '../limits.ts';

/** Why the batch is judged: before ordering, or as part of a block that another node has ordered. */
export type Purpose = 'admission' | 'block';

/** The shared memory of a slot, as it is posted to a worker. */
export interface SlotMemory {
  readonly input: SharedArrayBuffer;
  readonly output: SharedArrayBuffer;
  readonly batch: SharedArrayBuffer;
}

/** A view of a slot; main thread and worker each have their own over the same memory. */
export interface Slot {
  readonly input: Buffer;
  readonly output: Buffer;
  readonly batch: Batch;
}

/** Bytes of a signed transaction: payload, signature and the framing of both. */
const signedBytesMax: number = transactionBytesMax + SIGNED_TRANSACTION_OVERHEAD;

/** Bytes of a slot's input: filled up to a mark, then one more transaction of any size. */
const slotInputBytes: number = slotFillBytes + signedBytesMax;

/**
 * Bytes of a slot's output. A row takes at most 3 times the bytes of its transaction: the worst are
 * calls with names of one letter and no arguments, 12 bytes in a payload and 36 in a row. One that is refused has no
 * row and may have words instead.
 */
const slotOutputBytes: number = 3 * slotInputBytes + slotTransactionsMax * explanationBytesMax;

/** The codes in a fixed order, so that a number can stand for one. */
const codes: readonly RefusalCode[] = Object.keys(refusalCodes).filter(isRefusalCode);

const HEAD = 6;
const COUNT = 0;
const INPUT_BYTES = 1;
const PURPOSE = 2;
const HEIGHT_HIGH = 3;
const HEIGHT_LOW = 4;

const STRIDE = 6;
const INPUT_AT = 0;
const INPUT_END = 1;
const STATUS = 2;
const ROW_AT = 3;
const ROW_END = 4;
const CALL = 5;

const HEIGHT_SPLIT = 2 ** 22;
const TOO_LARGE = -1;

/** Reserves the memory of a slot; pages are taken as they are first used. */
export function slotMemory(): SlotMemory {
  return {
    input: new SharedArrayBuffer(slotInputBytes),
    output: new SharedArrayBuffer(slotOutputBytes),
    batch: new SharedArrayBuffer((HEAD + STRIDE * slotTransactionsMax) * Int32Array.BYTES_PER_ELEMENT),
  };
}

/** A view of a slot's memory. */
export function slotOf(memory: SlotMemory): Slot {
  return {
    input: Buffer.from(memory.input),
    output: Buffer.from(memory.output),
    batch: new Batch(new Int32Array(memory.batch)),
  };
}

/** What became of a transaction: why it is refused and for which of its calls (−1 = for none), and where its row lies, or words about the refusal. */
export interface BatchOutcome {
  readonly refusal: RefusalCode | null;
  readonly call: number;
  readonly rowAt: number;
  readonly rowEnd: number;
}

/** What lies in a slot: per transaction where it begins and ends, and what became of it. */
export class Batch {
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** Transactions in the slot. */
  get count(): number {
    return this.#words[COUNT] ?? 0;
  }

  /** Bytes of the slot's input that are taken. */
  get inputBytes(): number {
    return this.#words[INPUT_BYTES] ?? 0;
  }

  /** Why the batch is judged. */
  get purpose(): Purpose {
    return this.#words[PURPOSE] === 1 ? 'block' : 'admission';
  }

  /** The last height before the block in which the transactions may be. */
  get height(): number {
    return (this.#words[HEIGHT_HIGH] ?? 0) * HEIGHT_SPLIT + (this.#words[HEIGHT_LOW] ?? 0);
  }

  /** Says by what the batch is to be judged. */
  setCircumstances(circumstances: { height: number; purpose: Purpose }): void {
    this.#words[PURPOSE] = circumstances.purpose === 'block' ? 1 : 0;
    this.#words[HEIGHT_HIGH] = Math.floor(circumstances.height / HEIGHT_SPLIT);
    this.#words[HEIGHT_LOW] = circumstances.height % HEIGHT_SPLIT;
  }

  /** Empties the slot. */
  clear(): void {
    this.#words[COUNT] = 0;
    this.#words[INPUT_BYTES] = 0;
  }

  /** Copies a transaction into `input`. One that exceeds the largest allowed is only counted, and judged `too_large`. */
  append(input: Buffer, transaction: Uint8Array): void {
    const isTooLarge = transaction.length > signedBytesMax;
    const at = this.inputBytes;
    if (!isTooLarge) input.set(transaction, at);
    const end = isTooLarge ? at : at + transaction.length;
    const word = HEAD + this.count * STRIDE;
    this.#words[word + INPUT_AT] = at;
    this.#words[word + INPUT_END] = isTooLarge ? TOO_LARGE : end;
    this.#words[COUNT] = this.count + 1;
    this.#words[INPUT_BYTES] = end;
  }

  /** Where the transaction begins in the input. */
  inputAt(index: number): number {
    return this.#words[HEAD + index * STRIDE + INPUT_AT] ?? 0;
  }

  /** The offset behind the transaction in the input, or a negative number when it was too large to be there. */
  inputEnd(index: number): number {
    return this.#words[HEAD + index * STRIDE + INPUT_END] ?? 0;
  }

  /** Records what became of a transaction and where its row lies; an empty row when there is none. */
  setOutcome(index: number, outcome: BatchOutcome): void {
    const { refusal, call, rowAt, rowEnd } = outcome;
    const word = HEAD + index * STRIDE;
    this.#words[word + STATUS] = refusal === null ? 0 : codes.indexOf(refusal) + 1;
    this.#words[word + CALL] = call;
    this.#words[word + ROW_AT] = rowAt;
    this.#words[word + ROW_END] = rowEnd;
  }

  /** Why the transaction is refused, or null. */
  refusal(index: number): RefusalCode | null {
    const status = this.#words[HEAD + index * STRIDE + STATUS] ?? 0;
    return status === 0 ? null : (codes[status - 1] ?? null);
  }

  /** Index of the call for which the transaction is refused, or null when it is refused as a whole. */
  refusedCall(index: number): number | null {
    const call = this.#words[HEAD + index * STRIDE + CALL] ?? -1;
    return call < 0 ? null : call;
  }

  /** Where the transaction's row begins in the output. */
  rowAt(index: number): number {
    return this.#words[HEAD + index * STRIDE + ROW_AT] ?? 0;
  }

  /** The offset behind the transaction's row in the output. */
  rowEnd(index: number): number {
    return this.#words[HEAD + index * STRIDE + ROW_END] ?? 0;
  }
}
