import { type Outcome, type SubmitRequest, toHex } from '@bucordo/protocol';
import { afterEach, describe, expect, it } from 'vitest';

import { type FaultProxy, startFaultProxy } from '../test/fault-proxy.ts';
import { startTinyNode, TinyChain, type TinyNode } from '../test/tiny-node.ts';
import { connect as connectPortable } from './index.ts';
import {
  type Client,
  ClosedError,
  ConnectionLostError,
  type ConnectOptions,
  connect,
  type Endpoint,
  generateSeed,
  nativeSigner,
  RejectedError,
  type Signer,
  signerFromKeyPair,
  signerFromSeed,
  TimeoutError,
} from './node.ts';

/** Expects something that comes true soon, however busy the machine is. */
const eventually = <Value>(read: () => Value) => expect.poll(read, { timeout: 30_000 });

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.stop();
});

async function tinyNode(chain?: TinyChain): Promise<TinyNode> {
  const node = await startTinyNode(chain);
  open.push(node);
  return node;
}

async function proxyTo(node: TinyNode): Promise<FaultProxy> {
  const proxy = await startFaultProxy(node.grpcPort);
  open.push(proxy);
  return proxy;
}

const through = (node: TinyNode, proxy: FaultProxy): Endpoint => ({
  ...node.endpoint,
  grpc: `127.0.0.1:${proxy.port}`,
});

function clientAt(
  chain: TinyChain,
  endpoints: readonly Endpoint[],
  options: Partial<ConnectOptions> = {},
): Client {
  const client = connect({
    network: toHex(chain.network),
    signer: nativeSigner(generateSeed()),
    endpoints,
    timeoutMs: 30_000,
    ...options,
  });
  open.push({ stop: () => client.close() });
  return client;
}

const clientOf = (node: TinyNode, options: Partial<ConnectOptions> = {}): Client =>
  clientAt(node.chain, [node.endpoint], options);
/** Takes the transactions and answers nothing. */
const takeOnly = (request: SubmitRequest, take: (index: number) => Outcome): void => {
  for (let i = 0; i < request.transactions.length; i++) take(i);
};
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );
const buyMany = (client: Client, count: number, from: number = 0): Promise<unknown>[] =>
  Array.from({ length: count }, (_, i) => client.call('shop', 'buy', { id: from + i }));
const idsOf = (chain: TinyChain): number[] =>
  chain.ordered.map((entry) => (JSON.parse(entry.args) as { id: number }).id).sort((a, b) => a - b);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe.each([
  ['gRPC', (node: TinyNode) => node.endpoint],
  ['HTTP', ({ endpoint: { member, http } }: TinyNode) => ({ member, http })],
])('client over %s', (_name, endpointOf) => {
  it('calls and gets the receipt', async () => {
    const node = await tinyNode();
    const receipt = await clientAt(node.chain, [endpointOf(node)]).call('shop', 'buy', { id: 1 });
    expect(receipt).toMatchObject({ height: 1, index: 0, duplicate: false, result: { id: 1 } });
    expect(receipt.transactionId).toBe(node.chain.ordered[0]?.id);
  });

  it('names the argument that a node refused, and says what a node knows beyond the receipt', async () => {
    const node = await tinyNode();
    const nothing = { argument: '', sqlstate: '', table: '', constraint: '', column: '', text: '' };
    const details = [
      { ...nothing, argument: 'id' },
      { ...nothing, sqlstate: '23505', table: 'shop.order', constraint: 'order_pkey' },
    ];
    const client = clientAt(node.chain, [endpointOf(node)]);
    for (const detail of details) {
      node.behaviour.answer = (request, take, reply) =>
        reply(
          request.transactions.map((_, i) => ({ ...take(i), code: 'failed', message: '', call: 0, detail })),
        );
      expect(await caught(client.call('shop', 'buy', { id: 1 }))).toMatchObject({
        detail,
        argument: detail.argument === '' ? null : 'id',
        message: expect.stringMatching(
          detail.argument === '' ? /the same key.*order_pkey, table shop\.order, SQLSTATE 23505/ : /failed$/,
        ),
      });
    }
  });

  it('throws a typed error for a rejected transaction', async () => {
    const node = await tinyNode();
    const error = await caught(clientAt(node.chain, [endpointOf(node)]).call('shop', 'refuse', { id: 1 }));
    expect(error).toBeInstanceOf(RejectedError);
    expect(error).toMatchObject({
      code: 'BC007',
      call: 0,
      detail: null,
      message: 'not allowed',
      height: 1,
      index: 0,
      transactionId: node.chain.ordered[0]?.id,
    });
  });

  it('sends calls that are issued together in few batches', async () => {
    const node = await tinyNode();
    await Promise.all(buyMany(clientAt(node.chain, [endpointOf(node)]), 500));
    expect(node.chain.height).toBe(500);
    expect(node.batches.length).toBeLessThan(80);
    expect(Math.max(...node.batches)).toBeLessThanOrEqual(64);
  });

  it('commits several calls as one transaction', async () => {
    const node = await tinyNode();
    const calls = upTo(10).map((id) => ({ contract: 'shop', function: 'buy', args: { id } }));
    expect(await clientAt(node.chain, [endpointOf(node)]).submit(calls)).toMatchObject({ height: 1 });
    expect(node.chain.height).toBe(1);
  });
});

