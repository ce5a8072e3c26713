/** Limits of queries, as a client meets them. */

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Client } from '../../packages/client/src/node.ts';
import { queryParametersMax, sqlCharactersMax } from '../../packages/node/src/api/limits.ts';
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

test('a query has a limited length', async () => {
  const ofLength = (length: number): string => 'SELECT 1 AS one'.padEnd(length);
  expect((await client.query(ofLength(sqlCharactersMax))).rows).toHaveLength(1);
  await expect(client.query(ofLength(sqlCharactersMax + 1))).rejects.toMatchObject({ code: 'malformed' });
});

test('a query has a limited number of parameters', async () => {
  const withParameters = (count: number) => {
    const sum = Array.from({ length: count }, (_, index) => `$${index + 1}::int4`).join(' + ');
    return client.query(`SELECT ${sum} AS sum`, new Array<number>(count).fill(1));
  };
  expect((await withParameters(queryParametersMax)).rows).toEqual([{ sum: queryParametersMax }]);
  await expect(withParameters(queryParametersMax + 1)).rejects.toMatchObject({ code: 'malformed' });
});
