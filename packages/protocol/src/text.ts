/**
 * Strict UTF-8: what is not valid is refused, nothing is replaced or trimmed.
 */

import { DecodeError } from './decode-error.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 of `text`. Lone surrogates become U+FFFD, as the platform does; formats check before. */
export function toUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Writes the UTF-8 of `text` at `at` and returns the offset behind it. The target must have room for 3 bytes a character. */
export function writeUtf8(target: Uint8Array, at: number, text: string): number {
  const length = text.length;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) {
      return at + encoder.encodeInto(text, target.subarray(at)).written;
    }
    target[at + index] = code;
  }
  return at + length;
}

/** UTF-8 length of `text` in bytes. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7ff) {
      // Each half of a surrogate pair adds one: two UTF-16 units become four bytes.
      length += code >= 0xd800 && code <= 0xdfff && isPair(text, index) ? 1 : 2;
    } else if (code > 0x7f) {
      length += 1;
    }
  }
  return length;
}

/** Text of `bytes`. Throws {@link DecodeError} where they are not UTF-8; a byte order mark stays. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new DecodeError('text is not valid UTF-8');
  }
}

function isPair(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  const isHigh = code <= 0xdbff;
  const other = text.charCodeAt(isHigh ? index + 1 : index - 1);
  return isHigh ? other >= 0xdc00 && other <= 0xdfff : other >= 0xd800 && other <= 0xdbff;
}
