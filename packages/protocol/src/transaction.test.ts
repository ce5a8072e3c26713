import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as sample from '../test/samples.ts';
import { DecodeError } from './decode-error.ts';
import { concatBytes } from './hash.ts';
import { toHex } from './hex.ts';
import { argsBytesMax, callsMax, heightMax, transactionBytesMax } from './limits.ts';
import { toUtf8 } from './text.ts';
import { type Call, decodeTransaction, encodeTransaction, type TransactionInput } from './transaction.ts';
import {
  PAYLOAD_IDENTITY_AT,
  PAYLOAD_NETWORK_AT,
  scanTransaction,
  TransactionView,
} from './transaction-scan.ts';
import { fieldLength, WireWriter } from './wire.ts';

const view = new TransactionView();
const call: Call = { contract: 'c', function: 'f', args: toUtf8('{}') };

/** Payload bytes without any check, to make what the encoder refuses. */
function unchecked(calls: readonly Call[], validUntil = 1000): Uint8Array {
  const writer = new WireWriter().bytes(1, sample.network).bytes(2, sample.aliceKey);
  for (const { contract, function: name, args } of calls) {
    writer.element(3, new WireWriter().text(1, contract).text(2, name).bytes(3, args).finish());
  }
  return writer.uint(4, validUntil).bytes(5, sample.transaction.nonce).finish();
}

function verdict(bytes: Uint8Array): string | null {
  return scanTransaction(bytes, 0, bytes.length, view);
}

function encodingError(change: Partial<TransactionInput>): string {
  try {
    encodeTransaction({ ...sample.transaction, ...change });
  } catch (error) {
    return error instanceof DecodeError ? error.code : String(error);
  }
  return 'none';
}

