/** Usage per member and month: from the chain, the same whether it was counted before or is counted while reading. */

import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BANK, bankCall } from '../../../../test/support/bank-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain, type TestIdentity, type TestTransaction } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';
import type { Executor } from './executor.ts';
import { ReadingConnections } from './reading-connections.ts';
import { Usage } from './usage.ts';

const chain = new TestChain([BANK]);
let database: TestDatabase;
let executor: Executor;
let superuser: pg.Client;
let connections: ReadingConnections;
let usage: Usage;

beforeAll(async () => {
  database = await freshDatabase();
  executor = await chain.found(database);
  superuser = await connect(database.connection('postgres'));
  connections = new ReadingConnections(() => connect(database.connection('bucordo_node')), 1);
  usage = new Usage(connections);
});
afterAll(async () => {
  await connections?.close();
  await superuser?.end();
  await executor?.close();
  await database?.drop();
});

let id = 0;
function opening(identity: TestIdentity, count = 1): TestTransaction {
  const calls = Array.from({ length: count }, () =>
    bankCall('open_account', { id: id++, owner: 'x', balance: 1 }),
  );
  return chain.transaction(identity, calls);
}
const bytesOf = (...transactions: readonly TestTransaction[]): number =>
  transactions.reduce((sum, { payload }) => sum + payload.length + 64, 0);
const all = (): ReturnType<Usage['read']> => usage.read('0000-01', '9999-12');
const countedHeight = async (): Promise<number> => {
  const { rows } = await superuser.query('SELECT h.height::int FROM bucordo.usage_height AS h');
  return rows[0]?.height;
};

test('a network without a block has nothing to count, however long it is idle', async () => {
  for (let look = 0; look < 3; look++) await usage.countWhenQuiet();
  expect(await countedHeight()).toBe(0);
  expect(await all()).toEqual([]);
});

test('counts users, transactions, rejections, calls and bytes of every member', async () => {
  const first = [opening('alpha/ann', 3), opening('alpha/node'), opening('beta/bob')];
  const refused = chain.transaction('beta/bob', [bankCall('transfer', { source: 1, target: 77, amount: 1 })]);
  await executor.run(chain.seal([...first, refused]));
  expect(await all()).toEqual([
    {
      month: '2026-01',
      member: 'alpha',
      users: 2,
      transactions: 2,
      rejected: 0,
      calls: 4,
      bytes: bytesOf(...first.slice(0, 2)),
    },
    {
      month: '2026-01',
      member: 'beta',
      users: 1,
      transactions: 2,
      rejected: 1,
      calls: 2,
      bytes: bytesOf(...first.slice(2), refused),
    },
  ]);
});

test('by calendar months of block time', async () => {
  await executor.run(chain.seal([opening('alpha/ann')]));
  await superuser.query(
    `UPDATE bucordo.block SET time = ${Date.parse('2026-02-01T00:00:00Z')} WHERE height = 2`,
  );
  await superuser.query(
    `UPDATE bucordo.block SET time = ${Date.parse('2026-01-31T23:59:59.999Z')} WHERE height = 1`,
  );
  const months = (await all()).map(({ month, member, users }) => [month, member, users]);
  expect(months).toEqual([
    ['2026-01', 'alpha', 2],
    ['2026-01', 'beta', 1],
    ['2026-02', 'alpha', 1],
  ]);
  expect((await usage.read('2026-02', '2026-12')).map(({ member }) => member)).toEqual(['alpha']);
});

test('is the same after it was counted ahead, in whatever steps', async () => {
  const before = await all();
  const { rows } = await superuser.query('SELECT bucordo.count_usage(1) AS counted');
  expect(rows).toEqual([{ counted: 1 }]);
  expect(await all()).toEqual(before);
  await Promise.all([usage.count(), usage.count()]);
  expect(await all()).toEqual(before);
  expect(await countedHeight()).toBe(2);

  await executor.run(chain.seal([opening('alpha/ann')]));
  expect((await usage.read('2026-01', '2026-01'))[0]).toMatchObject({ member: 'alpha', transactions: 3 });
  await usage.count();
  expect((await usage.read('2026-01', '2026-01'))[0]).toMatchObject({ member: 'alpha', transactions: 3 });
});

test('is counted ahead when nothing else happens', async () => {
  await usage.countWhenQuiet();
  const before = await countedHeight();
  await executor.run(chain.seal([opening('alpha/ann')]));
  await usage.countWhenQuiet();
  expect(await countedHeight()).toBe(before);
  await usage.countWhenQuiet();
  expect(await countedHeight()).toBe(before + 1);
});

test('is counted anew, from the first block, where the height that was remembered is ahead of the chain', async () => {
  const before = await all();
  const head = await countedHeight();
  await executor.run(chain.seal([opening('alpha/ann')]));
  await superuser.query(`UPDATE bucordo.usage_height SET height = ${head + 1_000_000}`);
  await superuser.query('UPDATE bucordo.usage_of_key SET transactions = transactions + 7');
  // At once, also while blocks come.
  await new Usage(connections).countWhenQuiet();
  expect(await countedHeight()).toBe(head + 1);
  const total = (rows: typeof before): number =>
    rows.reduce((sum, { transactions }) => sum + transactions, 0);
  expect(total(await all())).toBe(total(before) + 1);
});

test('checkpoints, which nodes sign on their own, are not counted', async () => {
  const before = await all();
  const args = { checkpoint: 'ab', signature: 'cd' };
  await executor.run(
    chain.seal([chain.transaction('gamma/node', [{ contract: 'bucordo', function: 'checkpoint', args }])]),
  );
  expect(await all()).toEqual(before);
});

test('readers see it too, and cannot count', async () => {
  const reader = await connect(database.connection('bucordo_reader'));
  expect((await reader.query('SELECT * FROM bucordo.usage')).rows.length).toBeGreaterThan(2);
  await expect(reader.query('SELECT bucordo.count_usage(1)')).rejects.toThrow('permission denied');
  await reader.end();
});
