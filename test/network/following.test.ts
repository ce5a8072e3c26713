/**
 * A node that follows a lying ordering node: what is not the next block of the chain is refused by
 * its reason and never handed on (I1, I7), and a stream that is cut anywhere is taken up again.
 */

import { randomBytes } from 'node:crypto';

import { blockTimeMax } from '@bucordo/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { BlockTransactions } from '../../packages/node/src/admission/block-transactions.ts';
import { VerificationPool } from '../../packages/node/src/admission/verification-pool.ts';
import type { ChainHead, SealedBlock } from '../../packages/node/src/chain/sealed-block.ts';
import type { Fault } from '../../packages/node/src/fault.ts';
import { memberOfCertificate } from '../../packages/node/src/identity/certificates.ts';
import type { TlsFiles } from '../../packages/node/src/identity/ports.ts';
import { createLogger } from '../../packages/node/src/observe/logger.ts';
import { BlockVerifier } from '../../packages/node/src/sync/block-verifier.ts';
import { FollowedOrdering } from '../../packages/node/src/sync/followed-ordering.ts';
import { PeerConnection } from '../../packages/node/src/sync/peer-connection.ts';
import { type Alterations, buildTransaction, ChainBuilder, newIdentity } from './support/chain-builder.ts';
import { type CuttingProxy, startCuttingProxy } from './support/cutting-proxy.ts';
import { type Answer, type LyingPeer, startLyingPeer } from './support/lying-peer.ts';
import { memberTls } from './support/member-tls.ts';
import { until } from './support/until.ts';

const NETWORK = new Uint8Array(randomBytes(32));
const ORDERING = newIdentity();
const ALICE = newIdentity();
const MALLORY = newIdentity();
const HEAD = { height: 0, time: 0, blockHash: NETWORK, stateHash: NETWORK };
const log = createLogger({ level: 'silent', member: 'seller' });

let tls: Record<'buyer' | 'seller' | 'mallory', TlsFiles>;
let pool: VerificationPool;
let transactions: BlockTransactions;

beforeAll(async () => {
  tls = await memberTls(['buyer', 'seller', 'mallory']);
  pool = new VerificationPool({
    network: NETWORK,
    workers: 0,
    onFault: (fault) => expect.unreachable(fault.message),
  });
  pool.setCatalogue({
    height: 0,
    functionsHeight: 0,
    functions: [{ number: 1, contract: 'notes', name: 'add', parameters: [], roles: [], classes: [] }],
    identities: [
      {
        key: ALICE.key,
        member: 'buyer',
        memberClass: 'buyer',
        name: 'alice',
        roles: [],
        validFrom: 0,
        validTo: null,
      },
    ],
  });
  transactions = new BlockTransactions(pool);
});
afterAll(() => pool.close());

const running: { stop(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).reverse()) await part.stop();
});

const note = (identity = ALICE): Uint8Array =>
  buildTransaction({ network: NETWORK, identity, calls: [{ contract: 'notes', function: 'add', args: {} }] });

interface Following {
  readonly peer: LyingPeer;
  readonly proxy: CuttingProxy | null;
  readonly ordering: FollowedOrdering;
  /** Blocks that were handed on, as height and number of transactions. */
  readonly committed: { height: number; count: number; hash: string }[];
  readonly fault: Promise<Fault>;
  readonly caughtUp: Promise<void>;
  readonly refused: string[];
}

async function follow(
  answer: (from: number) => Answer,
  options: {
    as?: TlsFiles;
    expecting?: string;
    cutAfter?: (connection: number) => number;
    now?: () => number;
    head?: Partial<ChainHead>;
  } = {},
): Promise<Following> {
  const peer = await startLyingPeer(tls.buyer, answer);
  running.push({ stop: () => peer.stop() });
  const proxy =
    options.cutAfter === undefined ? null : await startCuttingProxy(peer.address, options.cutAfter);
  if (proxy !== null) running.push(proxy);
  const committed: Following['committed'] = [];
  const refused: string[] = [];
  let failed: (fault: Fault) => void = () => {};
  let reached: () => void = () => {};
  const fault = new Promise<Fault>((resolve) => {
    failed = resolve;
  });
  const caughtUp = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const ordering = new FollowedOrdering({
    connection: new PeerConnection({
      address: proxy?.address ?? peer.address,
      member: options.expecting ?? 'buyer',
      tls: options.as ?? tls.seller,
      memberOf: memberOfCertificate,
    }),
    verifier: new BlockVerifier({
      network: NETWORK,
      orderingKey: ORDERING.key,
      transactions,
      transactionsMax: 1_000,
      firstCommitted: async () => null,
      onSigned: () => undefined,
      timeAheadMaxMs: 60_000,
      now: options.now ?? (() => 0),
    }),
    sink: {
      commit: async (block: SealedBlock) => {
        committed.push({
          height: block.height,
          count: block.rows.count,
          hash: Buffer.from(block.hash).toString('hex'),
        });
        return {
          height: block.height,
          stateHash: block.hash,
          rejections: [],
          results: [],
          details: new Map(),
          catalogueChanged: false,
        };
      },
    },
    refusals: { refuse: (_id, code) => refused.push(code), doubt: () => undefined },
    log,
    onFault: failed,
    onObstacle: failed,
    onCaughtUp: reached,
  });
  running.push(ordering);
  ordering.start({ ...HEAD, ...options.head });
  return { peer, proxy, ordering, committed, fault, caughtUp, refused };
}

