/**
 * What every decoder of this package throws, and nothing else, when bytes are not what they claim.
 */

import type { RefusalCode } from './codes.ts';

/** Bytes were refused. `code` is the refusal that the sender is told; the message says where and why. */
export class DecodeError extends Error {
  readonly code: RefusalCode;

  constructor(message: string, code: RefusalCode = 'malformed') {
    super(message);
    this.name = 'DecodeError';
    this.code = code;
  }
}
