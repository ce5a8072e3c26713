/** What is left when Postgres dies, is cancelled, or is lost while a block is on its way. */

import { rmSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { BANK, bankCall } from '../../../../test/support/bank-contract.ts';
import { type TestDatabase, temporaryDirectory } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import type { SealedBlock } from '../chain/sealed-block.ts';
import { connect } from '../postgres/connection.ts';
import { type PostgresServer, startEmbedded } from '../postgres/embedded.ts';
import { prepareDatabase } from '../postgres/set-up.ts';
import type { Executor } from './executor.ts';

/** Where a block is stopped: by a lock that another session holds. */
const POINTS: Readonly<Record<string, string>> = {
  storing: 'LOCK TABLE bucordo.transaction IN EXCLUSIVE MODE',
  executing: 'SELECT FROM bank.account WHERE id = 2 FOR UPDATE',
  'before the commit': 'LOCK TABLE bucordo.state IN EXCLUSIVE MODE',
};

let directory: string;
let server: PostgresServer;
let executor: Executor;
const chain = new TestChain([BANK]);

const database: TestDatabase = {
  name: 'crash',
  connection: (role) => server.connection(role, 'crash'),
  drop: () => Promise.resolve(),
};

beforeAll(async () => {
  directory = await temporaryDirectory('bucordo-crash-');
  await start();
  await prepareDatabase(server.connection('postgres', 'postgres'), 'crash');
  executor = await chain.found(database);
  const open = [1, 2].map((id) => bankCall('open_account', { id, owner: 'x', balance: 100 }));
  await executor.run(chain.seal([chain.transaction('alpha/ann', open)]));
});

afterAll(async () => {
  await executor?.close();
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(async () => {
  await executor.close();
  executor = await chain.open(database);
});

async function start(): Promise<void> {
  server = await startEmbedded({
    dataDirectory: path.join(directory, 'data'),
    sharedBuffersMib: 32,
    maxWalMib: 256,
  });
}

function transferBlock(): SealedBlock {
  return chain.seal(
    [1, 2, 3].map(() =>
      chain.transaction('alpha/ann', [bankCall('transfer', { source: 1, target: 2, amount: 1 })]),
    ),
  );
}

async function superuser(): Promise<pg.Client> {
  return connect(database.connection('postgres'));
}

/** Holds the block at a point and returns what it needs to go on. */
async function holdAt(point: string): Promise<pg.Client> {
  const holder = await superuser();
  await holder.query('BEGIN');
  await holder.query(POINTS[point] ?? '');
  return holder;
}

async function waitingBackend(): Promise<number> {
  const watcher = await superuser();
  try {
    for (;;) {
      const { rows } = await watcher.query<{ pid: number }>(
        `SELECT a.pid FROM pg_stat_activity AS a WHERE a.usename = 'bucordo_node' AND a.wait_event_type = 'Lock'`,
      );
      if (rows[0] !== undefined) return rows[0].pid;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } finally {
    await watcher.end();
  }
}

async function facts(): Promise<unknown> {
  const client = await superuser();
  const { rows } = await client.query(`
    SELECT (SELECT max(height)::int4 FROM bucordo.block) AS blocks, (SELECT max(height)::int4 FROM bucordo.state) AS states,
           (SELECT max(bucordo.height_of(position))::int4 FROM bucordo.transaction) AS transactions,
           (SELECT max(bucordo.height_of(_position))::int4 FROM bank_history.account) AS history,
           (SELECT jsonb_object_agg(a.id, a.balance) FROM bank.account AS a) AS balances`);
  await client.end();
  return rows[0];
}

const balanceAfter = (blocks: number): unknown => ({ 1: 100 - 3 * blocks, 2: 100 + 3 * blocks });

test.for([
  ['the server', 'storing'],
  ['the server', 'executing'],
  ['the server', 'before the commit'],
  ['the backend', 'executing'],
  ['the backend', 'before the commit'],
] as const)(
  'I3: %s killed while %s leaves nothing of the block, and it can be executed again',
  async ([victim, point]) => {
    const before = await facts();
    const { height } = await executor.head();
    const block = transferBlock();
    const next = transferBlock();
    const holder = await holdAt(point);
    const runs = Promise.allSettled([executor.run(block), executor.run(next)]);
    const pid = await waitingBackend();
    if (victim === 'the server') {
      const lost = server.lost;
      process.kill(server.pid, 'SIGKILL');
      await lost;
    } else {
      process.kill(pid, 'SIGKILL');
    }
    for (const run of await runs) {
      expect(run).toMatchObject({
        status: 'rejected',
        reason: { name: 'Fault', code: 'postgres_unreachable' },
      });
    }
    await holder.end().catch(() => undefined);
    await expect(executor.run(next)).rejects.toMatchObject({ name: 'Fault' });
    if (victim === 'the server') {
      await server.stop();
      await start();
    }
    executor = await reopen();
    expect(await executor.head()).toMatchObject({ height });
    expect(await facts()).toEqual(before);
    await executor.run(block);
    await executor.run(next);
    expect(await facts()).toMatchObject({
      blocks: height + 2,
      states: height + 2,
      transactions: height + 2,
      history: height + 2,
      balances: balanceAfter(height + 1),
    });
  },
);

// After a backend died the server recovers for a moment.
async function reopen(): Promise<Executor> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await chain.open(database);
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

test.for([
  ['pg_cancel_backend', 'postgres_unreachable'],
  ['pg_terminate_backend', 'postgres_unreachable'],
] as const)('%s is the trouble of this node and becomes no receipt', async ([end, code]) => {
  const before = await facts();
  const block = transferBlock();
  const holder = await holdAt('executing');
  const run = executor.run(block).catch((error: unknown) => error);
  await holder.query(`SELECT ${end}($1)`, [await waitingBackend()]);
  expect(await run).toMatchObject({ name: 'Fault', code });
  await holder.end();
  executor = await reopen();
  expect(await facts()).toEqual(before);
  await executor.run(block);
});

test('an idle executor notices at once that its connection is gone', async () => {
  await executor.close();
  let tell: (fault: unknown) => void = () => undefined;
  const told = new Promise((resolve) => {
    tell = resolve;
  });
  const { Executor } = await import('./executor.ts');
  executor = await Executor.open({
    connect: () => connect(database.connection('bucordo_node')),
    networkId: chain.networkId,
    onFault: (fault) => tell(fault),
  });
  const killer = await superuser();
  await killer.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bucordo_node'`);
  await killer.end();
  expect(await told).toMatchObject({ name: 'Fault', code: 'postgres_unreachable' });
});

test('a block that does not follow, follows twice, or counts other transactions is refused and changes nothing', async () => {
  const before = await facts();
  const block = transferBlock();
  const wrong: SealedBlock[] = [
    { ...block, height: block.height + 1 },
    { ...block, previousHash: new Uint8Array(32) },
    { ...block, time: 1 },
  ];
  for (const each of wrong) {
    if (each.height !== block.height) each.rows.setPositions(each.height);
    await expect(executor.run(each)).rejects.toMatchObject({ name: 'Fault', code: 'block_invalid' });
    each.rows.setPositions(block.height);
    executor = await chain.open(database);
  }
  expect(await facts()).toEqual(before);
  await executor.run(block);
  await expect(executor.run(block)).rejects.toMatchObject({ name: 'Fault', code: 'block_invalid' });
});

test('I5: a transaction that is on the chain cannot be stored again, in the same block or a later one', async () => {
  const transaction = chain.transaction('alpha/ann', [
    bankCall('transfer', { source: 1, target: 2, amount: 1 }),
  ]);
  const first = chain.seal([transaction]);
  await executor.run(first);
  const before = await facts();
  const again = chain.seal([transaction]);
  await expect(executor.run(again)).rejects.toMatchObject({ name: 'Fault', code: 'block_invalid' });
  executor = await chain.open(database);
  expect(await facts()).toEqual(before);
});
