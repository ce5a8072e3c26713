/**
 * Building and signing transactions in bulk: the bytes of the payload, its id, and the entry that a
 * SubmitRequest carries.
 *
 * The general codecs of `@bucordo/protocol` do the same one field at a time; this writer keeps the
 * head of the payload and the tag of the hash ready in one buffer, so that a transaction costs
 * little more than its hash and its signature. A test holds the two against each other.
 */

import { domainPrefix } from '@bucordo/protocol';

import { ArgumentError } from './errors.ts';
import type { Platform } from './platform.ts';
import type { ResultTypes } from './result-value.ts';
import type { Signer } from './signer.ts';

/** One call with its arguments already as JSON text. */
export interface EncodedCall {
  readonly contract: string;
  readonly function: string;
  readonly args: string;
  /** Type of what it returns, where it is known. */
  readonly returns?: string;
}

/** A signed transaction as bytes, with its id in lower-case hex. */
export interface BuiltTransaction {
  readonly id: string;
  /** Encoded SignedTransaction. */
  readonly bytes: Uint8Array;
  /** Types of what its calls return, where they are known. */
  readonly returns?: ResultTypes;
}

const NONCE_BYTES = 16;
const NONCE_POOL_BYTES = 16_384;
const HEAD_BYTES = 68;
const SIGNATURE_BYTES = 64;
const NAME = /^[a-z][a-z0-9_]{0,62}$/;

/** Writes payloads of one identity in one network, and their signatures. */
export class TransactionBuilder {
  readonly #platform: Platform;
  readonly #signer: Signer;
  readonly #prefixBytes: number;
  #message: Uint8Array;
  readonly #nonces: Uint8Array;
  readonly #names: Set<string> = new Set();
  #nonceAt: number = NONCE_POOL_BYTES;
  // tag ‖ network ‖ identity ‖ calls …: hashed in place.
  #scratch: Uint8Array;

  /** `network` is the 32-byte network id. */
  constructor(platform: Platform, options: { network: Uint8Array; signer: Signer }) {
    const tag = domainPrefix('tx');
    this.#platform = platform;
    this.#signer = options.signer;
    this.#prefixBytes = tag.length;
    this.#message = platform.allocate(32);
    this.#nonces = platform.allocate(NONCE_POOL_BYTES);
    this.#scratch = platform.allocate(4_096);
    this.#scratch.set(tag);
    this.#scratch.set([0x0a, 32], tag.length);
    this.#scratch.set(options.network, tag.length + 2);
    this.#scratch.set([0x12, 32], tag.length + 34);
    this.#scratch.set(options.signer.publicKey, tag.length + 36);
  }

  /** The payload that {@link build} wrote last; valid until its next call. */
  get payloadLength(): number {
    return this.#payloadLength;
  }
  #payloadLength: number = 0;

  /**
   * Writes the payload of a transaction and returns its id as lower-case hex. Follow with
   * {@link sign} and {@link writeEntry} before the next one is built. `effect` (32 bytes) is the only
   * one that the transaction may have; null for any.
   */
  build(calls: readonly EncodedCall[], validUntil: number, effect: Uint8Array | null = null): string {
    this.#reserve(calls);
    const scratch = this.#scratch;
    let w = this.#prefixBytes + HEAD_BYTES;
    for (let i = 0; i < calls.length; i++) {
      const call = calls[i];
      if (call !== undefined) w = this.#writeCall(scratch, w, call);
    }
    scratch[w++] = 0x20;
    w = writeVarint(scratch, w, validUntil);
    scratch[w++] = 0x2a;
    scratch[w++] = NONCE_BYTES;
    w = this.#writeNonce(scratch, w);
    if (effect !== null) w = writeEffect(scratch, w, effect);
    this.#payloadLength = w - this.#prefixBytes;
    const id = this.#platform.sha256Hex(scratch.subarray(0, w));
    this.#platform.writeHex(this.#message, 0, id);
    return id;
  }

  /** Signs what was built last. */
  sign(): Uint8Array | Promise<Uint8Array> {
    const signature = this.#signer.sign(this.#message);
    // A signer that answers later may not have read the message yet.
    if (!(signature instanceof Uint8Array)) this.#message = this.#platform.allocate(32);
    return signature;
  }

