/**
 * A node reduced to what a client sees: real gRPC with TLS and real HTTP, signatures verified, a
 * chain in memory. Several can share one chain, as the nodes of a network do.
 */

import { createPublicKey, verify } from 'node:crypto';
import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

import {
  decodeSignedTransaction,
  decodeSubmitRequest,
  decodeTransaction,
  encodeSubmitReply,
  equalBytes,
  fromUtf8,
  loginHash,
  type Outcome,
  parseAuthorization,
  type SubmitRequest,
  toHex,
  transactionId,
} from '@bucordo/protocol';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';

import { selfSigned } from './self-signed.ts';

/** A transaction that the chain holds. */
export interface Ordered {
  readonly id: string;
  readonly height: number;
  readonly args: string;
  /** `''` when committed. */
  readonly code: string;
}

/** The chain that tiny nodes share: one transaction per block. */
export class TinyChain {
  readonly network: Uint8Array;
  readonly ordered: Ordered[] = [];
  /** Height before the first transaction. */
  base: number = 0;
  /** So many of the next transactions find no room in their block. */
  fullBlocks: number = 0;
  readonly #byId: Map<string, Ordered> = new Map();

  constructor(network: Uint8Array = new Uint8Array(32).fill(7)) {
    this.network = network;
  }

  get height(): number {
    return this.base + this.ordered.length;
  }

  find(id: string): Ordered | undefined {
    return this.#byId.get(id);
  }

  #codeOf(functionName: string): string {
    if (functionName === 'refuse') return 'BC007';
    return this.fullBlocks > 0 ? 'block_full' : '';
  }

  /** Takes an encoded signed transaction; the function `refuse` is rejected as `BC007`. */
  take(bytes: Uint8Array, number: number): Outcome {
    const signed = decodeSignedTransaction(bytes);
    const transaction = decodeTransaction(signed.payload);
    const id = toHex(transactionId(signed.payload));
    const refusal = {
      number,
      height: 0,
      index: 0,
      message: '',
      result: '',
      duplicate: false,
      call: null,
      detail: null,
    };
    if (!equalBytes(transaction.network, this.network)) return { ...refusal, code: 'wrong_network' };
    const known = this.#byId.get(id);
    if (known === undefined && transaction.validUntil <= this.height) return { ...refusal, code: 'expired' };
    if (!isSignature(signed.signature, transactionId(signed.payload), transaction.identity))
      return { ...refusal, code: 'signature_invalid' };
    const call = transaction.calls[0];
    const args = fromUtf8(call?.args ?? new Uint8Array(0));
    const entry = known ?? {
      id,
      height: this.height + 1,
      args,
      code: this.#codeOf(call?.function ?? ''),
    };
    if (known === undefined) {
      this.ordered.push(entry);
      this.#byId.set(id, entry);
      if (entry.code === 'block_full') this.fullBlocks -= 1;
    }
    const message = entry.code === '' ? '' : 'not allowed';
    return {
      number,
      height: entry.height,
      index: 0,
      code: entry.code,
      message,
      result: entry.args,
      duplicate: known !== undefined,
      call: entry.code === '' ? null : 0,
      detail: null,
    };
  }
}

/** How a tiny node behaves; may be changed at any time. */
export interface Behaviour {
  /** Answers a request; the default takes every transaction and answers all at once. */
  answer?: (
    request: SubmitRequest,
    take: (index: number) => Outcome,
    reply: (outcomes: readonly Outcome[]) => void,
  ) => void;
}

/** A running tiny node. */
export interface TinyNode {
  readonly chain: TinyChain;
  readonly behaviour: Behaviour;
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Certificate to trust. */
  readonly ca: string;
  /** Transactions per received request, in order of arrival. */
  readonly batches: number[];
  /** Paths of HTTP requests with valid signatures. */
  readonly signedPaths: string[];
  readonly endpoint: Readonly<Record<'member' | 'http' | 'grpc' | 'ca', string>>;
  /** What the node chose when it started; another value is as if it had started again. */
  start: Uint8Array;
  stop(): Promise<void>;
}

const tls = selfSigned();
const asReceived = (bytes: Buffer): Buffer => bytes;
const SERVICE = {
  Submit: {
    path: '/bucordo.v1.Node/Submit',
    requestStream: true,
    responseStream: true,
    requestSerialize: asReceived,
    requestDeserialize: asReceived,
    responseSerialize: asReceived,
    responseDeserialize: asReceived,
  },
} as const;

