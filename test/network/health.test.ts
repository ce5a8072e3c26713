/**
 * Real nodes in trouble, as their operators see it: a block that Postgres holds up, and the same from
 * the outside of the HTTP port.
 */

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
  network = await createTestNetwork({ count: 2 });
  await network.start('buyer');
  await network.start('seller');
  buyer = clientOf(network, 'buyer');
  await buyer.call('ledger', 'put', { id: 1, amount: 1 }, { wait: 'final' });
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
