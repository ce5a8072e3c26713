import { randomBytes } from 'node:crypto';
import type { Outcome, WaitLevel } from '@bucordo/protocol';
import { encodeSubmitRequest } from '@bucordo/protocol';
import { afterEach, expect, test } from 'vitest';
import {
  call,
  catalogue,
  clerk,
  early,
  framed,
  network,
  payloadOf,
  purchaser,
  revoked,
  type SampleKey,
  seller,
  signatureOf,
  stranger,
  transactionOf,
} from '../../../../test/conformance/sample-network.ts';
import { RowBuffer } from '../chain/row-buffer.ts';
import type { SealedBlock } from '../chain/sealed-block.ts';
import { waitingTransactionsPause } from '../limits.ts';
import { Admission } from './admission.ts';
import { RecentIds } from './recent-ids.ts';
import type { StoredReceipt } from './stored-receipts.ts';
import { VerificationPool } from './verification-pool.ts';

const HEIGHT = 10;

interface Bench {
  readonly admission: Admission;
  /** Rows that reached the ordering. */
  readonly offered: Buffer[];
  /** Receipts in the database, by id in hex. */
  readonly receipts: Map<string, StoredReceipt>;
  readonly recentIds: RecentIds;
  clockMs: number;
  isOrderingFull: boolean;
}

const benches: { admission: Admission; pool: VerificationPool }[] = [];

afterEach(async () => {
  for (const { admission, pool } of benches.splice(0)) {
    admission.close();
    await pool.close();
  }
});

function open(options: { completeFrom?: number } = {}): Bench {
  const pool = new VerificationPool({ network, workers: 0, onFault: expect.unreachable });
  const receipts = new Map<string, StoredReceipt>();
  const recentIds = new RecentIds(1024, options.completeFrom ?? 1);
  const bench: Bench = {
    admission: new Admission({
      pool,
      height: HEIGHT,
      catalogue,
      recentIds,
      receiptById: async (id) => receipts.get(Buffer.from(id).toString('hex')) ?? null,
      monotonicMs: () => bench.clockMs,
    }),
    offered: [],
    receipts,
    recentIds,
    clockMs: 0,
    isOrderingFull: false,
  };
  bench.admission.open({
    offer(rows, start, end) {
      if (bench.isOrderingFull) return false;
      bench.offered.push(Buffer.from(rows.subarray(start, end)));
      return true;
    },
  });
  benches.push({ admission: bench.admission, pool });
  return bench;
}

/** A connection that keeps its outcomes. */
class Connection {
  readonly batches: (readonly Outcome[])[] = [];

  get all(): Outcome[] {
    return this.batches.flat();
  }

  outcomes(batch: readonly Outcome[]): void {
    this.batches.push(batch);
  }

  async reached(count: number): Promise<Outcome[]> {
    await expect.poll(() => this.all.length, { interval: 2, timeout: 30_000 }).toBe(count);
    return this.all;
  }
}

const turns = (count: number) =>
  new Promise<void>((resolve) => {
    const next = (left: number): void => void (left === 0 ? resolve() : setImmediate(next, left - 1));
    next(count);
  });

async function submitted(
  bench: Bench,
  transaction: Uint8Array,
  level: WaitLevel = 'committed',
): Promise<Connection> {
  const connection = new Connection();
  bench.admission.submitTransactions([transaction], { first: 0, level }, connection);
  await turns(4);
  return connection;
}

function block(rows: readonly Buffer[], height: number): SealedBlock {
  const buffer = new RowBuffer();
  for (const row of rows) buffer.append(row, 0, row.length);
  const none = new Uint8Array(32);
  return {
    height,
    time: height,
    header: none,
    hash: none,
    previousHash: none,
    evidence: none,
    signature: none,
    rows: buffer,
  };
}

function idOf(row: Buffer): string {
  return row.toString('hex', 18, 50);
}

function committed(bench: Bench, height: number, rows: readonly Buffer[] = bench.offered.splice(0)): void {
  bench.admission.settle(block(rows, height), {
    height,
    stateHash: new Uint8Array(32),
    rejections: [],
    results: [],
  });
}

