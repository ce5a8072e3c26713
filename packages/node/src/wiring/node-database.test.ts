import { afterAll, beforeAll, expect, test } from 'vitest';
import { BANK } from '../../../../test/support/bank-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';
import { type NodeDatabase, prepareLedger } from './node-database.ts';

const chain = new TestChain([BANK]);
let database: TestDatabase;

beforeAll(async () => {
  database = await freshDatabase();
  await (await chain.found(database)).close();
});

afterAll(async () => {
  await database?.drop();
});

async function start(): Promise<void> {
  const ledger: NodeDatabase = {
    connection: (role) => database.connection(role),
    setUp: database.connection('postgres'),
    isEmbedded: false,
    lost: new Promise(() => {}),
    stop: () => Promise.resolve(),
  };
  const { genesis, document, networkId } = chain;
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  await prepareLedger(ledger, { genesis, document, network: networkId }, log);
}

async function asSuperuser(sql: string): Promise<void> {
  const client = await connect(database.connection('postgres'));
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

test.each([
  [
    'a key that refuses what others delete',
    'CREATE TABLE private.t (a int4 REFERENCES bank.account)',
    'DROP TABLE private.t',
    'constraint private.t.t_a_fkey is there',
  ],
  [
    'a publication that leaves the key out',
    'CREATE PUBLICATION mine FOR TABLE bank.account (owner)',
    'DROP PUBLICATION mine',
    'publication bank.account.mine is there',
  ],
  [
    'a publication of chosen rows',
    'CREATE PUBLICATION mine FOR TABLE bank.account WHERE (balance > 5)',
    'DROP PUBLICATION mine',
    'publication bank.account.mine is there',
  ],
  [
    'a table that has a share in a shared one',
    'CREATE TABLE private.t () INHERITS (bank.account)',
    'DROP TABLE private.t',
    'table bank.account is changed',
  ],
  [
    'a rule that is not kept any more',
    'ALTER TABLE bank.account DISABLE TRIGGER bucordo_update',
    'ALTER TABLE bank.account ENABLE TRIGGER bucordo_update',
    'trigger bank.account.bucordo_update is changed',
  ],
])('I2: a node does not start over %s', async (_, made, removed, names) => {
  await asSuperuser(made);
  await expect(start()).rejects.toMatchObject({
    code: 'contract_altered',
    message: expect.stringContaining(names),
  });
  await asSuperuser(removed);
  await start();
});

test.each([
  ['a publication of everything', 'CREATE PUBLICATION mine FOR ALL TABLES', 'DROP PUBLICATION mine'],
  [
    'a publication of the key and by it',
    'CREATE PUBLICATION mine FOR TABLE bank.account (id, owner) WHERE (id > 5)',
    'DROP PUBLICATION mine',
  ],
  [
    'a publication of what is added',
    "CREATE PUBLICATION mine FOR TABLE bank.account (owner) WITH (publish = 'insert')",
    'DROP PUBLICATION mine',
  ],
  [
    "a view of the member's own",
    'CREATE VIEW private.v AS SELECT * FROM bank.account',
    'DROP VIEW private.v',
  ],
])('a node starts beside %s', async (_, made, removed) => {
  await asSuperuser(made);
  await start();
  await asSuperuser(removed);
});
