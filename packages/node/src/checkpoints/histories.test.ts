import { randomBytes } from 'node:crypto';
import { blockHash, encodeBlockHeader, publicKeyOf, type SignedHeader, sign } from '@bucordo/protocol';
import { expect, test } from 'vitest';
import { headersAheadMax } from '../limits.ts';
import { Histories } from './histories.ts';
import type { Fork } from './ports.ts';

const NETWORK = randomBytes(32);
const SEED = randomBytes(32);
const KEY = publicKeyOf(SEED);
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

interface Wanted {
  readonly height: number;
  readonly previousHash?: Uint8Array;
  readonly time?: number;
  readonly network?: Uint8Array;
  readonly seed?: Uint8Array;
}

function block(wanted: Wanted): SignedHeader {
  const { height, previousHash = new Uint8Array(32), time = height, network = NETWORK, seed = SEED } = wanted;
  const header = encodeBlockHeader({
    network,
    height,
    time,
    previousHash,
    transactionsRoot: new Uint8Array(32),
    transactionCount: 1,
    ordering: 'solo',
    evidenceHash: new Uint8Array(32),
  });
  return { header, signature: sign(blockHash(header), seed) };
}

// A chain of three blocks, each upon the one before.
const first = block({ height: 1 });
const second = block({ height: 2, previousHash: blockHash(first.header) });
const third = block({ height: 3, previousHash: blockHash(second.header) });
const CHAIN = [first, second, third];

function opened(height = 3, settledTo = 0) {
  const kept: number[] = [];
  const told: (readonly [SignedHeader, SignedHeader])[] = [];
  const forks: Fork[] = [];
  const histories = new Histories({
    network: NETWORK,
    orderingKey: KEY,
    signer: 'buyer',
    height,
    settledTo,
    headerAt: async (at) => CHAIN[at - 1] ?? null,
    keep: async (contradiction) => void kept.push(contradiction.height),
    onContradiction: (headers) => told.push(headers),
    onFork: (fork) => forks.push(fork),
    log: silent,
  });
  return { histories, kept, told, forks };
}

test('blocks of this chain, in any order, are no second history', async () => {
  const { histories, kept, forks } = opened();
  for (const one of [third, first, second, third]) histories.hear(one);
  await histories.compared();
  expect([kept, forks, histories.fork]).toEqual([[], [], null]);
});

test('I1: another block of one height with the same signature is kept, told and named once', async () => {
  const { histories, kept, told, forks } = opened();
  const other = block({ height: 2, previousHash: blockHash(first.header), time: 99 });
  histories.hear(other);
  histories.hear(other);
  await histories.compared();
  expect(kept).toEqual([2]);
  expect(told).toEqual([[second, other]]);
  expect(forks).toEqual([histories.fork]);
  expect(histories.fork).toEqual({
    signer: 'buyer',
    height: 2,
    ours: Buffer.from(blockHash(second.header)).toString('hex'),
    other: Buffer.from(blockHash(other.header)).toString('hex'),
  });
});

test('I1: a block that stands on another past proves a second history one height before', async () => {
  const { histories } = opened();
  histories.hear(block({ height: 4, previousHash: randomBytes(32) }));
  await histories.compared();
  expect(histories.fork).toMatchObject({ height: 3 });
});

test('I1: a block of a height to come is compared when this node has it', async () => {
  const { histories } = opened(1);
  histories.hear(block({ height: 3, previousHash: blockHash(second.header), time: 99 }));
  await histories.compared();
  expect(histories.fork).toBeNull();
  histories.committed(2, blockHash(second.header));
  histories.committed(3, blockHash(third.header));
  await histories.compared();
  expect(histories.fork).toMatchObject({ height: 3 });
});

test('I1: two blocks of a height to come contradict each other at once', async () => {
  const { histories } = opened(1);
  histories.hear(block({ height: 30, time: 1 }));
  histories.hear(block({ height: 30, time: 2 }));
  await histories.compared();
  expect(histories.fork).toMatchObject({ height: 30 });
});

test.each<[string, SignedHeader]>([
  ['without a right signature', { ...block({ height: 2, time: 99 }), signature: new Uint8Array(64) }],
  ['signed by somebody else', block({ height: 2, time: 99, seed: randomBytes(32) })],
  ['of another network', block({ height: 2, time: 99, network: randomBytes(32) })],
  ['that is none', { header: randomBytes(150), signature: new Uint8Array(64) }],
])('a header %s proves nothing', async (_, header) => {
  const { histories, kept } = opened();
  histories.hear(header);
  histories.hearContradiction([second, header]);
  await histories.compared();
  expect([kept, histories.fork]).toEqual([[], null]);
});

test('I1: what another node holds against the ordering node is judged, and counts like what was found here', async () => {
  const { histories, told } = opened();
  histories.hearContradiction([second, second]);
  histories.hearContradiction([first, third]);
  await histories.compared();
  expect(histories.fork).toBeNull();
  histories.hearContradiction([block({ height: 2, time: 98 }), second]);
  await histories.compared();
  expect(histories.fork).toMatchObject({
    height: 2,
    ours: Buffer.from(blockHash(second.header)).toString('hex'),
  });
  expect(told.length).toBe(1);
});

test('histories that the members have settled are kept and stop nothing', async () => {
  const { histories, kept, forks } = opened(3, 2);
  histories.hear(block({ height: 2, previousHash: blockHash(first.header), time: 99 }));
  await histories.compared();
  expect([kept, forks, histories.fork]).toEqual([[2], [], null]);
  histories.hear(block({ height: 3, previousHash: blockHash(second.header), time: 99 }));
  await histories.compared();
  expect(histories.fork).toMatchObject({ height: 3 });
});

test('I15: of headers far ahead and of contradictions only so many are kept', async () => {
  const { histories, kept } = opened();
  for (let height = 10; height < 10 + headersAheadMax * 2; height++) histories.hear(block({ height }));
  for (let time = 100; time < 140; time++) histories.hear(block({ height: 2, time }));
  await histories.compared();
  expect(kept.length).toBe(16);
}, 60_000);