describe('the portable entry', () => {
  it('submits and reads with fetch and pure JavaScript', async () => {
    const node = await tinyNode();
    const client = connectPortable({
      network: toHex(node.chain.network),
      signer: signerFromSeed(generateSeed()),
      endpoints: [{ member: 'tiny', http: node.endpoint.http }],
    });
    open.push({ stop: () => client.close() });
    await Promise.all(buyMany(client, 30));
    expect(idsOf(node.chain)).toEqual(upTo(30));
    expect(await caught(client.call('shop', 'refuse', {}))).toBeInstanceOf(RejectedError);
    expect((await client.query('int4', [7])).rows).toEqual([{ c0: 7 }]);
    expect(node.signedPaths).toEqual(['/v1/query']);
  });
});

describe('answers', () => {
  it('find their callers in any order', async () => {
    const node = await tinyNode();
    node.behaviour.answer = (request, take, reply) => {
      const outcomes = request.transactions.map((_, i) => take(i)).reverse();
      for (const outcome of outcomes) setTimeout(() => reply([outcome]), Math.random() * 20);
    };
    const client = clientOf(node);
    const receipts = await Promise.all(upTo(50).map((id) => client.call('shop', 'buy', { id })));
    expect(receipts.map((receipt) => (receipt.result as { id: number }).id)).toEqual(upTo(50));
  });

  it('a caller never waits for the round trip of another', async () => {
    const node = await tinyNode();
    const held: (() => void)[] = [];
    node.behaviour.answer = (request, take, reply) => {
      const outcomes = request.transactions.map((_, i) => take(i));
      if (outcomes.some((outcome) => outcome.result === '{"id":0}')) held.push(() => reply(outcomes));
      else reply(outcomes);
    };
    const client = clientOf(node);
    const first = client.call('shop', 'buy', { id: 0 });
    await eventually(() => held.length).toBe(1);
    expect(await client.call('shop', 'buy', { id: 1 })).toMatchObject({ height: 2 });
    for (const release of held) release();
    expect(await first).toMatchObject({ height: 1 });
  });

  it('with unknown numbers or twice the same do no harm', async () => {
    const node = await tinyNode();
    node.behaviour.answer = (request, take, reply) => {
      const outcomes = request.transactions.map((_, i) => take(i));
      reply([
        {
          number: 99_999,
          height: 1,
          index: 0,
          code: 'failed',
          message: '',
          result: '',
          duplicate: false,
          call: null,
          detail: null,
        },
        ...outcomes,
        ...outcomes,
      ]);
    };
    expect(await Promise.all(buyMany(clientOf(node), 20))).toHaveLength(20);
  });
});

