/**
 * The disk under a member's Postgres fills while transactions come in: the node stops and says why,
 * refuses to start while the disk is full, and goes on afterwards with everything it acknowledged.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import type { Client } from '../../packages/client/src/node.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { COUNTER_ID, findAcknowledged, type Load, startLoad } from './support/acknowledgements.ts';
import { type NodeProcess, startProcess } from './support/node-process.ts';
import { mountSmallDisk, type SmallDisk } from './support/small-disk.ts';
import { clientFor } from './support/test-client.ts';
import { createTestNetwork, type Member, type TestMember, type TestNetwork } from './support/test-network.ts';
import { until } from './support/until.ts';

/** Adds in flight; few, so that the load lasts while the disk is full. */
const IN_FLIGHT = 50;
const COUNT = 3_000;

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

/** A member whose embedded Postgres lies on small disks, and its load. */
interface Bench {
  readonly member: TestMember;
  readonly database: Pick<TestDatabase, 'connection'>;
  readonly client: Client;
  readonly node: NodeProcess;
}

function mounted(directory: string, sizeMib: number): SmallDisk | null {
  const disk = mountSmallDisk(directory, sizeMib);
  if (disk !== null) open.push({ close: () => disk.unmount() });
  return disk;
}

async function started(member: TestMember): Promise<NodeProcess> {
  const node = await startProcess(member, { isEmbedded: true });
  open.push({ close: () => node.end('SIGTERM') });
  return node;
}

/** Founds the network in the member's database, then starts its node with the settings of a small server. `prepare` works on the stopped database. */
async function benchOn(
  network: TestNetwork,
  options: { member: Member; dataDirectory: string; prepare?: () => void },
): Promise<Bench> {
  const { dataDirectory } = options;
  const member = network.of(options.member);
  const { configFile, clerk } = member;
  const config: object = JSON.parse(readFileSync(configFile, 'utf8'));
  writeFileSync(configFile, JSON.stringify({ ...config, dataDirectory, log: { level: 'error' } }));
  await (await started(member)).end('SIGTERM');
  writeFileSync(join(dataDirectory, 'own.conf'), "max_wal_size = '32MB'\nmin_wal_size = '32MB'\n");
  options.prepare?.();
  const node = await started(member);
  const client = clientFor(network, clerk, [node]);
  open.push({ close: () => client.close() });
  await client.call('ledger', 'put', { id: COUNTER_ID, amount: 0 });
  const database = {
    connection: (role: string) => ({ socketDirectory: dataDirectory, role, database: 'bucordo' }),
  };
  return { member, database, client, node };
}

async function networkOf(count: number): Promise<TestNetwork> {
  const network = await createTestNetwork({ count });
  open.push({ close: () => network.end() });
  return network;
}

/** Fills the disk under load, and demands what a node owes its callers then and afterwards. */
async function expectSurvival(bench: Bench, disk: SmallDisk, useUp: () => Promise<void>): Promise<void> {
  const { node, client, member } = bench;
  const load = startLoad(client, { count: COUNT, inFlightMax: IN_FLIGHT, timeoutMs: 110_000 });
  await until(() => load.receipts.length > 200);
  disk.fill();
  await useUp();
  expect(await node.ended).toEqual({ code: 1, signal: null });
  expect(node.errors()).toMatch(/"code":"disk_full".*Make room on the disk.*the node cannot go on/);
  expect(node.errors()).toContain('fault: disk_full');

  await expectNoStart(bench, load, disk, useUp);
  const acknowledged = load.receipts.length;
  expect(acknowledged).toBeLessThan(COUNT);

  disk.empty();
  await started(member);
  await load.done;
  expect(load.failures).toEqual([]);
  const found = await findAcknowledged(bench.database, load.receipts);
  expect(found).toMatchObject({ total: COUNT, lost: [], doubled: 0 });
  expect(await rejectionsOf(bench)).toEqual([]);
}

/**
 * Starts the node again on the full disk and demands that it says why it cannot. What the server gave back when it ended is taken
 * first. Its recovery may still find room in segments of the log that it no longer needs: then it serves, and is filled again.
 */
async function expectNoStart(
  bench: Bench,
  load: Load,
  disk: SmallDisk,
  useUp: () => Promise<void>,
): Promise<void> {
  for (let startsLeft = 4; ; startsLeft--) {
    disk.fill();
    const acknowledged = load.receipts.length;
    const outcome = await startProcess(bench.member, { isEmbedded: true }).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      expect(outcome.message).toMatch(/code: 'disk_full'/);
      expect(load.receipts.length).toBe(acknowledged);
      return;
    }
    const node = outcome as NodeProcess;
    open.push({ close: () => node.end('SIGTERM') });
    expect(startsLeft).toBeGreaterThan(1);
    disk.fill();
    await useUp();
    expect(await node.ended).toEqual({ code: 1, signal: null });
    expect(node.errors()).toContain('fault: disk_full');
  }
}

/** Receipts of refusal; the load gives no reason for one. */
async function rejectionsOf({ database }: Bench): Promise<unknown[]> {
  const client = await connect(database.connection('bucordo_node'));
  try {
    return (await client.query('SELECT r.code, r.sqlstate FROM bucordo.rejection AS r ORDER BY r.position'))
      .rows;
  } finally {
    await client.end();
  }
}

describe('I3, I4, I5: a full disk stops the node, loses and doubles nothing, and writes no receipt', () => {
  test('the disk of the database, on the node that orders', { timeout: 240_000 }, async (context) => {
    const network = await networkOf(1);
    const disk = mounted(join(network.directory, 'disk'), 220);
    if (disk === null) return context.skip('no right to mount a small disk');
    const bench = await benchOn(network, {
      member: 'buyer',
      dataDirectory: join(disk.directory, 'postgres'),
    });
    await expectSurvival(bench, disk, () => Promise.resolve());
  });

  test('the disk of the write-ahead log, on a node that follows', { timeout: 240_000 }, async (context) => {
    const network = await networkOf(2);
    const disk = mounted(join(network.directory, 'disk'), 96);
    if (disk === null) return context.skip('no right to mount a small disk');
    const dataDirectory = join(network.directory, 'postgres');
    await network.start('buyer');
    const prepare = (): void => {
      const log = join(dataDirectory, 'pg_wal');
      const moved = join(disk.directory, 'pg_wal');
      execFileSync('cp', ['-a', log, moved]);
      rmSync(log, { recursive: true });
      symlinkSync(moved, log);
    };
    const bench = await benchOn(network, { member: 'seller', dataDirectory, prepare });
    await expectSurvival(bench, disk, () => useUpLog(bench));
    const ordered = await findAcknowledged(network.of('buyer').database, []);
    expect(ordered).toMatchObject({ total: COUNT, doubled: 0 });
  });
});

/** Begins new segments of the log until there is no room for another one, which ends the server. */
async function useUpLog({ database }: Bench): Promise<void> {
  const superuser = await connect(database.connection('postgres'));
  try {
    for (;;) await superuser.query('SELECT pg_catalog.pg_switch_wal()');
  } catch {
    await superuser.end().catch(() => undefined);
  }
}
