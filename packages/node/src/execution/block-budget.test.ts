/**
 * What the transactions of one block may use together: changes of the same row again and again pay for the
 * versions that are in the way, large rows for their size, and a block has a budget that its
 * transactions share.
 */

import { type GenesisContract, limitDefaults } from '@bucordo/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtContract } from '../../../../test/support/built-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain, type TestTransaction } from '../../../../test/support/test-chain.ts';
import type { BlockOutcome } from '../chain/sealed-block.ts';
import { dryRun } from './dry-run.ts';
import type { Executor } from './executor.ts';

const BUDGET = 20_000;
/** Units of a transaction that are its own, whatever its neighbours use. */
const OWN = 1_000;

const CONTRACT: GenesisContract = {
  name: 'counter',
  version: '1.0.0',
  functions: Object.fromEntries(
    ['open', 'count', 'count_all', 'replace_row', 'spend', 'spend_and_fail', 'keep', 'empty'].map((name) => [
      name,
      { roles: [], classes: [] },
    ]),
  ),
  schema: `CREATE TABLE counter.place (id int4 PRIMARY KEY, grp int4 NOT NULL, n int4 NOT NULL);
    CREATE INDEX place_grp ON counter.place (grp);
    CREATE TABLE counter.text (id int4 PRIMARY KEY, body text NOT NULL);`,
  source: `
CREATE FUNCTION counter.open(first int4, last int4, grp int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN first .. last LOOP INSERT INTO counter.place (id, grp, n) VALUES (i, open.grp, 0); END LOOP;
END $$;
CREATE FUNCTION counter.count(id int4, times int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. times LOOP UPDATE counter.place AS p SET n = p.n + 1 WHERE p.id = count.id; END LOOP;
END $$;
CREATE FUNCTION counter.count_all(grp int4, times int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. times LOOP UPDATE counter.place AS p SET n = p.n + 1 WHERE p.grp = count_all.grp; END LOOP;
END $$;
CREATE FUNCTION counter.replace_row(id int4, times int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. times LOOP
    INSERT INTO counter.place (id, grp, n) VALUES (replace_row.id, 0, i);
    DELETE FROM counter.place AS p WHERE p.id = replace_row.id;
  END LOOP;
END $$;
CREATE FUNCTION counter.spend(units int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. units + 100 LOOP NULL; END LOOP;
END $$;
CREATE FUNCTION counter.spend_and_fail(units int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. units + 100 LOOP NULL; END LOOP;
  RAISE EXCEPTION 'no' USING ERRCODE = 'BC001';
END $$;
CREATE FUNCTION counter.keep(id int4, body text, copies int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. copies LOOP INSERT INTO counter.text (id, body) VALUES (keep.id + i, keep.body); END LOOP;
END $$;
CREATE FUNCTION counter.empty(id int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM counter.text AS t WHERE t.id = empty.id;
END $$;`,
};

const chain = new TestChain([await builtContract(CONTRACT)], undefined, { ...limitDefaults, budget: BUDGET });
const databases: TestDatabase[] = [];
const executors: Executor[] = [];

beforeAll(async () => {
  for (const _ of [1, 2]) {
    const database = await freshDatabase();
    databases.push(database);
    executors.push(await chain.found(database));
  }
  await codes(call('open', { first: 1, last: 20, grp: 1 }), call('open', { first: 101, last: 200, grp: 2 }));
});

afterAll(async () => {
  for (const executor of executors) await executor.close();
  for (const database of databases) await database.drop();
});

function call(name: string, args: Readonly<Record<string, unknown>>): TestTransaction {
  return chain.transaction('alpha/ann', [{ contract: 'counter', function: name, args }]);
}

/** Runs one block on both databases and requires that they agree. */
async function run(...transactions: readonly TestTransaction[]): Promise<BlockOutcome> {
  const block = chain.seal([...transactions]);
  const [first, second] = await Promise.all(executors.map((executor) => executor.run(block)));
  if (first === undefined) throw new Error('there is no database');
  expect(second).toEqual(first);
  return first;
}

async function codes(...transactions: readonly TestTransaction[]): Promise<string[]> {
  const outcome = await run(...transactions);
  const rejected = new Map(outcome.rejections.map(({ index, code }) => [index, code]));
  return transactions.map((_, index) => rejected.get(index) ?? '');
}