describe('deadlines', () => {
  it('end the wait and leave the outcome open', async () => {
    const node = await tinyNode();
    const client = clientOf(node);
    // Connected before the short wait begins, which may be over sooner on a busy machine.
    await client.call('shop', 'buy', { id: 1 });
    node.behaviour.answer = takeOnly;
    const error = await caught(client.call('shop', 'buy', { id: 2 }, { timeoutMs: 100 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ code: 'timeout', transactionId: node.chain.ordered[1]?.id });
    expect(client.waiting).toBe(0);
  });

  it('end the wait when no node can be reached', async () => {
    const node = await tinyNode();
    const proxy = await proxyTo(node);
    proxy.refuse = true;
    const error = await caught(
      clientAt(node.chain, [through(node, proxy)]).call('shop', 'buy', { id: 1 }, { timeoutMs: 300 }),
    );
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error).toMatchObject({ code: 'connection_lost' });
  });

  it('end requests to nobody', async () => {
    const node = await tinyNode();
    const client = clientAt(node.chain, [{ member: 'tiny', http: 'http://127.0.0.1:9' }]);
    const before = Date.now();
    expect(await caught(client.query('SELECT 1', [], { timeoutMs: 300 }))).toBeInstanceOf(
      ConnectionLostError,
    );
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  it('a signal ends the wait at once', async () => {
    const node = await tinyNode();
    node.behaviour.answer = () => undefined;
    const client = clientOf(node);
    const stop = new AbortController();
    const call = caught(client.call('shop', 'buy', { id: 1 }, { signal: stop.signal }));
    await eventually(() => node.batches.length).toBe(1);
    stop.abort(new Error('enough'));
    expect(await call).toMatchObject({ message: 'enough' });
    expect(await caught(client.call('shop', 'buy', { id: 2 }, { signal: stop.signal }))).toMatchObject({
      message: 'enough',
    });
  });

  it('a signal of one caller ends the wait of no other, also before the height is known', async () => {
    const node = await tinyNode();
    const client = clientOf(node);
    const stop = new AbortController();
    const first = caught(client.call('shop', 'buy', { id: 1 }, { signal: stop.signal }));
    const second = client.call('shop', 'buy', { id: 2 });
    stop.abort(new Error('enough'));
    expect(await first).toMatchObject({ message: 'enough' });
    expect(await second).toMatchObject({ height: 1 });
  });

  it('include the time that it takes to learn the height', async () => {
    const node = await tinyNode();
    const client = clientAt(node.chain, [
      { member: 'tiny', http: 'http://127.0.0.1:9', grpc: node.endpoint.grpc, ca: node.ca },
    ]);
    const before = Date.now();
    expect(await caught(client.call('shop', 'buy', { id: 1 }, { timeoutMs: 200 }))).toBeInstanceOf(
      ConnectionLostError,
    );
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  it('closing tells everybody', async () => {
    const node = await tinyNode();
    node.behaviour.answer = () => undefined;
    const client = clientOf(node);
    const calls = buyMany(client, 10).map(caught);
    await eventually(() => node.batches.length).toBeGreaterThan(0);
    client.close();
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(ClosedError);
    expect(await caught(client.call('shop', 'buy', { id: 1 }))).toBeInstanceOf(ClosedError);
  });
});

describe('I5: each transaction is executed once', () => {
  it('when the connection is cut again and again', async () => {
    const node = await tinyNode();
    const proxy = await proxyTo(node);
    node.behaviour.answer = (request, take, reply) => {
      const outcomes = request.transactions.map((_, i) => take(i));
      setTimeout(() => reply(outcomes), 5);
    };
    const client = clientAt(node.chain, [through(node, proxy)]);
    const cutting = setInterval(() => proxy.cut(), 40);
    const calls = [];
    for (let from = 0; from < 400; from += 20) {
      calls.push(...buyMany(client, 20, from));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    clearInterval(cutting);
    await Promise.all(calls);
    expect(idsOf(node.chain)).toEqual(upTo(400));
    expect(proxy.taken()).toBeGreaterThan(1);
  });

  it('when the stream is cut at every message', async () => {
    const node = await tinyNode();
    const proxy = await proxyTo(node);
    const client = clientAt(node.chain, [through(node, proxy)]);
    let id = 0;
    // TLS and HTTP/2 greetings take some 3 kB; from there on cuts meet every kind of message.
    for (let bytes = 500; bytes < 4_500; bytes += 197) {
      proxy.cutAfter = id % 2 === 0 ? { toNode: bytes, toClient: null } : { toNode: null, toClient: bytes };
      proxy.cut();
      const calls = buyMany(client, 3, id);
      setTimeout(() => {
        proxy.cutAfter = { toNode: null, toClient: null };
      }, 30);
      await Promise.all(calls);
      id += 3;
    }
    expect(idsOf(node.chain)).toEqual(upTo(id));
  }, 60_000);

  it('when the node dies with the answers and another takes over', async () => {
    const chain = new TinyChain();
    const [first, second] = [await tinyNode(chain), await tinyNode(chain)];
    first.behaviour.answer = (request, take) => {
      takeOnly(request, take);
      setTimeout(() => void first.stop(), 20);
    };
    const receipts = await Promise.all(buyMany(clientAt(chain, [first.endpoint, second.endpoint]), 50));
    expect(idsOf(chain)).toEqual(upTo(50));
    expect(second.batches.length).toBeGreaterThan(0);
    expect(
      receipts.filter((receipt) => Reflect.get(Object(receipt), 'duplicate') === true).length,
    ).toBeGreaterThan(0);
  });

  it('when the first endpoint is not there at all', async () => {
    const node = await tinyNode();
    const client = clientAt(node.chain, [
      { member: 'tiny', http: 'http://127.0.0.1:9', grpc: '127.0.0.1:9' },
      node.endpoint,
    ]);
    expect(await client.call('shop', 'buy', { id: 1 })).toMatchObject({ height: 1 });
  });

  it('when the same bytes are submitted again', async () => {
    const node = await tinyNode();
    const client = clientOf(node);
    const built = await client.build([{ contract: 'shop', function: 'buy', args: { id: 1 } }]);
    expect(await client.submitRaw(built)).toMatchObject({
      transactionId: built.id,
      height: 1,
      duplicate: false,
    });
    expect(await client.submitRaw(built)).toMatchObject({
      transactionId: built.id,
      height: 1,
      duplicate: true,
    });
    expect(node.chain.height).toBe(1);
  });

  it('and found again although it has expired meanwhile', async () => {
    const node = await tinyNode();
    const client = clientOf(node);
    let first = true;
    node.behaviour.answer = (request, take, reply) => {
      const outcomes = request.transactions.map((_, i) => take(i));
      if (!first) return reply(outcomes.map((outcome) => ({ ...outcome, height: 0, code: 'expired' })));
      first = false;
      reply(outcomes.map((outcome) => ({ ...outcome, height: 0, code: 'stopping' })));
    };
    expect(await client.call('shop', 'buy', { id: 1 })).toMatchObject({ height: 1, duplicate: true });
  });
});

describe('I5: what no node can tell', () => {
  const refused = (request: SubmitRequest, code: string, message = ''): Outcome[] =>
    request.transactions.map((_, i) => ({
      number: request.first + i,
      height: 0,
      index: 0,
      code,
      message,
      result: '',
      duplicate: false,
      call: 0,
      detail: null,
    }));

  it('is asked again with the same bytes until it is known, and others do not wait for it', async () => {
    const node = await tinyNode();
    let isKnown = false;
    const seen = new Set<string>();
    node.behaviour.answer = (request, take, reply) => {
      const isOther = Buffer.from(request.transactions[0] ?? []).includes('"id":2');
      if (!isOther) for (const bytes of request.transactions) seen.add(toHex(bytes));
      if (isKnown || isOther) reply(request.transactions.map((_, i) => take(i)));
      else reply(refused(request, 'unknown', 'the ordering node answered identity_unknown'));
    };
    const client = clientOf(node);
    const doubtful = client.call('shop', 'buy', { id: 1 });
    await eventually(() => seen.size).toBe(1);
    expect(await client.call('shop', 'buy', { id: 2 })).toMatchObject({ height: 1 });
    isKnown = true;
    expect(await doubtful).toMatchObject({ height: 2 });
    expect(seen.size).toBe(1);
  });

  it('is told as unknown at the deadline, with the reason', async () => {
    const node = await tinyNode();
    node.behaviour.answer = (request, _take, reply) =>
      reply(refused(request, 'unknown', 'the ordering node answered not_permitted'));
    const error = await caught(clientOf(node).call('shop', 'buy', { id: 1 }, { timeoutMs: 300 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ code: 'unknown', message: expect.stringContaining('not_permitted') });
  });

  it.each(['identity_unknown', 'not_permitted', 'function_unknown', 'valid_until_too_far'])(
    'is no refusal when another node, which may have taken it, answers %s',
    async (code) => {
      const chain = new TinyChain();
      const [first, second] = [await tinyNode(chain), await tinyNode(chain)];
      first.behaviour.answer = (request, _take, reply) => reply(refused(request, 'stopping'));
      let answers = 0;
      second.behaviour.answer = (request, take, reply) =>
        reply(answers++ === 0 ? refused(request, code) : request.transactions.map((_, i) => take(i)));
      const client = clientAt(chain, [first.endpoint, second.endpoint]);
      expect(await client.call('shop', 'buy', { id: 1 })).toMatchObject({ height: 1 });
      expect(chain.height).toBe(1);
    },
  );

  it('is told with the reason of the only node there is', async () => {
    const node = await tinyNode();
    node.behaviour.answer = (request, _take, reply) =>
      reply(refused(request, 'forked', 'two histories part at height 7'));
    const error = await caught(clientOf(node).call('shop', 'buy', { id: 1 }, { timeoutMs: 300 }));
    expect(error).toMatchObject({
      name: 'TimeoutError',
      code: 'unknown',
      message: expect.stringContaining('two histories part at height 7'),
    });
  });

  it('but bytes that no node can execute are refused for good', async () => {
    const chain = new TinyChain();
    const [first, second] = [await tinyNode(chain), await tinyNode(chain)];
    first.behaviour.answer = (request, _take, reply) => reply(refused(request, 'stopping'));
    second.behaviour.answer = (request, _take, reply) => reply(refused(request, 'signature_invalid'));
    const client = clientAt(chain, [first.endpoint, second.endpoint]);
    expect(await caught(client.call('shop', 'buy', { id: 1 }))).toMatchObject({ code: 'signature_invalid' });
  });
});

describe('a node that cannot take more', () => {
  it('is asked again later with the same bytes', async () => {
    const node = await tinyNode();
    let refusals = 3;
    node.behaviour.answer = (request, take, reply) => {
      const isRefused = refusals-- > 0;
      reply(
        request.transactions.map((_, i) =>
          isRefused
            ? {
                number: request.first + i,
                height: 0,
                index: 0,
                code: 'overloaded',
                message: '',
                result: '',
                duplicate: false,
                call: null,
                detail: null,
              }
            : take(i),
        ),
      );
    };
    await Promise.all(buyMany(clientOf(node), 100));
    expect(idsOf(node.chain)).toEqual(upTo(100));
  });

  it.each(['stopping', 'held', 'diverged', 'forked'])(
    'is left for another when it answers %s',
    async (code) => {
      const chain = new TinyChain();
      const [first, second] = [await tinyNode(chain), await tinyNode(chain)];
      first.behaviour.answer = (request, _take, reply) =>
        reply(
          request.transactions.map((_, i) => ({
            number: request.first + i,
            height: 0,
            index: 0,
            code,
            message: '',
            result: '',
            duplicate: false,
            call: null,
            detail: null,
          })),
        );
      await Promise.all(buyMany(clientAt(chain, [first.endpoint, second.endpoint]), 20));
      expect(idsOf(chain)).toEqual(upTo(20));
      expect(second.batches.length).toBeGreaterThan(0);
    },
  );

  it.each(['expired', 'wrong_network', 'identity_unknown', 'not_permitted', 'too_large'])(
    'refuses for good with %s',
    async (code) => {
      const node = await tinyNode();
      node.behaviour.answer = (request, _take, reply) =>
        reply(
          request.transactions.map((_, i) => ({
            number: request.first + i,
            height: 0,
            index: 0,
            code,
            message: '',
            result: '',
            duplicate: false,
            call: null,
            detail: null,
          })),
        );
      const error = await caught(clientOf(node).call('shop', 'buy', { id: 1 }));
      expect(error).toBeInstanceOf(RejectedError);
      expect(error).toMatchObject({ code, height: null, index: null });
    },
  );
});

describe('what is signed', () => {
  it('is valid from the height of the node on', async () => {
    const chain = new TinyChain();
    chain.base = 1_000_000;
    const node = await tinyNode(chain);
    expect(await clientOf(node, { validForBlocks: 10 }).call('shop', 'buy', { id: 1 })).toMatchObject({
      height: 1_000_001,
    });
  });

  it('I7: asks by requests signed for one member and one start, and signs again when the node has started anew', async () => {
    const node = await tinyNode();
    const client = clientOf(node);
    const ask = () => client.query('select 1 as one');
    await ask();
    await ask();
    node.start = new Uint8Array(16).fill(7);
    await Promise.all([ask(), ask()]);
    expect(node.signedPaths.filter((path) => path === '/v1/query')).toHaveLength(4);
  });

  it('is for the given network only', async () => {
    const node = await tinyNode();
    const client = connect({
      network: '00'.repeat(32),
      signer: nativeSigner(generateSeed()),
      endpoints: [node.endpoint],
    });
    open.push({ stop: () => client.close() });
    expect(await caught(client.call('shop', 'buy', { id: 1 }))).toMatchObject({ code: 'wrong_network' });
    expect(node.chain.height).toBe(0);
  });

  it('I5: is signed anew when its block had no room, until one has', async () => {
    const node = await tinyNode();
    node.chain.fullBlocks = 3;
    const receipts = await Promise.all(buyMany(clientOf(node), 2));
    expect(receipts).toHaveLength(2);
    expect(node.chain.ordered.map(({ code }) => code).sort()).toEqual([
      '',
      '',
      'block_full',
      'block_full',
      'block_full',
    ]);
    expect(new Set(node.chain.ordered.map(({ id }) => id)).size).toBe(5);
  });

  it('is rejected when no block has room in its time, and at once when somebody else has signed it', async () => {
    const node = await tinyNode();
    node.chain.fullBlocks = 1_000;
    const client = clientOf(node);
    const late = client.call('shop', 'buy', { id: 1 }, { timeoutMs: 1_000 });
    expect(await caught(late)).toMatchObject({ code: 'block_full' });
    const built = await client.build([{ contract: 'shop', function: 'buy', args: { id: 2 } }]);
    expect(await caught(client.submitRaw(built))).toMatchObject({
      code: 'block_full',
      transactionId: built.id,
    });
  });

  it('may be signed by a key that takes its time', async () => {
    const node = await tinyNode();
    const fast = nativeSigner(generateSeed());
    const signer: Signer = {
      publicKey: fast.publicKey,
      sign: async (message) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
        return Uint8Array.from(await fast.sign(message));
      },
    };
    await Promise.all(buyMany(clientOf(node, { signer }), 50));
    expect(idsOf(node.chain)).toEqual(upTo(50));
  });

  it('may be signed by a key of the platform that cannot be exported', async () => {
    const node = await tinyNode();
    const pair = await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify']);
    const signer = await signerFromKeyPair(pair as CryptoKeyPair);
    await Promise.all(buyMany(clientOf(node, { signer }), 20));
    expect(idsOf(node.chain)).toEqual(upTo(20));
  });

  it('fails for its own caller only when the key fails', async () => {
    const node = await tinyNode();
    const fast = nativeSigner(generateSeed());
    let count = 0;
    const signer: Signer = {
      publicKey: fast.publicKey,
      sign: (message) => {
        if (count++ === 1) throw new Error('no key');
        return fast.sign(message);
      },
    };
    const results = await Promise.allSettled(buyMany(clientOf(node, { signer }), 3));
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});

describe('submitStream', () => {
  it('yields what became of each in order, with bounded work in flight', async () => {
    const node = await tinyNode();
    const client = clientOf(node);
    let most = 0;
    async function* source(): AsyncGenerator<{ contract: string; function: string; args: { id: number } }[]> {
      for (let id = 0; id < 300; id++) {
        most = Math.max(most, client.waiting);
        yield [{ contract: 'shop', function: id % 50 === 7 ? 'refuse' : 'buy', args: { id } }];
      }
    }
    const seen = [];
    for await (const element of client.submitStream(source(), { inFlightMax: 40 })) seen.push(element);
    expect(seen.map((element) => element.number)).toEqual(upTo(300));
    expect(seen.filter((element) => element.error !== null).map((element) => element.number)).toEqual([
      7, 57, 107, 157, 207, 257,
    ]);
    expect(most).toBeLessThanOrEqual(40);
  });

  it('ends with the first error that is no rejection', async () => {
    const node = await tinyNode();
    const client = clientOf(node);
    await client.call('shop', 'buy', { id: 0 });
    node.behaviour.answer = () => undefined;
    const stream = client.submitStream([[{ contract: 'shop', function: 'buy', args: { id: 1 } }]], {
      timeoutMs: 100,
    });
    expect(await caught(stream.next())).toBeInstanceOf(TimeoutError);
  });
});

describe('reading', () => {
  it('signs its requests', async () => {
    const node = await tinyNode();
    const client = clientOf(node);
    await Promise.all(upTo(5).map((id) => client.query('text', [String(id)])));
    expect(await client.receipt('00'.repeat(32))).toBeNull();
    expect(node.signedPaths.filter((path) => path === '/v1/query')).toHaveLength(5);
  });

  it('returns rows by name with their types', async () => {
    const client = clientOf(await tinyNode());
    expect((await client.query('int4', [7, null])).rows).toEqual([{ c0: 7, c1: null }]);
    expect((await client.query('numeric', ['0.10'])).rows).toEqual([{ c0: '0.10' }]);
    expect((await client.query('int8', [2n ** 60n])).rows).toEqual([{ c0: String(2n ** 60n) }]);
    expect((await client.query('jsonb', [[1, 'a']])).rows).toEqual([{ c0: [1, 'a'] }]);
    expect((await client.query('bool', ['t'])).rows).toEqual([{ c0: true }]);
  });

  it('throws what the node answers', async () => {
    const error = await caught(clientOf(await tinyNode()).query('refuse'));
    expect(error).toMatchObject({ status: 422, code: 'query_refused', message: 'no', hint: 'ask nicely' });
  });

  it('asks another node when one is not there', async () => {
    const node = await tinyNode();
    const client = clientAt(node.chain, [{ member: 'tiny', http: 'http://127.0.0.1:9' }, node.endpoint]);
    expect(await client.status()).toMatchObject({ height: 0, member: 'tiny' });
  });
});
