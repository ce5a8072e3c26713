/**
 * Fixed binary layouts: big-endian integers and byte strings one after the other.
 *
 * Used where bytes are hashed and also made by other means (SQL makes receipts), so that there is
 * nothing to choose. Integers are numbers up to 2^53 − 1; a higher 64-bit value is refused.
 */

import { DecodeError } from './decode-error.ts';
import { fromUtf8, toUtf8 } from './text.ts';

/** Writes a layout into a growing array. */
export class BinaryWriter {
  #bytes: Uint8Array;
  #at = 0;

  constructor(capacity: number = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  u8(value: number): this {
    return this.#uint(value, 1);
  }

  u32(value: number): this {
    return this.#uint(value, 4);
  }

  u64(value: number): this {
    return this.#uint(value, 8);
  }

  /** Exactly `length` bytes; another length is a {@link DecodeError}. */
  fixed(value: Uint8Array, length: number): this {
    if (value.length !== length) {
      throw new DecodeError(`${value.length} bytes where the layout has ${length}`);
    }
    return this.raw(value);
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  /** A 32-bit length and the bytes. */
  prefixed(value: Uint8Array): this {
    return this.u32(value.length).raw(value);
  }

  /** A 32-bit length and UTF-8. */
  text(value: string): this {
    return this.prefixed(toUtf8(value));
  }

  /** The bytes written so far, copied. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  #uint(value: number, width: number): this {
    const limit = width === 8 ? Number.MAX_SAFE_INTEGER : 2 ** (8 * width) - 1;
    if (!Number.isInteger(value) || value < 0 || value > limit) {
      throw new DecodeError(`${value} does not fit into ${width} bytes`);
    }
    this.#reserve(width);
    let rest = value;
    for (let at = this.#at + width - 1; at >= this.#at; at--) {
      this.#bytes[at] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    this.#at += width;
    return this;
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

/** Reads a layout; every method throws {@link DecodeError} when the bytes end too early. */
export class BinaryReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  u8(): number {
    return this.#uint(1);
  }

  u32(): number {
    return this.#uint(4);
  }

  /** A 64-bit integer up to 2^53 − 1. */
  u64(): number {
    const value = this.#uint(8);
    if (value > Number.MAX_SAFE_INTEGER) {
      throw new DecodeError(`the integer before byte ${this.#at} is above 2^53 - 1`);
    }
    return value;
  }

  /** The next `length` bytes as a view. */
  fixed(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) {
      throw new DecodeError(`${length} bytes are expected at byte ${this.#at} of ${this.#bytes.length}`);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** UTF-8 behind its 32-bit length, up to `max` bytes. */
  text(max: number): string {
    const length = this.u32();
    if (length > max) {
      throw new DecodeError(`a text of ${length} bytes is above ${max}`, 'too_large');
    }
    return fromUtf8(this.fixed(length));
  }

  /** The version byte in front; only `version` is known. */
  version(version: number): void {
    const found = this.u8();
    if (found !== version) {
      throw new DecodeError(`version ${found} is not known, only ${version}`);
    }
  }

  /** Requires the layout to end here. */
  finish(): void {
    if (this.#at !== this.#bytes.length) {
      throw new DecodeError(`${this.#bytes.length - this.#at} bytes behind the end`);
    }
  }

  #uint(width: number): number {
    let value = 0;
    for (const byte of this.fixed(width)) {
      value = value * 256 + byte;
    }
    return value;
  }
}