  /** Bytes that {@link writeEntry} will write. */
  entryBytes(): number {
    const signed = signedBytes(this.#payloadLength);
    return 1 + varintBytes(signed) + signed;
  }

  /** Writes what was built last as field 3 of a SubmitRequest and returns the offset behind it. */
  writeEntry(target: Uint8Array, at: number, signature: Uint8Array): number {
    const payloadLength = this.#payloadLength;
    let w = at;
    target[w++] = 0x1a;
    w = writeVarint(target, w, signedBytes(payloadLength));
    target[w++] = 0x0a;
    w = writeVarint(target, w, payloadLength);
    target.set(this.#scratch.subarray(this.#prefixBytes, this.#prefixBytes + payloadLength), w);
    w += payloadLength;
    target[w++] = 0x12;
    target[w++] = SIGNATURE_BYTES;
    target.set(signature, w);
    return w + SIGNATURE_BYTES;
  }

  /** Copy of the payload that was built last, for signers that answer later. */
  copyPayload(): Uint8Array {
    return Uint8Array.from(
      this.#scratch.subarray(this.#prefixBytes, this.#prefixBytes + this.#payloadLength),
    );
  }

  #writeCall(scratch: Uint8Array, at: number, call: EncodedCall): number {
    this.#checkName(call.contract);
    this.#checkName(call.function);
    // The length of the call stands before it, and how many bytes it takes is known only afterwards:
    // written for ASCII first, and moved in the rare other case.
    const names = 2 + call.contract.length + 2 + call.function.length;
    const guess = names + 1 + varintBytes(call.args.length) + call.args.length;
    scratch[at] = 0x1a;
    const bodyAt = writeVarint(scratch, at + 1, guess);
    const end = this.#writeCallBody(scratch, bodyAt, call, call.args.length);
    const args = end - bodyAt - names - 1 - varintBytes(call.args.length);
    if (args === call.args.length) return end;
    const body = names + 1 + varintBytes(args) + args;
    return this.#writeCallBody(scratch, writeVarint(scratch, at + 1, body), call, args);
  }

  #writeCallBody(scratch: Uint8Array, at: number, call: EncodedCall, argsBytes: number): number {
    let w = at;
    scratch[w++] = 0x0a;
    scratch[w++] = call.contract.length;
    w += this.#platform.writeUtf8(scratch, w, call.contract);
    scratch[w++] = 0x12;
    scratch[w++] = call.function.length;
    w += this.#platform.writeUtf8(scratch, w, call.function);
    scratch[w++] = 0x1a;
    w = writeVarint(scratch, w, argsBytes);
    return w + this.#platform.writeUtf8(scratch, w, call.args);
  }

  #writeNonce(scratch: Uint8Array, at: number): number {
    if (this.#nonceAt === NONCE_POOL_BYTES) {
      this.#platform.fillRandom(this.#nonces);
      this.#nonceAt = 0;
    }
    const from = this.#nonceAt;
    for (let i = 0; i < NONCE_BYTES; i++) scratch[at + i] = this.#nonces[from + i] ?? 0;
    this.#nonceAt = from + NONCE_BYTES;
    return at + NONCE_BYTES;
  }

  #checkName(name: string): void {
    if (this.#names.has(name)) return;
    if (!NAME.test(name)) {
      throw new ArgumentError(
        '$',
        `${JSON.stringify(name.slice(0, 80))} is not a name of a contract or function`,
        'Names look like place_order.',
      );
    }
    if (this.#names.size < 10_000) this.#names.add(name);
  }

  #reserve(calls: readonly EncodedCall[]): void {
    let needed = this.#prefixBytes + HEAD_BYTES + 64;
    // UTF-8 takes at most 3 bytes for one unit of a JavaScript string.
    for (const call of calls) needed += 160 + call.args.length * 3;
    if (needed <= this.#scratch.length) return;
    const grown = this.#platform.allocate(needed * 2);
    grown.set(this.#scratch.subarray(0, this.#prefixBytes + HEAD_BYTES));
    this.#scratch = grown;
  }
}

function writeEffect(scratch: Uint8Array, at: number, effect: Uint8Array): number {
  scratch[at] = 0x32;
  scratch[at + 1] = effect.length;
  scratch.set(effect, at + 2);
  return at + 2 + effect.length;
}

/** Field 3 of a SubmitRequest for a transaction that is already signed. */
export function encodeEntry(platform: Platform, signedTransaction: Uint8Array): Uint8Array {
  const entry = platform.allocate(1 + varintBytes(signedTransaction.length) + signedTransaction.length);
  entry[0] = 0x1a;
  entry.set(signedTransaction, writeVarint(entry, 1, signedTransaction.length));
  return entry;
}

/** Encodes a SignedTransaction. */
export function encodeSigned(platform: Platform, payload: Uint8Array, signature: Uint8Array): Uint8Array {
  const bytes = platform.allocate(signedBytes(payload.length));
  bytes[0] = 0x0a;
  let w = writeVarint(bytes, 1, payload.length);
  bytes.set(payload, w);
  w += payload.length;
  bytes[w++] = 0x12;
  bytes[w++] = SIGNATURE_BYTES;
  bytes.set(signature, w);
  return bytes;
}

/** Bytes of a number as Protobuf varint; up to 2^53. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** Writes a Protobuf varint, shortest form, and returns the offset behind it; up to 2^53. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let w = at;
  let rest = value;
  while (rest >= 0x80000000) {
    target[w++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  while (rest > 127) {
    target[w++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[w++] = rest;
  return w;
}

function signedBytes(payloadLength: number): number {
  return 1 + varintBytes(payloadLength) + payloadLength + 2 + SIGNATURE_BYTES;
}
