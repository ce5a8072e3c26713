/** A network for a benchmark: its members' nodes and Postgres servers, filled with what the work needs. */

import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DevNetwork, type MemberEndpoint, openConnection, startDevNetwork } from 'bucordo';
import pg from 'pg';
import type { Population } from '../load/work.ts';
import { removeFolder } from './folder.ts';

/** Who signs the work. */
export const CLERK = 'a/clerk';
const MEMBERS = ['a', 'b', 'c'] as const;
const CONTRACT = join(import.meta.dirname, '../../contract');
const ROWS_PER_CALL = 5_000;
const CUSTOMERS_PER_CALL = 250;

/** A running network with access to the first member's server as its superuser. */
export interface BenchNetwork {
  readonly network: DevNetwork;
  readonly endpoint: MemberEndpoint;
  /** The first member's server, for the peer that has no Bucordo. */
  readonly server: pg.ClientConfig;
  /** Process ids of the members' nodes, the ordering one first. */
  readonly nodes: readonly number[];
  /** Folder with everything, for counting bytes. */
  readonly directory: string;
  stop(): Promise<void>;
}

/** Starts `members` (1 to 3) members with the contract of the benchmarks and, where given, its accounts and customers. */
export async function startBenchNetwork(options: {
  members: number;
  population?: Population;
}): Promise<BenchNetwork> {
  const directory = mkdtempSync(join(tmpdir(), 'bucordo-bench-'));
  const members = MEMBERS.slice(0, options.members);
  const network = await startDevNetwork({
    directory,
    firstPort: 17_480,
    description: {
      name: 'bench',
      members: members.map((id) => ({
        id,
        identities: id === 'a' ? [{ name: 'clerk', roles: ['clerk'] }] : [],
      })),
      contracts: [CONTRACT],
    },
  });
  const endpoint = network.loaded.profile.members[0];
  if (endpoint === undefined) throw new Error('the network has no member');
  const bench: BenchNetwork = {
    network,
    endpoint,
    server: serverOf(directory),
    nodes: network.processes().flatMap(({ processId }) => (processId === null ? [] : [processId])),
    directory,
    stop: async () => {
      await network.stop();
      removeFolder(directory);
    },
  };
  if (options.population !== undefined) await fill(bench, options.population);
  return bench;
}

// The socket's folder stands in the server's own lock file, line five.
function serverOf(directory: string): pg.ClientConfig {
  const member = join(directory, 'members/a');
  const data = readdirSync(member).find((name) => name.includes('postgres') || name.includes('data'));
  const lock = readFileSync(join(member, data ?? 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  return { host: lock[4] ?? '', port: Number(lock[3]), user: 'postgres', database: 'bucordo' };
}

// Accounts and customers through signed transactions here, and the same rows for the peer.
async function fill(bench: BenchNetwork, population: Population): Promise<void> {
  const { client } = openConnection({
    loaded: bench.network.loaded,
    identity: CLERK,
    endpoint: bench.endpoint,
    timeoutMs: 120_000,
  });
  await Promise.all(
    ranges(population.accounts, ROWS_PER_CALL).map((range) => client.call('shop', 'open_accounts', range)),
  );
  await Promise.all(
    ranges(population.customers, CUSTOMERS_PER_CALL).map((range) =>
      client.call('shop', 'open_customers', range),
    ),
  );
  client.close();
  await fillPlain(bench.server, population);
}

/** Makes the peer's schema on a server and fills it: the contract's own tables and functions, in a schema without Bucordo. */
export async function fillPlain(server: pg.ClientConfig, population: Population): Promise<void> {
  const contract = ['schema.sql', 'functions.sql'].map((file) => readFileSync(join(CONTRACT, file), 'utf8'));
  const admin = new pg.Client(server);
  await admin.connect();
  await admin.query('DROP SCHEMA IF EXISTS plain CASCADE; CREATE SCHEMA plain');
  await admin.query(contract.join('\n').replaceAll('shop.', 'plain.'));
  for (const [name, last, step] of [
    ['open_accounts', population.accounts, ROWS_PER_CALL],
    ['open_customers', population.customers, CUSTOMERS_PER_CALL],
  ] as const) {
    for (const range of ranges(last, step))
      await admin.query(`SELECT plain.${name}($1, $2)`, [range.p_from, range.p_to]);
  }
  await admin.query('VACUUM ANALYZE');
  await admin.end();
}

// The arguments of calls that fill 1 … `count`, at most `step` a call.
function ranges(count: number, step: number): { p_from: number; p_to: number }[] {
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => ({
    p_from: i * step + 1,
    p_to: Math.min(count, (i + 1) * step),
  }));
}
