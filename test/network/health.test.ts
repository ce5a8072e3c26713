/**
 * Real nodes in trouble, as their operators see it: a block that Postgres holds up, nodes that are away,
 * a lost connection to Postgres; and the same from the outside of the HTTP port.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:https';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Client } from '../../packages/client/src/node.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import { clientOf } from './support/test-client.ts';
import { createTestNetwork, type TestNetwork } from './support/test-network.ts';
import { until } from './support/until.ts';

let network: TestNetwork;
let buyer: Client;
beforeAll(async () => {
  network = await createTestNetwork();
  await network.start('buyer');
  await network.start('seller');
  buyer = clientOf(network, 'buyer');
  await buyer.call('ledger', 'put', { id: 1, amount: 1 });
});
afterAll(async () => {
  buyer?.close();
  await network?.end();
});

function ask(member: 'buyer' | 'seller', path: string): Promise<{ status: number; text: string }> {
  const agent = new Agent({ ca: network.ca });
  return new Promise((resolve, reject) => {
    get(`${network.node(member).addresses.http}${path}`, { agent, servername: 'localhost' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    }).on('error', reject);
  });
}

test('all is well, and each door says so', async () => {
  await until(() => network.node('seller').status().health.state === 'serving');
  expect((await ask('seller', '/health')).status).toBe(200);
  expect((await buyer.status()).health).toMatchObject({ state: 'serving', conditions: [] });
  expect((await ask('buyer', '/metrics')).text).toContain('bucordo_state{state="serving"} 1');
});

test('I15: a block that takes long is told with height, transactions and since when, and is over when it is over', async () => {
  const superuser = await connect(network.of('buyer').database.connection('postgres'));
  await superuser.query('BEGIN; LOCK TABLE ledger.entry IN ACCESS EXCLUSIVE MODE');
  const height = network.node('buyer').status().height + 1;
  const waiting = [2, 3, 4].map((id) => buyer.call('ledger', 'put', { id, amount: 1 }));
  await until(() => network.node('buyer').status().health.state === 'stuck', 60_000);
  const { conditions } = network.node('buyer').status().health;
  expect(conditions[0]).toMatchObject({
    code: 'block_long',
    facts: { height, transactions: expect.any(Number) },
  });
  expect((await ask('buyer', '/health')).status).toBe(503);
  expect((await ask('buyer', '/health/live')).status).toBe(200);
  expect((await buyer.status()).health.conditions[0]?.message).toMatch(
    /^Block \d+ with .* has been executing for \d+ s\.$/,
  );
  await superuser.query('COMMIT');
  await superuser.end();
  await Promise.all(waiting);
  await until(() => network.node('buyer').status().health.state === 'serving');
});

test('a follower whose ordering node goes away waits, and serves when it is back', async () => {
  await network.stop('buyer');
  await until(() => network.node('seller').status().health.state === 'waiting');
  const [condition] = network.node('seller').status().health.conditions;
  expect(condition).toMatchObject({ code: 'ordering_unreachable', facts: { ordering: 'buyer' } });
  await network.start('buyer');
  await until(() => network.node('seller').status().health.state === 'serving');
});

test('a node that gets no blocks hears from the other followers that there are some', {
  timeout: 120_000,
}, async () => {
  const { configFile } = network.of('carrier');
  const config: { peers: { member: string; address: string }[] } = JSON.parse(
    readFileSync(configFile, 'utf8'),
  );
  const peers = config.peers.map((peer) =>
    peer.member === 'buyer' ? { ...peer, address: '127.0.0.1:1' } : peer,
  );
  writeFileSync(configFile, JSON.stringify({ ...config, peers }));
  const carrier = await network.start('carrier');
  for (const id of [10, 11, 12]) await buyer.call('ledger', 'put', { id, amount: 1 });
  const codes = (): string[] => carrier.status().health.conditions.map(({ code }) => code);
  await until(() => codes().includes('behind') || codes().includes('blocks_missing'), 90_000);
  expect(codes()).toContain('ordering_unreachable');
  expect(carrier.status().health.state).not.toBe('serving');
  const missing = carrier.status().health.conditions.find(({ facts }) => facts['knownHeight'] !== undefined);
  expect(missing?.facts['knownHeight']).toBeGreaterThan(carrier.status().height);
});

test('I4: a node that has lost its connection to Postgres ends with the fault, and says so until then', async () => {
  const node = network.node('seller');
  const superuser = await connect(network.of('seller').database.connection('postgres'));
  await superuser.query(
    `SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity AS a
     WHERE a.datname = pg_catalog.current_database() AND a.usename = 'bucordo_node'`,
  );
  await superuser.end();
  expect(await node.failed).toMatchObject({
    code: 'postgres_unreachable',
    hint: expect.stringMatching(/\S/),
  });
  expect(node.status().health).toMatchObject({
    state: 'stopped',
    conditions: expect.arrayContaining([expect.objectContaining({ code: 'postgres_unreachable' })]),
  });
});
