/**
 * Nodes on a Postgres of the member's own, of another version than the embedded one: prepared once
 * by its administrator, used without a superuser, and in the same state as everybody else.
 */

import { readFileSync, writeFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Client, Receipt } from '../../packages/client/src/node.ts';
import { RejectedError } from '../../packages/client/src/node.ts';
import { readConfig } from '../../packages/node/src/config.ts';
import { type RunningNode, startNode } from '../../packages/node/src/main.ts';
import { type ConnectionOptions, connect } from '../../packages/node/src/postgres/connection.ts';
import { emptyThing, KINDS, thing } from '../support/every-type-contract.ts';
import { OWN_VERSIONS, type OwnServer, startOwnServer } from './support/own-server.ts';
import { clientOf } from './support/test-client.ts';
import { createTestNetwork, type Member, type TestNetwork } from './support/test-network.ts';
import { until } from './support/until.ts';

/** Starts the node of `member` on the database at `url`; `network.stop` stops it. */
async function startAt(network: TestNetwork, member: Member, url: string): Promise<RunningNode> {
  const { configFile } = network.of(member);
  const { dataDirectory: _, ...config } = JSON.parse(readFileSync(configFile, 'utf8'));
  writeFileSync(configFile, JSON.stringify({ ...config, postgres: { url } }));
  const node = await startNode(readConfig(configFile));
  network.of(member).node = node;
  return node;
}

describe.each(OWN_VERSIONS)('Postgres %i of the member’s own', (version) => {
  let server: OwnServer;
  let network: TestNetwork;
  const clients: Client[] = [];
  const clientAt = (member: Member): Client => {
    const client = clientOf(network, member);
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    server = await startOwnServer(version);
    network = await createTestNetwork({ count: 2, contracts: [KINDS] });
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await network?.end();
    await server?.end();
  });

  test('the first start founds the network, and afterwards no superuser is needed', async () => {
    await startAt(network, 'buyer', server.url('founder'));
    await clientAt('buyer').call('ledger', 'put', { id: 1, amount: 10 });
    await network.stop('buyer');
    await server.administer('ALTER ROLE founder NOSUPERUSER NOLOGIN');

    await startAt(network, 'buyer', server.url());
    const client = clientAt('buyer');
    expect((await client.call('ledger', 'add', { id: 1, amount: 5 })).result).toBe(15);
    const sessions = await server.administer(`
      SELECT DISTINCT a.usename AS login, r.rolsuper AS is_superuser
      FROM pg_catalog.pg_stat_activity AS a JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid
      WHERE a.datname = 'shop' ORDER BY 1`);
    expect(sessions).toContainEqual({ login: 'bucordo_node', is_superuser: false });
    expect(sessions.filter((session) => session['is_superuser'] === true)).toEqual([]);
  });

  test('queries and history answer, and a restart goes on where it was', async () => {
    const client = clientAt('buyer');
    const { rows } = await client.query('SELECT amount, author FROM ledger.entry WHERE id = $1', [1]);
    expect(rows).toEqual([{ amount: '15', author: 'buyer/clerk' }]);
    const versions = await client.query(
      'SELECT v.function, v.amount FROM ledger_history.entry_versions AS v ORDER BY v.height',
    );
    expect(versions.values).toEqual([
      ['ledger.put', '10'],
      ['ledger.add', '15'],
    ]);
    const before = network.node('buyer').status();
    await network.stop('buyer');
    const after = (await startAt(network, 'buyer', server.url())).status();
    expect(after).toMatchObject({ height: before.height, stateHash: before.stateHash });
    expect((await clientAt('buyer').call('ledger', 'add', { id: 1, amount: 1 })).result).toBe(16);
  });

  test(`I2: Postgres ${version} and the embedded one reach the same state at every height over a mixed load`, async () => {
    await network.start('seller');
    const refused = await mixedLoad(clientAt('buyer'), clientAt('seller'));
    expect(refused).toEqual(new Set(['BC002', 'failed']));
    const final = await clientAt('seller').call('ledger', 'add', { id: 1, amount: 0 }, { wait: 'final' });
    await until(() => isLevel(network));
    const [own, embedded] = [
      await statesOf(server.connection('bucordo_node')),
      await statesOf(network.of('seller').database.connection('bucordo_node')),
    ];
    expect(own.length).toBeGreaterThan(final.height ?? Number.POSITIVE_INFINITY);
    expect(own).toEqual(embedded);
    expect(network.node('buyer').status().diverged).toBeNull();
    expect(network.node('seller').status().diverged).toBeNull();
  });
});

if (OWN_VERSIONS.length === 0) {
  test('Postgres of the member’s own', (context) => {
    context.skip('needs a server of Debian’s packages in /usr/lib/postgresql');
  });
}

/** Values of every type, changed and removed, and refusals, by both members at once. Returns the codes of the refusals. */
async function mixedLoad(buyer: Client, seller: Client): Promise<Set<string>> {
  const refused = new Set<string>();
  const answers: Promise<Receipt | undefined>[] = [];
  const submit = (client: Client, contract: string, name: string, args: Record<string, unknown>): void => {
    answers.push(
      client.call(contract, name, JSON.parse(JSON.stringify(args))).catch((error: unknown) => {
        if (!(error instanceof RejectedError)) throw error;
        refused.add(error.code);
        return undefined;
      }),
    );
  };
  for (let n = 0; n < 150; n++) {
    const client = n % 2 === 0 ? buyer : seller;
    submit(client, 'kinds', 'put', n % 7 === 0 ? emptyThing(n % 40) : sendable(n % 40));
    submit(client, 'ledger', 'add', { id: 1, amount: n % 3 === 0 ? -1_000 : n });
    submit(client, 'ledger', 'put', { id: n % 60, amount: n });
    submit(client, 'kinds', n % 5 === 0 ? 'remove' : 'context', n % 5 === 0 ? { id: n % 40 } : {});
    if (n % 10 === 0) submit(client, 'ledger', 'refuse', { reason: `Größe ${n}` });
    if (n % 25 === 0) await Promise.all(answers.splice(0));
  }
  await Promise.all(answers);
  return refused;
}

/** Numbers that are not whole are sent as text. */
function sendable(id: number): Record<string, unknown> {
  return { ...thing(id), p_jsonb: { b: [id, '2.5', null], a: 'x' } };
}

function isLevel(network: TestNetwork): boolean {
  const [one, other] = [network.node('buyer').status(), network.node('seller').status()];
  return one.height === other.height && one.final === other.final;
}

/** The state hash and roots after every block, as text. */
async function statesOf(database: ConnectionOptions): Promise<unknown[]> {
  const client = await connect(database);
  try {
    const { rows } = await client.query(`
      SELECT s.height::text AS height, pg_catalog.encode(s.state_hash, 'hex') AS state,
             pg_catalog.encode(s.receipts_root, 'hex') AS receipts, pg_catalog.encode(s.changes_root, 'hex') AS changes
      FROM bucordo.state AS s ORDER BY s.height`);
    return rows;
  } finally {
    await client.end();
  }
}
