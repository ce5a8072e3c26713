/** The platform of Node: buffers and OpenSSL's hash, several times as fast as the portable one. */

import { hash, randomFillSync } from 'node:crypto';

import type { Platform } from '../platform.ts';

/** Node's own means. The buffers it writes to must come from its `allocate`. */
export const nodePlatform: Platform = {
  allocate: (length) => Buffer.allocUnsafeSlow(length),
  writeUtf8: (target, at, text) => asBuffer(target).write(text, at, 'utf8'),
  sha256Hex: (bytes) => hash('sha256', bytes, 'hex'),
  writeHex(target, at, hex) {
    asBuffer(target).write(hex, at, 'hex');
  },
  fillRandom(target) {
    randomFillSync(target);
  },
  defer: (task) => {
    setImmediate(task);
  },
};

function asBuffer(bytes: Uint8Array): Buffer {
  if (!Buffer.isBuffer(bytes)) throw new TypeError('expected a buffer of the Node platform');
  return bytes;
}
