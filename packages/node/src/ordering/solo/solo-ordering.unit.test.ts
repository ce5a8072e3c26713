import { sign } from 'node:crypto';
import { blockTransactionsMax, decodeBlockHeader, merkleRootOfData } from '@bucordo/protocol';
import { expect, test, vi } from 'vitest';
import { network, newKey, rowOf } from '../../../../../test/conformance/sample-network.ts';
import type { BlockOutcome, SealedBlock } from '../../chain/sealed-block.ts';
import { ROW_ID_AT } from '../../chain/transaction-row.ts';
import type { Fault } from '../../fault.ts';
import { blockMsWanted, blocksInFlightMax, blockWaitMs, blockWaitTransactions } from '../../limits.ts';
import { SoloOrdering } from './solo-ordering.ts';

interface Held {
  readonly block: SealedBlock;
  /** Transactions when it was handed over. */
  readonly count: number;
  readonly commit: () => void;
  readonly fail: (cause: Error) => void;
}

interface Bench {
  readonly ordering: SoloOrdering;
  /** Blocks that were handed over and wait for the test to commit them. */
  readonly held: Held[];
  readonly faults: Fault[];
  readonly refused: string[];
  clockMs: number;
  unverifiedCount: number;
}

const key = newKey();
const HEAD = { height: 7, time: 5_000, blockHash: new Uint8Array(32).fill(3), stateHash: new Uint8Array(32) };

function open(): Bench {
  const held: Held[] = [];
  const bench: Bench = {
    held,
    faults: [],
    refused: [],
    clockMs: 10_000,
    unverifiedCount: 0,
    ordering: new SoloOrdering({
      network,
      signer: { publicKey: key.publicKey, sign: (hash) => sign(null, hash, key.privateKey) },
      sink: {
        commit: (block) =>
          new Promise<BlockOutcome>((resolve, reject) => {
            const outcome = {
              height: block.height,
              stateHash: block.hash,
              rejections: [],
              results: [],
              details: new Map(),
              catalogueChanged: false,
            };
            held.push({ block, count: block.rows.count, commit: () => resolve(outcome), fail: reject });
          }),
      },
      refusals: { refuse: (id, code) => bench.refused.push(`${id.toString('hex')} ${code}`) },
      now: () => bench.clockMs,
      unverifiedCount: () => bench.unverifiedCount,
      onFault: (fault) => bench.faults.push(fault),
    }),
  };
  bench.ordering.start(HEAD);
  return bench;
}

function offer(bench: Bench, count: number = 1): Buffer[] {
  const rows = Array.from({ length: count }, () => rowOf());
  for (const row of rows) expect(bench.ordering.offer(row, 0, row.length)).toBe(true);
  return rows;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const sizes = (bench: Bench) => bench.held.map(({ count }) => count);

test('a lone transaction is a block at once', async () => {
  const bench = open();
  offer(bench);
  await Promise.resolve();
  expect(sizes(bench)).toEqual([1]);
});

test('what is offered in one turn is one block', async () => {
  const bench = open();
  offer(bench, 50);
  await turn();
  expect(sizes(bench)).toEqual([50]);
});

test('while a block is at the executor the next one fills, and goes when the executor is free', async () => {
  const bench = open();
  offer(bench);
  await turn();
  for (let i = 0; i < 5; i++) {
    offer(bench, 10);
    await turn();
  }
  expect(sizes(bench)).toEqual([1]);
  bench.held[0]?.commit();
  await turn();
  expect(sizes(bench)).toEqual([1, 50]);
});

test('full blocks are sent behind the running one, up to the number that may be in flight', async () => {
  const bench = open();
  offer(bench, blockTransactionsMax * 3 + 5);
  await turn();
  expect(sizes(bench)).toEqual(Array.from({ length: blocksInFlightMax }, () => blockTransactionsMax));
  for (let i = 0; i < 4; i++) {
    bench.held[i]?.commit();
    await turn();
  }
  expect(sizes(bench)).toEqual([...Array.from({ length: 3 }, () => blockTransactionsMax), 5]);
});

test('a block waits when more transactions are just being verified than it holds, and not for ever', async () => {
  const bench = open();
  bench.unverifiedCount = 1_000;
  offer(bench, 10);
  // The turn of the promises, in which a block is cut, but not a moment longer: the machine may be slow.
  await Promise.resolve();
  await Promise.resolve();
  expect(sizes(bench)).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, blockWaitMs + 30));
  expect(sizes(bench)).toEqual([10]);
});

test('a block does not wait for as many as it holds, nor when it is large', async () => {
  const bench = open();
  bench.unverifiedCount = 10;
  offer(bench, 10);
  await turn();
  expect(sizes(bench)).toEqual([10]);
  bench.held[0]?.commit();
  await turn();
  bench.unverifiedCount = 10_000;
  offer(bench, blockWaitTransactions);
  await turn();
  expect(sizes(bench)).toEqual([10, blockWaitTransactions]);
});

