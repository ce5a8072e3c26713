/** Contracts whose tables and columns have the names of the system's own variables, views and columns. */

import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';
import { dryRun } from './dry-run.ts';
import type { Executor } from './executor.ts';

/** Columns of views of versions, and variables of functions that are generated over tables. */
const NAMES = [
  ...['member', 'identity', 'transaction', 'height', 'time', 'function', 'operation', 'position', 'ordinal'],
  ...['first_position', 'end_position', 'transaction_position', 'block_height', 'to_do', 'change_hashes'],
  ...[
    'key_values',
    'row_values',
    'place',
    'places',
    'this',
    'contract',
    'table_name',
    'hash',
    'h',
    't',
    'i',
    'b',
  ],
  ...['arguments', 'payload', 'newest', 'select', 'order', 'user', 'element', 'at'],
];

const tables = (names: readonly string[]): string =>
  names
    .map(
      (name) =>
        `CREATE TABLE awkward."${name}" (height int4 PRIMARY KEY, note text CHECK (octet_length(note) < 9));`,
    )
    .join('\n');

const CONTRACT = {
  name: 'awkward',
  version: '1.0.0',
  functions: { put: { roles: [], classes: [] } },
  schema: `
    CREATE TABLE awkward.stock (
      id int4 PRIMARY KEY,
      ${NAMES.map((name) => `"${name}" int4[]`).join(',\n      ')}
    );
    ${tables(['stock_position', 'stock_at', 'stock_insert', 'order', 't'.repeat(54)])}`,
  source: `
    CREATE FUNCTION awkward.put(id int4) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO awkward.stock (id, height, position) VALUES (put.id, ARRAY[1, NULL], ARRAY[7]);
      UPDATE awkward.stock AS s SET first_position = ARRAY[2] WHERE s.id = put.id;
      INSERT INTO awkward."order" (height, note) VALUES (put.id, 'a');
      INSERT INTO awkward.stock_position (height, note) VALUES (put.id, NULL);
    END $$;`,
};

const chain = new TestChain([CONTRACT]);
let database: TestDatabase;
let executor: Executor;
let reader: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  executor = await chain.found(database);
  reader = await connect(database.connection('bucordo_reader'));
});

afterAll(async () => {
  await reader?.end();
  await executor?.close();
  await database?.drop();
});

const put = (id: number) =>
  chain.transaction('alpha/ann', [{ contract: 'awkward', function: 'put', args: { id } }]);

describe('awkward names', () => {
  test('execute, and are tried', async () => {
    const rows = chain.rowsOf([put(1)]);
    const tried = await executor.between((client) => dryRun(client, { rows, timeMs: 0 }));
    expect(tried.changes.map(({ table, operation }) => `${operation} ${table}`)).toEqual([
      'insert stock',
      'update stock',
      'insert order',
      'insert stock_position',
    ]);
    expect(tried.changes[1]?.before?.['height']).toBe('{1,NULL}');
    expect((await executor.run(chain.seal([put(1), put(2)]))).rejections).toEqual([]);
  });

  test('leave the view of versions its first nine columns, those with a name of the table behind an underscore', async () => {
    const stock = await reader.query('SELECT * FROM awkward_history.stock_versions ORDER BY 8, 9');
    const names = stock.fields.map(({ name }) => name);
    expect(names.slice(0, 9)).toEqual(NAMES.slice(0, 9).map((name) => `_${name}`));
    expect(stock.rows[1]).toMatchObject({
      _member: 'alpha',
      _operation: 'U',
      position: [7],
      _function: 'awkward.put',
    });
    const order = await reader.query('SELECT * FROM awkward_history.order_versions ORDER BY 8, 9');
    expect(order.fields.map(({ name }) => name).slice(0, 5)).toEqual([
      'member',
      'identity',
      'transaction',
      '_height',
      'time',
    ]);
  });

  test('lead through the history', async () => {
    const { rows } = await reader.query(
      'SELECT s.id, s.height FROM awkward_history.stock_at(1) AS s ORDER BY s.id',
    );
    expect(rows).toEqual([
      { id: 1, height: [1, null] },
      { id: 2, height: [1, null] },
    ]);
    const orders = await reader.query(
      'SELECT o.height FROM awkward_history.order_at(1) AS o ORDER BY o.height',
    );
    expect(orders.rows).toEqual([{ height: 1 }, { height: 2 }]);
  });
});

test.each([
  [
    'a name that the history of another table needs',
    ['stock', 'stock_versions'],
    'stock_versions has the name',
  ],
  ['a name that is too long for the names of its history', ['t'.repeat(55)], 'more than 54 bytes'],
])('a table is refused with %s', async (_, names, reason) => {
  const refused = new TestChain([{ ...CONTRACT, functions: {}, source: '', schema: tables(names) }]);
  const empty = await freshDatabase();
  await expect(refused.found(empty)).rejects.toMatchObject({
    code: 'contract_refused',
    message: expect.stringContaining(reason),
  });
  await empty.drop();
});
