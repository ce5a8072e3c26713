/** Readers' rights: the rows and columns that a contract shows to whom, in tables, histories and the chain. */

import type { GenesisContract, ReaderRule } from '@bucordo/protocol';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DecidingNetwork, deployText } from '../../../../test/support/deciding-network.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { type TestCall, TestChain } from '../../../../test/support/test-chain.ts';
import { QueryDatabase } from '../api/http/query-database.ts';
import type { Reader } from '../api/http/query-session.ts';
import { connect } from '../postgres/connection.ts';
import type { Executor } from './executor.ts';
import { showReaders } from './reader-views.ts';

/** Orders of vendors: a vendor sees its own without the margin, a buyer's controller everything, a clerk all rows without the prices. */
const SHOP: GenesisContract = {
  name: 'shop',
  version: '1.0.0',
  functions: {
    order: { roles: [], classes: [] },
    move: { roles: [], classes: [] },
    drop: { roles: [], classes: [] },
  },
  readers: [
    {
      table: 'orders',
      classes: ['vendor'],
      roles: [],
      columns: ['id', 'vendor', 'price'],
      rows: 'vendor = bucordo.reader_member()',
    },
    { table: 'orders', classes: ['buyer'], roles: ['controller'] },
    { table: 'orders', classes: ['buyer'], roles: ['clerk'], columns: ['id', 'vendor'] },
  ],
  schema: `
    CREATE TABLE shop.orders (id int4 PRIMARY KEY, vendor text NOT NULL, price int8 NOT NULL, margin int8);
    CREATE TABLE shop.product (id int4 PRIMARY KEY);`,
  source: `
    CREATE FUNCTION shop."order"(id int4, vendor text, price int8, margin int8) RETURNS int8 LANGUAGE plpgsql AS $$
    BEGIN
      IF price < 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'BC001', MESSAGE = 'price ' || price || ' is no price';
      END IF;
      INSERT INTO shop.orders (id, vendor, price, margin) VALUES ("order".id, "order".vendor, "order".price, "order".margin);
      INSERT INTO shop.product (id) VALUES ("order".id);
      RETURN price;
    END $$;
    CREATE FUNCTION shop.move(id int4, vendor text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE shop.orders SET vendor = move.vendor WHERE orders.id = move.id;
    END $$;
    CREATE FUNCTION shop.drop(id int4) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM shop.orders WHERE orders.id = "drop".id;
    END $$;`,
};

const VENDOR: Reader = { member: 'beta', class: 'vendor', roles: [] };
const OTHER_VENDOR: Reader = { member: 'gamma', class: 'vendor', roles: ['controller'] };
const CONTROLLER: Reader = { member: 'alpha', class: 'buyer', roles: ['staff', 'controller'] };
const CLERK: Reader = { member: 'alpha', class: 'buyer', roles: ['clerk'] };
const NOBODY: Reader = { member: 'alpha', class: 'buyer', roles: [] };

const chain = new TestChain([SHOP]);
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let database: TestDatabase;
let executor: Executor;
let queries: QueryDatabase;

const call = (name: string, args: TestCall['args']): TestCall => ({ contract: 'shop', function: name, args });

beforeAll(async () => {
  database = await freshDatabase();
  executor = await chain.found(database);
  queries = new QueryDatabase({ connect: (role) => connect(database.connection(role)), log: silent });
  const block = (...calls: TestCall[]) =>
    executor.run(chain.seal(calls.map((each) => chain.transaction('alpha/ann', [each]))));
  await block(
    call('order', { id: 1, vendor: 'beta', price: 100, margin: 30 }),
    call('order', { id: 2, vendor: 'gamma', price: 200, margin: 60 }),
    call('order', { id: 3, vendor: 'gamma', price: -1, margin: 0 }),
  );
  await block(call('move', { id: 2, vendor: 'beta' }));
  await block(call('drop', { id: 2 }));
});
afterAll(async () => {
  queries?.close();
  await executor?.close();
  await database?.drop();
});

async function ask(reader: Reader, sql: string): Promise<readonly (readonly (string | null)[])[]> {
  const query = { identity: 'alpha/ann', reader, sql, parameters: [], rowsMax: 100, timeoutMs: 10_000 };
  // The rules are the same for the member's own people.
  const [rows, own] = await Promise.all([
    queries.run('bucordo_reader', query),
    queries.run('bucordo_member_reader', query),
  ]);
  expect(own.rows).toEqual(rows.rows);
  return rows.rows;
}