test('header, hash, root and signature belong together and continue the chain', async () => {
  const bench = open();
  const rows = offer(bench, 5);
  await turn();
  const block = bench.held[0]?.block;
  if (block === undefined) throw new Error('no block');
  const header = decodeBlockHeader(block.header);
  expect(header).toMatchObject({ height: 8, time: 10_000, transactionCount: 5, ordering: 'solo' });
  expect(Buffer.from(header.previousHash).equals(HEAD.blockHash)).toBe(true);
  const leaves = rows.map((row) => {
    const payloadLength = row.readInt32BE(50);
    return Buffer.concat([row.subarray(18, 50), row.subarray(58 + payloadLength, 122 + payloadLength)]);
  });
  expect(Buffer.from(header.transactionsRoot).equals(merkleRootOfData(leaves))).toBe(true);
  expect(block.rows.bytes.readBigInt64BE((block.rows.rowAt[4] ?? 0) + 6)).toBe((8n << 20n) + 4n);
});

test('block time rises by at least a millisecond, also when the clock stands still or goes back', async () => {
  const bench = open();
  const times: number[] = [];
  for (const clockMs of [10_000, 10_000, 4_000, 10_001, 20_000]) {
    bench.clockMs = clockMs;
    offer(bench);
    await turn();
    const last = bench.held.at(-1);
    times.push(last?.block.time ?? 0);
    last?.commit();
    await turn();
  }
  expect(times).toEqual([10_000, 10_001, 10_002, 10_003, 20_000]);
});

test('I7: what has expired before its block is sealed is refused and the rest goes on, in order', async () => {
  const bench = open();
  const rows = Array.from({ length: 9 }, (_, i) => rowOf({ validUntil: i % 3 === 1 ? HEAD.height : 90_000 }));
  for (const row of rows) bench.ordering.offer(row, 0, row.length);
  await turn();
  const idOf = (row: Buffer) => row.toString('hex', 18, 50);
  expect(bench.refused).toEqual([1, 4, 7].map((i) => `${idOf(rows[i] ?? Buffer.alloc(0))} expired`));
  const block = bench.held[0]?.block;
  const left = Array.from({ length: 6 }, (_, i) => {
    const at = block?.rows.rowAt[i] ?? 0;
    return block?.rows.bytes.toString('hex', at + 18, at + 50);
  });
  expect(left).toEqual([0, 2, 3, 5, 6, 8].map((i) => idOf(rows[i] ?? Buffer.alloc(0))));
});

test('a block of which everything has expired is no block', async () => {
  const bench = open();
  const late = rowOf({ validUntil: 1 });
  bench.ordering.offer(late, 0, late.length);
  await turn();
  expect(bench.held).toEqual([]);
  offer(bench);
  await turn();
  expect(bench.held[0]?.block.height).toBe(8);
  bench.held[0]?.commit();
  await bench.ordering.stop();
});

test('a block that is not committed stops the ordering with one fault', async () => {
  const bench = open();
  offer(bench, blockTransactionsMax * 2 + 1);
  await turn();
  bench.held[0]?.fail(new Error('the disk is gone'));
  bench.held[1]?.fail(new Error('the one before is missing'));
  await turn();
  expect(bench.faults).toMatchObject([{ code: 'block_not_committed', facts: { height: 8 } }]);
  const row = rowOf();
  expect(bench.ordering.offer(row, 0, row.length)).toBe(false);
  await bench.ordering.stop();
  expect(bench.held.length).toBe(2);
});

test('stopping hands over what was taken, without waiting for more, and resolves when it is committed', async () => {
  const bench = open();
  bench.unverifiedCount = 1_000;
  offer(bench, 3);
  const stopped = bench.ordering.stop();
  await turn();
  expect(sizes(bench)).toEqual([3]);
  const row = rowOf();
  expect(bench.ordering.offer(row, 0, row.length)).toBe(false);
  bench.held[0]?.commit();
  await stopped;
});

test('buffers are used again without mixing blocks', async () => {
  const bench = open();
  const seen = new Set<unknown>();
  for (let round = 0; round < 10; round++) {
    const rows = offer(bench, 3);
    await turn();
    const { block, commit } = bench.held.at(-1) ?? {};
    seen.add(block?.rows);
    const first = block?.rows.rowAt[0] ?? 0;
    expect(block?.rows.bytes.toString('hex', first + 18, first + 50)).toBe(rows[0]?.toString('hex', 18, 50));
    commit?.();
    await turn();
  }
  expect(seen.size).toBeLessThanOrEqual(3);
});

test('I15: after a slow block what waits is cut into smaller ones, and nothing is lost or doubled', async () => {
  const bench = open();
  const clock = vi.spyOn(performance, 'now');
  let nowMs = 0;
  clock.mockImplementation(() => nowMs);
  offer(bench, 1);
  await Promise.resolve();
  const ids = offer(bench, 10).map((row) => row.toString('hex', ROW_ID_AT, ROW_ID_AT + 32));
  nowMs += 4 * blockMsWanted;
  const counts: number[] = [];
  const sealed: string[] = [];
  for (let at = 0; at < bench.held.length; at++) {
    const { block, count, commit } = bench.held[at] as Held;
    counts.push(count);
    if (at > 0) sealed.push(...idsOf(block, count));
    commit();
    await new Promise((resolve) => setImmediate(resolve));
    nowMs += 1;
  }
  clock.mockRestore();
  // Two are at the executor at once, so two are sent before the first of them shows that it is fast.
  expect(counts).toEqual([1, 1, 1, 2, 4, 2]);
  expect(sealed).toEqual(ids);
});

function idsOf({ rows }: SealedBlock, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const at = (rows.rowAt[index] ?? 0) + ROW_ID_AT;
    return rows.bytes.toString('hex', at, at + 32);
  });
}
