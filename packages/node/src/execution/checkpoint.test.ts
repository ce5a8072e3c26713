/** The built-in contract: which checkpoints are stored and which are refused. */

import { checkpointCall, encodeCheckpoint, publicKeyOf, signCheckpoint, toHex } from '@bucordo/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BANK, bankCall } from '../../../../test/support/bank-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import {
  seedOf,
  type TestCall,
  TestChain,
  type TestIdentity,
  type TestTransaction,
} from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';
import { ChainReader } from './chain-reader.ts';
import type { Executor } from './executor.ts';

const chain = new TestChain([BANK]);
let database: TestDatabase;
let executor: Executor;
let reader: ChainReader;
let state: { blockHash: Uint8Array; stateHash: Uint8Array };

beforeAll(async () => {
  database = await freshDatabase();
  executor = await chain.found(database);
  reader = new ChainReader({ connect: () => connect(database.connection('bucordo_node')), connections: 1 });
  await executor.run(
    chain.seal([
      chain.transaction('alpha/ann', [bankCall('open_account', { id: 1, owner: 'x', balance: 1 })]),
    ]),
  );
  state = await executor.head();
});

afterAll(async () => {
  await reader?.close();
  await executor?.close();
  await database?.drop();
});

interface Wanted {
  readonly height?: number;
  readonly member?: string;
  readonly node?: TestIdentity;
  readonly network?: Uint8Array;
  readonly stateHash?: Uint8Array;
}

/** The call by which the node of alpha, or another one, sends its checkpoint. */
function checkpoint(wanted: Wanted = {}): TestCall {
  const seed = seedOf(wanted.node ?? 'alpha/node');
  const bytes = encodeCheckpoint({
    network: wanted.network ?? chain.networkId,
    height: wanted.height ?? 1,
    blockHash: state.blockHash,
    stateHash: wanted.stateHash ?? state.stateHash,
    member: wanted.member ?? 'alpha',
    nodeKey: publicKeyOf(seed),
  });
  const call = checkpointCall(bytes, signCheckpoint(bytes, seed));
  return { ...call, args: Buffer.from(call.args).toString('utf8') };
}

const raw = (args: Record<string, unknown>): TestCall => ({
  contract: 'bucordo',
  function: 'checkpoint',
  args,
});

async function codeOf(transaction: TestTransaction): Promise<string> {
  const outcome = await executor.run(chain.seal([transaction]));
  return outcome.rejections[0]?.code ?? '';
}

test('a checkpoint is stored once, whoever else checkpoints the same height', async () => {
  expect(await codeOf(chain.transaction('alpha/node', [checkpoint()]))).toBe('');
  expect(await codeOf(chain.transaction('alpha/node', [checkpoint()]))).toBe('');
  const beta = checkpoint({ member: 'beta', node: 'beta/node' });
  expect(await codeOf(chain.transaction('beta/node', [beta]))).toBe('');
  const stored = await reader.checkpoints(1);
  expect(
    stored.map(({ member, height, nodeKey }) => [member, height, Buffer.from(nodeKey).toString('hex')]),
  ).toEqual([
    ['alpha', 1, toHex(publicKeyOf(seedOf('alpha/node')))],
    ['beta', 1, toHex(publicKeyOf(seedOf('beta/node')))],
  ]);
  expect(stored[0]?.stateHash).toEqual(Buffer.from(state.stateHash));
  // Of those that are not asked for, each member's newest.
  expect(await reader.checkpoints(2)).toEqual(stored);
});

test.for<[title: string, identity: TestIdentity, call: () => TestCall, code: string]>([
  [
    'of another state at the same height',
    'alpha/node',
    () => checkpoint({ stateHash: new Uint8Array(32) }),
    'failed',
  ],
  ['of another member', 'alpha/node', () => checkpoint({ member: 'beta' }), 'not_permitted'],
  ['of another node', 'alpha/node', () => checkpoint({ node: 'beta/node' }), 'not_permitted'],
  ['from an identity that is no node', 'alpha/ann', () => checkpoint(), 'not_permitted'],
  ['of a height to come', 'alpha/node', () => checkpoint({ height: 1_000_000 }), 'argument_invalid'],
  ['of the genesis', 'alpha/node', () => checkpoint({ height: 0 }), 'argument_invalid'],
  ['of another network', 'alpha/node', () => checkpoint({ network: new Uint8Array(32) }), 'argument_invalid'],
  ['without bytes', 'alpha/node', () => raw({ checkpoint: '', signature: '' }), 'argument_invalid'],
  ['of null', 'alpha/node', () => raw({ checkpoint: null, signature: null }), 'argument_invalid'],
  ['that is no hex', 'alpha/node', () => raw({ checkpoint: 'xy', signature: 'é' }), 'failed'],
  [
    'with a length that lies',
    'alpha/node',
    () =>
      raw({
        checkpoint: `01${toHex(chain.networkId)}${'00'.repeat(72)}ff${'00'.repeat(40)}`,
        signature: '00'.repeat(64),
      }),
    'argument_invalid',
  ],
])('refused: a checkpoint %s', async ([, identity, call, code]) => {
  const before = await reader.checkpoints(0);
  expect(await codeOf(chain.transaction(identity, [call()]))).toBe(code);
  expect(await reader.checkpoints(0)).toEqual(before);
});

test('a checkpoint of the height of its own block is refused, of the one before it is taken', async () => {
  const { height } = await executor.head();
  expect(await codeOf(chain.transaction('alpha/node', [checkpoint({ height: height + 1 })]))).toBe(
    'argument_invalid',
  );
  expect(await codeOf(chain.transaction('alpha/node', [checkpoint({ height: height + 1 })]))).toBe('');
});
