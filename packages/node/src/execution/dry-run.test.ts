/** Dry runs show what a transaction would do and leave nothing behind; a demanded effect is the one that is had. */

import { effectHash, rowEffectHash, toHex } from '@bucordo/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BANK, bankCall } from '../../../../test/support/bank-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import {
  type TestCall,
  TestChain,
  type TestIdentity,
  type TestTransaction,
} from '../../../../test/support/test-chain.ts';
import { dryRunChangesMax, dryRunRowBytesMax } from '../limits.ts';
import { dryRun } from './dry-run.ts';
import type { Executor } from './executor.ts';
import type { DryRunOutcome } from './ports.ts';

/** A loop that pays for its turns, one that never ends, and many rows. */
const WORK = {
  name: 'work',
  version: '1.0.0',
  functions: {
    turn: { roles: [], classes: [] },
    hang: { roles: [], classes: [] },
    fill: { roles: [], classes: [] },
    write: { roles: [], classes: [] },
    shorten: { roles: [], classes: [] },
  },
  schema: `CREATE TABLE work.item (id int4 PRIMARY KEY, note text CHECK (octet_length(note) < 100));
           CREATE TABLE work.page (id int4 PRIMARY KEY, body text NOT NULL);`,
  source: `
    CREATE FUNCTION work.turn(units int4) RETURNS int4 LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM bucordo.charge(units);
      RETURN units;
    END $$;
    CREATE FUNCTION work.hang() RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      LOOP
        NULL;
      END LOOP;
    END $$;
    CREATE FUNCTION work.fill(count int4) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      FOR number IN 1 .. count LOOP
        INSERT INTO work.item (id, note) VALUES (number, NULL);
      END LOOP;
      DELETE FROM work.item;
    END $$;
    CREATE FUNCTION work.write(id int4, bytes int4) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO work.page (id, body) VALUES (write.id, repeat('x', bytes));
    END $$;
    CREATE FUNCTION work.shorten() RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE work.page SET body = 'short';
    END $$;`,
};

/** A table that only clerks may read. */
const SECRET = {
  name: 'secret',
  version: '1.0.0',
  functions: { keep: { roles: [], classes: [] } },
  readers: [{ table: 'thing', roles: ['clerk'], classes: [] }],
  schema: 'CREATE TABLE secret.thing (id int4 PRIMARY KEY, word text CHECK (octet_length(word) < 100));',
  source: `
    CREATE FUNCTION secret.keep(id int4, word text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO secret.thing (id, word) VALUES (keep.id, keep.word);
    END $$;`,
};

const chain = new TestChain([BANK, WORK, SECRET]);
const databases: TestDatabase[] = [];
const executors: Executor[] = [];

beforeAll(async () => {
  for (let index = 0; index < 2; index++) {
    const database = await freshDatabase();
    databases.push(database);
    executors.push(await chain.found(database));
  }
  const accounts = Array.from({ length: 8 }, (_, id) =>
    bankCall('open_account', { id, owner: 'ann', balance: 50 }),
  );
  await run(accounts.map((call) => sign([call])));
});

afterAll(async () => {
  for (const executor of executors) await executor.close();
  for (const database of databases) await database.drop();
});

function sign(calls: readonly TestCall[], identity: TestIdentity = 'alpha/ann', effect?: Uint8Array) {
  return chain.transaction(identity, calls, undefined, effect);
}

/** Runs a block on both databases and expects them to agree. */
async function run(transactions: readonly TestTransaction[]) {
  const block = chain.seal(transactions);
  const [first, second] = await Promise.all(executors.map((executor) => executor.run(block)));
  expect(second).toEqual(first);
  return first;
}

function attempt(transaction: TestTransaction): Promise<DryRunOutcome> {
  const rows = chain.rowsOf([transaction]);
  return (executors[0] as Executor).between((client) => dryRun(client, { rows, timeMs: 0 }));
}

