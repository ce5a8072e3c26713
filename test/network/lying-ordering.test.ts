/**
 * A whole node whose ordering node lies with its real key: what breaks the chain is not executed,
 * the node says why, and goes on serving what it has (I1, I5).
 */

import { createPrivateKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeSignedTransaction,
  encodeForwardReply,
  publicKeyOf,
  type RefusalCode,
  transactionId,
} from '@bucordo/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { TimeoutError } from '../../packages/client/src/node.ts';
import { readConfig } from '../../packages/node/src/config.ts';
import { buildTransaction, ChainBuilder, type TestIdentity } from './support/chain-builder.ts';
import { type Forwarded, type LyingPeer, startLyingPeer } from './support/lying-peer.ts';
import { clientOf } from './support/test-client.ts';
import { createTestNetwork, type TestNetwork } from './support/test-network.ts';
import { until } from './support/until.ts';

const HONEST_BLOCKS = 20;

let network: TestNetwork;
let chain: ChainBuilder;
let peer: LyingPeer | null = null;

beforeEach(async () => {
  network = await createTestNetwork({ count: 2 });
  chain = new ChainBuilder(network.network, orderingIdentity());
  for (let id = 1; id <= HONEST_BLOCKS; id++) chain.add([put(id)]);
});
afterEach(async () => {
  await network.end();
  peer?.stop();
});

// The secret of the node that orders, as only its operator has it.
function orderingIdentity(): TestIdentity {
  const pem = readFileSync(join(network.directory, 'buyer', 'node.pem'));
  const seed = new Uint8Array(
    Buffer.from(createPrivateKey(pem).export({ format: 'jwk' }).d ?? '', 'base64url'),
  );
  return { seed, key: publicKeyOf(seed) };
}

function put(id: number): Uint8Array {
  const calls = [{ contract: 'ledger', function: 'put', args: { id, amount: 1 } }];
  return buildTransaction({ network: network.network, identity: network.of('buyer').clerk, calls });
}

// Answers in the place of the ordering node with the honest chain and a lie behind it.
async function lie(
  lastBlocks: readonly Uint8Array[],
  forwarded: (one: Forwarded) => void = () => undefined,
): Promise<void> {
  const { tls, peer: place } = readConfig(network.of('buyer').configFile);
  const [ca, cert, key] = [tls.ca, tls.cert, tls.key].map((file) => readFileSync(file, 'utf8'));
  const messages = [...chain.blocks.map(({ bytes }) => bytes), ...lastBlocks];
  peer = await startLyingPeer(
    { ca: ca ?? '', cert: cert ?? '', key: key ?? '' },
    (from) => ({ height: messages.length, messages: messages.slice(from - 1), afterwards: 'wait' }),
    place.port,
    forwarded,
  );
}