describe('what a reader sees of a table with rules', () => {
  const sql = 'SELECT o.id, o.vendor, o.price, o.margin FROM shop_read.orders AS o ORDER BY o.id';

  test.for<[who: string, reader: Reader, rows: (string | null)[][]]>([
    ['a vendor: its own rows, without the margin', VENDOR, [['1', 'beta', '100', null]]],
    ['another vendor: none of them', OTHER_VENDOR, []],
    ['a controller of the buyer: everything', CONTROLLER, [['1', 'beta', '100', '30']]],
    ['a clerk of the buyer: all rows, without figures', CLERK, [['1', 'beta', null, null]]],
    ['somebody without a rule: nothing', NOBODY, []],
  ])('%s', async ([, reader, rows]) => {
    expect(await ask(reader, sql)).toEqual(rows);
  });

  test('a condition of the query is not told about rows that are not shown', async () => {
    // The division fails for the other row, as soon as anybody evaluates it.
    await executor.run(
      chain.seal([
        chain.transaction('alpha/ann', [call('order', { id: 4, vendor: 'gamma', price: 0, margin: 0 })]),
      ]),
    );
    expect(await ask(VENDOR, 'SELECT o.id FROM shop_read.orders AS o WHERE 1000 / o.price > 1')).toEqual([
      ['1'],
    ]);
    await executor.run(chain.seal([chain.transaction('alpha/ann', [call('drop', { id: 4 })])]));
  });
});

describe('the history', () => {
  test('of the rows that a vendor may see, as they were when it might', async () => {
    const sql =
      'SELECT v.height, v.operation, v.id, v.vendor, v.price, v.margin FROM shop_read.orders_versions AS v WHERE v.id < 3 ORDER BY v.position, v.ordinal';
    expect(await ask(VENDOR, sql)).toEqual([
      ['1', 'I', '1', 'beta', '100', null],
      ['2', 'U', '2', 'beta', '200', null],
      ['3', 'D', '2', 'beta', '200', null],
    ]);
    expect(await ask(OTHER_VENDOR, sql)).toEqual([['1', 'I', '2', 'gamma', '200', null]]);
    expect(await ask(CONTROLLER, sql)).toHaveLength(4);
  });

  test('the table as of a height', async () => {
    const sql = (height: number) =>
      `SELECT o.id, o.vendor, o.margin FROM shop_read.orders_at(${height}) AS o ORDER BY o.id`;
    expect(await ask(OTHER_VENDOR, sql(1))).toEqual([['2', 'gamma', null]]);
    expect(await ask(VENDOR, sql(2))).toEqual([
      ['1', 'beta', null],
      ['2', 'beta', null],
    ]);
    expect(await ask(CONTROLLER, sql(1))).toEqual([
      ['1', 'beta', '30'],
      ['2', 'gamma', '60'],
    ]);
    expect(await ask(NOBODY, sql(1))).toEqual([]);
  });
});

describe('around the views', () => {
  test.each([
    'SELECT * FROM shop.orders',
    'SELECT * FROM shop_history.orders',
    'SELECT * FROM shop_history.orders_versions',
    'SELECT * FROM shop_history.orders_at(1)',
    'SELECT t.payload FROM bucordo.transaction AS t',
    'SELECT r.value FROM bucordo.result AS r',
    'SELECT r.detail FROM bucordo.rejection AS r',
    'SELECT f.reason FROM bucordo.local_failure AS f',
  ])('nobody reads with %s', async (sql) => {
    await expect(ask(CONTROLLER, sql)).rejects.toMatchObject({
      message: expect.stringContaining('permission denied'),
    });
  });

  test('tables without rules are read as ever', async () => {
    expect(await ask(NOBODY, 'SELECT p.id FROM shop.product AS p ORDER BY p.id')).toEqual(
      [['1'], ['2']].concat([['4']]),
    );
    expect((await ask(NOBODY, 'SELECT * FROM shop_history.product')).length).toBe(3);
  });

  test('arguments, messages and results are shown to the member that signed', async () => {
    const receipts =
      'SELECT r.code, r.message, r.result FROM bucordo.receipts AS r WHERE r.height = 1 ORDER BY r.position';
    expect(await ask(VENDOR, receipts)).toEqual([
      ['', null, null],
      ['', null, null],
      ['BC001', null, null],
    ]);
    expect(await ask(CLERK, receipts)).toEqual([
      ['', '', '100'],
      ['', '', '200'],
      ['BC001', 'price -1 is no price', null],
    ]);
    const calls =
      'SELECT count(t.proc_and_args), count(*) FROM bucordo.transactions AS t WHERE t.block_id = 1';
    expect(await ask(VENDOR, calls)).toEqual([['0', '3']]);
    expect(await ask(CLERK, calls)).toEqual([['3', '3']]);
  });

  test('of what failed, names are told and no words that could quote a row', async () => {
    const { height, details } = await executor.run(
      chain.seal([
        chain.transaction('alpha/ann', [call('order', { id: 1, vendor: 'a secret', price: 1, margin: 1 })]),
      ]),
    );
    const names = { sqlstate: '23505', table: 'shop.orders', constraint: 'orders_pkey' };
    expect(details.get(0)).toEqual({ ...names, argument: '', column: '', text: '' });
    const sql = `SELECT r.detail FROM bucordo.receipts AS r WHERE r.height = ${height}`;
    expect(JSON.parse((await ask(CLERK, sql))[0]?.[0] ?? '')).toEqual(names);
    expect(await ask(VENDOR, sql)).toEqual([[null]]);
  });

  test('who asks without the query interface is nobody', async () => {
    const client = await connect(database.connection('bucordo_reader'));
    expect((await client.query('SELECT * FROM shop_read.orders')).rows).toEqual([]);
    await client.end();
  });

  test("the member's own role and the node read the tables", async () => {
    for (const role of ['bucordo_member', 'bucordo_node']) {
      const client = await connect(database.connection(role));
      expect((await client.query('SELECT o.margin FROM shop.orders AS o')).rows).toHaveLength(1);
      expect(
        (await client.query("SELECT r.result FROM bucordo.receipts AS r WHERE r.result = '100'")).rows,
      ).toHaveLength(1);
      await client.end();
    }
  });
});