/** Starts a tiny node on free ports of the loopback address. */
export async function startTinyNode(
  chain: TinyChain = new TinyChain(),
  ports: { grpc?: number } = {},
): Promise<TinyNode> {
  const behaviour: Behaviour = {};
  const batches: number[] = [];
  const signedPaths: string[] = [];
  const submit = (frame: Uint8Array, reply: (outcomes: readonly Outcome[]) => void): void => {
    const request = decodeSubmitRequest(frame);
    batches.push(request.transactions.length);
    const take = (index: number): Outcome =>
      chain.take(request.transactions[index] ?? new Uint8Array(0), request.first + index);
    if (behaviour.answer === undefined) reply(request.transactions.map((_, index) => take(index)));
    else behaviour.answer(request, take, reply);
  };
  const grpc = new Server();
  grpc.addService(SERVICE, {
    Submit: (stream: ServerDuplexStream<Buffer, Buffer>) => {
      stream.on('data', (frame: Buffer) =>
        submit(frame, (outcomes) => {
          if (!stream.cancelled) stream.write(Buffer.from(encodeSubmitReply({ outcomes })));
        }),
      );
      stream.on('error', () => undefined);
      stream.on('end', () => stream.end());
    },
  });
  const credentials = ServerCredentials.createSsl(null, [
    { cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) },
  ]);
  const grpcPort = await new Promise<number>((resolve, reject) => {
    grpc.bindAsync(`127.0.0.1:${ports.grpc ?? 0}`, credentials, (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
  const http = createServer(
    (request, response) =>
      void serveHttp(request, response, { chain, signedPaths, submit, start: () => node.start }),
  );
  const httpPort = await listen(http);
  const node: TinyNode = {
    start: crypto.getRandomValues(new Uint8Array(16)),
    chain,
    behaviour,
    batches,
    signedPaths,
    grpcPort,
    httpPort,
    ca: tls.cert,
    endpoint: {
      member: 'tiny',
      http: `http://127.0.0.1:${httpPort}`,
      grpc: `127.0.0.1:${grpcPort}`,
      ca: tls.cert,
    },
    async stop() {
      grpc.forceShutdown();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return node;
}

function listen(server: HttpServer): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address() as AddressInfo;
      resolve(address.port);
    });
  });
}

interface HttpParts {
  readonly chain: TinyChain;
  readonly signedPaths: string[];
  readonly start: () => Uint8Array;
  readonly submit: (frame: Uint8Array, reply: (outcomes: readonly Outcome[]) => void) => void;
}

async function serveHttp(
  request: IncomingMessage,
  response: ServerResponse,
  parts: HttpParts,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const path = request.url ?? '';
  const start = startOf(request);
  const isForStart = start === null || toHex(start) === toHex(parts.start());
  if (isForStart && isSigned(request, body, parts.chain.network)) parts.signedPaths.push(path);
  const [status, answer] = isForStart
    ? await answerOf(path, body, parts)
    : [401, { code: 'unauthenticated', message: 'another start', hint: '', start: toHex(parts.start()) }];
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

function startOf(request: IncomingMessage): Uint8Array | null {
  const header = request.headers.authorization;
  return header === undefined ? null : parseAuthorization(header).start;
}

function isSigned(request: IncomingMessage, body: Buffer, network: Uint8Array): boolean {
  if (request.headers.authorization === undefined) return false;
  const { key, member, start, time, nonce, signature } = parseAuthorization(request.headers.authorization);
  const hash = loginHash({
    member,
    start,
    method: request.method ?? '',
    path: request.url ?? '',
    body,
    time,
    nonce,
    network,
  });
  return isSignature(signature, hash, key);
}

async function answerOf(
  path: string,
  body: Buffer,
  { chain, submit }: HttpParts,
): Promise<[number, unknown]> {
  const notFound = { code: 'not_found', message: 'nothing there', hint: '' };
  if (path === '/v1/status') return [200, statusOf(chain)];
  if (path.startsWith('/v1/transactions?wait=')) {
    const { transactions } = JSON.parse(body.toString('utf8')) as { transactions: string[] };
    const frame = Buffer.concat([
      Buffer.from([0x08, 1, 0x10, 3]),
      ...transactions.map((text) =>
        Buffer.concat([Buffer.from([0x1a]), varint(text.length / 2), Buffer.from(text, 'hex')]),
      ),
    ]);
    const outcomes = await new Promise<readonly Outcome[]>((resolve) => submit(frame, resolve));
    return [200, { outcomes }];
  }
  if (path.startsWith('/v1/receipts/')) {
    const entry = chain.find(path.slice('/v1/receipts/'.length));
    if (entry === undefined) return [404, notFound];
    const status = entry.code === '' ? 'committed' : 'rejected';
    return [
      200,
      {
        transactionId: entry.id,
        height: entry.height,
        index: 0,
        status,
        code: entry.code,
        message: '',
        result: entry.args,
        call: entry.code === '' ? null : 0,
      },
    ];
  }
  if (path === '/v1/query') {
    const { sql, parameters } = JSON.parse(body.toString('utf8')) as {
      sql: string;
      parameters: (string | null)[];
    };
    if (sql === 'refuse') return [422, { code: 'query_refused', message: 'no', hint: 'ask nicely' }];
    const columns = parameters.map((_, i) => ({ name: `c${i}`, type: sql }));
    return [200, { height: chain.height, columns, rows: [parameters], truncated: false, diverged: false }];
  }
  return [404, notFound];
}

function statusOf(chain: TinyChain): unknown {
  const zero = '00'.repeat(32);
  return {
    network: toHex(chain.network),
    version: '0',
    member: 'tiny',
    height: chain.height,
    blockHash: zero,
    stateHash: zero,
    finalHeight: 0,
    divergedAt: null,
    checkpoints: [],
    transactionsPerSecond: 0,
    health: { state: 'serving', sinceMs: 0, conditions: [] },
    blockTimeAheadMs: 0,
    grpc: null,
  };
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}

// OpenSSL instead of the portable verification: tests send thousands of transactions.
function isSignature(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]);
  return verify(null, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature);
}
