import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import {
  call,
  catalogue,
  clerk,
  network,
  revoked,
  stranger,
  transactionOf,
} from '../../../../test/conformance/sample-network.ts';
import type { CatalogueFunction } from '../chain/catalogue.ts';
import { RowBuffer } from '../chain/row-buffer.ts';
import { sha256 } from '../chain/sha256.ts';
import { rowValidUntil } from '../chain/transaction-row.ts';
import type { Fault } from '../fault.ts';
import { BlockTransactions } from './block-transactions.ts';
import type { Purpose, Slot } from './slot.ts';
import { VerificationPool } from './verification-pool.ts';

const HEIGHT = 10;
const MANY = 1_000;
const pools: VerificationPool[] = [];

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function open(options: {
  workers: number;
  onFault?: (fault: Fault) => void;
  library?: 'sodium' | 'openssl';
}): VerificationPool {
  const pool = new VerificationPool({
    network,
    onFault: (fault) => expect.unreachable(fault.message),
    ...options,
  });
  pool.setCatalogue(catalogue);
  pools.push(pool);
  return pool;
}

// A slot of a worker; asks until a worker has started.
async function workerSlot(pool: VerificationPool): Promise<Slot> {
  for (;;) {
    const slot = pool.acquire(MANY);
    if (slot === null) throw new Error('no slot is free');
    let isInline = false;
    slot.batch.clear();
    pool.run(slot, { height: HEIGHT, purpose: 'admission' }, () => {
      isInline = true;
    });
    if (!isInline) {
      await expect.poll(() => isInline, { interval: 2, timeout: 30_000 }).toBe(true);
      return slot;
    }
    pool.release(slot);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function judged(pool: VerificationPool, slot: Slot, transactions: readonly Uint8Array[], purpose: Purpose) {
  slot.batch.clear();
  for (const transaction of transactions) slot.batch.append(slot.input, transaction);
  return new Promise<unknown[][]>((resolve) => {
    pool.run(slot, { height: HEIGHT, purpose }, () => {
      resolve(
        transactions.map((_, i) => [
          slot.batch.refusal(i),
          sha256(slot.output.subarray(slot.batch.rowAt(i), slot.batch.rowEnd(i))).toString('hex'),
        ]),
      );
    });
  });
}

const whole = transactionOf();
const transaction = fc.oneof(
  fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) }).map(({ at, byte }) => {
    const copy = Uint8Array.from(whole);
    copy[at] = byte;
    return copy;
  }),
  fc.nat(whole.length).map((length) => whole.subarray(0, length)),
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(
    ...[
      {},
      { key: clerk },
      { key: revoked },
      { key: stranger },
      { validUntil: 3 },
      { validUntil: 200_000 },
    ].map(transactionOf),
    ...['{}', '{"id":1}', '{"id":"0x10","note":""}', 'null'].map((args) =>
      transactionOf({ calls: [call('place_order', args)] }),
    ),
    transactionOf({ calls: Array.from({ length: 1_000 }, () => call('record', '{}')) }),
    transactionOf({ network: randomBytes(32) }),
  ),
);