describe('rules that are none', () => {
  const ID = { name: 'id', scalar: 'int4', isArray: false, isNullable: false, sqlType: 'integer' } as const;
  const table = { contract: 'shop', name: 'orders', columns: [ID], key: ['id'], recorded: [] };
  const rule = (changes: Partial<ReaderRule>): ReaderRule => ({
    table: 'orders',
    classes: [],
    roles: [],
    ...changes,
  });

  test.for<[what: string, rule: ReaderRule, words: string]>([
    ['another table', rule({ table: 'secrets' }), 'no table secrets'],
    ['another column', rule({ columns: ['colour'] }), 'no column colour'],
    ['a query inside', rule({ rows: 'EXISTS (SELECT FROM other.secret)' }), 'holds a query'],
    ["a function of the owner's", rule({ rows: 'bucordo.finish_proposal(1, NULL) IS NULL' }), 'calls'],
    ['a function that no contract may call', rule({ rows: 'pg_sleep(9) IS NULL' }), 'pg_sleep'],
    ['a type of a private schema', rule({ rows: 'id::private.evil IS NULL' }), 'private.evil'],
    ['a column that is not there', rule({ rows: 'gone = 1' }), 'does not exist'],
    ['a way out of the parentheses', rule({ rows: 'true) OR (true' }), 'no expression'],
    ['a second statement', rule({ rows: 'true; DROP TABLE shop.orders' }), 'no expression'],
    [
      'a comment that ends at a carriage return',
      rule({ rows: 'true -- \r) OR true; SELECT (true' }),
      'no expression',
    ],
  ])('I12: %s is refused', async ([, wrong, words]) => {
    const superuser: pg.Client = await connect(database.connection('postgres'));
    await superuser.query('BEGIN; SET LOCAL ROLE bucordo_owner');
    await expect(showReaders(superuser, 'shop', [table], [wrong])).rejects.toMatchObject({
      code: 'contract_refused',
      message: expect.stringContaining(words),
    });
    await superuser.end();
  });
});

test('rules that are gone give the tables back', async () => {
  const superuser: pg.Client = await connect(database.connection('postgres'));
  await superuser.query('SET ROLE bucordo_owner');
  await showReaders(superuser, 'shop', [], []);
  await superuser.end();
  const client = await connect(database.connection('bucordo_reader'));
  expect((await client.query('SELECT * FROM shop.orders')).rows).toHaveLength(1);
  expect((await client.query('SELECT * FROM bucordo.transaction')).rows.length).toBeGreaterThan(3);
  await client.end();
});

test('an upgrade may drop a column that the rules showed, and brings rules of its own', async () => {
  const network = await DecidingNetwork.found({ alpha: {}, beta: {} }, [SHOP]);
  const { schema, readers = [], ...rest } = SHOP;
  const next: GenesisContract = {
    ...rest,
    version: '2.0.0',
    functions: {},
    source: '',
    schema: schema.replace(', margin int8', ''),
    readers: readers.slice(1),
    migrations: [{ from: '1.0.0', sql: 'ALTER TABLE shop.orders DROP COLUMN margin;' }],
  };
  const number = await network.decide('alpha/admin', ['alpha', 'beta'], deployText(next, '1.0.0'));
  expect(await network.status(number)).toBe('active');
  const columns = await network.query(
    `SELECT c.column_name FROM information_schema.columns AS c
      WHERE c.table_schema = 'shop_read' AND c.table_name = 'orders' ORDER BY c.ordinal_position`,
  );
  expect(columns.map(({ column_name }) => column_name)).toEqual(['id', 'vendor', 'price']);
  await expect(network.query('SELECT * FROM shop.orders')).rejects.toThrow('permission denied');
  const wrong = {
    ...next,
    version: '3.0.0',
    migrations: [{ from: '2.0.0', sql: 'ALTER TABLE shop.orders ADD CHECK (gone > 0);' }],
  };
  const failed = await network.decide('alpha/admin', ['alpha', 'beta'], deployText(wrong, '2.0.0'));
  expect(await network.status(failed)).toBe('failed');
  // Words of Postgres could quote a row of a table with rules.
  expect(
    await network.query(`SELECT p.local_reason FROM bucordo.proposals AS p WHERE p.number = ${failed}`),
  ).toEqual([{ local_reason: expect.stringMatching(/^Postgres refused it \(.*SQLSTATE \w{5}\)$/) }]);
  await network.close();
});
