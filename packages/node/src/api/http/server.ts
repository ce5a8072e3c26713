/**
 * The HTTP JSON API of a node: Fastify with strict bodies, one form of refusal, and the OpenAPI
 * document of exactly the routes that are served.
 */

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

import { isStrictJson } from '@bucordo/protocol';
import swagger from '@fastify/swagger';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import type { Hindrance, Submission } from '../../admission/ports.ts';
import type { CatalogueIdentity } from '../../chain/catalogue.ts';
import { OVERSEER_CLASS } from '../../chain/membership.ts';
import { addressUnusable } from '../../config.ts';
import { Fault } from '../../fault.ts';
import type { Log } from '../../observe/ports.ts';
import { groupOfAddress, HeldBytes, type Holding } from '../held-bytes.ts';
import {
  bodyBytesMax,
  connectionIdleMs,
  connectionsMax,
  httpBytesHeldMax,
  requestCheckMs,
  requestMs,
} from '../limits.ts';
import type {
  AdviceReading,
  ChainReading,
  ContractReading,
  DryRunning,
  Identities,
  PublicStatus,
  Skipping,
  UsageReading,
} from '../ports.ts';
import { addAdviceRoute } from './advice-route.ts';
import { addChainRoutes } from './chain-routes.ts';
import { addContractRoutes } from './contract-routes.ts';
import { addDryRunRoute } from './dry-run-route.ts';
import { Login } from './login.ts';
import { QueryDatabase, type QueryDatabaseOptions } from './query-database.ts';
import { addQueryRoute } from './query-route.ts';
import { readBody } from './read-body.ts';
import { HttpRefusal, refusalOf, statusOf } from './refusal.ts';
import { SIGNED } from './schemas.ts';
import { addSkipRoute } from './skip-route.ts';
import { addStatusRoutes } from './status-routes.ts';
import { addSubmitRoute } from './submit-route.ts';
import { addUsageRoute } from './usage-route.ts';

/** What the API needs from the rest of the node. */
export interface HttpServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Certificate and key, PEM; null = plain HTTP, which only loopback addresses may serve. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Network id, 32 bytes. */
  readonly network: Uint8Array;
  /** Id of the member whose node this is: its identities read its private schemas too. */
  readonly member: string;
  readonly submission: Submission;
  readonly chain: ChainReading;
  readonly identities: Identities;
  readonly usage: UsageReading;
  readonly contracts: ContractReading;
  readonly advice: AdviceReading;
  /** Contracts that keep rows from some readers. */
  readonly restrictedContracts: () => ReadonlySet<string>;
  readonly dryRuns: DryRunning;
  readonly skips: Skipping;
  readonly status: () => PublicStatus;
  /** Why the node does not say what became of a transaction at `height`; null when it does. */
  readonly doubtAt: (height: number) => Hindrance | null;
  readonly connectReader: QueryDatabaseOptions['connect'];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  /** Bytes of bodies and answers over all connections; {@link httpBytesHeldMax} without a choice. */
  readonly bytesHeldMax?: number;
}

/** A running API. */
export interface HttpServer {
  readonly port: number;
  /** The OpenAPI document that `/openapi.json` serves. */
  readonly openApi: object;
  /** Bytes of bodies and answers that are held now. */
  readonly bytesHeld: () => number;
  /** Takes no new requests, gives those under way `graceMs`, then cuts them. */
  stop(graceMs: number): Promise<void>;
}

