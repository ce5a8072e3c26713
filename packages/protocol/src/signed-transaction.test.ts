import { describe, expect, it } from 'vitest';
import * as sample from '../test/samples.ts';
import { DecodeError } from './decode-error.ts';
import { concatBytes, equalBytes } from './hash.ts';
import { transactionBytesMax } from './limits.ts';
import {
  decodeSignedTransaction,
  encodeSignedTransaction,
  SIGNED_TRANSACTION_OVERHEAD,
  SignedTransactionView,
  scanSignedTransaction,
  signedTransactionLength,
  verifyTransaction,
} from './signed-transaction.ts';

const view = new SignedTransactionView();
const signature = new Uint8Array(64).fill(7);

describe('signed transactions', () => {
  it.each([1, 127, 128, 16_383, 16_384, transactionBytesMax])(
    'round-trip with a payload of %i bytes',
    (length) => {
      const payload = new Uint8Array(length).fill(length % 251);
      const bytes = encodeSignedTransaction({ payload, signature });
      expect(bytes.length).toBe(signedTransactionLength(length));
      expect(bytes.length - length).toBeLessThanOrEqual(SIGNED_TRANSACTION_OVERHEAD);
      const decoded = decodeSignedTransaction(bytes);
      expect(equalBytes(decoded.payload, payload) && equalBytes(decoded.signature, signature)).toBe(true);
      const shifted = concatBytes(new Uint8Array(3), bytes, new Uint8Array(3));
      expect(scanSignedTransaction(shifted, 3, 3 + bytes.length, view)).toBeNull();
      expect([view.payloadEnd - view.payloadAt, view.signatureAt]).toEqual([length, 3 + bytes.length - 64]);
    },
  );

  it('refuse a payload above the limit with the code for it', () => {
    const length = transactionBytesMax + 1;
    const head = Uint8Array.of(0x0a, (length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14);
    const bytes = concatBytes(head, new Uint8Array(length), Uint8Array.of(0x12, 64), signature);
    expect(scanSignedTransaction(bytes, 0, bytes.length, view)).toBe('too_large');
    expect(() => encodeSignedTransaction({ payload: new Uint8Array(length), signature })).toThrow(
      DecodeError,
    );
  });

  it('I7: verify only under the identity in the payload', () => {
    const [first, second] = sample.signed;
    if (first === undefined || second === undefined) {
      throw new Error('two samples were made');
    }
    expect(verifyTransaction(first)).toBe(true);
    expect(verifyTransaction({ payload: first.payload, signature: second.signature })).toBe(false);
    expect(verifyTransaction({ payload: second.payload, signature: first.signature })).toBe(false);
  });
});