const transfer = (source: number, target: number, amount: number): TestCall =>
  bankCall('transfer', { source, target, amount });

describe('a dry run', () => {
  test('shows the rows before and after', async () => {
    const { changes, rejection, result } = await attempt(sign([transfer(1, 2, 5)]));
    expect([rejection, result]).toEqual([null, '']);
    const row = (id: string, balance: string) => ({ id, owner: 'ann', balance });
    expect(changes).toEqual([
      expect.objectContaining({
        operation: 'update',
        key: { id: '1' },
        before: row('1', '50'),
        after: row('1', '45'),
      }),
      expect.objectContaining({
        operation: 'update',
        key: { id: '2' },
        before: row('2', '50'),
        after: row('2', '55'),
      }),
    ]);
  });

  test('follows a row through several changes', async () => {
    const open = bankCall('open_account', { id: 99, owner: 'bob', balance: 1 });
    const { changes } = await attempt(sign([open, transfer(1, 99, 2)]));
    const [inserted, , updated] = changes;
    expect([inserted?.operation, inserted?.before, inserted?.after?.['balance']]).toEqual([
      'insert',
      null,
      '1',
    ]);
    expect([updated?.before?.['balance'], updated?.after?.['balance']]).toEqual(['1', '3']);
  });

  test('leaves out the rows of a table that not everybody may read', async () => {
    const keep = { contract: 'secret', function: 'keep', args: { id: 1, word: 'open' } };
    const { changes } = await attempt(sign([keep]));
    const place = { operation: 'insert', contract: 'secret', table: 'thing', key: { id: '1' } };
    expect(changes).toEqual([{ ...place, before: null, after: null, isWithheld: true }]);
  });

  test('gives results, and the budget that was used', async () => {
    const turn = { contract: 'work', function: 'turn', args: { units: 700 } };
    const outcome = await attempt(sign([turn, bankCall('balance', { id: 1 })]));
    expect([outcome.result, outcome.budgetUsed]).toEqual(['[700,50]', 700]);
    expect((await attempt(sign([bankCall('balance', { id: 1 })]))).budgetUsed).toBe(0);
  });

  test('is rejected exactly as the transaction would be', async () => {
    const bad: [TestCall[], TestIdentity][] = [
      [[transfer(1, 77, 5)], 'alpha/ann'],
      [[transfer(1, 2, 5_000)], 'alpha/ann'],
      [[transfer(1, 2, 5)], 'gamma/guest'],
      [[bankCall('transfer', '{"source":"x"}')], 'alpha/ann'],
      [[bankCall('nothing', {})], 'alpha/ann'],
      [[{ contract: 'work', function: 'turn', args: { units: 2_000_000 } }], 'alpha/ann'],
    ];
    for (const [calls, identity] of bad) {
      const tried = await attempt(sign(calls, identity));
      const executed = await run([sign(calls, identity)]);
      const { index: _, ...rejection } = executed?.rejections[0] ?? { index: 0 };
      expect(tried.rejection).toEqual(rejection);
      expect([tried.effect, tried.changes]).toEqual([null, []]);
    }
  });

  test('that takes too long is cancelled, and the session goes on as before', async () => {
    const hang = sign([{ contract: 'work', function: 'hang', args: {} }]);
    await expect(attempt(hang)).rejects.toMatchObject({ code: '57014' });
    await run([sign([transfer(1, 2, 1)])]);
  });

  test('shows so many changes and says that there are more', async () => {
    const fill = (count: number) => sign([{ contract: 'work', function: 'fill', args: { count } }]);
    const most = await attempt(fill(dryRunChangesMax / 2));
    expect([most.changes.length, most.isCut]).toEqual([dryRunChangesMax, false]);
    const more = await attempt(fill(dryRunChangesMax / 2 + 1));
    expect([more.changes.length, more.isCut]).toEqual([dryRunChangesMax, true]);
  });

  test('I15: shows as many bytes of rows as a node holds at once, before and afterwards', async () => {
    const MIB = 1024 * 1024;
    const fitting = dryRunRowBytesMax / MIB;
    const write = (id: number, bytes: number): TestCall => ({
      contract: 'work',
      function: 'write',
      args: { id, bytes },
    });
    const ids = Array.from({ length: fitting + 2 }, (_, index) => index);
    const written = await attempt(sign(ids.map((id) => write(id, MIB - 100))));
    expect([written.rejection, written.changes.length, written.isCut]).toEqual([null, fitting, true]);
    for (const id of ids) await run([sign([write(id, MIB - 100)])]);
    const shortened = await attempt(sign([{ contract: 'work', function: 'shorten', args: {} }]));
    expect([shortened.rejection, shortened.changes.length, shortened.isCut]).toEqual([null, fitting, true]);
    expect(shortened.changes.every(({ before }) => before?.['body']?.length === MIB - 100)).toBe(true);
  });
});

