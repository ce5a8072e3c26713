/**
 * Protobuf's wire format, canonical only.
 *
 * Protobuf allows many encodings of one message; here there is one: fields in rising order, each
 * once (repeated ones next to each other), minimal varints, default values absent, nothing unknown,
 * nothing behind. A decoder asks for its fields in order with {@link WireReader.take} and ends with
 * {@link WireReader.finish}; whatever is not in that order is left over and refused there.
 * Lengths are compared with what is there before anything is allocated.
 */

import { DecodeError } from './decode-error.ts';
import { fromUtf8, utf8Length, writeUtf8 } from './text.ts';

/** Wire type of integers. */
export const VARINT = 0;
/** Wire type of bytes, strings and messages. */
export const LENGTH_DELIMITED = 2;

/** Bytes of `value` as a varint; `value` is an integer from 0 to 2^53 − 1. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
    length += 1;
  }
  return length;
}

/** Writes `value` as a varint at `at` and returns the offset behind it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  let w = at;
  while (rest >= 0x8000_0000) {
    target[w++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest >= 0x80) {
    target[w++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[w++] = rest;
  return w;
}

/** Length of a length-delimited field (number below 16) with `length` bytes of content. */
export function fieldLength(length: number): number {
  return 1 + varintLength(length) + length;
}

/** Builds a message of known fields, growing as needed. Field numbers are 1 to 15. */
export class WireWriter {
  #bytes: Uint8Array;
  #at = 0;

  constructor(capacity: number = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** An integer field from 0 to 2^53 − 1; 0 is left out, as the canonical form asks. */
  uint(field: number, value: number): this {
    if (value !== 0) {
      this.#reserve(11);
      this.#bytes[this.#at++] = field << 3;
      this.#at = writeVarint(this.#bytes, this.#at, value);
    }
    return this;
  }

  /** A bytes field; empty bytes are left out. */
  bytes(field: number, value: Uint8Array): this {
    return value.length === 0 ? this : this.element(field, value);
  }

  /** A text field; empty text is left out. */
  text(field: number, value: string): this {
    if (value.length !== 0) {
      const length = utf8Length(value);
      this.#head(field, length);
      // ASCII is written in place; anything else needs the length just computed to be exact, which it is.
      this.#at = writeUtf8(this.#bytes, this.#at, value);
    }
    return this;
  }

  /** One element of a repeated bytes or message field; written even when empty. */
  element(field: number, value: Uint8Array): this {
    this.#head(field, value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  /** The message; later writes do not change it. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  #head(field: number, length: number): void {
    this.#reserve(length + 12);
    this.#bytes[this.#at++] = (field << 3) | LENGTH_DELIMITED;
    this.#at = writeVarint(this.#bytes, this.#at, length);
  }

  #reserve(length: number): void {
    const needed = this.#at + length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#at));
      this.#bytes = grown;
    }
  }
}

/** Reads a message in the canonical form; every method throws {@link DecodeError} where the bytes differ from it. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  /** Reads `bytes[start, end)`. */
  constructor(bytes: Uint8Array, start: number = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** True, and the tag consumed, when the next field is `field` with this wire type. */
  take(field: number, wireType: typeof VARINT | typeof LENGTH_DELIMITED): boolean {
    if (this.#at < this.#end && this.#bytes[this.#at] === ((field << 3) | wireType)) {
      this.#at += 1;
      return true;
    }
    return false;
  }

  /** Requires the message to end here. */
  finish(): void {
    if (this.#at !== this.#end) {
      throw new DecodeError(`unknown, repeated or misplaced field at byte ${this.#at}`);
    }
  }

  /** Integer field `field` up to `max`, 0 when absent. */
  uint(field: number, max: number = Number.MAX_SAFE_INTEGER): number {
    if (!this.take(field, VARINT)) {
      return 0;
    }
    const value = this.#varint();
    if (value === 0) {
      throw new DecodeError(`field ${field} is present with its default value`);
    }
    if (value > max) {
      throw new DecodeError(`field ${field} is ${value}, above ${max}`);
    }
    return value;
  }

  /** Bytes field `field` up to `max` long as a view, empty when absent. */
  bytes(field: number, max: number): Uint8Array {
    if (!this.take(field, LENGTH_DELIMITED)) {
      return this.#bytes.subarray(this.#at, this.#at);
    }
    const value = this.content();
    if (value.length === 0) {
      throw new DecodeError(`field ${field} is present with its default value`);
    }
    if (value.length > max) {
      throw new DecodeError(`field ${field} has ${value.length} bytes, above ${max}`, 'too_large');
    }
    return value;
  }

  /** Bytes field `field` of exactly `length` bytes; absent is refused. */
  fixed(field: number, length: number): Uint8Array {
    if (!this.take(field, LENGTH_DELIMITED)) {
      throw new DecodeError(`field ${field} is missing at byte ${this.#at}`);
    }
    const value = this.content();
    if (value.length !== length) {
      throw new DecodeError(`field ${field} has ${value.length} bytes instead of ${length}`);
    }
    return value;
  }

  /** Text field `field` up to `max` bytes, empty when absent. */
  text(field: number, max: number): string {
    return fromUtf8(this.bytes(field, max));
  }

  /** The content of the length-delimited field whose tag was just taken, as a view. */
  content(): Uint8Array {
    const length = this.#varint();
    if (length > this.#end - this.#at) {
      throw new DecodeError(`a field of ${length} bytes at byte ${this.#at} reaches beyond the end`);
    }
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  #varint(): number {
    const start = this.#at;
    let value = 0;
    let scale = 1;
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if ((byte === 0 && this.#at - start > 1) || value > Number.MAX_SAFE_INTEGER) {
          break;
        }
        return value;
      }
      if (this.#at - start === 8) {
        break;
      }
      scale *= 0x80;
    }
    throw new DecodeError(`the integer at byte ${start} is cut off, not minimal, or above 2^53 - 1`);
  }
}
