/**
 * An Ed25519 key as `did:key` (W3C CCG did:key v0.9): `did:key:z` and base58btc of 0xed 0x01 ‖ key.
 * How people see identities; programs use the hex form.
 */

import type { PublicKey } from './brands.ts';
import { DecodeError } from './decode-error.ts';

const PREFIX = 'did:key:z';
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** The `did:key` of a public key. */
export function toDidKey(key: Uint8Array): string {
  if (key.length !== 32) {
    throw new DecodeError(`a public key has 32 bytes, not ${key.length}`);
  }
  // The prefix is not zero, so that the number has 34 bytes and no leading "1" is ever needed.
  let rest = 0xed01n;
  for (const byte of key) {
    rest = (rest << 8n) | BigInt(byte);
  }
  let text = '';
  for (; rest > 0n; rest /= 58n) {
    text = ALPHABET.charAt(Number(rest % 58n)) + text;
  }
  return PREFIX + text;
}

/** The public key of a `did:key`. Throws {@link DecodeError} when it is not one of Ed25519. */
export function fromDidKey(did: string): PublicKey {
  // 34 bytes beginning with ed are always 47 digits of base 58 behind the z.
  if (!did.startsWith(PREFIX) || did.length !== PREFIX.length + 47) {
    throw new DecodeError('not a did:key of an Ed25519 key');
  }
  let rest = 0n;
  for (const character of did.slice(PREFIX.length)) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) {
      throw new DecodeError(`"${character}" is not a digit of base58btc`);
    }
    rest = rest * 58n + BigInt(digit);
  }
  if (rest >> 256n !== 0xed01n) {
    throw new DecodeError('not a did:key of an Ed25519 key');
  }
  const key = new Uint8Array(32);
  for (let index = 31; index >= 0; index--) {
    key[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return key as PublicKey;
}
