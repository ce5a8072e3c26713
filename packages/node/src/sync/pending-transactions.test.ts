import { encodeEnvelope, envelopeTransactionsMax } from '@bucordo/protocol';
import { expect, test } from 'vitest';

import { ENVELOPE_BYTES_MAX, PendingTransactions, RESEND_MS } from './pending-transactions.ts';

const signed = (length: number, fill = 0) => new Uint8Array(length).fill(fill);

test('everything is sent once per connection, oldest first, until it is seen', () => {
  const pending = new PendingTransactions();
  for (const [id, fill] of [
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ] as const)
    pending.add(id, signed(10, fill), 100);
  expect(pending.takeEnvelope(0).map((bytes) => bytes[0])).toEqual([1, 2, 3]);
  expect(pending.takeEnvelope(0)).toEqual([]);
  expect(pending.remove('b')).toBe(true);
  expect(pending.remove('b')).toBe(false);
  pending.sendAgain();
  expect(pending.takeEnvelope(0).map((bytes) => bytes[0])).toEqual([1, 3]);
  pending.sendOneAgain('c');
  pending.sendOneAgain('b');
  expect(pending.takeEnvelope(0).map((bytes) => bytes[0])).toEqual([3]);
});

test('the same transaction is pending once', () => {
  const pending = new PendingTransactions({ countMax: 1, bytesMax: 100 });
  expect(pending.add('a', signed(10), 5)).toBe(true);
  expect(pending.add('a', signed(10), 5)).toBe(true);
  expect(pending.count).toBe(1);
});

test('number and bytes are bounded, and room comes back', () => {
  const pending = new PendingTransactions({ countMax: 2, bytesMax: 100 });
  expect(pending.add('a', signed(60), 5)).toBe(true);
  expect(pending.add('b', signed(60), 5)).toBe(false);
  expect(pending.add('b', signed(40), 5)).toBe(true);
  expect(pending.add('c', signed(0), 5)).toBe(false);
  pending.remove('a');
  expect(pending.add('c', signed(60), 5)).toBe(true);
});

test('a transaction whose last height has passed is given up', () => {
  const pending = new PendingTransactions();
  pending.add('a', signed(1), 5);
  pending.add('b', signed(1), 6);
  expect(pending.expire(4)).toEqual([]);
  expect(pending.expire(5)).toEqual(['a']);
  expect(pending.count).toBe(1);
});

test('envelopes are bounded by number and bytes, but one transaction always fits', () => {
  const pending = new PendingTransactions();
  for (let n = 0; n < envelopeTransactionsMax + 1; n++) pending.add(`small ${n}`, signed(1), 5);
  expect(pending.takeEnvelope(0).length).toBe(envelopeTransactionsMax);
  expect(pending.takeEnvelope(0).length).toBe(1);
  pending.add('large', signed(ENVELOPE_BYTES_MAX), 5);
  pending.add('half', signed(ENVELOPE_BYTES_MAX / 2), 5);
  pending.add('more than half', signed(ENVELOPE_BYTES_MAX / 2 + 1), 5);
  expect(pending.takeEnvelope(0).length).toBe(1);
  expect(pending.takeEnvelope(0).length).toBe(1);
  expect(pending.takeEnvelope(0).length).toBe(1);
  expect(pending.hasUnsent).toBe(false);
});

test('the fullest envelope is within the limit of the protocol', () => {
  const pending = new PendingTransactions({ countMax: 10_000, bytesMax: 1e9 });
  const length = Math.ceil(ENVELOPE_BYTES_MAX / envelopeTransactionsMax) - 1;
  for (let n = 0; n < 2 * envelopeTransactionsMax; n++) pending.add(`${n}`, signed(length), 5);
  const envelope = pending.takeEnvelope(0);
  expect(envelope.length).toBe(envelopeTransactionsMax);
  expect(encodeEnvelope(envelope).length).toBeGreaterThan(ENVELOPE_BYTES_MAX - 10_000);
});

test('what is neither seen nor refused for a while is sent again', () => {
  const pending = new PendingTransactions();
  pending.add('a', signed(1, 1), 5);
  pending.takeEnvelope(0);
  pending.add('b', signed(1, 2), 5);
  pending.takeEnvelope(1);
  pending.sendLateAgain(RESEND_MS - 1);
  expect(pending.hasUnsent).toBe(false);
  pending.sendLateAgain(RESEND_MS);
  expect(pending.takeEnvelope(RESEND_MS).map((bytes) => bytes[0])).toEqual([1]);
});