const order = (args: string) => [call('place_order', args)];
const record = (facts: Record<string, unknown>) => [
  call('record', { at: '2026-11-23T00:00:00Z', amount: '1.50', small: 1, document: {}, ...facts }),
];
const raw = (text: string) => [call('record', text)];
const payload = payloadOf();
const signature = signatureOf(payload);
const with_ = (bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  change(copy);
  return copy;
};
const signed = (bytes: Uint8Array, key?: SampleKey) => framed(bytes, signatureOf(bytes, key));
const plusL = (bytes: Uint8Array) =>
  with_(bytes, (copy) => {
    const order_ = Buffer.from('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010', 'hex');
    let carry = 0;
    for (let i = 0; i < 32; i++) {
      carry += (copy[32 + i] ?? 0) + (order_[i] ?? 0);
      copy[32 + i] = carry & 255;
      carry >>= 8;
    }
  });

const corpus: readonly (readonly [what: string, code: string, transaction: Uint8Array])[] = [
  ['nothing', 'malformed', new Uint8Array(0)],
  ['random bytes', 'malformed', randomBytes(300)],
  ['a cut-off transaction', 'malformed', transactionOf().subarray(0, -1)],
  ['a byte behind', 'malformed', Buffer.concat([transactionOf(), Buffer.of(0)])],
  ['a field behind the payload', 'malformed', signed(Buffer.concat([payload, Buffer.from([0x30, 1])]))],
  [
    'a payload without calls',
    'malformed',
    signed(Buffer.concat([payload.subarray(0, 68), payload.subarray(-22)])),
  ],
  ['the network repeated', 'malformed', signed(Buffer.concat([payload.subarray(0, 34), payload]))],
  [
    'a name in capitals',
    'malformed',
    signed(with_(payload, (copy) => copy.set([0x50], Buffer.from(payload).indexOf('purchasing')))),
  ],
  ['another network', 'wrong_network', transactionOf({ network: randomBytes(32) })],
  ['expired', 'expired', transactionOf({ validUntil: HEIGHT })],
  ['valid for too long', 'valid_until_too_far', transactionOf({ validUntil: HEIGHT + 100_001 })],
  ['an unknown identity', 'identity_unknown', transactionOf({ key: stranger })],
  ['a revoked identity', 'identity_revoked', transactionOf({ key: revoked })],
  ['an identity before its time', 'identity_revoked', transactionOf({ key: early })],
  ['an identity without the role', 'not_permitted', transactionOf({ key: clerk })],
  ['a member of the wrong class', 'not_permitted', transactionOf({ key: seller })],
  ['an unknown function', 'function_unknown', transactionOf({ calls: [call('place_orders', {})] })],
  ['a missing argument', 'argument_missing', transactionOf({ calls: order('{"id":1}') })],
  ['an unknown argument', 'argument_unknown', transactionOf({ calls: order('{"id":1,"note":"","more":1}') })],
  ['a duplicate key', 'arguments_malformed', transactionOf({ calls: order('{"id":1,"id":1,"note":""}') })],
  ['no JSON', 'arguments_malformed', transactionOf({ calls: order('{"id":1,"note":') })],
  ['no object', 'arguments_malformed', transactionOf({ calls: order('[1]') })],
  [
    '2^53 + 1 as a number',
    'argument_invalid',
    transactionOf({ calls: order('{"id":9007199254740993,"note":""}') }),
  ],
  ['an integer with a fraction', 'argument_invalid', transactionOf({ calls: order('{"id":1.0,"note":""}') })],
  ['the time "now"', 'argument_invalid', transactionOf({ calls: record({ at: 'now' }) })],
  ['the integer "0x10"', 'argument_invalid', transactionOf({ calls: record({ small: '0x10' }) })],
  [
    'an int4 beyond its range',
    'argument_invalid',
    transactionOf({ calls: record({ small: 2_147_483_648 }) }),
  ],
  [
    'the decimal 1e400',
    'arguments_malformed',
    transactionOf({ calls: raw('{"at":"2026-11-23T00:00:00Z","amount":1e400,"small":1,"document":{}}') }),
  ],
  [
    '1e400 within a document',
    'arguments_malformed',
    transactionOf({
      calls: raw('{"at":"2026-11-23T00:00:00Z","amount":1,"small":1,"document":{"n":1e400}}'),
    }),
  ],
  ['the decimal "NaN"', 'argument_invalid', transactionOf({ calls: record({ amount: 'NaN' }) })],
  [
    'a document that is too deep',
    'arguments_malformed',
    transactionOf({
      calls: raw(
        `{"at":"2026-11-23T00:00:00Z","amount":1,"small":1,"document":${'['.repeat(70)}${']'.repeat(70)}}`,
      ),
    }),
  ],
  [
    'a second call that is wrong',
    'function_unknown',
    transactionOf({ calls: [...order('{"id":1,"note":""}'), call('nothing', {})] }),
  ],
  ['arguments that are too large', 'too_large', signed(withArguments(262_145))],
  ['a transaction that is too large', 'too_large', randomBytes(600_000)],
  ['too many calls', 'too_many_calls', signed(withCalls(1_001))],
  ['a signature of another key', 'signature_invalid', framed(payload, signatureOf(payload, stranger))],
  [
    'a signature with a changed bit',
    'signature_invalid',
    framed(
      payload,
      with_(signature, (copy) => copy.set([(copy[40] ?? 0) ^ 1], 40)),
    ),
  ],
  [
    'a changed payload',
    'signature_invalid',
    framed(
      with_(payload, (copy) => copy.set([(copy.at(-1) ?? 0) ^ 1], copy.length - 1)),
      signature,
    ),
  ],
  ['a signature with S + L', 'signature_invalid', framed(payload, plusL(signature))],
  [
    'a signature with R of small order',
    'signature_invalid',
    framed(
      payload,
      with_(signature, (copy) => copy.set(Buffer.concat([Buffer.of(1), Buffer.alloc(31)]), 0)),
    ),
  ],
  ['a signature of zeros', 'signature_invalid', framed(payload, new Uint8Array(64))],
];

