/** The port for other members' nodes: who may call, from which height, and what a slow follower costs. */

import { decodeForwardReply, encodeBlocksRequest, encodeEnvelope } from '@bucordo/protocol';
import {
  ChannelCredentials,
  Client,
  type ClientReadableStream,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { afterEach, beforeAll, expect, test } from 'vitest';

import { memberOfCertificate } from '../../packages/node/src/identity/certificates.ts';
import type { TlsFiles } from '../../packages/node/src/identity/ports.ts';
import { BlockFeed } from '../../packages/node/src/sync/block-feed.ts';
import {
  BLOCKS_METHOD,
  FORWARD_METHOD,
  numberIn,
  PEER_CHANNEL_OPTIONS,
  TIME_METADATA,
} from '../../packages/node/src/sync/peer-methods.ts';
import { OUTSTANDING_BYTES_MAX, PeerServer } from '../../packages/node/src/sync/peer-server.ts';
import { memberTls } from './support/member-tls.ts';
import { until } from './support/until.ts';

const MEMBERS = ['buyer', 'seller'];
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let tls: Record<'buyer' | 'seller' | 'stranger', TlsFiles>;
let foreign: Record<'seller', TlsFiles>;
beforeAll(async () => {
  tls = await memberTls(['buyer', 'seller', 'stranger']);
  foreign = await memberTls(['seller']);
});

const running: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).reverse()) await part.stop();
});

// A block is told apart by its first four bytes; the port does not look inside.
const blockOf = (height: number, length = 100): Uint8Array => {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32BE(height);
  return bytes;
};
const heightOf = (bytes: Uint8Array): number => Buffer.from(bytes).readUInt32BE();

async function served(options: {
  head: number;
  blockBytes?: number;
  orders?: boolean;
  /** Whether every transaction that is forwarded is refused. */
  refuses?: boolean;
}) {
  const feed = new BlockFeed(options.head, { blocksMax: 16, bytesMax: 1024 * 1024 });
  const readings: [number, number][] = [];
  const clocks = new Map<string, number>();
  const forwarded: number[] = [];
  const server = await PeerServer.start({
    clocks: {
      tell: (member, timeMs) => void clocks.set(member, timeMs),
      forget: (member) => void clocks.delete(member),
    },
    host: '127.0.0.1',
    port: 0,
    tls: tls.buyer,
    authorities: { pem: tls.buyer.ca, onChange: () => {} },
    feed,
    witness: () => undefined,
    asked: () => undefined,
    isSearching: () => false,
    history: {
      blockBytes: async (from, to) => {
        readings.push([from, to]);
        return Array.from({ length: to - from + 1 }, (_, index) => blockOf(from + index, options.blockBytes));
      },
    },
    forward:
      options.orders === true
        ? {
            forward: async (transactions, refused) => {
              forwarded.push(transactions.length);
              if (options.refuses === true)
                for (const _ of transactions) refused(Buffer.alloc(32), 'expired');
            },
          }
        : null,
    memberOf: (certificate) => MEMBERS.find((member) => member === memberOfCertificate(certificate)) ?? null,
    log,
  });
  running.push(server);
  const add = (): void => feed.publish(feed.head + 1, () => blockOf(feed.head, options.blockBytes));
  return { server, feed, readings, forwarded, add, clocks };
}

function clientAs(port: number, own: TlsFiles | null): Client {
  const { ca } = tls.buyer;
  const credentials =
    own === null
      ? ChannelCredentials.createSsl(Buffer.from(ca))
      : ChannelCredentials.createSsl(Buffer.from(ca), Buffer.from(own.key), Buffer.from(own.cert));
  const client = new Client(`localhost:${port}`, credentials, PEER_CHANNEL_OPTIONS);
  running.push({ stop: () => client.close() });
  return client;
}

function blocksFrom(
  client: Client,
  request: Uint8Array,
  metadata = new Metadata(),
): ClientReadableStream<Uint8Array> {
  const { path, requestSerialize, responseDeserialize } = BLOCKS_METHOD;
  return client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata);
}

function errorOf(stream: {
  once(event: 'error', listener: (error: ServiceError) => void): unknown;
  resume?(): unknown;
}): Promise<ServiceError> {
  return new Promise((resolve) => {
    stream.once('error', resolve);
    stream.resume?.();
  });
}

test('a member gets the chain from any height: the old from the database, the new as it is committed', async () => {
  const { server, add, readings } = await served({ head: 70 });
  const seen: number[] = [];
  const stream = blocksFrom(clientAs(server.port, tls.seller), encodeBlocksRequest({ from: 3 }));
  stream.on('error', () => {});
  stream.on('data', (bytes: Uint8Array) => seen.push(heightOf(bytes)));
  await until(() => seen.length === 68);
  const readBefore = readings.length;
  expect(readBefore).toBeLessThan(10);
  for (let n = 0; n < 5; n++) add();
  await until(() => seen.length === 73);
  expect(seen).toEqual(Array.from({ length: 73 }, (_, index) => index + 3));
  expect(readings.length).toBe(readBefore);
});

