/**
 * Domain-separated SHA-256: `H(tag, data) = SHA-256("bucordo/" ‖ tag ‖ "/v1" ‖ 0x00 ‖ data)`.
 *
 * A hash made for one purpose is never valid for another, because the tag is part of what is
 * hashed. Every function that hashes takes the SHA-256 to use, so that a node can pass its
 * platform's; the default is portable.
 */

import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { toUtf8 } from './text.ts';

/** SHA-256 of `data`, 32 bytes. */
export type Sha256 = (data: Uint8Array) => Uint8Array;

/** What a hash is for. */
export type Tag =
  | 'tx'
  | 'block'
  | 'receipt'
  | 'change'
  | 'row'
  | 'state'
  | 'checkpoint'
  | 'item'
  | 'blob'
  | 'login'
  | 'rotation'
  | 'random'
  | 'effect'
  | 'skip'
  | 'genesis'
  | 'contract'
  | 'decision'
  | 'check-report';

/** Portable SHA-256. */
export const sha256: Sha256 = (data) => nobleSha256(data);

const prefixes = new Map<Tag, Uint8Array>();

/** The bytes in front of the data of a tagged hash; the same array at every call, not to be written to. */
export function domainPrefix(tag: Tag): Uint8Array {
  let prefix = prefixes.get(tag);
  if (prefix === undefined) {
    prefix = toUtf8(`bucordo/${tag}/v1\0`);
    prefixes.set(tag, prefix);
  }
  return prefix;
}

/** `H(tag, data)`, 32 bytes. */
export function taggedHash(tag: Tag, data: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  return hash(concatBytes(domainPrefix(tag), data));
}

/** The parts one after the other in a new array. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) {
    length += part.length;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** True when both have the same bytes. Not for secrets: it stops at the first difference. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) {
    return false;
  }
  for (let index = 0; index < a.length; index++) {
    if (a[index] !== b[index]) {
      return false;
    }
  }
  return true;
}