// A payload with what an encoder would refuse, made from one that it allows.
function withArguments(length: number): Uint8Array {
  return rawPayload([{ name: 'place_order', args: Buffer.alloc(length, 0x20) }]);
}

function withCalls(count: number): Uint8Array {
  return rawPayload(Array.from({ length: count }, () => ({ name: 'place_order', args: Buffer.from('{}') })));
}

function rawPayload(calls: readonly { name: string; args: Buffer }[]): Uint8Array {
  const whole = Buffer.from(payloadOf());
  const bodies = calls.map(({ name, args }) =>
    field(
      0x1a,
      Buffer.concat([
        field(0x0a, Buffer.from('purchasing')),
        field(0x12, Buffer.from(name)),
        field(0x1a, args),
      ]),
    ),
  );
  return Buffer.concat([whole.subarray(0, 68), ...bodies, whole.subarray(-22)]);
}

function field(tag: number, content: Buffer): Buffer {
  const head = [tag];
  let rest = content.length;
  for (; rest >= 128; rest = Math.floor(rest / 128)) head.push((rest % 128) | 128);
  return Buffer.concat([Buffer.from([...head, rest]), content]);
}

test.each(corpus)('I7: %s is refused as %s and reaches nothing', async (_what, code, transaction) => {
  const bench = open();
  const [outcome] = await (await submitted(bench, transaction)).reached(1);
  expect(outcome).toMatchObject({ code, height: 0, duplicate: false });
  expect(bench.offered).toEqual([]);
});

