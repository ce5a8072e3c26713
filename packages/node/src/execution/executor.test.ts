import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../postgres/connection.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import type { Executor } from './executor.ts';

const BANK = {
  name: 'bank',
  version: '1.0.0',
  functions: {
    open_account: { roles: [], classes: [] },
    transfer: { roles: ['clerk'], classes: ['trader'] },
    balance: { roles: [], classes: [] },
  },
  schema: `
    CREATE TABLE bank.account (
      id int4 PRIMARY KEY,
      owner text NOT NULL CHECK (octet_length(owner) <= 100),
      balance int8 NOT NULL CHECK (balance >= 0)
    );`,
  source: `
    CREATE FUNCTION bank.open_account(id int4, owner text, balance int8) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO bank.account (id, owner, balance) VALUES (open_account.id, open_account.owner, open_account.balance);
    END $$;
    CREATE FUNCTION bank.transfer(source int4, target int4, amount int8) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      rest int8;
    BEGIN
      UPDATE bank.account SET balance = balance - amount WHERE account.id = source RETURNING balance INTO rest;
      IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'BC001', MESSAGE = 'no account ' || source;
      END IF;
      UPDATE bank.account SET balance = balance + amount WHERE account.id = target;
      IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'BC001', MESSAGE = 'no account ' || target;
      END IF;
    END $$;
    CREATE FUNCTION bank.balance(id int4) RETURNS int8 LANGUAGE plpgsql AS $$
    BEGIN
      RETURN (SELECT a.balance FROM bank.account AS a WHERE a.id = balance.id);
    END $$;`,
};

let database: TestDatabase;
let executor: Executor;
const chain = new TestChain([BANK]);

beforeAll(async () => {
  database = await freshDatabase();
  executor = await chain.found(database);
});

afterAll(async () => {
  await executor?.close();
  await database?.drop();
});

const call = (name: string, args: Record<string, unknown>) => ({ contract: 'bank', function: name, args });

test('a block of calls is executed and committed', async () => {
  const opened = await executor.run(
    chain.seal([
      chain.transaction('alpha/ann', [call('open_account', { id: 1, owner: 'ann', balance: 100 })]),
      chain.transaction('beta/bob', [call('open_account', { id: 2, owner: 'bob', balance: 0 })]),
    ]),
  );
  expect(opened).toMatchObject({ height: 1, rejections: [], results: [] });
  const moved = await executor.run(
    chain.seal([
      chain.transaction('alpha/ann', [call('transfer', { source: 1, target: 2, amount: 30 })]),
      chain.transaction('alpha/ann', [call('transfer', { source: 1, target: 2, amount: 3000 })]),
      chain.transaction('alpha/ann', [call('transfer', { source: 9, target: 2, amount: 30 })]),
      chain.transaction('gamma/guest', [call('transfer', { source: 1, target: 2, amount: 30 })]),
      chain.transaction('gamma/guest', [call('balance', { id: 1 })]),
      chain.transaction('gamma/guest', [call('balance', { id: 2 }), call('balance', { id: 7 })]),
      chain.transaction('gamma/guest', [call('balance', { id: 'now' })]),
    ]),
  );
  expect(moved.rejections).toEqual([
    { index: 1, code: 'failed', message: '' },
    { index: 2, code: 'BC001', message: 'no account 9' },
    { index: 3, code: 'not_permitted', message: '' },
    { index: 6, code: 'argument_invalid', message: '' },
  ]);
  expect(moved.results).toEqual([
    { index: 4, value: '70' },
    { index: 5, value: '[30,null]' },
  ]);
  const head = await executor.head();
  expect(head.height).toBe(2);
  expect(head.stateHash).toEqual(moved.stateHash);
});
