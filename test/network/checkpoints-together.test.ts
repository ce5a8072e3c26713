/**
 * A checkpoint counts alike wherever it stands in a transaction, on a node that runs and on one that
 * was started again (I1).
 */

import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeCheckpoint, publicKeyOf, signCheckpoint, toHex } from '@bucordo/protocol';
import { afterEach, expect, test } from 'vitest';

import type { TestIdentity } from './support/chain-builder.ts';
import { clientFor, clientOf } from './support/test-client.ts';
import { createTestNetwork, type TestNetwork } from './support/test-network.ts';
import { until } from './support/until.ts';

let network: TestNetwork;
afterEach(async () => {
  await network?.end();
});

// The key of the seller's node, which lies.
function nodeOfSeller(): TestIdentity {
  const pem = readFileSync(join(network.directory, 'seller', 'node.pem'));
  const seed = new Uint8Array(
    Buffer.from(createPrivateKey(pem).export({ format: 'jwk' }).d ?? '', 'base64url'),
  );
  return { seed, key: publicKeyOf(seed) };
}

function falseCheckpoint(node: TestIdentity, height: number) {
  const bytes = encodeCheckpoint({
    network: network.network,
    height,
    blockHash: new Uint8Array(32).fill(height),
    stateHash: new Uint8Array(32).fill(7),
    member: 'seller',
    nodeKey: node.key,
  });
  const args = { checkpoint: toHex(bytes), signature: toHex(signCheckpoint(bytes, node.seed)) };
  return { contract: 'bucordo', function: 'checkpoint', args };
}

test.each([
  ['two checkpoints', (node: TestIdentity) => [falseCheckpoint(node, 2), falseCheckpoint(node, 3)]],
  [
    'a checkpoint behind another call',
    (node: TestIdentity) => [
      { contract: 'ledger', function: 'put', args: { id: 99, amount: 1 } },
      falseCheckpoint(node, 2),
    ],
  ],
])(
  'I1: %s in one transaction say the same to a running node and to one that was started again',
  async (_, calls) => {
    network = await createTestNetwork({ count: 3, checkpointMs: 80_000, checkpointBlocks: 90_000 });
    const buyer = await network.start('buyer');
    await network.start('seller');
    const client = clientOf(network, 'buyer');
    for (let id = 0; id < 5; id++) await client.call('ledger', 'put', { id, amount: 1 });
    const node = nodeOfSeller();
    const liar = clientFor(network, node, [buyer]);
    await liar.submit(calls(node));
    await until(() => network.node('buyer').status().differing['seller'] !== undefined);
    const { differing, diverged, final } = network.node('buyer').status();
    expect(differing).toEqual({ seller: 2 });
    client.close();
    liar.close();
    await network.stop('buyer');
    await network.start('buyer');
    expect(network.node('buyer').status()).toMatchObject({ differing, diverged, final });
  },
);