test('the clocks of both ends are told, and a follower that has gone has none', async () => {
  const { server, clocks } = await served({ head: 5 });
  const client = clientAs(server.port, tls.seller);
  const begin = (time: string): ClientReadableStream<Uint8Array> => {
    const metadata = new Metadata();
    metadata.set(TIME_METADATA, time);
    const stream = blocksFrom(client, encodeBlocksRequest({ from: 1 }), metadata);
    stream.on('error', () => {}).resume();
    return stream;
  };
  const first = begin('12345');
  const answer = await new Promise<Metadata>((resolve) => first.once('metadata', resolve));
  expect(numberIn(answer, TIME_METADATA)).toBeGreaterThan(1_700_000_000_000);
  expect([...clocks]).toEqual([['seller', 12_345]]);
  const second = begin('23456');
  await until(() => clocks.get('seller') === 23_456);
  first.cancel();
  const third = begin('-1');
  await new Promise((resolve) => third.once('metadata', resolve));
  third.cancel();
  expect(clocks.get('seller')).toBe(23_456);
  second.cancel();
  await until(() => clocks.size === 0);
});

test.each([
  ['without a certificate', 'nobody', status.UNAVAILABLE],
  ['with a certificate of an authority that is not pinned', 'foreign', status.UNAVAILABLE],
  ['of somebody who is no member', 'stranger', status.PERMISSION_DENIED],
] as const)('a caller %s gets nothing', async (_, who, code) => {
  const { server, forwarded } = await served({ head: 5, orders: true });
  const own = { nobody: null, foreign: foreign.seller, stranger: tls.stranger }[who];
  const client = clientAs(server.port, own);
  expect((await errorOf(blocksFrom(client, encodeBlocksRequest({ from: 1 })))).code).toBe(code);
  const { path, requestSerialize, responseDeserialize } = FORWARD_METHOD;
  const outlet = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const refused = errorOf(outlet);
  outlet.write(encodeEnvelope([Buffer.alloc(100)]));
  expect((await refused).code).toBe(code);
  expect(forwarded).toEqual([]);
});

test.each([
  ['no request', Buffer.from('nonsense'), status.INVALID_ARGUMENT],
  ['an empty request', Buffer.alloc(0), status.INVALID_ARGUMENT],
  ['a height beyond the next block', encodeBlocksRequest({ from: 7 }), status.OUT_OF_RANGE],
])('I15: %s is refused', async (_, request, code) => {
  const { server, feed } = await served({ head: 5 });
  const error = await errorOf(blocksFrom(clientAs(server.port, tls.seller), request));
  expect(error.code).toBe(code);
  expect(feed.followers).toBe(0);
});

test('I15: bytes that are no envelope end the stream, and a node that does not order takes none', async () => {
  const { path, requestSerialize, responseDeserialize } = FORWARD_METHOD;
  for (const [orders, bytes, code] of [
    [true, Buffer.from('nonsense'), status.INVALID_ARGUMENT],
    [false, encodeEnvelope([Buffer.alloc(100)]), status.FAILED_PRECONDITION],
  ] as const) {
    const { server, forwarded } = await served({ head: 0, orders });
    const outlet = clientAs(server.port, tls.seller).makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
    );
    const refused = errorOf(outlet);
    outlet.write(bytes);
    expect((await refused).code).toBe(code);
    expect(forwarded).toEqual([]);
  }
});

test('I15: a follower that does not read holds up nobody, costs a bounded amount, and gets everything in the end', async () => {
  const blockBytes = 256 * 1024;
  const { server, feed, add, readings } = await served({ head: 0, blockBytes });
  const stream = blocksFrom(clientAs(server.port, tls.seller), encodeBlocksRequest({ from: 1 }));
  stream.on('error', () => {});
  const seen: number[] = [];
  stream.on('data', (bytes: Uint8Array) => {
    seen.push(heightOf(bytes));
    if (seen.length === 2) stream.pause();
  });
  await until(() => feed.followers === 1);
  for (let n = 0; n < 400; n++) {
    add();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  // What was fetched for it and not yet taken is far less than the 100 MiB that were committed.
  const fetched = readings.length === 0 ? 0 : (readings.at(-1)?.[1] ?? 0) * blockBytes;
  expect(fetched).toBeLessThan(3 * OUTSTANDING_BYTES_MAX);
  stream.resume();
  stream.removeAllListeners('data');
  stream.on('data', (bytes: Uint8Array) => seen.push(heightOf(bytes)));
  await until(() => seen.length === 400);
  expect(seen).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
});

test('I15: a node that does not read refusals is read no further, and is told all of them in the end', async () => {
  const { server, forwarded } = await served({ head: 0, orders: true, refuses: true });
  const { path, requestSerialize, responseDeserialize } = FORWARD_METHOD;
  const client = clientAs(server.port, tls.seller);
  const outlet = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  outlet.on('error', () => {});
  outlet.pause();
  const [envelopes, each] = [1_000, 500];
  const envelope = encodeEnvelope(Array.from({ length: each }, () => Buffer.alloc(4)));
  for (let n = 0; n < envelopes; n++) outlet.write(envelope);
  await until(() => forwarded.length > 10);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const paused = forwarded.length;
  expect(paused).toBeLessThan(envelopes);
  let refusals = 0;
  outlet.on('data', (bytes: Uint8Array) => {
    refusals += decodeForwardReply(bytes).refusals.length;
  });
  outlet.resume();
  await until(() => refusals === envelopes * each);
  expect(forwarded.length).toBe(envelopes);
});