describe('I15: changes of one row in one block', () => {
  it('I15: pay for those before them, and a transaction of too many is rejected', async () => {
    expect(
      await codes(
        call('count', { id: 1, times: 350 }),
        call('count', { id: 2, times: 550 }),
        call('count', { id: 3, times: 1 }),
      ),
    ).toEqual(['', 'budget_exceeded', '']);
  });

  it('I15: count over the transactions of the block, and begin anew with the next one', async () => {
    const some = (): TestTransaction => call('count', { id: 4, times: 190 });
    expect(await codes(some(), some(), some(), some(), call('count', { id: 5, times: 190 }))).toEqual([
      '',
      '',
      '',
      'block_full',
      '',
    ]);
    expect(await codes(some())).toEqual(['']);
  });

  it('I15: count when a statement changes many rows, and when rows are taken out and put back', async () => {
    expect(
      await codes(
        call('count_all', { grp: 2, times: 9 }),
        call('count_all', { grp: 2, times: 60 }),
        call('replace_row', { id: 50, times: 300 }),
        call('replace_row', { id: 51, times: 600 }),
      ),
    ).toEqual(['', 'block_full', '', 'budget_exceeded']);
  });

  it('I15: a dry run says the same', async () => {
    const attempt = (times: number) =>
      (executors[0] as Executor).between((client) =>
        dryRun(client, { rows: chain.rowsOf([call('count', { id: 6, times })]), timeMs: 0 }),
      );
    expect((await attempt(550)).rejection?.code).toBe('budget_exceeded');
    expect((await attempt(350)).rejection).toBeNull();
  });
});

describe('I15: the budget that the transactions of a block have in common', () => {
  const whole = (): TestTransaction => call('spend', { units: BUDGET });
  const own = (): TestTransaction => call('spend', { units: OWN });

  it('I15: is that of ten transactions, and what is a transaction’s own stays its own', async () => {
    // Each takes what goes beyond its own units: ten leave half a budget, half a one fits once more.
    const half = (): TestTransaction => call('spend', { units: BUDGET / 2 });
    const block = [...Array.from({ length: 10 }, whole), whole(), own(), half(), own()];
    const expected = [...Array.from({ length: 10 }, () => ''), 'block_full', '', 'block_full', ''];
    expect(await codes(...block)).toEqual(expected);
    expect(await codes(half())).toEqual(['']);
  });

  it('I15: a rejected transaction takes a tenth of a budget, however far it came', async () => {
    const failing = (units: number): TestTransaction => call('spend_and_fail', { units });
    const last = async (units: number): Promise<string | undefined> => {
      const eighty = Array.from({ length: 80 }, () => failing(units));
      return (await codes(...eighty, whole(), whole(), whole(), own())).slice(80).join(' ');
    };
    expect(await last(0)).toBe('  block_full ');
    expect(await last(3 * OWN)).toBe('  block_full ');
  });

  it('I2: one that failed takes as much as one that met a limit: a whole budget', async () => {
    const failed = (): TestTransaction => call('open', { first: 1, last: 1, grp: 0 });
    const limit = (): TestTransaction => call('spend', { units: 2 * BUDGET });
    await codes(call('open', { first: 1, last: 1, grp: 0 }));
    for (const [rejected, code] of [
      [failed, 'failed'],
      [limit, 'budget_exceeded'],
    ] as const) {
      const nine = Array.from({ length: 9 }, rejected);
      expect(await codes(...nine, whole(), whole(), own())).toEqual([
        ...nine.map(() => code),
        '',
        'block_full',
        '',
      ]);
    }
  });

  it('is told from a budget of its own: one that asks for more than that meets its own', async () => {
    const ten = Array.from({ length: 10 }, whole);
    const [asked] = (await codes(...ten, call('spend', { units: 2 * BUDGET }))).slice(10);
    expect(asked).toBe('block_full');
    expect(await codes(call('spend', { units: 2 * BUDGET }))).toEqual(['budget_exceeded']);
  });
});

describe('I15: rows that others in the block have changed', () => {
  it('make a transaction wait for another block, and a transaction’s own changes do not', async () => {
    const rows = { first: 5_001, last: 5_040, grp: 50 };
    expect(await codes(call('open', rows))).toEqual(['']);
    const turns = (times: number): TestTransaction => call('count_all', { grp: 50, times });
    // 40 rows, 60 times: at most 12 units a change by the first, 24 by the second.
    expect(await codes(turns(60), turns(60))).toEqual(['', 'block_full']);
    expect(await codes(turns(60))).toEqual(['']);
    expect(await codes(turns(200))).toEqual(['budget_exceeded']);
  });
});

describe('I15: large rows', () => {
  it('I15: pay for their size when they are written and when they are taken out', async () => {
    const body = 'x'.repeat(100_000);
    expect(
      await codes(
        call('keep', { id: 0, body, copies: 15 }),
        call('keep', { id: 100, body, copies: 25 }),
        call('keep', { id: 200, body: 'x'.repeat(8_000), copies: 500 }),
        chain.transaction(
          'alpha/ann',
          Array.from({ length: 15 }, (_, n) => ({
            contract: 'counter',
            function: 'empty',
            args: { id: n + 1 },
          })),
        ),
      ),
    ).toEqual(['', 'budget_exceeded', '', '']);
  });
});
