/** What callers make the HTTP port hold: bodies that never come whole, answers that nobody reads. */

import net from 'node:net';

import { publicKeyOf, toHex } from '@bucordo/protocol';
import { afterEach, expect, test } from 'vitest';

import { MemorySubmission } from '../../../test/memory-submission.ts';
import { authorization, signedTransaction } from '../../../test/signed-request.ts';
import { submitBodyBytesMax } from '../limits.ts';
import type { PublicStatus } from '../ports.ts';
import { type HttpServer, startHttpServer } from './server.ts';

const MIB = 1024 * 1024;
const HELD_MAX = 12 * MIB;
const NETWORK = new Uint8Array(32).fill(7);
const ALICE = new Uint8Array(32).fill(1);
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const never = (): never => {
  throw new Error('not asked for in these tests');
};
/** An answer of 9 MB: more than the sockets of the system take. */
const USAGE = Array.from({ length: 80_000 }, (_, n) => ({
  month: '2026-11',
  member: `member-${n}`,
  users: 2,
  transactions: 10,
  rejected: 1,
  calls: 12,
  bytes: 3_000,
}));
const ALICES = {
  key: publicKeyOf(ALICE),
  member: 'buyer',
  memberClass: 'buyer',
  name: 'alice',
  roles: [],
  validFrom: 1,
  validTo: null,
};

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.stop();
});

async function served(): Promise<HttpServer> {
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    tls: null,
    network: NETWORK,
    member: 'buyer',
    submission: new MemorySubmission(),
    chain: { receiptById: never, transactionById: never, transactionsBeginning: never, blockAt: never },
    identities: { find: (key) => (toHex(key) === toHex(ALICES.key) ? ALICES : null) },
    contracts: { contracts: never, document: never, reflection: never },
    advice: { on: never },
    usage: { read: async () => USAGE },
    restrictedContracts: () => new Set(),
    dryRuns: { run: never },
    skips: { take: never },
    status: (): PublicStatus => never(),
    doubtAt: () => null,
    connectReader: never,
    now: Date.now,
    log,
    bytesHeldMax: HELD_MAX,
  });
  open.push({ stop: () => server.stop(0) });
  return server;
}

interface Caller {
  readonly socket: net.Socket;
  /** What the node has answered so far. */
  answer: string;
  isClosed: boolean;
}

async function caller(server: HttpServer, options: { reads: boolean } = { reads: true }): Promise<Caller> {
  const socket = net.connect(server.port, '127.0.0.1');
  const made: Caller = { socket, answer: '', isClosed: false };
  open.push({ stop: () => socket.destroy() });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    made.isClosed = true;
  });
  if (options.reads) socket.on('data', (bytes) => (made.answer += bytes.toString()));
  await new Promise((resolve) => socket.once('connect', resolve));
  return made;
}

const head = (path: string, length: number, more = '') =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${more}\r\n`;

const poll = <Value>(read: () => Value) => expect.poll(read, { timeout: 30_000 });

/** Sends a body without its last byte and waits for what does not come. */
function stall({ socket }: Caller, bytes: number): void {
  socket.write(head('/v1/transactions', bytes));
  socket.write(Buffer.alloc(bytes - 1, ' '));
}

test('I15: bodies that never come whole are held up to the bound over all connections, and others are served', async () => {
  const server = await served();
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, server.bytesHeld());
  }, 1);
  open.push({ stop: () => clearInterval(watch) });
  const greedy: Caller[] = [];
  for (let n = 0; n < 30; n++) {
    const one = await caller(server);
    greedy.push(one);
    stall(one, submitBodyBytesMax - 10);
  }
  await poll(() => greedy.filter(({ isClosed }) => isClosed).length).toBeGreaterThanOrEqual(27);
  expect(most).toBeGreaterThan(HELD_MAX / 2);
  expect(most).toBeLessThanOrEqual(HELD_MAX);
  const honest = await caller(server);
  const transactions = [toHex(signedTransaction({ seed: ALICE, network: NETWORK }))];
  const body = JSON.stringify({ transactions });
  honest.socket.write(head('/v1/transactions', body.length) + body);
  await poll(() => honest.answer).toContain('"code":""');
  for (const { socket } of greedy) socket.destroy();
  await poll(() => server.bytesHeld()).toBe(0);
});

test.each(['/v1/query', '/v1/dry-run'])(
  'I15: %s takes no body from somebody who does not say in the head who he is',
  async (path) => {
    const server = await served();
    for (const more of [
      '',
      'authorization: Bucordo key=nonsense\r\n',
      authorizationOf(path, new Uint8Array(32).fill(9)),
    ]) {
      const one = await caller(server);
      one.socket.write(head(path, MIB - 1, more));
      one.socket.write(Buffer.alloc(1000, ' '));
      await poll(() => one.answer).toMatch(/^HTTP\/1.1 401 /);
      await poll(() => one.isClosed).toBe(true);
      expect(server.bytesHeld()).toBe(0);
    }
  },
);

test.each([
  ['/v1/transactions', submitBodyBytesMax + 1],
  ['/v1/skip', 2 * MIB],
])('I15: %s refuses a body that is announced too large before it comes', async (path, bytes) => {
  const one = await caller(await served());
  one.socket.write(head(path, bytes));
  await poll(() => one.answer).toMatch(/^HTTP\/1.1 413 /);
  await poll(() => one.isClosed).toBe(true);
});

test('I15: a body in chunks is refused when it has grown too large', async () => {
  const server = await served();
  const one = await caller(server);
  one.socket.write(
    'POST /v1/skip HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
  for (let n = 0; n < 20; n++) one.socket.write(chunk);
  await poll(() => one.answer).toMatch(/^HTTP\/1.1 413 /);
  await poll(() => server.bytesHeld()).toBe(0);
});

test('I15: answers that nobody reads are held up to the bound', async () => {
  const server = await served();
  const path = '/v1/usage?from=2026-11&to=2026-11';
  const first = await caller(server);
  first.socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n${authorizationOf(path, ALICE)}\r\n`);
  await poll(() => first.answer).toContain('"start"');
  const start = Buffer.from(/"start":"([0-9a-f]{32})"/.exec(first.answer)?.[1] ?? '', 'hex');
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, server.bytesHeld());
  }, 1);
  open.push({ stop: () => clearInterval(watch) });
  const deaf: Caller[] = [];
  for (let n = 0; n < 6; n++) {
    const one = await caller(server, { reads: false });
    deaf.push(one);
    one.socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n${authorizationOf(path, ALICE, start)}\r\n`);
  }
  await poll(() => most).toBeGreaterThan(HELD_MAX / 2);
  await poll(() => server.bytesHeld()).toBeLessThanOrEqual(HELD_MAX);
  expect(most).toBeLessThanOrEqual(HELD_MAX);
  for (const { socket } of deaf) socket.destroy();
  await poll(() => server.bytesHeld()).toBe(0);
});

function authorizationOf(path: string, seed: Uint8Array, start?: Uint8Array): string {
  const method = path.startsWith('/v1/usage') ? 'GET' : 'POST';
  const value = authorization(method, path, '', { seed, network: NETWORK, ...(start && { start }) });
  return `authorization: ${value}\r\n`;
}
