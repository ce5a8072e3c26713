import { describe, expect, it } from 'vitest';
import * as sample from '../test/samples.ts';
import {
  type BlockHeader,
  blockHash,
  decodeBlock,
  decodeBlockHeader,
  encodeBlock,
  encodeBlockHeader,
  isBlockTimePossible,
} from './block.ts';
import type { Plain } from './brands.ts';
import { DecodeError } from './decode-error.ts';
import { encodeEnvelope, envelopeElements } from './envelope.ts';
import { concatBytes } from './hash.ts';
import { toHex } from './hex.ts';
import { blockBytesMax, blockTimeMax, envelopeTransactionsMax, heightMax } from './limits.ts';

const { header, headerBytes, block } = sample;

describe('I2: the time of a block', () => {
  it.each([
    ['the first moment', 1, 1, true],
    ['no time', 1, 0, false],
    ['the last moment of a height', 7, blockTimeMax + 7, true],
    ['a moment later', 7, blockTimeMax + 8, false],
    ['which the next height may bear', 8, blockTimeMax + 8, true],
    ['the greatest number', 7, Number.MAX_SAFE_INTEGER, false],
  ])('may be %s: at height %i, %i: %s', (_, height, time, isPossible) => {
    expect(isBlockTimePossible({ height, time })).toBe(isPossible);
  });

  it('has a year of four digits at the last height, and is a whole number', () => {
    expect(Number.isSafeInteger(blockTimeMax + heightMax)).toBe(true);
    expect(new Date(blockTimeMax + heightMax).toISOString()).toMatch(/^9\d{3}-/);
  });
});

describe('blocks', () => {
  it.each<[string, Partial<Plain<BlockHeader>>]>([
    ['height 0', { height: 0 }],
    ['a height above the last', { height: heightMax + 1 }],
    ['a fraction', { height: 1.5 }],
    ['a negative time', { time: -1 }],
    ['too many transactions', { transactionCount: 1001 }],
    ['a short hash', { previousHash: new Uint8Array(31) }],
    ['a long network', { network: new Uint8Array(33) }],
  ])('have no header with %s', (_, change) => {
    expect(() => encodeBlockHeader({ ...header, ...change })).toThrow(DecodeError);
  });

  it.each([
    ['version 2', 0, [2]],
    ['height 0', 33, [0, 0, 0, 0, 0, 0, 0, 0]],
    ['a height of 2^63', 33, [0x80]],
    ['a time above 2^53', 41, [0xff]],
    ['1001 transactions', 113, [0, 0, 3, 0xe9]],
    ['ordering kind 0', 117, [0]],
    ['ordering kind 4', 117, [4]],
  ])('refuse a header with %s', (_, at, bytes) => {
    expect(() => decodeBlockHeader(sample.altered(headerBytes, at, ...bytes))).toThrow(DecodeError);
  });

  it.each(['solo', 'etcd', 'cometbft'] as const)('know the ordering kind %s', (ordering) => {
    expect(decodeBlockHeader(encodeBlockHeader({ ...header, ordering })).ordering).toBe(ordering);
  });

  it('have another hash for every bit of the header', () => {
    const hashes = new Set([toHex(blockHash(headerBytes))]);
    for (let at = 0; at < headerBytes.length; at++) {
      hashes.add(toHex(blockHash(sample.altered(headerBytes, at, (headerBytes[at] ?? 0) ^ 1))));
    }
    expect(hashes.size).toBe(151);
  });

  it('hold as many transactions as the header says', () => {
    const [first = headerBytes] = block.transactions;
    expect(() => decodeBlock(encodeBlock({ ...block, transactions: [first] }))).toThrow(/announces 2/);
    const three = encodeBlock({ ...block, transactions: [first, first, first] });
    expect(() => decodeBlock(three)).toThrow(DecodeError);
    const empty = {
      ...block,
      header: encodeBlockHeader({ ...header, transactionCount: 0 }),
      transactions: [],
    };
    expect(decodeBlock(encodeBlock(empty))).toEqual(empty);
  });

  it('are limited in bytes', () => {
    const transactions = [new Uint8Array(blockBytesMax / 2), new Uint8Array(blockBytesMax / 2 + 1)];
    expect(() => encodeBlock({ ...block, transactions })).toThrow(DecodeError);
    expect(() => decodeBlock(new Uint8Array(blockBytesMax * 2))).toThrow(/above/);
    const largest = {
      ...block,
      transactions: [new Uint8Array(blockBytesMax / 2), new Uint8Array(blockBytesMax / 2)],
    };
    expect(decodeBlock(encodeBlock(largest)).transactions.length).toBe(2);
  });

  it('have a signature of 64 bytes or none', () => {
    expect(() => decodeBlock(encodeBlock({ ...block, signature: new Uint8Array(63) }))).toThrow(DecodeError);
    expect(decodeBlock(encodeBlock({ ...block, signature: new Uint8Array(0) })).signature.length).toBe(0);
  });
});

describe('envelopes', () => {
  it('join by putting their bytes together', () => {
    const [a = headerBytes, b = headerBytes] = sample.signedBytes;
    const joined = concatBytes(encodeEnvelope([a]), encodeEnvelope([b]));
    expect(joined).toEqual(sample.envelopeBytes);
    expect(envelopeElements(joined)).toEqual([a, b]);
  });

  it('are limited in number and bytes', () => {
    const one = Uint8Array.of(1);
    const many = Array.from({ length: envelopeTransactionsMax + 1 }, () => one);
    expect(() => encodeEnvelope(many)).toThrow(DecodeError);
    expect(() => envelopeElements(concatBytes(...many.map(() => Uint8Array.of(0x0a, 1, 1))))).toThrow(
      DecodeError,
    );
    expect(() => encodeEnvelope([])).toThrow(DecodeError);
    expect(() => envelopeElements(new Uint8Array(0))).toThrow(DecodeError);
    expect(() => encodeEnvelope([new Uint8Array(1_048_576)])).toThrow(/above/);
  });
});