describe('transactions', { timeout: 60_000 }, () => {
  it('round-trip, by value and by writing into shared memory', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,62}$/);
    const calls = fc.array(
      fc.record({ contract: name, function: name, args: fc.uint8Array({ minLength: 1, maxLength: 20_000 }) }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(
        calls,
        fc.integer({ min: 1, max: heightMax }),
        fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })),
        (some, validUntil, effect) => {
          const transaction = { ...sample.transaction, calls: some, validUntil, effect };
          const payload = encodeTransaction(transaction);
          const decoded = decodeTransaction(payload);
          expect(toHex(encodeTransaction(decoded))).toBe(toHex(payload));
          expect(decoded.calls.map((one) => toHex(one.args))).toEqual(some.map((one) => toHex(one.args)));
          expect([decoded.validUntil, toHex(decoded.nonce)]).toEqual([validUntil, toHex(transaction.nonce)]);
          expect(decoded.effect === null ? null : toHex(decoded.effect)).toBe(effect && toHex(effect));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('are scanned anywhere in a buffer', () => {
    const { payload, transaction } = sample;
    const bytes = concatBytes(new Uint8Array(9), payload, new Uint8Array(9));
    expect(scanTransaction(bytes, 9, 9 + payload.length, view)).toBeNull();
    expect(bytes.subarray(view.networkAt, view.networkAt + 32)).toEqual(transaction.network);
    expect(bytes.subarray(view.identityAt, view.identityAt + 32)).toEqual(transaction.identity);
    expect(bytes.subarray(view.nonceAt, view.nonceAt + 16)).toEqual(transaction.nonce);
    expect([view.validUntil, view.callCount, view.start, view.end]).toEqual([1000, 2, 9, 9 + payload.length]);
    expect(bytes.subarray(view.argsAt[1], view.argsEnd[1])).toEqual(transaction.calls[1]?.args);
    expect(scanTransaction(bytes, 9, 8 + payload.length, view)).toBe('malformed');
    expect(scanTransaction(bytes, 9, 10 + payload.length, view)).toBe('malformed');
  });

  it('say whether they demand an effect', () => {
    const { payload, payloadWithEffect } = sample;
    expect(scanTransaction(payload, 0, payload.length, view)).toBeNull();
    expect(view.effectAt).toBe(-1);
    expect(scanTransaction(payloadWithEffect, 0, payloadWithEffect.length, view)).toBeNull();
    expect(toHex(payloadWithEffect.subarray(view.effectAt, view.effectAt + 32))).toBe('e7'.repeat(32));
    expect(toHex(payloadWithEffect.subarray(view.nonceAt, view.nonceAt + 16))).toBe(
      toHex(sample.transaction.nonce),
    );
  });

  it.each<[string, (writer: WireWriter) => WireWriter]>([
    ['an effect of 31 bytes', (writer) => writer.bytes(6, new Uint8Array(31))],
    ['an effect of 33 bytes', (writer) => writer.bytes(6, new Uint8Array(33))],
    ['an empty effect', (writer) => writer.element(6, new Uint8Array(0))],
    ['two effects', (writer) => writer.bytes(6, new Uint8Array(32)).bytes(6, new Uint8Array(32))],
    ['an effect under another number', (writer) => writer.bytes(7, new Uint8Array(32))],
  ])('are malformed with %s', (_, extend) => {
    const tail = extend(new WireWriter()).finish();
    expect(verdict(concatBytes(sample.payload, tail))).toBe('malformed');
  });

  it('have network and identity at fixed offsets', () => {
    expect(sample.payload.subarray(PAYLOAD_NETWORK_AT, 34)).toEqual(sample.network);
    expect(sample.payload.subarray(PAYLOAD_IDENTITY_AT, 68)).toEqual(sample.aliceKey);
  });

  it.each<[string, Uint8Array, string | null]>([
    ['the unchecked form of a good one', unchecked([call]), null],
    ['no call', unchecked([]), 'malformed'],
    ['the most calls', unchecked(Array.from({ length: callsMax }, () => call)), null],
    ['one call too many', unchecked(Array.from({ length: callsMax + 1 }, () => call)), 'too_many_calls'],
    ['the longest arguments', unchecked([{ ...call, args: new Uint8Array(argsBytesMax) }]), null],
    [
      'arguments one byte too long',
      unchecked([{ ...call, args: new Uint8Array(argsBytesMax + 1) }]),
      'too_large',
    ],
    ['arguments that are absent', unchecked([{ ...call, args: new Uint8Array(0) }]), 'malformed'],
    ['a contract name in upper case', unchecked([{ ...call, contract: 'C' }]), 'malformed'],
    ['a name with a hyphen', unchecked([{ ...call, function: 'a-b' }]), 'malformed'],
    ['a name that begins with a digit', unchecked([{ ...call, function: '1a' }]), 'malformed'],
    ['a name of 63 bytes', unchecked([{ ...call, function: 'f'.repeat(63) }]), null],
    ['a name of 64 bytes', unchecked([{ ...call, function: 'f'.repeat(64) }]), 'malformed'],
    ['no name', unchecked([{ ...call, function: '' }]), 'malformed'],
    ['validUntil 0', unchecked([call], 0), 'malformed'],
    ['the last height', unchecked([call], heightMax), null],
    ['a height above the last', unchecked([call], heightMax + 1), 'malformed'],
    ['a height above 2^50', unchecked([call], Number.MAX_SAFE_INTEGER), 'malformed'],
  ])('scan to the right verdict: %s', (_, bytes, expected) => {
    expect(verdict(bytes)).toBe(expected);
  });

  it('are limited in bytes as a whole', () => {
    const half = { ...call, args: new Uint8Array(200_000) };
    const rest =
      transactionBytesMax - unchecked([half, half, { ...call, args: new Uint8Array(100_000) }]).length;
    const third = (length: number): Call => ({ ...call, args: new Uint8Array(100_000 + length) });
    const largest = unchecked([half, half, third(rest)]);
    expect(largest.length).toBe(transactionBytesMax);
    expect(verdict(largest)).toBeNull();
    expect(verdict(unchecked([half, half, third(rest + 1)]))).toBe('too_large');
    expect(encodingError({ calls: [half, half, third(rest)] })).toBe('none');
    expect(encodingError({ calls: [half, half, third(rest + 1)] })).toBe('too_large');
    expect(fieldLength(200_000)).toBe(200_004);
  });

  it('are refused by the encoder where a decoder would refuse them', () => {
    expect(encodingError({ calls: [] })).toBe('malformed');
    expect(encodingError({ calls: Array.from({ length: callsMax + 1 }, () => call) })).toBe('too_many_calls');
    expect(encodingError({ calls: [{ ...call, contract: 'Ä' }] })).toBe('malformed');
    expect(encodingError({ calls: [{ ...call, args: new Uint8Array(0) }] })).toBe('malformed');
    expect(encodingError({ calls: [{ ...call, args: new Uint8Array(argsBytesMax + 1) }] })).toBe('too_large');
    expect(encodingError({ network: new Uint8Array(31) })).toBe('malformed');
    expect(encodingError({ nonce: new Uint8Array(17) })).toBe('malformed');
    expect(encodingError({ effect: new Uint8Array(31) })).toBe('malformed');
    for (const validUntil of [0, -1, 1.5, heightMax + 1, Number.NaN]) {
      expect(encodingError({ validUntil })).toBe('malformed');
    }
  });
});
