/** The platform of browsers and of any other runtime with web standards. */

import { sha256, toHex } from '@bucordo/protocol';

import type { Platform } from './platform.ts';

const encoder = new TextEncoder();

/** Web standards and pure JavaScript only. */
export const webPlatform: Platform = {
  allocate: (length) => new Uint8Array(length),
  writeUtf8: (target, at, text) => encoder.encodeInto(text, target.subarray(at)).written,
  sha256Hex: (bytes) => toHex(sha256(bytes)),
  writeHex(target, at, hex) {
    for (let i = 0; i * 2 < hex.length; i++)
      target[at + i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  },
  fillRandom(target) {
    // getRandomValues refuses more than 65,536 bytes at once; nothing here asks for more.
    target.set(crypto.getRandomValues(new Uint8Array(target.length)));
  },
  defer: (task) => {
    setTimeout(task, 0);
  },
};