describe('a demanded effect', () => {
  test('is what the protocol says', async () => {
    const { effect } = await attempt(sign([bankCall('open_account', { id: 50, owner: 'zoë', balance: 7 })]));
    const row = { contract: 'bank', table: 'account', operation: 'I', columns: ['50', 'zoë', '7'] } as const;
    expect(toHex(effect ?? new Uint8Array(0))).toBe(toHex(effectHash([rowEffectHash(row)])));
    const nothing = await attempt(sign([bankCall('balance', { id: 1 })]));
    expect(toHex(nothing.effect ?? new Uint8Array(0))).toBe(toHex(effectHash([])));
  });

  test('is had, wherever the transaction stands in the chain', async () => {
    const { effect } = await attempt(sign([transfer(3, 4, 5)]));
    const others = Array.from({ length: 20 }, () => sign([transfer(5, 6, 1)]));
    const outcome = await run([...others, sign([transfer(3, 4, 5)], 'alpha/ann', effect ?? undefined)]);
    expect(outcome?.rejections).toEqual([]);
  });

  test('that differs rejects the transaction and nothing else', async () => {
    const { effect } = await attempt(sign([transfer(3, 4, 5)]));
    const outcome = await run([
      sign([transfer(3, 5, 1)]),
      sign([transfer(3, 4, 5)], 'alpha/ann', effect ?? undefined),
      sign([transfer(3, 4, 1)]),
    ]);
    expect(outcome?.rejections).toEqual([{ index: 1, code: 'effect_differs', message: '', call: null }]);
    const tried = await attempt(sign([transfer(3, 4, 5)], 'alpha/ann', effect ?? undefined));
    expect(tried.rejection?.code).toBe('effect_differs');
  });
});

describe('dry runs between blocks', () => {
  const account = fc.integer({ min: 0, max: 9 });
  const call = fc.oneof(
    fc
      .record({ source: account, target: account, amount: fc.integer({ min: 0, max: 30 }) })
      .map((args) => bankCall('transfer', args)),
    fc
      .record({ id: account, owner: fc.constant('cy'), balance: account })
      .map((args) => bankCall('open_account', args)),
    fc
      .integer({ min: 0, max: 60_000 })
      .map((units) => ({ contract: 'work', function: 'turn', args: { units } })),
  );
  const calls = fc.array(call, { minLength: 1, maxLength: 3 });
  const step = fc.record({
    isDry: fc.boolean(),
    transactions: fc.array(calls, { minLength: 1, maxLength: 6 }),
  });

  test('disturb no block: the state is the one without them', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        const waiting: Promise<unknown>[] = [];
        for (const { isDry, transactions } of steps) {
          // Not awaited, so that dry runs come while blocks are under way.
          if (isDry) waiting.push(attempt(sign(transactions[0] ?? [])));
          else waiting.push(run(transactions.map((each) => sign(each))));
        }
        await Promise.all(waiting);
      }),
      { numRuns: 25 },
    );
  });
});
