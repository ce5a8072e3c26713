/** What readers see: whole blocks only, everything shared, the member's own; and that they cannot write. */

import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BANK, bankCall } from '../../../../test/support/bank-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';
import type { Executor } from './executor.ts';

const chain = new TestChain([BANK]);
const ACCOUNTS = 20;
let database: TestDatabase;
let executor: Executor;
let reader: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  executor = await chain.found(database);
  reader = await connect(database.connection('bucordo_reader'));
  const calls = Array.from({ length: ACCOUNTS }, (_, id) =>
    bankCall('open_account', { id, owner: 'x', balance: 1000 }),
  );
  await executor.run(chain.seal([chain.transaction('alpha/ann', calls)]));
});

afterAll(async () => {
  await reader?.end();
  await executor?.close();
  await database?.drop();
});

test('I16: readers beside running blocks never see a part of one', async () => {
  let isRunning = true;
  const seen: { height: string; sum: string; versions: string; heads: string }[] = [];
  const reading = (async () => {
    while (isRunning) {
      const { rows } = await reader.query(
        `SELECT (SELECT max(b.height)::text FROM bucordo.block AS b) AS height, sum(a.balance)::text AS sum,
                (SELECT count(*)::text FROM bank_history.account) AS versions, (SELECT max(s.height)::text FROM bucordo.state AS s) AS heads
           FROM bank.account AS a`,
      );
      seen.push(rows[0]);
    }
  })();
  // Each transfer takes from one account in one call and is made whole by the next call's account, 50 per block.
  for (let number = 0; number < 25; number++) {
    const transfers = Array.from({ length: 50 }, (_, index) => ({
      source: (number + index) % ACCOUNTS,
      target: (number + index * 7 + 1) % ACCOUNTS,
      amount: 1,
    }));
    await executor.run(
      chain.seal(transfers.map((args) => chain.transaction('alpha/ann', [bankCall('transfer', args)]))),
    );
  }
  isRunning = false;
  await reading;
  expect(new Set(seen.map(({ height }) => height)).size).toBeGreaterThan(2);
  for (const { height, heads, sum, versions } of seen) {
    expect(sum).toBe('20000');
    expect(heads).toBe(height);
    expect(Number(versions)).toBe(ACCOUNTS + (Number(height) - 1) * 100);
  }
});

test('the views bear the columns of the founding design', async () => {
  const columns = async (view: string): Promise<string[]> =>
    (await reader.query(`SELECT * FROM bucordo.${view} LIMIT 1`)).fields.map((field) => field.name);
  expect(await columns('transactions')).toEqual([
    'client_uname',
    'proc_and_args',
    'block_id',
    'hash_a_b_c',
    'sig_a_b_c_d_client_priv_key',
  ]);
  expect(await columns('blocks')).toEqual([
    'id',
    'tx_set',
    'consensus_metadata',
    'prev_block_hash',
    'curr_block_hash_a_b_c_d',
    'sig_on_hash_curr_block_by_order_node',
  ]);
  const { rows } = await reader.query('SELECT * FROM bucordo.transactions ORDER BY block_id LIMIT 1');
  expect(rows[0]).toMatchObject({ client_uname: 'alpha/ann', block_id: 1n });
  expect(rows[0].proc_and_args[3]).toEqual({
    contract: 'bank',
    function: 'open_account',
    args: { id: 3, owner: 'x', balance: 1000 },
  });
  const block = (await reader.query('SELECT * FROM bucordo.blocks WHERE id = 1')).rows[0];
  expect(block.prev_block_hash).toEqual(Buffer.from(chain.networkId));
  expect(block.tx_set).toEqual([rows[0].hash_a_b_c]);
  expect(block.consensus_metadata).toMatchObject({ ordering: 1, transactions: 1 });
});

test('receipts are a view', async () => {
  await executor.run(
    chain.seal([
      chain.transaction('alpha/ann', [bankCall('transfer', { source: 999, target: 1, amount: 1 })]),
      chain.transaction('alpha/ann', [bankCall('balance', { id: 999 })]),
    ]),
  );
  const { rows } = await reader.query(
    'SELECT index, identity, function, status, code, message, result FROM bucordo.receipts ORDER BY position DESC LIMIT 2',
  );
  expect(rows).toEqual([
    {
      index: 1,
      identity: 'alpha/ann',
      function: 'bank.balance',
      status: 'committed',
      code: '',
      message: '',
      result: 'null',
    },
    {
      index: 0,
      identity: 'alpha/ann',
      function: 'bank.transfer',
      status: 'rejected',
      code: 'BC001',
      message: 'no account 999',
      result: null,
    },
  ]);
});

test('readers write nothing, whatever they set', async () => {
  for (const sql of [
    'UPDATE bank.account SET balance = 0',
    'DELETE FROM bank_history.account',
    'DELETE FROM bucordo.block',
    "SELECT setval('bucordo.context', 1)",
    'SELECT bank.balance(1)',
    'CREATE TABLE bank.mine (id int)',
  ]) {
    await reader.query('SET default_transaction_read_only = off');
    await expect(reader.query(sql)).rejects.toMatchObject({ code: '42501' });
  }
});

test('the node itself writes nothing but transactions', async () => {
  const node = await connect(database.connection('bucordo_node'));
  for (const sql of [
    'UPDATE bank.account SET balance = 0',
    'DELETE FROM bucordo.transaction',
    'INSERT INTO bucordo.rejection VALUES (1)',
    'SELECT bank.balance(1)',
  ]) {
    await expect(node.query(sql)).rejects.toMatchObject({ code: '42501' });
  }
  await node.end();
});

test('a member joins its private tables with the shared ones, and only its own reader sees them', async () => {
  const member = await connect(database.connection('bucordo_member'));
  await member.query('CREATE TABLE private.rating (account int4 PRIMARY KEY, stars int4)');
  await member.query('INSERT INTO private.rating SELECT a.id, 5 FROM bank.account AS a');
  await expect(member.query('UPDATE bank.account SET balance = 0')).rejects.toMatchObject({ code: '42501' });
  await member.end();
  const ownReader = await connect(database.connection('bucordo_member_reader'));
  const { rows } = await ownReader.query(
    'SELECT count(*)::int4 AS count FROM private.rating AS r JOIN bank.account AS a ON a.id = r.account JOIN bank_history.account_versions AS v ON v.id = a.id',
  );
  expect(rows[0].count).toBeGreaterThanOrEqual(ACCOUNTS);
  await expect(ownReader.query('DELETE FROM private.rating')).rejects.toMatchObject({ code: '25006' });
  await ownReader.end();
  await expect(reader.query('SELECT * FROM private.rating')).rejects.toMatchObject({ code: '42501' });
});
