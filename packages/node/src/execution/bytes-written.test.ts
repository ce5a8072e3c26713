/** How many bytes a transaction and a block may return and write, alike on two databases. */

import {
  blockWrittenBytesMax,
  type GenesisContract,
  resultBytesMax,
  writtenBytesMax,
} from '@bucordo/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { type TestCall, TestChain, type TestTransaction } from '../../../../test/support/test-chain.ts';
import type { BlockOutcome } from '../chain/sealed-block.ts';
import { connect } from '../postgres/connection.ts';
import { ChainReader } from './chain-reader.ts';
import type { Executor } from './executor.ts';

const anybody = { roles: [], classes: [] };
const STORE: GenesisContract = {
  name: 'store',
  version: '1.0.0',
  functions: { give: anybody, take: anybody, put: anybody, count: anybody, clear: anybody, refuse: anybody },
  schema: `CREATE TABLE store.thing (id int4 PRIMARY KEY, body text NOT NULL);
           CREATE TABLE store.number (id int4 PRIMARY KEY, value numeric(20,2) NOT NULL);`,
  source: `
    CREATE FUNCTION store.give(letter text, bytes int4) RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
      RETURN repeat(letter, bytes);
    END $$;
    CREATE FUNCTION store.take() RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
    END $$;
    CREATE FUNCTION store.put(first int4, count int4, letter text, bytes int4) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      FOR n IN 0 .. count - 1 LOOP
        INSERT INTO store.thing (id, body) VALUES (first + n, repeat(letter, bytes));
      END LOOP;
    END $$;
    CREATE FUNCTION store.count(first int4, count int4) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      FOR n IN 0 .. count - 1 LOOP
        INSERT INTO store.number (id, value) VALUES (first + n, n);
      END LOOP;
    END $$;
    CREATE FUNCTION store.clear() RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM store.thing;
    END $$;
    CREATE FUNCTION store.refuse(letter text, bytes int4) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION USING ERRCODE = 'BC001', MESSAGE = repeat(letter, bytes);
    END $$;`,
};

const MIB = 1024 * 1024;
/** What a row of `store.thing` counts beside its body. */
const THING_HEAD = 116;
/** What a row of `store.number` counts. */
const NUMBER_BYTES = 100 + 16 + 26;

const chain = new TestChain([STORE]);
const databases: TestDatabase[] = [];
const executors: Executor[] = [];

beforeAll(async () => {
  for (let count = 0; count < 2; count++) {
    const database = await freshDatabase();
    databases.push(database);
    executors.push(await chain.found(database));
  }
});

afterAll(async () => {
  for (const executor of executors) await executor.close();
  for (const database of databases) await database.drop();
});

const call = (name: string, args: TestCall['args'] = {}): TestCall => ({
  contract: 'store',
  function: name,
  args,
});
const give = (bytes: number, letter = 'x') => call('give', { letter, bytes });
let last = 0;
const put = (count: number, bytes: number, letter = 'x') => {
  last += count;
  return call('put', { first: last - count, count, letter, bytes });
};
const transaction = (...calls: TestCall[]): TestTransaction => chain.transaction('alpha/ann', calls);

/** Runs a block on both databases and expects them to agree. */
async function run(...transactions: readonly TestTransaction[]): Promise<BlockOutcome> {
  const block = chain.seal(transactions);
  const [first, second] = await Promise.all(executors.map((executor) => executor.run(block)));
  if (first === undefined) throw new Error('no database');
  expect(second).toEqual(first);
  return first;
}

test('I6, I15: a result of the largest size is taken, one byte more names its call and is rejected', async () => {
  const most = resultBytesMax - 2;
  const outcome = await run(
    transaction(give(most)),
    transaction(give(most + 1)),
    // As they stand in the receipt: ["x…",null,"x…"].
    transaction(give(most / 2 - 5), call('take'), give(most / 2 - 5)),
    transaction(give(most / 2 - 5), call('take'), give(most / 2 - 4)),
    // Counted as JSON has it, which is what is stored and hashed.
    transaction(give(most / 2, '"')),
    transaction(give(most / 2 + 1, '"')),
  );
  const rejected = { code: 'result_too_large', message: `results of more than ${resultBytesMax} bytes` };
  expect(outcome.rejections).toEqual([
    { index: 1, call: 0, ...rejected },
    { index: 3, call: 2, ...rejected },
    { index: 5, call: 0, ...rejected },
  ]);
  expect(outcome.results.map(({ index, value }) => [index, value.length])).toEqual([
    [0, resultBytesMax],
    [2, resultBytesMax],
    [4, resultBytesMax],
  ]);
});