async function expectRefused(reason: string, state: 'stopped' | 'forked' = 'stopped'): Promise<void> {
  const node = await network.start('seller');
  await until(() => node.status().following?.fault !== null);
  expect(node.status().following?.fault).toBe(
    `Block ${HONEST_BLOCKS + 1} from the ordering node is refused: ${reason}.`,
  );
  await until(() => node.status().height === HONEST_BLOCKS);
  const client = clientOf(network, 'seller');
  // The status says what the log says, and that nothing is well.
  expect((await client.status()).health).toMatchObject({
    state,
    conditions: expect.arrayContaining([
      expect.objectContaining({
        state,
        code: 'block_invalid',
        message: expect.stringContaining(reason),
        hint: expect.stringMatching(/\S/),
      }),
    ]),
  });
  const { rows, height } = await client.query('SELECT count(*)::int4 AS count FROM ledger.entry AS e');
  // It can order nothing any more and says so at once, for the client to turn to another node.
  const refused = client.call('ledger', 'put', { id: 5_000, amount: 1 }, { timeoutMs: 4_000 });
  await expect(refused).rejects.toMatchObject({
    message: expect.stringMatching(
      state === 'forked' ? /forked/ : /answered held \(Block 21 from the ordering node is refused/,
    ),
  });
  client.close();
  expect(rows).toEqual([{ count: HONEST_BLOCKS }]);
  expect(height).toBe(HONEST_BLOCKS);
}

test('I5: a transaction that an early block holds is not executed again', async () => {
  await lie([chain.build([chain.blocks[0]?.block.transactions[0] ?? put(1)]).bytes]);
  await expectRefused('transaction_twice');
});

test('I5: nor is it after a restart, when only the database remembers it', async () => {
  await lie([]);
  const node = await network.start('seller');
  await until(() => node.status().height === HONEST_BLOCKS);
  await network.stop('seller');
  peer?.stop();
  await lie([chain.build([chain.blocks[0]?.block.transactions[0] ?? put(1)]).bytes]);
  await expectRefused('transaction_twice');
});

test('I1: a second history from the middle of the chain is refused', async () => {
  await lie([]);
  const node = await network.start('seller');
  await until(() => node.status().height === HONEST_BLOCKS);
  await network.stop('seller');
  peer?.stop();
  // The same past up to one block before the end, then another block, and one on top of that.
  chain.blocks.pop();
  chain.add([put(1_000)]);
  await lie([chain.build([put(1_001)]).bytes]);
  await expectRefused('wrong_previous_hash', 'forked');
  // It has the proof, which the right block does not take away.
  expect(network.node('seller').status().agreement.fork).toMatchObject({
    signer: 'buyer',
    height: HONEST_BLOCKS,
  });
});

test('I2: a block dated a day ahead waits, the status says for what, and members who agree take it as it is', async () => {
  await lie([chain.build([put(500)], { header: { time: Date.now() + 86_400_000 } }).bytes]);
  const node = await network.start('seller');
  await until(() => node.status().health.state === 'stuck' && node.status().height === HONEST_BLOCKS);
  const { health } = node.status();
  expect(health.conditions[0]).toMatchObject({
    code: 'block_time_ahead',
    message: expect.stringMatching(/^Block 21 is dated 86,\d{3} s ahead of this node's clock/),
    facts: { height: HONEST_BLOCKS + 1 },
  });
  await network.stop('seller');
  const { configFile } = network.of('seller');
  const config: object = JSON.parse(readFileSync(configFile, 'utf8'));
  writeFileSync(configFile, JSON.stringify({ ...config, clock: { aheadSecondsMax: 90_000 } }));
  const willing = await network.start('seller');
  await until(() => willing.status().height === HONEST_BLOCKS + 1);
  expect(willing.status().health).toMatchObject({ state: 'serving', conditions: [{ code: 'time_ahead' }] });
});

test('I1: a node that refused a block goes on by itself when the right one comes', async () => {
  await lie([chain.build([chain.blocks[0]?.block.transactions[0] ?? put(1)]).bytes]);
  await expectRefused('transaction_twice');
  peer?.stop();
  chain.add([put(2_000)]);
  await lie([]);
  await until(() => network.node('seller').status().height === HONEST_BLOCKS + 1, 90_000);
  expect(network.node('seller').status().health).toMatchObject({ state: 'serving', conditions: [] });
});

// Refuses what calls the ledger, as if it had not been taken; everything else is ordered.
function refusing(code: RefusalCode, ordered: () => boolean): (one: Forwarded) => void {
  const done = new Set<string>();
  return ({ member, transaction, reply }) => {
    const id = transactionId(decodeSignedTransaction(transaction).payload);
    const isCall = Buffer.from(transaction).includes('ledger');
    if (isCall) reply(encodeForwardReply({ refusals: [{ id, code }] }));
    if ((isCall && !ordered()) || done.has(Buffer.from(id).toString('hex'))) return;
    done.add(Buffer.from(id).toString('hex'));
    peer?.send(member, chain.add([transaction]).bytes);
  };
}

test.each(['identity_unknown', 'expired', 'timeout'] as const)(
  'I5: a call that the ordering node refuses with %s and orders all the same has its receipt, once',
  async (code) => {
    await lie(
      [],
      refusing(code, () => true),
    );
    const node = await network.start('seller');
    await until(() => node.status().height >= HONEST_BLOCKS);
    const client = clientOf(network, 'seller');
    const added = await client.call('ledger', 'add', { id: 1, amount: 5 });
    expect(added.result).toBe(6);
    const { rows } = await client.query(
      'SELECT e.amount::int4 AS amount FROM ledger.entry AS e WHERE e.id = 1',
    );
    expect(rows).toEqual([{ amount: 6 }]);
    client.close();
  },
);

test('I5: of a call that is refused and not ordered nothing is claimed to be known, and the same bytes go on', async () => {
  let isOrdered = false;
  await lie(
    [],
    refusing('not_permitted', () => isOrdered),
  );
  const node = await network.start('seller');
  await until(() => node.status().height >= HONEST_BLOCKS);
  const client = clientOf(network, 'seller');
  const error = await client
    .call('ledger', 'add', { id: 1, amount: 5 }, { timeoutMs: 2_500 })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error).toMatchObject({
    code: 'unknown',
    message: expect.stringContaining('the ordering node answered not_permitted'),
    hint: expect.stringContaining('a second transaction'),
  });
  expect(peer?.envelopes.length).toBeGreaterThan(1);
  isOrdered = true;
  const id = error instanceof TimeoutError ? error.transactionId : '';
  await until(() => node.status().height > HONEST_BLOCKS);
  await expect.poll(async () => (await client.receipt(id))?.code, { timeout: 20_000 }).toBe('');
  client.close();
});