test('a refusal reaches the number it belongs to, and the others go on', async () => {
  const bench = open();
  const connection = new Connection();
  const transactions = corpus.flatMap(([, , bad]) => [bad, transactionOf()]);
  bench.admission.submitTransactions(transactions, { first: 100, level: 'committed' }, connection);
  // What has expired is looked up first, so its answer comes later than the others.
  const refused = (await connection.reached(corpus.length)).toSorted((a, b) => a.number - b.number);
  expect(refused.map(({ number, code }) => [number, code])).toEqual(
    corpus.map(([, code], i) => [100 + 2 * i, code]),
  );
  expect(bench.offered.length).toBe(corpus.length);
});

test('a right transaction is answered when its block is committed, with the place in the block', async () => {
  const bench = open();
  const connection = new Connection();
  const frame = encodeSubmitRequest({
    first: 7,
    wait: 'committed',
    transactions: [transactionOf(), transactionOf()],
  });
  expect(bench.admission.submit(Buffer.from(frame), connection)).toBe(true);
  await turns(4);
  expect(connection.all).toEqual([]);
  committed(bench, 11);
  expect(connection.batches).toEqual([
    [
      { number: 7, height: 11, index: 0, code: '', message: '', result: '', duplicate: false },
      { number: 8, height: 11, index: 1, code: '', message: '', result: '', duplicate: false },
    ],
  ]);
});

test('a receipt that rejects comes with code and message, one with a result comes with it', async () => {
  const bench = open();
  const connection = new Connection();
  bench.admission.submitTransactions(
    [transactionOf(), transactionOf()],
    { first: 0, level: 'committed' },
    connection,
  );
  await turns(4);
  bench.admission.settle(block(bench.offered, 11), {
    height: 11,
    stateHash: new Uint8Array(32),
    rejections: [{ index: 0, code: 'BC007', message: 'the order is closed' }],
    results: [{ index: 1, value: '42' }],
  });
  expect(connection.all).toMatchObject([
    { number: 0, code: 'BC007', message: 'the order is closed', result: '' },
    { number: 1, code: '', result: '42' },
  ]);
});

test('each level is answered at its time', async () => {
  const bench = open();
  const levels: WaitLevel[] = ['accepted', 'ordered', 'committed', 'final'];
  const connections = await Promise.all(levels.map((level) => submitted(bench, transactionOf(), level)));
  const answered = () => connections.map(({ all }) => all.length);
  expect(answered()).toEqual([1, 0, 0, 0]);
  const rows = [...bench.offered];
  bench.admission.ordered(block(rows, 11));
  expect(answered()).toEqual([1, 1, 0, 0]);
  committed(bench, 11);
  expect(answered()).toEqual([1, 1, 1, 0]);
  bench.admission.final(10);
  expect(answered()).toEqual([1, 1, 1, 0]);
  bench.admission.final(11);
  expect(answered()).toEqual([1, 1, 1, 1]);
  expect(connections[3]?.all).toMatchObject([{ height: 11, code: '' }]);
});

test('I5: a transaction submitted twice in one frame is offered once, and both are answered', async () => {
  const bench = open();
  const connection = new Connection();
  const twice = transactionOf();
  bench.admission.submitTransactions([twice, twice], { first: 0, level: 'committed' }, connection);
  await turns(4);
  expect(bench.offered.length).toBe(1);
  committed(bench, 11);
  const outcomes = await connection.reached(2);
  expect(outcomes.map(({ number, height, duplicate }) => [number, height, duplicate]).sort()).toEqual([
    [0, 11, false],
    [1, 11, true],
  ]);
});

test('I5: a transaction under way is joined by whoever submits it again, on another connection', async () => {
  const bench = open();
  const transaction = transactionOf();
  const first = await submitted(bench, transaction);
  const second = await submitted(bench, transaction);
  const third = await submitted(bench, transaction, 'accepted');
  expect(third.all).toMatchObject([{ code: '', duplicate: true }]);
  committed(bench, 11);
  expect(first.all).toMatchObject([{ height: 11, duplicate: false }]);
  expect(second.all).toMatchObject([{ height: 11, duplicate: true }]);
});

