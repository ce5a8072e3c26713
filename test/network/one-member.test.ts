/** A network of one member: from a configuration file to receipts, through a whole node. */

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Client } from '../../packages/client/src/node.ts';
import { clientOf } from './support/test-client.ts';
import { createTestNetwork, type TestNetwork } from './support/test-network.ts';

let network: TestNetwork;
let client: Client;

beforeAll(async () => {
  network = await createTestNetwork({ count: 1 });
  await network.start('buyer');
  client = clientOf(network, 'buyer');
});
afterAll(async () => {
  client?.close();
  await network?.end();
});

test('a call is committed and answered with height, index and result', async () => {
  const put = await client.call('ledger', 'put', { id: 1, amount: 10 });
  expect(put).toMatchObject({ height: 1, index: 0, duplicate: false, result: null });
  const added = await client.call('ledger', 'add', { id: 1, amount: 5 });
  expect(added.result).toBe(15);
});