test('I3, I15: a block of the largest results is committed, also where JSON inside JSON took six times their bytes', async () => {
  const most = resultBytesMax - 2;
  const letters = [give(most), give(most / 2, '"'), give(Math.floor(most / 6), '\u0001')];
  const count = Math.floor(blockWrittenBytesMax / resultBytesMax);
  const outcome = await run(
    ...Array.from({ length: count }, (_, i) => transaction(letters[i % 3] ?? give(0))),
  );
  expect(outcome.rejections).toEqual([]);
  expect(outcome.results).toHaveLength(count);
  expect(JSON.parse(outcome.results[2]?.value ?? '')).toBe('\u0001'.repeat(Math.floor(most / 6)));
});

test('I15: messages of refusals are cut, and a block of them is committed', async () => {
  const refusals = Array.from({ length: 20 }, () =>
    transaction(call('refuse', { letter: '\u{1F9FE}', bytes: 100_000 })),
  );
  const outcome = await run(...refusals);
  expect(outcome.rejections).toHaveLength(20);
  expect(outcome.rejections.at(-1)).toEqual({
    index: 19,
    code: 'BC001',
    message: '\u{1F9FE}'.repeat(1024),
    call: 0,
  });
});

test('I2: a large row counts alike in a session that is new and in one that has executed blocks', async () => {
  await run(transaction(put(1, 1)));
  await executors[1]?.close();
  executors[1] = await chain.open(databases[1] as TestDatabase);
  expect((await run(transaction(put(1, MIB / 2)))).rejections).toEqual([]);
});

test('I6, I15: a transaction writes up to the limit of bytes, over all its calls, and one byte more rejects it', async () => {
  const rows = writtenBytesMax / MIB;
  const fits = MIB - THING_HEAD;
  const outcome = await run(
    transaction(put(rows - 1, fits), put(1, fits)),
    transaction(put(rows - 1, fits), put(1, fits + 1)),
    transaction(put(1, 1)),
  );
  expect(outcome.rejections).toEqual([{ index: 1, code: 'budget_exceeded', message: '', call: 1 }]);
  // The old rows are written to the history once more.
  const cleared = await run(transaction(call('clear')));
  expect(cleared.rejections).toEqual([{ index: 0, code: 'budget_exceeded', message: '', call: 0 }]);
});

test('I6, I15: what a block has no room for is rejected, what is smaller still finds room, and the next block has its own', async () => {
  const full = writtenBytesMax / MIB;
  const large = () => transaction(put(full, MIB - THING_HEAD));
  const outcome = await run(
    large(),
    large(),
    transaction(put(1, 2 * MIB)),
    large(),
    transaction(put(full - 1, MIB - THING_HEAD)),
    transaction(put(2, MIB - THING_HEAD)),
    transaction(give(100), put(1, MIB - THING_HEAD - 100)),
    transaction(give(100), put(1, MIB - THING_HEAD - 112)),
    transaction(call('take')),
    transaction(give(9)),
  );
  expect(outcome.rejections).toEqual([
    { index: 2, code: 'failed', message: '', call: 0 },
    { index: 5, code: 'block_full', message: '', call: 0 },
    { index: 6, code: 'block_full', message: '', call: null },
    { index: 9, code: 'block_full', message: '', call: null },
  ]);
  expect((await run(large())).rejections).toEqual([]);
});

test('I15: rows without texts count, too', async () => {
  const full = writtenBytesMax / MIB;
  const blocks = blockWrittenBytesMax / writtenBytesMax;
  const filling = Array.from({ length: blocks - 1 }, () => transaction(put(full, MIB - THING_HEAD)));
  const rest = Math.floor(MIB / NUMBER_BYTES);
  const outcome = await run(
    ...filling,
    transaction(put(full - 1, MIB - THING_HEAD)),
    transaction(call('count', { first: 0, count: rest + 1 })),
    transaction(call('count', { first: 0, count: rest })),
  );
  expect(outcome.rejections).toEqual([{ index: blocks, code: 'block_full', message: '', call: 0 }]);
});

test('I15: the receipts of a block are read back as they were told', async () => {
  const database = databases[0] as TestDatabase;
  const reader = new ChainReader({ connect: () => connect(database.connection('bucordo_node')) });
  try {
    const receipts = await reader.receiptsOfBlock(1);
    expect(receipts.map(({ code, call: failed }) => [code, failed])).toEqual([
      ['', null],
      ['result_too_large', 0],
      ['', null],
      ['result_too_large', 2],
      ['', null],
      ['result_too_large', 0],
    ]);
  } finally {
    await reader.close();
  }
});
