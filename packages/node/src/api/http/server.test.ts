import {
  blockHash,
  decodeSignedTransaction,
  encodeBlock,
  encodeBlockHeader,
  fromHex,
  publicKeyOf,
  toHex,
  transactionId,
} from '@bucordo/protocol';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { freshDatabase, type TestDatabase } from '../../../../../test/support/postgres.ts';
import { MemorySubmission } from '../../../test/memory-submission.ts';
import { authorization, type Signing, signedTransaction } from '../../../test/signed-request.ts';
import type { Hindrance } from '../../admission/ports.ts';
import type { CatalogueIdentity } from '../../chain/catalogue.ts';
import type { Health } from '../../observe/ports.ts';
import { connect } from '../../postgres/connection.ts';
import type { PublicStatus } from '../ports.ts';
import { type HttpServer, type HttpServerOptions, startHttpServer } from './server.ts';

/** Expects something that comes true soon, however busy the machine is. */
const eventually = <Value>(read: () => Value) => expect.poll(read, { timeout: 30_000 });

const NETWORK = new Uint8Array(32).fill(7);
const ALICE = new Uint8Array(32).fill(1);
const BOB = new Uint8Array(32).fill(2);
const OVERSEER = new Uint8Array(32).fill(4);
const STRANGER = new Uint8Array(32).fill(3);

const TRANSACTION = signedTransaction({ seed: ALICE, network: NETWORK });
const SIGNED = decodeSignedTransaction(TRANSACTION);
const ID = transactionId(SIGNED.payload);
const HEADER = encodeBlockHeader({
  network: NETWORK,
  height: 1,
  time: 1_700_000_000_000,
  previousHash: NETWORK,
  transactionsRoot: new Uint8Array(32),
  transactionCount: 1,
  ordering: 'solo',
  evidenceHash: new Uint8Array(32),
});
const BLOCK = encodeBlock({
  header: HEADER,
  evidence: new Uint8Array(32),
  signature: new Uint8Array(64),
  transactions: [TRANSACTION],
});

const RUNNING = { name: 'shop', version: '1.0.0', hash: '22'.repeat(32), isRetired: false };
const ADVICE = {
  proposal: 7,
  documentHash: '33'.repeat(32),
  verdict: 'refused',
  summary: 'the checker refuses one place in the proposed contract',
  checker: 'bucordo 0.1.0',
  reportHash: '44'.repeat(32),
  findings: [
    {
      rule: 'clock',
      layer: 'B1',
      file: 'functions.sql',
      line: 3,
      column: 10,
      construct: 'now()',
      message: 'reads the clock',
      remedy: 'bucordo.block_time()',
    },
  ],
} as const;
const DETAIL = {
  argument: '',
  sqlstate: '23505',
  table: 'shop.item',
  constraint: 'item_pkey',
  column: '',
  text: 'words',
};
const REFLECTION = {
  height: 3,
  postgres: 180004,
  contracts: [RUNNING],
  objects: [{ kind: 'table', name: 'shop.item', definition: 'permanent' } as const],
};
const CONTRACTS = {
  contracts: async () => [RUNNING],
  document: async (name: string) => (name === 'shop' ? '{}' : null),
  reflection: async () => REFLECTION,
};

let database: TestDatabase;
let superuser: pg.Client;
let server: HttpServer;
let start: Uint8Array | undefined;
const submission = new MemorySubmission();
let doubt: Hindrance | null = null;
let finalHeight = 0;
const status: PublicStatus & { health: Health; divergedAt: number | null } = {
  network: toHex(NETWORK),
  version: '0.1.0',
  member: 'buyer',
  height: 3,
  blockHash: '00'.repeat(32),
  stateHash: '11'.repeat(32),
  finalHeight: 2,
  divergedAt: null,
  agreement: { fork: null, notFinal: null, waiting: null, differing: [] },
  checkpoints: [{ member: 'buyer', height: 2 }],
  transactionsPerSecond: 1.5,
  grpc: 'localhost:4710',
  health: { state: 'serving', sinceMs: 5_000, conditions: [] },
  blockTimeAheadMs: -1_500,
  quarantine: null,
  ordering: { kind: 'solo', member: 'seller', unreachableSinceMs: 4_000 },
  members: [{ member: 'buyer', class: 'buyer', status: 'active' }],
  executing: { height: 4, transactions: 7, forMs: 12 },
  rules: { version: 1, known: 2, schema: 2, next: null },
};
const logged: unknown[] = [];
const note = (facts: unknown, message: string): void => void logged.push(facts, message);

