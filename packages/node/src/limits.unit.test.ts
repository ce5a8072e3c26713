/** Limits of a node that no other test reaches: what comes beyond them is refused at once, and what was taken is kept. */

import { randomBytes } from 'node:crypto';
import { blockTransactionsMax } from '@bucordo/protocol';
import { expect, test } from 'vitest';
import { Connection, open, submitted, turns } from '../../../test/conformance/admission-bench.ts';
import { network, rowOf, transactionOf } from '../../../test/conformance/sample-network.ts';
import { ReceiptLookups } from './admission/stored-receipts.ts';
import { QueryDatabase } from './api/http/query-database.ts';
import {
  queriesMax,
  queriesPerIdentityMax,
  queriesWaitingMax,
  queriesWaitingPerIdentityMax,
} from './api/limits.ts';
import type { StoredReceipt } from './execution/ports.ts';
import {
  blocksInFlightMax,
  blocksWaitingMax,
  outcomeWaitMs,
  outcomeWaitMsMax,
  receiptLookupsMax,
  receiptLookupsWaitingMax,
  waitingBytesMax,
  waitingBytesPause,
} from './limits.ts';
import { SoloOrdering } from './ordering/solo/solo-ordering.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('an ordering whose executor stands still takes the blocks in flight, those that wait, and the open one', async () => {
  let sealed = 0;
  const ordering = new SoloOrdering({
    network,
    signer: { publicKey: randomBytes(32), sign: () => new Uint8Array(64) },
    sink: {
      commit: () => {
        sealed += 1;
        return new Promise(() => undefined);
      },
    },
    refusals: { refuse: () => undefined },
    now: Date.now,
    unverifiedCount: () => 0,
    onFault: () => undefined,
  });
  const hash = new Uint8Array(32);
  ordering.start({ height: 1, time: 1, blockHash: hash, stateHash: hash });
  const row = rowOf();
  let taken = 0;
  while (ordering.offer(row, 0, row.length)) {
    taken += 1;
    if (taken % blockTransactionsMax === 0) await turn();
  }
  expect(taken).toBe((blocksInFlightMax + blocksWaitingMax + 1) * blockTransactionsMax);
  expect(sealed).toBe(blocksInFlightMax);
});

test('lookups of receipts run and wait in limited number, and each is answered', async () => {
  const answer: (() => void)[] = [];
  const lookups = new ReceiptLookups(
    () => new Promise<StoredReceipt | null>((resolve) => answer.push(() => resolve(null))),
  );
  let found = 0;
  const look = (): boolean =>
    lookups.look(
      new Uint8Array(32),
      () => {
        found += 1;
      },
      () => undefined,
    );
  const most = receiptLookupsMax + receiptLookupsWaitingMax;
  for (let n = 0; n < most; n++) expect(look()).toBe(true);
  expect(look()).toBe(false);
  expect(answer.length).toBe(receiptLookupsMax);
  while (answer.length > 0) {
    for (const one of answer.splice(0)) one();
    await turn();
  }
  expect(found).toBe(most);
  expect(look()).toBe(true);
});

test('queries run and wait in limited number, of one identity and in all; the next one must come again', async () => {
  const database = new QueryDatabase({
    connect: () => new Promise(() => undefined),
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const reader = { member: 'buyer', class: 'buyer', roles: [] };
  const query = { reader, sql: 'SELECT 1', parameters: [], rowsMax: 1, timeoutMs: 1_000 };
  const run = (identity: string) => database.run('bucordo_reader', { ...query, identity });
  const taken = (identity: string, count: number) =>
    Array.from({ length: count }, () => run(identity).catch((error: unknown) => error));
  const ofOne = taken('buyer/ann', queriesPerIdentityMax + queriesWaitingPerIdentityMax);
  await expect(run('buyer/ann')).rejects.toMatchObject({ code: 'overloaded' });
  const ofAnother = taken('buyer/bob', queriesMax + queriesWaitingMax - ofOne.length);
  await expect(run('buyer/cid')).rejects.toMatchObject({ code: 'overloaded' });
  database.close();
  // Those that run hold a connection that never opens; every one that waits hears of the end.
  const waiting = [
    ...ofOne.slice(queriesPerIdentityMax),
    ...ofAnother.slice(queriesMax - queriesPerIdentityMax),
  ];
  expect(waiting).toHaveLength(queriesWaitingMax);
  for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: 'stopping' });
});

test.each([
  ['when it names none', undefined, outcomeWaitMs],
  ['when it names a longer one', outcomeWaitMsMax * 2, outcomeWaitMsMax],
])('a caller waits for its outcome for a limited time %s', async (_, timeoutMs, limitMs) => {
  const bench = open();
  const connection = new Connection();
  const options = { first: 0, level: 'committed' as const };
  bench.admission.submitTransactions(
    [transactionOf()],
    timeoutMs === undefined ? options : { ...options, timeoutMs },
    connection,
  );
  await turns(4);
  bench.clockMs = limitMs - 1;
  await submitted(bench, transactionOf());
  expect(connection.all).toEqual([]);
  bench.clockMs = limitMs;
  expect(await connection.reached(1)).toMatchObject([{ code: 'timeout' }]);
});

test('bytes that wait for verification make transports pause, and beyond the hard limit are refused', async () => {
  const bench = open();
  const connection = new Connection();
  // The same bytes each time: what counts is what waits.
  const piece = new Uint8Array(1024 * 1024);
  const submit = (first: number): void =>
    bench.admission.submitTransactions([piece], { first, level: 'accepted' }, connection);
  const fitting = waitingBytesMax / piece.length;
  for (let n = 0; n < fitting; n++) {
    expect(bench.admission.isFull).toBe(n >= waitingBytesPause / piece.length);
    submit(n);
  }
  expect(connection.all).toEqual([]);
  submit(fitting);
  expect(connection.all).toMatchObject([{ number: fitting, code: 'overloaded' }]);
  const outcomes = await connection.reached(fitting + 1);
  expect(new Set(outcomes.map(({ code }) => code))).toEqual(new Set(['too_large', 'overloaded']));
});