test('I5: a committed transaction is answered with its stored receipt', async () => {
  const bench = open();
  const transaction = transactionOf();
  await submitted(bench, transaction);
  const [row] = bench.offered;
  bench.receipts.set(idOf(row ?? Buffer.alloc(0)), {
    height: 11,
    index: 3,
    code: 'BC001',
    message: 'no',
    result: '',
  });
  committed(bench, 11);
  for (const level of ['accepted', 'ordered', 'committed'] as const) {
    const again = await submitted(bench, transaction, level);
    expect(await again.reached(1)).toEqual([
      { number: 0, height: 11, index: 3, code: 'BC001', message: 'no', result: '', duplicate: true },
    ]);
  }
  expect(bench.offered).toEqual([]);
});

test('I5: after a restart, with nothing in memory, a committed transaction is still found', async () => {
  const transaction = transactionOf();
  const before = open();
  await submitted(before, transaction);
  const after = open({ completeFrom: HEIGHT + 1 });
  after.receipts.set(idOf(before.offered[0] ?? Buffer.alloc(0)), {
    height: 9,
    index: 0,
    code: '',
    message: '',
    result: '1',
  });
  const again = await submitted(after, transaction);
  expect(await again.reached(1)).toMatchObject([{ height: 9, result: '1', duplicate: true }]);
  const fresh = await submitted(after, transactionOf());
  expect(after.offered.length).toBe(1);
  committed(after, 11);
  expect(fresh.all).toMatchObject([{ height: 11, duplicate: false }]);
});

test('I5: an expired transaction that was committed in time is answered with its receipt', async () => {
  const transaction = transactionOf({ validUntil: 8 });
  const bench = open();
  const refused = await submitted(bench, transaction);
  expect(refused.all).toMatchObject([
    { code: 'expired', message: 'valid until height 8; the next block has height 11' },
  ]);
});

test('a memory that only seems to know a transaction does not stop it', async () => {
  const bench = open();
  const transaction = transactionOf();
  await submitted(bench, transaction);
  const row = bench.offered.splice(0)[0] ?? Buffer.alloc(0);
  bench.recentIds.add(row, 18, 9);
  bench.admission.refuse(row.subarray(18, 50), 'overloaded');
  const again = await submitted(bench, transaction);
  expect(bench.offered.length).toBe(1);
  committed(bench, 11);
  expect(again.all).toMatchObject([{ height: 11, code: '' }]);
});

test('a transaction that the ordering gives up is answered with its code', async () => {
  const bench = open();
  const connection = await submitted(bench, transactionOf());
  bench.admission.refuse((bench.offered[0] ?? Buffer.alloc(0)).subarray(18, 50), 'expired');
  expect(connection.all).toMatchObject([{ code: 'expired' }]);
});

test('a deadline is answered with timeout, and the transaction may still commit', async () => {
  const bench = open();
  const connection = new Connection();
  const transaction = transactionOf();
  bench.admission.submitTransactions(
    [transaction],
    { first: 0, level: 'committed', timeoutMs: 1_000 },
    connection,
  );
  await turns(4);
  bench.clockMs = 1_000;
  const [outcome] = await connection.reached(1);
  expect(outcome).toMatchObject({ code: 'timeout' });
  expect(outcome?.message).toContain('may still commit');
  const again = await submitted(bench, transaction);
  committed(bench, 11);
  expect(again.all).toMatchObject([{ height: 11, duplicate: true }]);
  expect(connection.all.length).toBe(1);
});

test('a transaction that no block took in time is answered with expired', async () => {
  const bench = open();
  const connection = await submitted(bench, transactionOf({ validUntil: 12 }));
  committed(bench, 12, []);
  const [outcome] = await connection.reached(1);
  expect(outcome).toMatchObject({ code: 'expired' });
});

test('a connection that closes hears nothing more', async () => {
  const bench = open();
  const gone = await submitted(bench, transactionOf());
  const final = await submitted(bench, transactionOf(), 'final');
  const stays = await submitted(bench, transactionOf());
  bench.admission.drop(gone);
  bench.admission.drop(final);
  committed(bench, 11);
  bench.admission.final(11);
  expect([gone.all.length, final.all.length, stays.all.length]).toEqual([0, 0, 1]);
});

