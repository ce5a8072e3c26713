import { randomBytes } from 'node:crypto';
import type { WaitLevel } from '@bucordo/protocol';
import { encodeSubmitRequest } from '@bucordo/protocol';
import { expect, test } from 'vitest';
import {
  block,
  Connection,
  committed,
  HEIGHT,
  idOf,
  open,
  submitted,
  turns,
} from '../../../../test/conformance/admission-bench.ts';
import { clerk, purchaser, transactionOf } from '../../../../test/conformance/sample-network.ts';
import { waitingTransactionsPause } from '../limits.ts';

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
      {
        number: 7,
        height: 11,
        index: 0,
        code: '',
        message: '',
        result: '',
        duplicate: false,
        call: null,
        detail: null,
      },
      {
        number: 8,
        height: 11,
        index: 1,
        code: '',
        message: '',
        result: '',
        duplicate: false,
        call: null,
        detail: null,
      },
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
    rejections: [{ index: 0, code: 'BC007', message: 'the order is closed', call: 0 }],
    details: new Map(),
    results: [{ index: 1, value: '42' }],
    catalogueChanged: false,
  });
  expect(connection.all).toMatchObject([
    { number: 0, code: 'BC007', message: 'the order is closed', result: '', call: 0 },
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
  const id = idOf(row ?? Buffer.alloc(0));
  bench.receipts.set(id, {
    height: 11,
    index: 3,
    transactionId: Buffer.from(id, 'hex'),
    code: 'BC001',
    message: 'no',
    result: '',
    call: 2,
    detail: null,
  });
  committed(bench, 11);
  for (const level of ['accepted', 'ordered', 'committed'] as const) {
    const again = await submitted(bench, transaction, level);
    expect(await again.reached(1)).toEqual([
      {
        number: 0,
        height: 11,
        index: 3,
        code: 'BC001',
        message: 'no',
        result: '',
        call: 2,
        detail: null,
        duplicate: true,
      },
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
    transactionId: Buffer.alloc(32),
    code: '',
    message: '',
    result: '1',
    call: null,
    detail: null,
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

test('a connection that closes while its transactions wait hears nothing, and they go on', async () => {
  const bench = open();
  const gone = new Connection();
  const transactions = [transactionOf(), randomBytes(100), transactionOf()];
  bench.admission.submitTransactions(transactions, { first: 0, level: 'committed' }, gone);
  bench.admission.drop(gone);
  await turns(6);
  expect(bench.offered.length).toBe(2);
  committed(bench, 11);
  expect(gone.all).toEqual([]);
});

test('I5: a transaction that commits while the database is asked about it is not offered again', async () => {
  const bench = open({ completeFrom: HEIGHT + 1 });
  const connection = new Connection();
  let answer: (receipt: null) => void = () => undefined;
  bench.receiptById = () => new Promise((resolve) => (answer = resolve));
  bench.admission.submitTransactions(
    [transactionOf({ nonce: new Uint8Array(16) })],
    { first: 0, level: 'committed' },
    connection,
  );
  await turns(4);
  const other = open();
  await submitted(other, transactionOf({ nonce: new Uint8Array(16) }));
  committed(bench, 11, other.offered);
  answer(null);
  await turns(2);
  expect(bench.offered).toEqual([]);
  expect(await connection.reached(1)).toMatchObject([{ height: 11, code: '' }]);
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

test('the key of a transaction decides, not the connection it came on', async () => {
  const bench = open();
  const connection = new Connection();
  const transactions = [purchaser, clerk, purchaser].map((key) => transactionOf({ key }));
  bench.admission.submitTransactions(transactions, { first: 0, level: 'accepted' }, connection);
  const outcomes = await connection.reached(3);
  expect(outcomes.map(({ code }) => code)).toEqual(['', 'not_permitted', '']);
});

test('I5: a refusal of the ordering node is told as unknown; the transaction stays under way and is joined', async () => {
  const bench = open();
  const transaction = transactionOf();
  const first = await submitted(bench, transaction);
  const id = Buffer.from(idOf(bench.offered[0] ?? Buffer.alloc(0)), 'hex');
  bench.admission.doubt(id, 'identity_unknown');
  expect(first.all).toMatchObject([
    { height: 0, code: 'unknown', message: expect.stringContaining('identity_unknown') },
  ]);
  const again = await submitted(bench, transaction);
  expect(bench.offered.length).toBe(1);
  committed(bench, 11);
  expect(again.all).toMatchObject([{ height: 11, code: '', duplicate: true }]);
  expect(first.all.length).toBe(1);
});

test('I1: a node that is in doubt tells the order of a transaction, and nothing about what became of it', async () => {
  const bench = open();
  const doubt = { code: 'diverged', message: 'differs since height 9' } as const;
  const final = await submitted(bench, transactionOf(), 'final');
  committed(bench, 11);
  const late = await Promise.all(
    (['ordered', 'committed', 'final'] as const).map((level) => submitted(bench, transactionOf(), level)),
  );
  bench.admission.distrust(doubt);
  expect(final.all).toMatchObject([{ height: 0, ...doubt }]);
  committed(bench, 12);
  expect(late.map(({ all }) => all)).toMatchObject([
    [{ height: 12, code: '', result: '' }],
    [{ height: 0, ...doubt }],
    [{ height: 0, ...doubt }],
  ]);
});

test('I1: nor does it tell a stored receipt, unless the height was final', async () => {
  const bench = open();
  const doubt = { code: 'forked', message: 'two blocks of height 11' } as const;
  const transaction = transactionOf();
  await submitted(bench, transaction);
  const id = idOf(bench.offered[0] ?? Buffer.alloc(0));
  bench.receipts.set(id, {
    height: 11,
    index: 0,
    transactionId: Buffer.from(id, 'hex'),
    code: '',
    message: '',
    result: '1',
    call: null,
    detail: null,
  });
  committed(bench, 11);
  bench.admission.distrust(doubt);
  const again = await submitted(bench, transaction);
  expect(await again.reached(1)).toMatchObject([{ height: 0, ...doubt }]);
  expect(bench.admission.doubtAt(11)).toEqual(doubt);
  bench.admission.final(11);
  expect(bench.admission.doubtAt(11)).toBeNull();
  const told = await submitted(bench, transaction);
  expect(await told.reached(1)).toMatchObject([{ height: 11, code: '', result: '1' }]);
});
