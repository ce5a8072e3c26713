/** Many clients at once: nobody is refused, everybody is answered. */

import { afterAll, beforeAll, expect, test } from 'vitest';

import { COUNTER_ID, findAcknowledged, startLoad } from './support/acknowledgements.ts';
import { clientOf } from './support/test-client.ts';
import { createTestNetwork, type TestNetwork } from './support/test-network.ts';
import { until } from './support/until.ts';

let network: TestNetwork;

beforeAll(async () => {
  network = await createTestNetwork({ count: 2 });
  for (const member of ['buyer', 'seller'] as const) await network.start(member);
});
afterAll(() => network?.end());

test('128 clients at once, half of them at the node that does not order', async () => {
  const first = clientOf(network, 'buyer');
  await first.call('ledger', 'put', { id: COUNTER_ID, amount: 0 });
  first.close();
  const clients = Array.from({ length: 128 }, (_, n) => clientOf(network, n % 2 === 0 ? 'buyer' : 'seller'));
  const loads = clients.map((client) => startLoad(client, { count: 10, inFlightMax: 5 }));
  await Promise.all(loads.map(({ done }) => done));
  for (const client of clients) client.close();
  expect(loads.flatMap(({ failures }) => failures)).toEqual([]);
  const receipts = loads.flatMap((load) => load.receipts);
  await until(() => network.node('seller').status().height === network.node('buyer').status().height);
  for (const member of ['buyer', 'seller'] as const) {
    expect(await findAcknowledged(network.of(member).database, receipts)).toMatchObject({
      total: 1_280,
      lost: [],
      doubled: 0,
    });
  }
});