test('I15: the main thread, a worker and the other library give the same verdicts and rows', async () => {
  const here = open({ workers: 0 });
  const there = open({ workers: 1 });
  const otherwise = open({ workers: 0, library: 'openssl' });
  const slots = { here: here.acquire(1), there: await workerSlot(there), otherwise: otherwise.acquire(1) };
  if (slots.here === null || slots.otherwise === null) throw new Error('no slot is free');
  const { here: a, there: b, otherwise: c } = slots;
  const purpose = fc.constantFrom<Purpose>('admission', 'block');
  await fc.assert(
    fc.asyncProperty(fc.array(transaction, { maxLength: 12 }), purpose, async (transactions, why) => {
      const expected = await judged(here, a, transactions, why);
      expect(await judged(there, b, transactions, why)).toEqual(expected);
      expect(await judged(otherwise, c, transactions, why)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

test('a few transactions are judged here, many in workers, which start once', async () => {
  const pool = open({ workers: 2 });
  const first = pool.acquire(1);
  if (first === null) throw new Error('no slot is free');
  pool.release(first);
  await new Promise(setImmediate);
  const slot = await workerSlot(pool);
  expect(slot === first).toBe(false);
  pool.release(slot);
  await new Promise(setImmediate);
  expect(pool.acquire(1) === first).toBe(true);
  expect(pool.acquire(MANY) === first).toBe(false);
});

test('a slot that holds the largest transactions is judged', async () => {
  const pool = open({ workers: 0 });
  const slot = pool.acquire(1);
  if (slot === null) throw new Error('no slot is free');
  const note = 'n'.repeat(250_000);
  const large = transactionOf({ calls: [0, 1].map((id) => call('place_order', { id, note })) });
  const small = transactionOf();
  const result = await judged(pool, slot, [small, large], 'admission');
  expect(result.map(([code]) => code)).toEqual([null, null]);
});

test('whoever waits for a slot gets one in turn', async () => {
  const pool = open({ workers: 0 });
  const served: string[] = [];
  const take = (name: string) => () => {
    const slot = pool.acquire(1);
    if (slot === null || served.length === 6) return;
    served.push(name);
    pool.release(slot);
  };
  pool.onFree(take('a'));
  pool.onFree(take('b'));
  take('a')();
  await expect.poll(() => served.join('')).toBe('aababa');
});

test('a worker that dies is a fault, and no slot is given out any more', async () => {
  const faults: Fault[] = [];
  const failed: Fault[] = [];
  const pool = open({ workers: 1, onFault: (fault) => faults.push(fault) });
  pool.onFailure((fault) => failed.push(fault));
  const slot = await workerSlot(pool);
  // A catalogue that only a worker stumbles over: there the array has lost its class.
  class Evasive extends Array<CatalogueFunction> {
    override map(): never[] {
      return [];
    }
  }
  pool.setCatalogue({ ...catalogue, functions: new Evasive({} as CatalogueFunction) });
  pool.run(slot, { height: HEIGHT, purpose: 'admission' }, expect.unreachable);
  await expect.poll(() => faults.length).toBe(1);
  expect(faults[0]).toMatchObject({ code: 'verification_worker_died' });
  expect(failed).toEqual(faults);
  expect(pool.acquire(1)).toBeNull();
});

test('rows of a block stand in its order, whichever thread judged them', async () => {
  const pool = open({ workers: 2 });
  pool.release(await workerSlot(pool));
  const verifier = new BlockTransactions(pool);
  const transactions = Array.from({ length: 700 }, () => transactionOf());
  const rows = new RowBuffer();
  const both = await Promise.all([
    verifier.verify(transactions, HEIGHT + 1, rows),
    verifier.verify(transactions.slice(0, 3), HEIGHT + 2, new RowBuffer()),
  ]);
  expect(both).toEqual([null, null]);
  expect(rows.count).toBe(700);
  const here = open({ workers: 0 });
  const expected = new RowBuffer();
  await new BlockTransactions(here).verify(transactions, HEIGHT + 1, expected);
  expect(rows.copyMessages().equals(expected.copyMessages())).toBe(true);
});

test.each([
  [
    'a bad signature',
    'signature_invalid',
    (copy: Uint8Array) => copy.set([(copy.at(-1) ?? 0) ^ 1], copy.length - 1),
  ],
  ['a broken form', 'malformed', (copy: Uint8Array) => copy.set([0xff], 0)],
])('I7: a block with %s is refused, and the transaction is named', async (_what, code, change) => {
  const verifier = new BlockTransactions(open({ workers: 0 }));
  const transactions = Array.from({ length: 300 }, () => transactionOf());
  const bad = Uint8Array.from(transactions[211] ?? []);
  change(bad);
  transactions[211] = bad;
  expect(await verifier.verify(transactions, HEIGHT + 1, new RowBuffer())).toEqual({ index: 211, code });
});

test('I7: a block with a transaction of another network is refused', async () => {
  const verifier = new BlockTransactions(open({ workers: 0 }));
  const foreign = transactionOf({ network: randomBytes(32) });
  expect(await verifier.verify([foreign], 1, new RowBuffer())).toEqual({ index: 0, code: 'wrong_network' });
});

test.each([
  ['expired', { validUntil: 10 }],
  ['valid_until_too_far', { validUntil: 100_011 }],
  ['function_unknown', { calls: [call('nothing', '{}')] }],
  ['argument_missing', { calls: [call('place_order', '{}')] }],
  ['arguments_malformed', { calls: [call('place_order', '{"id":1,"id":1}')] }],
  ['expired', { validUntil: 10, calls: [call('nothing', '{}')] }],
])('I6: in a block, %s is no reason to refuse the block but stands in the row', async (code, options) => {
  const verifier = new BlockTransactions(open({ workers: 0 }));
  const rows = new RowBuffer();
  expect(await verifier.verify([transactionOf(options)], HEIGHT + 1, rows)).toBeNull();
  // Behind it stand that there is no effect, and which call it is about, where it is about one.
  const isOfACall = code !== 'expired' && code !== 'valid_until_too_far';
  const end = (rows.rowAt[0] ?? 0) + (rows.rowLength[0] ?? 0) - 4 - (isOfACall ? 8 : 4);
  expect(rows.bytes.toString('latin1', end - code.length, end)).toBe(code);
  expect(rows.bytes.readInt32BE(end - code.length - 4)).toBe(code.length);
});

test('the effect that a transaction demands stands in its row, before the call that it would refuse', async () => {
  const verifier = new BlockTransactions(open({ workers: 0 }));
  const effect = randomBytes(32);
  const rows = new RowBuffer();
  expect(await verifier.verify([transactionOf({ effect, validUntil: 70_000 })], HEIGHT + 1, rows)).toBeNull();
  const at = rows.rowAt[0] ?? 0;
  const end = at + (rows.rowLength[0] ?? 0) - 4;
  expect(rows.bytes.readInt32BE(end)).toBe(-1);
  expect(rows.bytes.subarray(end - 32, end).equals(effect)).toBe(true);
  expect(rows.bytes.readInt32BE(end - 36)).toBe(32);
  expect(rowValidUntil(rows.bytes, at)).toBe(70_000);
});

test('in a block, who may call is execution to say', async () => {
  const verifier = new BlockTransactions(open({ workers: 0 }));
  const transactions = [clerk, revoked, stranger].map((key) => transactionOf({ key }));
  const rows = new RowBuffer();
  expect(await verifier.verify(transactions, HEIGHT + 1, rows)).toBeNull();
  expect(rows.bytes.readInt32BE((rows.rowAt[1] ?? 0) - 8)).toBe(-1);
});
