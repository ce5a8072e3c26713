/**
 * Lower-case hexadecimal: the text form of hashes, keys and signatures.
 *
 * Only lower case is read, so that one value has one spelling.
 */

import { DecodeError } from './decode-error.ts';

const DIGITS = '0123456789abcdef';

/** Two lower-case digits per byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    text += DIGITS.charAt(byte >> 4) + DIGITS.charAt(byte & 15);
  }
  return text;
}

/** Reads lower-case hex. Throws {@link DecodeError} on an odd length or any other character. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) {
    throw new DecodeError(`hex text has an odd length of ${text.length}`);
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = (digitValue(text, index * 2) << 4) | digitValue(text, index * 2 + 1);
  }
  return bytes;
}

/** True when `code` is the byte of `0`–`9` or `a`–`f`. */
export function isHexByte(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66);
}

function digitValue(text: string, index: number): number {
  const code = text.charCodeAt(index);
  if (!isHexByte(code)) {
    throw new DecodeError(`hex text has an unexpected character at ${index}`);
  }
  return code <= 0x39 ? code - 0x30 : code - 0x57;
}
