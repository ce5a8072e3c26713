/** A node that cannot start says why by a code, leaves nothing running, and starts when it is put right. */

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { clientOf } from './support/test-client.ts';
import { createTestNetwork, type TestNetwork } from './support/test-network.ts';

let network: TestNetwork;
beforeEach(async () => {
  network = await createTestNetwork({ count: 2 });
});
afterEach(() => network.end());

interface ConfigText {
  member: string;
  peers: unknown[];
  client: { port: number };
}

function editConfig(edit: (config: ConfigText) => void): void {
  const file = network.of('seller').configFile;
  const config: ConfigText = JSON.parse(readFileSync(file, 'utf8'));
  edit(config);
  writeFileSync(file, JSON.stringify(config));
}

function editGenesis(edit: (text: string) => string): void {
  const file = join(network.directory, 'genesis.json');
  writeFileSync(file, edit(readFileSync(file, 'utf8')));
}

test.each([
  [
    'the key of another member',
    'member_unknown',
    () => editConfig((config) => Object.assign(config, { member: 'buyer' })),
  ],
  [
    'no address of the ordering node',
    'peer_missing',
    () => editConfig((config) => Object.assign(config, { peers: [] })),
  ],
  [
    'a setting nobody knows',
    'config_invalid',
    () => editConfig((config) => Object.assign(config, { colour: 'red' })),
  ],
  [
    'a key that others can read',
    'secret_exposed',
    () => chmodSync(join(network.directory, 'seller', 'node.pem'), 0o644),
  ],
  ['a damaged genesis', 'genesis_invalid', () => editGenesis((text) => text.slice(0, -5))],
  [
    'a certificate that is none',
    'certificate_invalid',
    () => writeFileSync(join(network.directory, 'seller', 'tls.pem'), 'none'),
  ],
])('with %s: %s', async (_, code, spoil) => {
  spoil();
  await expect(network.start('seller')).rejects.toMatchObject({ code, hint: expect.stringMatching(/\S/) });
});

test('the database of another network is refused', async () => {
  await network.start('seller');
  await network.stop('seller');
  editGenesis((text) => text.replace('"name": "test"', '"name": "other"'));
  await expect(network.start('seller')).rejects.toMatchObject({ code: 'network_mismatch' });
});

test('a port that is taken is named, and the node starts when it is free', async () => {
  let port = 0;
  editConfig(({ client }) => {
    port = client.port;
  });
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  await expect(network.start('seller')).rejects.toMatchObject({
    code: 'address_unusable',
    facts: expect.objectContaining({ port }),
  });
  await new Promise((resolve) => other.close(resolve));
  await network.start('buyer');
  await network.start('seller');
  const client = clientOf(network, 'seller');
  expect((await client.call('ledger', 'put', { id: 1, amount: 1 })).height).toBeGreaterThan(0);
  client.close();
});