const serverOptions = (): HttpServerOptions => ({
  host: '127.0.0.1',
  port: 0,
  tls: null,
  network: NETWORK,
  member: 'buyer',
  submission,
  chain: {
    receiptById: async (id) =>
      toHex(id) === toHex(ID)
        ? {
            height: 1,
            index: 0,
            transactionId: id,
            code: 'BC001',
            message: 'no',
            result: '',
            call: 2,
            detail: DETAIL,
          }
        : null,
    transactionById: async (id) => (toHex(id) === toHex(ID) ? { height: 1, index: 0, id, ...SIGNED } : null),
    transactionsBeginning: async (digits, limit) =>
      Array.from({ length: digits === toHex(ID).slice(0, 16) ? 1 : 30 }, (_, index) => ({
        id: ID,
        height: 1,
        index,
      })).slice(0, limit),
    blockAt: async (height) => (height === 1 ? BLOCK : null),
  },
  identities: { find: (key) => identities.get(toHex(key)) ?? null },
  contracts: CONTRACTS,
  doubtAt: (height) => (height > finalHeight ? doubt : null),
  advice: { on: (proposal) => (proposal === ADVICE.proposal ? ADVICE : null) },
  usage: { read: async (from, to) => USAGE.filter(({ month }) => month >= from && month <= to) },
  restrictedContracts: () => restricted,
  dryRuns: { run: async () => ({ refusal: 'overloaded' }) },
  skips: { take: async () => ({ isSkipped: false, agreed: [], approvals: 0, needed: 1, refused: [] }) },
  status: () => status,
  connectReader: () => connect(database.connection('bucordo_reader')),
  now: Date.now,
  log: { debug: note, info: note, warn: note, error: note },
});

beforeAll(async () => {
  database = await freshDatabase();
  superuser = await connect(database.connection('postgres'));
  await superuser.query(`
    CREATE SCHEMA IF NOT EXISTS bucordo AUTHORIZATION bucordo_owner;
    CREATE TABLE IF NOT EXISTS bucordo.state (height int8 PRIMARY KEY);
    INSERT INTO bucordo.state VALUES (1), (2), (3);
    CREATE SCHEMA shop AUTHORIZATION bucordo_owner;
    CREATE TABLE shop.item (id int PRIMARY KEY, name text, price numeric(10, 2), big int8, facts jsonb);
    INSERT INTO shop.item VALUES (1, 'nut', 0.10, 9007199254740993, '{"a": 1.50}'), (2, NULL, NULL, NULL, NULL);
    CREATE SCHEMA IF NOT EXISTS private;
    CREATE TABLE private.margin (id int PRIMARY KEY);
    INSERT INTO private.margin VALUES (42);
    GRANT USAGE ON SCHEMA bucordo, shop TO bucordo_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA bucordo, shop TO bucordo_reader;
  `);
  server = await startHttpServer(serverOptions());
});

afterAll(async () => {
  await server?.stop(100);
  await superuser?.end();
  await database?.drop();
});

const USAGE = ['2026-10', '2026-11'].map((month) => ({
  month,
  member: 'buyer',
  users: 2,
  transactions: 10,
  rejected: 1,
  calls: 12,
  bytes: 3_000,
}));
const restricted = new Set<string>();

