/**
 * An ordering node that gives two followers different histories, each valid, and keeps the checkpoints
 * of one from the other: they tell each other directly, name the signer of both blocks, and vouch for
 * nothing any more (I1, I4).
 */

import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicKeyOf } from '@bucordo/protocol';
import { afterEach, expect, test } from 'vitest';

import { readConfig } from '../../packages/node/src/config.ts';
import { buildTransaction, ChainBuilder, type TestIdentity } from './support/chain-builder.ts';
import { type LyingPeer, startLyingPeer } from './support/lying-peer.ts';
import { clientOf } from './support/test-client.ts';
import { createTestNetwork, type Member, type TestNetwork } from './support/test-network.ts';
import { until } from './support/until.ts';

let network: TestNetwork;
let peer: LyingPeer | null = null;
afterEach(async () => {
  await network?.end();
  peer?.stop();
});

function orderingIdentity(): TestIdentity {
  const pem = readFileSync(join(network.directory, 'buyer', 'node.pem'));
  const seed = new Uint8Array(
    Buffer.from(createPrivateKey(pem).export({ format: 'jwk' }).d ?? '', 'base64url'),
  );
  return { seed, key: publicKeyOf(seed) };
}

function put(amount: number): Uint8Array {
  const calls = [{ contract: 'ledger', function: 'put', args: { id: 1, amount } }];
  return buildTransaction({ network: network.network, identity: network.of('buyer').clerk, calls });
}

// Each follower gets a chain of its own, in which only its own transactions are.
async function orderTwice(): Promise<void> {
  const ordering = orderingIdentity();
  const chains = new Map<string, ChainBuilder>();
  for (const [member, amount] of [
    ['seller', 1],
    ['carrier', 999],
  ] as const) {
    const chain = new ChainBuilder(network.network, ordering);
    chain.add([put(amount)]);
    chains.set(member, chain);
  }
  const { tls, peer: place } = readConfig(network.of('buyer').configFile);
  const [ca = '', cert = '', key = ''] = [tls.ca, tls.cert, tls.key].map((file) =>
    readFileSync(file, 'utf8'),
  );
  peer = await startLyingPeer(
    { ca, cert, key },
    (from, member) => {
      const blocks = chains.get(member)?.blocks.slice(from - 1) ?? [];
      return { height: from - 1, messages: blocks.map(({ bytes }) => bytes), afterwards: 'wait' };
    },
    place.port,
    ({ member, transaction }) => {
      const block = chains.get(member)?.add([transaction]);
      if (block !== undefined) peer?.send(member, block.bytes);
    },
  );
}

const forkOf = (member: Member) => network.node(member).status().agreement.fork;

test('I1: two followers with different histories find out without the ordering node and name it', async () => {
  network = await createTestNetwork({ count: 3 });
  await orderTwice();
  const seller = await network.start('seller');
  const carrier = await network.start('carrier');
  await until(() => forkOf('seller') !== null && forkOf('carrier') !== null);
  expect(forkOf('seller')).toMatchObject({ signer: 'buyer' });
  expect(forkOf('carrier')).toMatchObject({ signer: 'buyer', height: forkOf('seller')?.height });
  expect(forkOf('seller')?.ours).toBe(forkOf('carrier')?.other);
  expect(forkOf('seller')?.other).toBe(forkOf('carrier')?.ours);
  for (const node of [seller, carrier]) expect(node.status().health.state).toBe('forked');

  // Nothing is acknowledged as committed any more, on either side.
  for (const member of ['seller', 'carrier'] as const) {
    const client = clientOf(network, member);
    const call = client.call('ledger', 'put', { id: 7, amount: 7 }, { timeoutMs: 6_000 });
    await expect(call).rejects.toMatchObject({ message: expect.stringContaining('forked') });
    expect(await client.status()).toMatchObject({ health: { state: 'forked' } });
    client.close();
  }
});

test('I1: what proves it is remembered over a restart, until the members have settled it', async () => {
  network = await createTestNetwork({ count: 3 });
  await orderTwice();
  await network.start('seller');
  await network.start('carrier');
  await until(() => forkOf('seller') !== null && forkOf('carrier') !== null);
  await network.stop('carrier');
  await network.stop('seller');
  await network.start('seller');
  expect(forkOf('seller')).toMatchObject({ signer: 'buyer' });

  await network.stop('seller');
  const { configFile } = network.of('seller');
  network.configure('seller', { alarms: { forksSettledTo: 1_000 } });
  expect(readConfig(configFile).alarms.forksSettledTo).toBe(1_000);
  await network.start('seller');
  expect(forkOf('seller')).toBeNull();
});