function honestChain(blocks: number): ChainBuilder {
  const chain = new ChainBuilder(NETWORK, ORDERING);
  for (let n = 0; n < blocks; n++) chain.add([note(), note()]);
  return chain;
}

const bytesFrom = (chain: ChainBuilder, from: number): Uint8Array[] =>
  chain.blocks.slice(from - 1).map(({ bytes }) => bytes);

test('an honest chain is followed to its end, block by block', async () => {
  const chain = honestChain(20);
  const { committed, caughtUp, peer } = await follow((from) => ({
    height: 20,
    messages: bytesFrom(chain, from),
    afterwards: 'wait',
  }));
  await caughtUp;
  expect(committed.map(({ height }) => height)).toEqual(chain.blocks.map((_, index) => index + 1));
  expect(committed.every(({ count }) => count === 2)).toBe(true);
  expect(committed.at(-1)?.hash).toBe(Buffer.from(chain.blocks[19]?.hash ?? []).toString('hex'));
  expect(peer.requests).toEqual([1]);
});

test('I1: a stream that is cut after every message is taken up at the next height, and no block comes twice', async () => {
  const chain = honestChain(12);
  const { committed, caughtUp, peer } = await follow((from) => ({
    height: 12,
    messages: bytesFrom(chain, from).slice(0, 1),
    afterwards: from % 2 === 0 ? 'end' : 'cut',
  }));
  await caughtUp;
  expect(committed.map(({ height }) => height)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  expect(new Set(peer.requests).size).toBeGreaterThanOrEqual(12);
});

test('I1: a connection that breaks in the middle of anything is made again and nothing is lost or doubled', async () => {
  const chain = honestChain(40);
  // The handshake takes about 4,000 bytes, a block about 700.
  const { committed, caughtUp, proxy } = await follow(
    (from) => ({ height: 40, messages: bytesFrom(chain, from), afterwards: 'wait' }),
    { cutAfter: (connection) => (connection < 12 ? 3_000 + connection * 531 : Number.POSITIVE_INFINITY) },
  );
  await caughtUp;
  expect(committed.map(({ height }) => height)).toEqual(chain.blocks.map((_, index) => index + 1));
  expect(proxy?.cuts()).toBeGreaterThan(3);
});

describe('I1, I7: a block that is not the next one of this chain is refused and nothing of it is handed on', () => {
  // Each case builds what comes after two honest blocks.
  const altered =
    (alterations: Alterations, content = [note()]) =>
    (chain: ChainBuilder) => [chain.build(content, alterations).bytes];
  const flipped = (at: number) => (chain: ChainBuilder) => {
    const bytes = Buffer.from(chain.build([note(), note()]).bytes);
    bytes.writeUInt8((bytes[bytes.length - at] ?? 0) ^ 1, bytes.length - at);
    return [bytes];
  };
  const cases: [string, string, (chain: ChainBuilder) => Uint8Array[]][] = [
    ['bytes that are no block', 'malformed', () => [randomBytes(300)]],
    ['no bytes', 'malformed', () => [new Uint8Array()]],
    ['a truncated block', 'malformed', (chain) => [chain.build([note()]).bytes.subarray(0, -1)]],
    [
      'a block with bytes behind it',
      'malformed',
      (chain) => [Buffer.concat([chain.build([note()]).bytes, Buffer.of(0)])],
    ],
    ['a block of another network', 'wrong_network', altered({ header: { network: randomBytes(32) } })],
    ['a block sent again', 'wrong_height', (chain) => [chain.blocks[1]?.bytes ?? randomBytes(1)]],
    ['an older block', 'wrong_height', (chain) => [chain.blocks[0]?.bytes ?? randomBytes(1)]],
    ['a block that is missing before it', 'wrong_height', altered({ header: { height: 4 } })],
    [
      'a block with another past',
      'wrong_previous_hash',
      altered({ header: { previousHash: randomBytes(32) } }),
    ],
    ['time that stands still', 'time_not_rising', altered({ header: { time: 1_001 } })],
    ['time that goes back', 'time_not_rising', altered({ header: { time: 1 } })],
    ['time after which none can rise', 'time_impossible', altered({ header: { time: blockTimeMax + 4 } })],
    ['the greatest number', 'time_impossible', altered({ header: { time: Number.MAX_SAFE_INTEGER } })],
    ['another kind of ordering', 'wrong_ordering', altered({ header: { ordering: 'etcd' } })],
    ['evidence of another node', 'wrong_evidence', altered({ evidence: MALLORY.key })],
    ['no evidence', 'wrong_evidence', altered({ evidence: new Uint8Array() })],
    [
      'evidence that the header does not fit',
      'wrong_evidence',
      altered({ header: { evidenceHash: randomBytes(32) } }),
    ],
    ['a block signed by another node', 'signature_invalid', altered({ signer: MALLORY })],
    ['a block without a signature', 'signature_invalid', altered({ signature: new Uint8Array() })],
    [
      'a root of other transactions',
      'wrong_transaction_root',
      altered({ header: { transactionsRoot: randomBytes(32) } }),
    ],
    ['an empty block', 'wrong_transaction_count', altered({}, [])],
    ['more transactions than the header says', 'malformed', (chain) => [more(chain)]],
    ['a transaction whose last byte differs', 'transaction_invalid', flipped(1)],
    ['a transaction of another network', 'transaction_invalid', (chain) => [chain.build([foreign()]).bytes]],
    [
      'a transaction that is no transaction',
      'transaction_invalid',
      (chain) => [chain.build([shapeless()]).bytes],
    ],
    ['a transaction twice in a block', 'transaction_twice', (chain) => [chain.build(twice()).bytes]],
    [
      'a transaction of the block before',
      'transaction_twice',
      (chain) => [chain.build(earlier(chain)).bytes],
    ],
  ];
  const more = (chain: ChainBuilder): Uint8Array =>
    chain.build([note(), note()], { header: { transactionCount: 1 } }).bytes;
  const foreign = (): Uint8Array =>
    buildTransaction({
      network: randomBytes(32),
      identity: ALICE,
      calls: [{ contract: 'notes', function: 'add', args: {} }],
    });
  const shapeless = (): Uint8Array => Buffer.concat([Buffer.of(0x0a, 1, 0, 0x12, 64), Buffer.alloc(64)]);
  const twice = (): Uint8Array[] => Array<Uint8Array>(2).fill(note());
  const earlier = (chain: ChainBuilder): Uint8Array[] => [chain.blocks[1]?.block.transactions[0] ?? note()];

  test.each(cases)('%s: %s', async (_, reason, lie) => {
    const chain = honestChain(2);
    const lies = lie(chain);
    const { committed, fault } = await follow((from) => ({
      height: 9,
      messages: [...bytesFrom(chain, from), ...lies],
      afterwards: 'wait',
    }));
    expect(await fault).toMatchObject({ code: 'block_invalid', facts: { height: 3, reason } });
    expect(committed.map(({ height }) => height)).toEqual([1, 2]);
  });
});

test('I1: blocks in another order are refused', async () => {
  const chain = honestChain(4);
  const [first, second, third, fourth] = bytesFrom(chain, 1);
  const { committed, fault } = await follow(() => ({
    height: 4,
    messages: [first, third, second, fourth].filter((bytes) => bytes !== undefined),
    afterwards: 'wait',
  }));
  expect(await fault).toMatchObject({ code: 'block_invalid', facts: { height: 2, reason: 'wrong_height' } });
  expect(committed.map(({ height }) => height)).toEqual([1]);
});

test('I1: a refused block is asked for again, executed never, and what comes in its place when all is right', async () => {
  const chain = honestChain(3);
  const [first, second, third] = bytesFrom(chain, 1);
  const lie = chain.build([note()], { header: { height: 2, previousHash: randomBytes(32) } }).bytes;
  let isHonest = false;
  const { committed, fault, ordering, refused } = await follow((from) => ({
    height: 3,
    messages: (isHonest ? [first, second, third] : [first, lie, third]).slice(from - 1) as Uint8Array[],
    afterwards: 'wait',
  }));
  await fault;
  await until(() => (ordering.state.obstacle?.count ?? 0) >= 2);
  expect(committed.map(({ height }) => height)).toEqual([1]);
  expect(ordering.state.obstacle).toMatchObject({
    fault: { code: 'block_invalid', facts: { reason: 'wrong_previous_hash', isSigned: true } },
  });
  isHonest = true;
  await until(() => committed.length === 3);
  expect(ordering.state.obstacle).toBeNull();
  expect(refused).toEqual([]);
});

test('I1: an ordering node that lacks blocks is asked again until it has them', async () => {
  const chain = honestChain(3);
  let height = 3;
  const { committed, fault, ordering, peer } = await follow((from) => ({
    height,
    messages: bytesFrom(chain, from).slice(0, Math.max(0, height + 1 - from)),
    afterwards: from > height + 1 ? 'behind' : 'end',
  }));
  await until(() => committed.length === 3);
  height = 1;
  expect(await fault).toMatchObject({ code: 'ordering_rewound' });
  const asked = peer.requests.length;
  chain.add([note()]);
  height = 4;
  await until(() => committed.length === 4);
  expect(peer.requests.length).toBeGreaterThan(asked);
  expect(ordering.state.obstacle).toBeNull();
});

test('I2: a block dated ahead of this clock is executed later and not otherwise, and what it holds is the same', async () => {
  const chain = honestChain(2);
  let now = 5_000;
  chain.blocks.push(chain.build([note()], { header: { time: 100_000 } }));
  chain.blocks.push(chain.build([note()], { header: { time: 100_001 } }));
  const { committed, fault, ordering, peer } = await follow(
    (from) => ({ height: 4, messages: bytesFrom(chain, from), afterwards: 'wait' }),
    { now: () => now },
  );
  expect(await fault).toMatchObject({ code: 'block_time_ahead', facts: { height: 3, aheadMs: 95_000 } });
  await until(() => peer.requests.length >= 2);
  expect(committed.length).toBe(2);
  expect(ordering.state.obstacle?.fault.code).toBe('block_time_ahead');
  now = 40_000;
  await until(() => committed.length === 4);
  expect(committed[2]?.hash).toBe(Buffer.from(chain.blocks[2]?.hash ?? []).toString('hex'));
  expect(ordering.state.obstacle).toBeNull();
});

test('I2: on a chain that has run ahead, the least step is taken and a greater one is not', async () => {
  const chain = honestChain(0);
  for (const time of [1_000_000, 1_000_001]) chain.blocks.push(chain.build([note()], { header: { time } }));
  const greater = chain.build([note()], { header: { time: 1_000_003 } }).bytes;
  let now = 1_000_000;
  const { committed, fault } = await follow(
    (from) => {
      // The clock is set back once the first block is here.
      if (from > 1) now = 0;
      const messages = from === 1 ? bytesFrom(chain, 1).slice(0, 1) : [...bytesFrom(chain, from), greater];
      return { height: 3, messages, afterwards: from === 1 ? 'end' : 'wait' };
    },
    { now: () => now },
  );
  expect(await fault).toMatchObject({ code: 'block_time_ahead', facts: { height: 3 } });
  expect(committed.map(({ height }) => height)).toEqual([1, 2]);
});

test('I2: a node whose own chain is ahead already takes the blocks beside its head', async () => {
  const chain = honestChain(3);
  const { committed, fault } = await follow(
    (from) => ({ height: 4, messages: [...bytesFrom(chain, from), far(chain)], afterwards: 'wait' }),
    { now: () => -1_000_000, head: { height: 1, time: 1_000, blockHash: chain.blocks[0]?.hash ?? NETWORK } },
  );
  expect(await fault).toMatchObject({ code: 'block_time_ahead', facts: { height: 4 } });
  expect(committed.map(({ height }) => height)).toEqual([2, 3]);
});

function far(chain: ChainBuilder): Uint8Array {
  return chain.build([note()], { header: { time: 1_000 + 60_001 } }).bytes;
}

test('a node at the right address that speaks for another member is not followed', async () => {
  const chain = honestChain(1);
  const { committed, peer, ordering } = await follow(
    () => ({ height: 1, messages: bytesFrom(chain, 1), afterwards: 'wait' }),
    {
      expecting: 'mallory',
    },
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(peer.requests).toEqual([]);
  expect(committed).toEqual([]);
  expect(ordering.isConnected).toBe(false);
});