const identities = new Map([
  [toHex(publicKeyOf(ALICE)), identityOf('buyer', 'alice')],
  [toHex(publicKeyOf(BOB)), identityOf('vendor', 'bob')],
  [toHex(publicKeyOf(OVERSEER)), { ...identityOf('auditor', 'olga'), memberClass: 'overseer' }],
]);

function identityOf(member: string, name: string): CatalogueIdentity {
  return {
    key: new Uint8Array(32),
    member,
    memberClass: member,
    name,
    roles: [],
    validFrom: 1,
    validTo: null,
  };
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function ask(
  method: string,
  path: string,
  options: { body?: string; authorization?: string; type?: string } = {},
): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (options.body !== undefined) headers['content-type'] = options.type ?? 'application/json';
  if (options.authorization !== undefined) headers['authorization'] = options.authorization;
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    method,
    headers,
    body: options.body ?? null,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

// As the node told it in a refusal.
async function startOfNode(): Promise<Uint8Array> {
  const header = authorization('GET', '/v1/blocks/1', '', { seed: ALICE, network: NETWORK });
  const { body } = await ask('GET', '/v1/blocks/1', { authorization: header });
  return fromHex(String(body['start']));
}

async function signedAsk(
  method: string,
  path: string,
  body?: string,
  signing: Partial<Signing> = {},
): Promise<Answer> {
  start ??= await startOfNode();
  const header = authorization(method, path, body ?? '', {
    seed: ALICE,
    network: NETWORK,
    start,
    ...signing,
  });
  return ask(method, path, { authorization: header, ...(body === undefined ? {} : { body }) });
}

function query(
  sql: string,
  more: Record<string, unknown> = {},
  signing: Partial<Signing> = {},
): Promise<Answer> {
  return signedAsk('POST', '/v1/query', JSON.stringify({ sql, ...more }), signing);
}

describe('public routes', () => {
  it('tell health and status', async () => {
    const body = { serving: true, height: 3, state: 'serving', sinceMs: 5_000, conditions: [] };
    expect(await ask('GET', '/health')).toEqual({ status: 200, body });
    expect((await ask('GET', '/v1/status')).body).toEqual({ ...status, serving: true });
  });

  it('health is 503 with the reason while the node is not well, and the process lives all the same', async () => {
    const condition = {
      state: 'stopped',
      code: 'block_invalid',
      message: 'Block 4 is refused: wrong_height.',
      hint: 'Ask.',
      facts: { height: 4, reason: 'wrong_height', isSigned: true, more: null },
      sinceMs: 7_000,
    } as const;
    const well = status.health;
    status.health = { state: 'stopped', sinceMs: 7_000, conditions: [condition] };
    expect(await ask('GET', '/health')).toEqual({
      status: 503,
      body: { serving: false, height: 3, ...status.health },
    });
    expect(await ask('GET', '/health/live')).toEqual({ status: 200, body: { state: 'stopped' } });
    const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    expect(metrics).toContain('bucordo_state{state="stopped"} 1');
    expect(metrics).toContain('bucordo_state{state="serving"} 0');
    expect(metrics).toContain('bucordo_condition_since_seconds{code="block_invalid",state="stopped"} 7');
    expect(metrics).toContain('bucordo_block_time_ahead_seconds -1.5');
    status.health = well;
  });

  it('serve the OpenAPI document of exactly the routes there are', async () => {
    const document = (await ask('GET', '/openapi.json')).body;
    expect(document).toEqual(JSON.parse(JSON.stringify(server.openApi)));
    expect(document['openapi']).toBe('3.1.0');
    const routes = Object.entries(document['paths'] as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(routes.sort()).toEqual([
      'get /health',
      'get /health/live',
      'get /metrics',
      'get /openapi.json',
      'get /v1/blocks/{height}',
      'get /v1/contracts',
      'get /v1/contracts/{name}',
      'get /v1/proposals/{number}/advice',
      'get /v1/receipts/{id}',
      'get /v1/reflection',
      'get /v1/status',
      'get /v1/transactions',
      'get /v1/transactions/{id}',
      'get /v1/usage',
      'post /v1/dry-run',
      'post /v1/query',
      'post /v1/skip',
      'post /v1/transactions',
    ]);
  });

  it('every refusal has code, message and hint', async () => {
    const { status: code, body } = await ask('GET', '/nowhere');
    expect(code).toBe(404);
    expect(Object.keys(body).sort()).toEqual(['code', 'hint', 'message']);
  });
});

describe('POST /v1/transactions', () => {
  const post = (body: unknown, path: string = '/v1/transactions?wait=committed'): Promise<Answer> =>
    ask('POST', path, { body: typeof body === 'string' ? body : JSON.stringify(body) });

  it('answers each transaction in order', async () => {
    const bad = Uint8Array.from(signedTransaction({ seed: ALICE, network: NETWORK }));
    bad[bad.length - 1] = (bad[bad.length - 1] ?? 0) ^ 1;
    const answer = await post({ transactions: [TRANSACTION, bad, TRANSACTION].map(toHex) });
    expect(answer.status).toBe(200);
    expect(answer.body['outcomes']).toMatchObject([
      { height: 1, code: '', duplicate: false },
      { height: 0, code: 'signature_invalid' },
      { height: 1, code: '', duplicate: true },
    ]);
  });

  it('asks to come again while the node is full', async () => {
    submission.fill();
    expect(await post({ transactions: [toHex(TRANSACTION)] })).toMatchObject({
      status: 503,
      body: { code: 'overloaded' },
    });
    submission.empty();
  });

  it('forgets a caller that goes away', async () => {
    submission.hold = true;
    const before = submission.dropped.length;
    const gone = fetch(`http://127.0.0.1:${server.port}/v1/transactions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ transactions: [toHex(TRANSACTION)] }),
      signal: AbortSignal.timeout(100),
    });
    await expect(gone).rejects.toThrow();
    await eventually(() => submission.dropped.length).toBe(before + 1);
    submission.release();
  });

  it.each([
    ['no JSON', 'x', 400, 'malformed'],
    ['a repeated key', '{"transactions":["00"],"transactions":["00"]}', 400, 'malformed'],
    ['an unknown field', '{"transactions":["00"],"more":1}', 400, 'malformed'],
    ['a number for text', '{"transactions":[1]}', 400, 'malformed'],
    ['upper-case hex', '{"transactions":["AB"]}', 400, 'malformed'],
    ['half a byte', '{"transactions":["abc"]}', 400, 'malformed'],
    ['no transaction', '{"transactions":[]}', 400, 'malformed'],
    [
      'too many',
      JSON.stringify({ transactions: Array.from({ length: 1_001 }, () => '00') }),
      400,
      'malformed',
    ],
    ['an array', '[]', 400, 'malformed'],
    ['null', 'null', 400, 'malformed'],
    ['too large', `{"transactions":["${'0'.repeat(6 * 1024 * 1024)}"]}`, 413, 'too_large'],
  ])('refuses %s', async (_name, body, code, reason) => {
    expect(await post(body)).toMatchObject({ status: code, body: { code: reason } });
  });

  it('refuses another media type, an unknown level and an unknown parameter', async () => {
    expect(await ask('POST', '/v1/transactions', { body: '{}', type: 'text/plain' })).toMatchObject({
      status: 400,
      body: { code: 'malformed' },
    });
    expect(await post({ transactions: ['00'] }, '/v1/transactions?wait=never')).toMatchObject({
      status: 400,
      body: { code: 'malformed' },
    });
    expect(await post({ transactions: ['00'] }, '/v1/transactions?x=1')).toMatchObject({
      status: 400,
      body: { code: 'malformed' },
    });
  });
});

describe('signed requests', () => {
  const path = `/v1/receipts/${toHex(ID)}`;

  it('are taken from any enrolled identity', async () => {
    expect((await signedAsk('GET', path)).status).toBe(200);
    expect((await signedAsk('GET', path, undefined, { seed: BOB })).status).toBe(200);
  });

  it.each<[string, Partial<Signing> & { skewMs?: number }]>([
    ['an unknown identity', { seed: STRANGER }],
    ["another identity's signature", { seed: BOB, key: publicKeyOf(ALICE) }],
    ['another network', { network: new Uint8Array(32) }],
    ['another path', { path: '/v1/blocks/1' }],
    ['a caller who means the node of another member', { member: 'vendor' }],
    ['a caller who means another start of the node', { start: new Uint8Array(16).fill(5) }],
    ['a clock that is behind', { skewMs: -61_000 }],
    ['a clock that is ahead', { skewMs: 62_000 }],
  ])('I7: are refused from %s', async (_name, { skewMs = 0, ...signing }) => {
    expect(await signedAsk('GET', path, undefined, { ...signing, time: Date.now() + skewMs })).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    });
  });

  it('count once', async () => {
    const nonce = new Uint8Array(16).fill(9);
    expect((await signedAsk('GET', path, undefined, { nonce })).status).toBe(200);
    expect((await signedAsk('GET', path, undefined, { nonce })).status).toBe(401);
    expect((await signedAsk('GET', path, undefined, { nonce, seed: BOB })).status).toBe(200);
  });

  it('cover the body', async () => {
    const header = authorization('POST', '/v1/query', '{"sql":"SELECT 1"}', {
      seed: ALICE,
      network: NETWORK,
      start: await startOfNode(),
    });
    expect(
      (await ask('POST', '/v1/query', { body: '{"sql":"SELECT 2"}', authorization: header })).status,
    ).toBe(401);
  });

  it.each([
    '',
    'Bucordo',
    'Bearer abc',
    `Bucordo key=${'00'.repeat(32)},member=buyer,start=${'00'.repeat(16)},time=1,nonce=${'00'.repeat(16)},signature=${'00'.repeat(64)}`,
  ])('are refused with the header %j', async (header) => {
    expect((await ask('GET', path, { authorization: header })).status).toBe(401);
  });

  it('leave no trace of authorization in the log', () => {
    expect(JSON.stringify(logged)).not.toContain('signature=');
  });
});

describe('the chain', () => {
  it('I1: says nothing of a receipt above the final height while the node is in doubt', async () => {
    const path = `/v1/receipts/${toHex(ID)}`;
    doubt = { code: 'forked', message: 'two histories part at height 1' };
    expect(await signedAsk('GET', path)).toMatchObject({ status: 503, body: doubt });
    finalHeight = 1;
    expect((await signedAsk('GET', path)).status).toBe(200);
    doubt = null;
    finalHeight = 0;
    expect((await signedAsk('GET', path)).status).toBe(200);
  });

  it('tells receipt, transaction and block', async () => {
    const id = toHex(ID);
    expect((await signedAsk('GET', `/v1/receipts/${id}`)).body).toEqual({
      transactionId: id,
      height: 1,
      index: 0,
      status: 'rejected',
      code: 'BC001',
      message: 'no',
      result: '',
      call: 2,
      detail: DETAIL,
    });
    const transaction = (await signedAsk('GET', `/v1/transactions/${id}`)).body;
    expect(transaction).toMatchObject({
      id,
      height: 1,
      identity: toHex(publicKeyOf(ALICE)),
      calls: [{ contract: 'shop', function: 'buy', arguments: '{"id":1}' }],
      payload: toHex(SIGNED.payload),
    });
    expect((await signedAsk('GET', '/v1/blocks/1')).body).toMatchObject({
      height: 1,
      hash: toHex(blockHash(HEADER)),
      header: toHex(HEADER),
      transactions: [transaction],
    });
  });

  it('list the transactions whose ids begin alike, and say when there are more', async () => {
    const digits = toHex(ID).slice(0, 16);
    expect((await signedAsk('GET', `/v1/transactions?beginning=${digits}`)).body).toEqual({
      transactions: [{ id: toHex(ID), height: 1, index: 0 }],
      more: false,
    });
    const many = (await signedAsk('GET', `/v1/transactions?beginning=${digits.slice(0, 4)}`)).body;
    expect(many).toMatchObject({ more: true });
    expect(many['transactions']).toHaveLength(20);
  });

  it.each([
    [`/v1/receipts/${'00'.repeat(32)}`, 404, 'not_found'],
    [`/v1/transactions/${'00'.repeat(32)}`, 404, 'not_found'],
    ['/v1/transactions?beginning=abc', 400, 'malformed'],
    ['/v1/transactions?beginning=ABCD', 400, 'malformed'],
    ['/v1/transactions', 400, 'malformed'],
    ['/v1/blocks/2', 404, 'not_found'],
    ['/v1/blocks/9999999999999', 404, 'not_found'],
    ['/v1/blocks/0', 400, 'malformed'],
    ['/v1/blocks/-1', 400, 'malformed'],
    ['/v1/blocks/1e3', 400, 'malformed'],
    ['/v1/receipts/xyz', 400, 'malformed'],
    [`/v1/receipts/${'AB'.repeat(32)}`, 400, 'malformed'],
  ])('answers %s with %i', async (path, code, reason) => {
    expect(await signedAsk('GET', path)).toMatchObject({ status: code, body: { code: reason } });
  });
});

describe('a network with a restricted contract', () => {
  const id = toHex(ID);

  it('shows calls of it to the member that signed them only', async () => {
    restricted.add('shop');
    for (const path of [`/v1/receipts/${id}`, `/v1/transactions/${id}`, '/v1/blocks/1']) {
      expect((await signedAsk('GET', path)).status).toBe(200);
      const refused = await signedAsk('GET', path, undefined, { seed: BOB });
      expect(refused).toMatchObject({
        status: 403,
        body: { code: 'not_permitted', hint: expect.any(String) },
      });
      expect(refused.body['message']).toContain('shop');
    }
    restricted.clear();
  });

  it('and hides nothing of other contracts', async () => {
    restricted.add('other');
    expect((await signedAsk('GET', `/v1/transactions/${id}`, undefined, { seed: BOB })).status).toBe(200);
    restricted.clear();
  });
});

describe('GET /v1/usage', () => {
  it('tells the usage of members per month, to overseers too', async () => {
    expect((await signedAsk('GET', '/v1/usage')).body).toEqual({ usage: USAGE });
    const asked = await signedAsk('GET', '/v1/usage?from=2026-11&to=2026-12', undefined, { seed: OVERSEER });
    expect(asked.body).toEqual({ usage: [USAGE[1]] });
  });

  it.each(['/v1/usage?from=2026', '/v1/usage?to=2026-13', '/v1/usage?month=2026-11'])(
    'refuses %s',
    async (path) => {
      expect(await signedAsk('GET', path)).toMatchObject({ status: 400, body: { code: 'malformed' } });
    },
  );

  it.each([
    ['GET', `/v1/receipts/${toHex(ID)}`, undefined],
    ['GET', `/v1/transactions/${toHex(ID)}`, undefined],
    ['GET', '/v1/transactions?beginning=abcd', undefined],
    ['GET', '/v1/blocks/1', undefined],
    ['POST', '/v1/query', '{"sql":"SELECT 1"}'],
  ])('an overseer is refused %s %s', async (method, path, body) => {
    expect(await signedAsk(method, path, body, { seed: OVERSEER })).toMatchObject({
      status: 403,
      body: { code: 'not_permitted' },
    });
  });
});

describe('POST /v1/query', () => {
  it('tells the views who reads, and nobody can pretend to be another', async () => {
    const told = `SELECT current_setting('bucordo.reader_member') AS member, current_setting('bucordo.reader_class') AS class,
                         current_setting('bucordo.reader_roles') AS roles`;
    expect((await query(told)).body['rows']).toEqual([['buyer', 'buyer', '']]);
    expect((await query(`SELECT set_config('bucordo.reader_member', 'vendor', true)`)).status).toBe(422);
    expect((await query(`SET bucordo.reader_member = 'vendor'`)).status).toBe(422);
  });

  it('returns rows as text with their height', async () => {
    const answer = await query(
      'SELECT id, name, price, big, facts FROM shop.item WHERE id >= $1 ORDER BY id',
      { parameters: ['1'] },
    );
    expect(answer).toEqual({
      status: 200,
      body: {
        height: 3,
        columns: [
          { name: 'id', type: 'int4' },
          { name: 'name', type: 'text' },
          { name: 'price', type: 'numeric' },
          { name: 'big', type: 'int8' },
          { name: 'facts', type: 'jsonb' },
        ],
        rows: [
          ['1', 'nut', '0.10', '9007199254740993', '{"a": 1.50}'],
          ['2', null, null, null, null],
        ],
        truncated: false,
        diverged: false,
      },
    });
  });

  it('says so when a limit cut the rows', async () => {
    const answer = await query('SELECT n FROM generate_series(1, 20000) AS n ORDER BY n', { rowsMax: 7 });
    expect(answer.body).toMatchObject({ truncated: true });
    expect(answer.body['rows']).toHaveLength(7);
    const all = await query('SELECT n FROM generate_series(1, 20000) AS n ORDER BY n', { rowsMax: 10_000 });
    expect(all.body['rows']).toHaveLength(10_000);
    expect(all.body).toMatchObject({ truncated: true });
    expect(
      (await query('SELECT n FROM generate_series(1, 7) AS n ORDER BY n', { rowsMax: 7 })).body,
    ).toMatchObject({ truncated: false });
  });

  it('cuts answers that are too long and survives values that are far too long', async () => {
    const long = await query("SELECT repeat('x', 100000) AS t FROM generate_series(1, 200)");
    expect(long.body).toMatchObject({ truncated: true });
    expect(await query("SELECT repeat('x', 60000000) AS t")).toMatchObject({
      status: 422,
      body: { code: 'query_refused' },
    });
    expect((await query('SELECT 1')).status).toBe(200);
  });

  it('I16: reads one snapshot', async () => {
    const answer = await query('SELECT (SELECT max(height) FROM bucordo.state) AS inside');
    expect(answer.body).toMatchObject({ height: 3, rows: [['3']] });
  });

  it('marks the answers of a node that differs', async () => {
    status.divergedAt = 2;
    expect((await query('SELECT 1')).body).toMatchObject({ diverged: true });
    status.divergedAt = null;
  });

  it.each([
    ['INSERT INTO shop.item VALUES (3)'],
    ["UPDATE shop.item SET name = 'x'"],
    ['DELETE FROM shop.item'],
    ['WITH d AS (DELETE FROM shop.item RETURNING 1) SELECT * FROM d'],
    ['SELECT * INTO shop.copy FROM shop.item'],
    ['SELECT 1; DROP TABLE shop.item'],
    ['SELECT 1; COMMIT; DROP TABLE shop.item'],
    ['COMMIT'],
    ['SET ROLE bucordo_owner'],
    ['RESET ROLE'],
    ["SET statement_timeout = '1h'"],
    ["SELECT set_config('statement_timeout', '0', false)"],
    ["SELECT set_config('role', 'bucordo_owner', false)"],
    ['SELECT * FROM shop.item FOR UPDATE'],
    ['CREATE TABLE shop.x (i int)'],
    ['CREATE TEMP TABLE x (i int)'],
    ['COPY shop.item TO STDOUT'],
    ["COPY (SELECT 1) TO PROGRAM 'id'"],
    ['DO $$ BEGIN END $$'],
    ['LISTEN x'],
    ['NOTIFY x'],
    ['VACUUM'],
    ['EXPLAIN SELECT 1'],
    ['SELECT pg_sleep(1)'],
    ["SELECT pg_read_file('/etc/passwd')"],
    ['SELECT pg_terminate_backend(1)'],
    ['SELECT pg_advisory_lock(1)'],
    ["SELECT lo_import('/etc/passwd')"],
    ["SELECT query_to_xml('DELETE FROM shop.item', true, true, '')"],
    ["SELECT nextval('bucordo.context')"],
    ['SELECT * FROM private.margin'],
    ['SELECT * FROM pg_catalog.pg_authid'],
    ['SELECT 1/0'],
    ['SELECT'.repeat(3)],
    ['nonsense'],
    ["SELECT 'unfinished"],
    ['SELECT $1'],
    ['SELECT 1) TO STDOUT --'],
  ])('refuses %s', async (sql) => {
    const answer = await query(sql);
    expect(answer).toMatchObject({ status: 422, body: { code: 'query_refused' } });
    expect((await superuser.query('SELECT count(*)::int AS n FROM shop.item')).rows).toEqual([{ n: 2 }]);
  });

  it('stops a statement at its time and goes on', async () => {
    const started = Date.now();
    const endless =
      'SELECT count(*) FROM generate_series(1, 100000) AS a, generate_series(1, 100000) AS b WHERE a + b < 0';
    expect(await query(endless, { timeoutMs: 200 })).toMatchObject({
      status: 504,
      body: { code: 'timeout' },
    });
    expect(Date.now() - started).toBeLessThan(10_000);
    expect((await query('SELECT 1')).status).toBe(200);
  });

  it('answers many at once, each on its turn', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => query('SELECT $1::int AS i', { parameters: [String(i)] })),
    );
    expect(answers.map((answer) => (answer.body['rows'] as string[][])[0]?.[0])).toEqual(
      Array.from({ length: 40 }, (_, i) => String(i)),
    );
  });

  it.each([
    ['{"sql":1}'],
    ['{"sql":""}'],
    ['{}'],
    ['{"sql":"SELECT 1","rowsMax":0}'],
    ['{"sql":"SELECT 1","rowsMax":10001}'],
    ['{"sql":"SELECT 1","timeoutMs":"5"}'],
    ['{"sql":"SELECT 1","parameters":[1]}'],
    ['{"sql":"SELECT 1","role":"postgres"}'],
    [JSON.stringify({ sql: `SELECT ${' '.repeat(100_000)}1` })],
  ])('refuses the body %.60s', async (body) => {
    expect(await signedAsk('POST', '/v1/query', body)).toMatchObject({
      status: 400,
      body: { code: 'malformed' },
    });
  });
});

describe('where the API is served', () => {
  it('refuses plain HTTP on an address that others can reach', async () => {
    const attempt = startHttpServer({ ...serverOptions(), host: '0.0.0.0' });
    await expect(attempt).rejects.toMatchObject({ code: 'tls_required' });
  });
});

describe('contracts', () => {
  it('are listed, and handed out as approved', async () => {
    expect(await signedAsk('GET', '/v1/proposals/7/advice')).toEqual({ status: 200, body: ADVICE });
    expect((await signedAsk('GET', '/v1/proposals/8/advice')).status).toBe(404);
    expect((await signedAsk('GET', '/v1/proposals/x/advice')).status).toBe(400);
    expect(await signedAsk('GET', '/v1/contracts')).toEqual({ status: 200, body: { contracts: [RUNNING] } });
    expect(await signedAsk('GET', '/v1/contracts/shop')).toEqual({
      status: 200,
      body: { ...RUNNING, document: '{}' },
    });
    expect(await signedAsk('GET', '/v1/contracts/none')).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
    expect(await signedAsk('GET', '/v1/contracts/Shop')).toMatchObject({
      status: 400,
      body: { code: 'malformed' },
    });
  });

  it('are reflected', async () => {
    expect(await signedAsk('GET', '/v1/reflection')).toEqual({ status: 200, body: REFLECTION });
  });

  it.each(['/v1/contracts', '/v1/contracts/shop', '/v1/reflection'])(
    '%s is for enrolled identities',
    async (path) => {
      expect((await ask('GET', path)).status).toBe(401);
      expect((await signedAsk('GET', path, undefined, { seed: STRANGER })).status).toBe(401);
    },
  );
});
