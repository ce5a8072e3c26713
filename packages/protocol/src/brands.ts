/**
 * Values with an identity of their own, as types that cannot be mixed up: a block hash is not a
 * state hash although both are 32 bytes. They are made by the parse functions here and by the
 * functions that compute them; this file and the codecs are where a cast may stand.
 */

import { DecodeError } from './decode-error.ts';
import { fromHex } from './hex.ts';
import { heightMax } from './limits.ts';

declare const brand: unique symbol;

/** `Value` that only the parse functions make. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };

/** Number of a block, 1 to 2^43 − 1; 0 is the genesis. */
export type Height = Brand<number, 'Height'>;
/** `H("tx", payload)`, 32 bytes. */
export type TransactionId = Brand<Uint8Array, 'TransactionId'>;
/** `H("block", header)`, 32 bytes. */
export type BlockHash = Brand<Uint8Array, 'BlockHash'>;
/** `H("state", state header)`, 32 bytes. */
export type StateHash = Brand<Uint8Array, 'StateHash'>;
/** `H("genesis", genesis document)`, 32 bytes. */
export type NetworkId = Brand<Uint8Array, 'NetworkId'>;
/** An Ed25519 public key, 32 bytes; its form is checked by `admitKey`, not by this type. */
export type PublicKey = Brand<Uint8Array, 'PublicKey'>;
/** A member's id: `[a-z][a-z0-9_-]{0,62}`. */
export type MemberId = Brand<string, 'MemberId'>;

/** The brands that are 32 bytes. */
type Bytes32 = TransactionId | BlockHash | StateHash | NetworkId | PublicKey;

/** `Value` with its brands taken off, one level deep: what encoders take. */
export type Plain<Value> = {
  readonly [Key in keyof Value]: Value[Key] extends Uint8Array
    ? Uint8Array
    : Value[Key] extends number
      ? number
      : Value[Key] extends string
        ? PlainString<Value[Key]>
        : Value[Key];
};

type PlainString<Text extends string> = Text extends { readonly [brand]: string } ? string : Text;

const MEMBER_ID = /^[a-z][a-z0-9_-]{0,62}$/;

/** Checks a height: an integer from 0 (genesis) to 2^43 − 1. */
export function parseHeight(value: number): Height {
  if (!Number.isInteger(value) || value < 0 || value > heightMax) {
    throw new DecodeError(`${value} is not a height from 0 to 2^43 - 1`);
  }
  return value as Height;
}

/** 32 bytes, or their lower-case hex, as a transaction id. */
export function parseTransactionId(value: Uint8Array | string): TransactionId {
  return parse32<TransactionId>(value, 'a transaction id');
}

/** 32 bytes, or their lower-case hex, as a network id. */
export function parseNetworkId(value: Uint8Array | string): NetworkId {
  return parse32<NetworkId>(value, 'a network id');
}

/** 32 bytes, or their lower-case hex, as a public key. */
export function parsePublicKey(value: Uint8Array | string): PublicKey {
  return parse32<PublicKey>(value, 'a public key');
}

/** Checks a member id. */
export function parseMemberId(value: string): MemberId {
  if (!MEMBER_ID.test(value)) {
    throw new DecodeError(`"${value.slice(0, 80)}" is not a member id: a-z, then up to 62 of a-z 0-9 _ -`);
  }
  return value as MemberId;
}

function parse32<Kind extends Bytes32>(value: Uint8Array | string, name: string): Kind {
  const bytes = typeof value === 'string' ? fromHex(value) : value;
  if (bytes.length !== 32) {
    throw new DecodeError(`${name} has 32 bytes, not ${bytes.length}`);
  }
  return bytes as Kind;
}