/** Starts the API. Throws {@link Fault} `tls_required` or `address_unusable`. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  if (options.tls === null && !isLoopback(options.host)) {
    throw new Fault(
      'tls_required',
      `The HTTP API would be served without TLS at ${options.host}, where others can reach it.`,
      {
        facts: { host: options.host },
        hint: 'Give the node a certificate (`tls` in its configuration), or let it listen on 127.0.0.1 behind a proxy that speaks TLS.',
      },
    );
  }
  const queries = new QueryDatabase({ connect: options.connectReader, log: options.log });
  const { network, member, identities, now } = options;
  const login = new Login({ network, member, identities, now });
  const held = new HeldBytes(options.bytesHeldMax ?? httpBytesHeldMax);
  const app = createApp(options, { login, held });
  await describe(app);
  const anyone = (request: FastifyRequest) =>
    login.identityOf({
      method: request.method,
      path: request.raw.url ?? '',
      body: bodies.get(request) ?? EMPTY,
      authorization: request.headers.authorization,
    });
  const signer = (request: FastifyRequest) => requireReader(anyone(request));
  addStatusRoutes(app, options.status);
  addUsageRoute(app, { usage: options.usage, signer: anyone });
  addSubmitRoute(app, options);
  addChainRoutes(app, { ...options, signer });
  addContractRoutes(app, { contracts: options.contracts, signer });
  addAdviceRoute(app, { advice: options.advice, signer });
  addQueryRoute(app, { queries, signer, member: options.member, status: options.status });
  addDryRunRoute(app, { dryRuns: options.dryRuns, signer });
  addSkipRoute(app, options);
  await app.ready();
  const port = await listen(app, options);
  options.log.info({ host: options.host, port, tls: options.tls !== null }, 'the HTTP API is served');
  return {
    port,
    openApi: app.swagger(),
    bytesHeld: () => held.bytes,
    stop: (graceMs) => stop(app, { queries, graceMs }),
  };
}

// Overseers see how much the network is used and none of its data.
function requireReader(identity: CatalogueIdentity): CatalogueIdentity {
  if (identity.memberClass !== OVERSEER_CLASS && !identity.roles.includes(OVERSEER_CLASS)) return identity;
  throw new HttpRefusal(
    'not_permitted',
    'An overseer sees how much the network is used, not its data.',
    'Ask for /v1/usage.',
  );
}

const EMPTY = new Uint8Array(0);
// The bytes of a body as received: what the caller's signature covers.
const bodies = new WeakMap<FastifyRequest, Uint8Array>();

// What a request holds in memory: its body, then its answer, until the answer is read or given up.
const holdings = new WeakMap<FastifyRequest, Holding>();

function createApp(
  options: HttpServerOptions,
  { login, held }: { login: Login; held: HeldBytes },
): FastifyInstance {
  const app = fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMs,
    connectionTimeout: connectionIdleMs,
    keepAliveTimeout: 60_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 128, ignoreTrailingSlash: false, caseSensitive: true },
    ajv: {
      customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: false },
    },
    // Fastify's types allow https only in a variant of their own; the server is the same.
    https:
      options.tls === null
        ? null
        : {
            cert: options.tls.cert,
            key: options.tls.key,
            minVersion: 'TLSv1.2',
            connectionsCheckingInterval: requestCheckMs,
          },
  });
  app.server.maxConnections = connectionsMax;
  app.removeAllContentTypeParsers();
  app.addHook('onRequest', async (request, reply) => {
    // Who asks for what is read with a signature says so in the header; without it no body is taken.
    if (request.routeOptions.schema?.security === SIGNED) login.judgeHeader(request.headers.authorization);
    const { socket } = request.raw;
    const holding = held.hold(groupOfAddress(socket.remoteAddress ?? ''), () => socket.destroy());
    holdings.set(request, holding);
    reply.raw.once('close', () => holding.release());
  });
  app.addContentTypeParser('application/json', async (request: FastifyRequest, stream: IncomingMessage) => {
    const bytes = await readBody(stream, {
      announced: request.headers['content-length'],
      bytesMax: request.routeOptions.bodyLimit,
      holding: holdings.get(request) ?? held.hold('', () => stream.destroy()),
    });
    bodies.set(request, bytes);
    if (isStrictJson(bytes)) return JSON.parse(bytes.toString('utf8'));
    throw new HttpRefusal(
      'malformed',
      'The body is not JSON, or repeats a key, or nests too deeply, or holds too long a number.',
    );
  });
  app.setErrorHandler(async (error, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal.code === 'failed' && !(error instanceof HttpRefusal)) {
      const reason = error instanceof Error ? error.message : 'unknown';
      options.log.error(
        { method: request.method, route: request.routeOptions.url ?? '', reason },
        'a request failed',
      );
    }
    // What is left of a body that is not wanted ends with its connection.
    if (!request.raw.complete) void reply.header('connection', 'close');
    return reply
      .code(statusOf(refusal.code))
      .send({ code: refusal.code, message: refusal.message, hint: refusal.hint, ...refusal.facts });
  });
  app.setNotFoundHandler(async (request, reply) => {
    const refusal = new HttpRefusal(
      'not_found',
      `There is no ${request.method} of this path.`,
      'See /openapi.json for what there is.',
    );
    return reply.code(404).send({ code: refusal.code, message: refusal.message, hint: refusal.hint });
  });
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload === 'string') holdings.get(request)?.add(payload.length);
    void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
  });
  return app;
}

async function describe(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Bucordo node',
        version: '1',
        description:
          'Transactions are signed by themselves. Requests that read data carry `authorization: Bucordo key=…,member=…,start=…,time=…,nonce=…,signature=…`: an Ed25519 signature over H("login", method ‖ \\n ‖ path with query ‖ \\n ‖ SHA-256 of the body in hex ‖ \\n ‖ time in ms ‖ \\n ‖ nonce of 16 bytes in hex ‖ \\n ‖ network id in hex ‖ \\n ‖ id of the member whose node is asked ‖ \\n ‖ start of that node in hex). A refusal `unauthenticated` tells the start of the node.',
      },
      components: {
        securitySchemes: { bucordo: { type: 'apiKey', in: 'header', name: 'authorization' } },
      },
    },
  });
  app.get('/openapi.json', { schema: { summary: 'This document', tags: ['node'] } }, async () =>
    app.swagger(),
  );
}

async function listen(app: FastifyInstance, options: HttpServerOptions): Promise<number> {
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (cause) {
    await app.close();
    throw addressUnusable('http', options, cause);
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : options.port;
}

async function stop(
  app: FastifyInstance,
  options: { queries: QueryDatabase; graceMs: number },
): Promise<void> {
  const cut = setTimeout(() => {
    options.queries.close();
    app.server.closeAllConnections();
  }, options.graceMs);
  await app.close();
  clearTimeout(cut);
  options.queries.close();
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