test('an ordering that takes nothing is overload', async () => {
  const bench = open();
  bench.isOrderingFull = true;
  expect((await submitted(bench, transactionOf())).all).toMatchObject([{ code: 'overloaded' }]);
});

test('a full queue asks transports to pause, and 128 clients with one request each are still taken', async () => {
  const bench = open();
  const requests = 128;
  const each = 200;
  const connection = new Connection();
  const transactions = Array.from({ length: each }, () => transactionOf());
  for (let i = 0; i < requests; i++) {
    bench.admission.submitTransactions(transactions, { first: i * each, level: 'accepted' }, connection);
  }
  expect(requests * each).toBeGreaterThan(waitingTransactionsPause);
  expect(bench.admission.isFull).toBe(true);
  await bench.admission.ready();
  expect(bench.admission.isFull).toBe(false);
  const outcomes = await connection.reached(requests * each);
  expect(outcomes.filter(({ code }) => code !== '')).toEqual([]);
  expect(bench.offered.length).toBe(each);
});

test('beyond the hard limit a request is refused as overloaded, and nothing is lost', async () => {
  const bench = open();
  const connection = new Connection();
  const transactions = Array.from({ length: 1_000 }, () => new Uint8Array(1));
  for (let i = 0; i < 200; i++) {
    bench.admission.submitTransactions(transactions, { first: i * 1_000, level: 'accepted' }, connection);
  }
  const outcomes = await connection.reached(200_000);
  const codes = new Set(outcomes.map(({ code }) => code));
  expect(codes).toEqual(new Set(['malformed', 'overloaded']));
});

test('a frame that is no request is told so', () => {
  const bench = open();
  const connection = new Connection();
  for (const frame of [Buffer.alloc(0), randomBytes(50), Buffer.from([0x08, 0x00])]) {
    expect(bench.admission.submit(frame, connection)).toBe(false);
  }
  expect(connection.all).toEqual([]);
});

test('stopping refuses what is not yet on its way and answers what is', async () => {
  const bench = open();
  const underWay = await submitted(bench, transactionOf());
  bench.admission.stop();
  const late = await submitted(bench, transactionOf());
  expect(late.all).toMatchObject([{ code: 'stopping' }]);
  committed(bench, 11);
  expect(underWay.all).toMatchObject([{ height: 11 }]);
});

test('closing answers whoever still waits', async () => {
  const bench = open();
  const committedLevel = await submitted(bench, transactionOf());
  const finalLevel = await submitted(bench, transactionOf(), 'final');
  bench.admission.close();
  expect(committedLevel.all).toMatchObject([{ code: 'stopping' }]);
  expect(finalLevel.all).toMatchObject([{ code: 'stopping' }]);
});

test('I15: changed and cut transactions are refused or admitted, and nothing breaks', async () => {
  const bench = open();
  const connection = new Connection();
  const whole = transactionOf({ calls: [...order('{"id":1,"note":"a"}'), ...record({})] });
  const changed = Array.from({ length: 900 }, (_, i) => {
    const copy = Uint8Array.from(whole.subarray(0, i % 3 === 0 ? (i * 7) % whole.length : whole.length));
    if (copy.length > 0) copy[(i * 31) % copy.length] = (i * 89) & 255;
    return copy;
  });
  bench.admission.submitTransactions(changed, { first: 0, level: 'accepted' }, connection);
  const outcomes = await connection.reached(900);
  expect(outcomes.map(({ number }) => number)).toEqual([...changed.keys()]);
});

test('the key of a transaction decides, not the connection it came on', async () => {
  const bench = open();
  const connection = new Connection();
  const transactions = [purchaser, clerk, purchaser].map((key) => transactionOf({ key }));
  bench.admission.submitTransactions(transactions, { first: 0, level: 'accepted' }, connection);
  const outcomes = await connection.reached(3);
  expect(outcomes.map(({ code }) => code)).toEqual(['', 'not_permitted', '']);
});
