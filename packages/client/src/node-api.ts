/**
 * Requests to the HTTP API of a node: status, receipts, blocks, queries. Those that read data are
 * signed by the identity, each with a fresh nonce, for one start of one node: a node that has started
 * again tells its start, and the request is signed once more. When an endpoint does not answer, the next
 * one is asked until the deadline.
 */

import {
  formatAuthorization,
  fromHex,
  loginHash,
  parseMemberId,
  parsePublicKey,
  toUtf8,
} from '@bucordo/protocol';

import { ClientError, ConnectionLostError, RequestError } from './errors.ts';
import type { Platform } from './platform.ts';
import type { Signer } from './signer.ts';
import type { Endpoint, HttpRequest, HttpResponse, SendHttp } from './transport.ts';

/** A request before it is sent. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** Path with query, beginning with `/v1/`. */
  readonly path: string;
  /** Value to send as JSON, or null. */
  readonly body: unknown;
  /** Whether the request is signed. */
  readonly signed: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | null;
}

const RETRY_MS = 100;

/** Speaks HTTP with the nodes of one network. */
export class NodeApi {
  readonly #platform: Platform;
  readonly #signer: Signer;
  readonly #network: Uint8Array;
  readonly #endpoints: readonly Endpoint[];
  readonly #send: SendHttp;
  // What each endpoint's node told of its start; zeros before it is asked for the first time.
  readonly #starts: Uint8Array[];
  // The endpoint that answered last is asked first.
  #preferred: number = 0;

  constructor(
    platform: Platform,
    options: { signer: Signer; network: Uint8Array; endpoints: readonly Endpoint[]; send: SendHttp },
  ) {
    this.#platform = platform;
    this.#signer = options.signer;
    this.#network = options.network;
    this.#endpoints = options.endpoints;
    for (const endpoint of options.endpoints) requireMember(endpoint);
    this.#starts = options.endpoints.map(() => new Uint8Array(16));
    this.#send = options.send;
  }

  /**
   * Sends a request and returns the parsed answer.
   *
   * @throws RequestError when a node refused it; ConnectionLostError when none answered in time.
   */
  async request(request: ApiRequest): Promise<unknown> {
    const deadline = performance.now() + request.timeoutMs;
    const body = request.body === null ? null : JSON.stringify(request.body);
    let cause: unknown = null;
    for (let attempt = 0; ; attempt++) {
      request.signal?.throwIfAborted();
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new ConnectionLostError(null, cause);
      const index = (this.#preferred + attempt) % this.#endpoints.length;
      const answer = await this.#ask(index, request, { body, leftMs });
      if (!(answer instanceof Error)) {
        this.#preferred = index;
        return parseAnswer(answer);
      }
      cause = answer;
      if (index === (this.#preferred + this.#endpoints.length - 1) % this.#endpoints.length)
        await pause(Math.min(RETRY_MS, leftMs));
    }
  }

  // The answer of one endpoint, or why there is none.
  async #ask(
    index: number,
    request: ApiRequest,
    options: { body: string | null; leftMs: number },
  ): Promise<HttpResponse | Error> {
    const endpoint = this.#endpoints[index];
    if (endpoint === undefined) return new RangeError('no such endpoint');
    const timeout = AbortSignal.timeout(Math.ceil(options.leftMs));
    const signal = request.signal === null ? timeout : AbortSignal.any([timeout, request.signal]);
    try {
      const send = async (): Promise<HttpResponse> =>
        this.#send(endpoint, await this.#prepare(request, { index, body: options.body, signal }));
      let response = await send();
      if (request.signed && response.status === 401 && this.#isNewStart(index, response.body))
        response = await send();
      // A node that is starting or stopping sends the caller elsewhere.
      return response.status === 503 && this.#endpoints.length > 1
        ? new Error(`${endpoint.http} answered 503`)
        : response;
    } catch (error) {
      request.signal?.throwIfAborted();
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  // Whether the refusal tells a start of the node that was not known; it is from then on.
  #isNewStart(index: number, refusal: string): boolean {
    const told = /"start":"([0-9a-f]{32})"/.exec(refusal)?.[1];
    if (told === undefined) return false;
    this.#starts[index] = fromHex(told);
    return true;
  }

  async #prepare(
    request: ApiRequest,
    { index, body, signal }: { index: number; body: string | null; signal: AbortSignal },
  ): Promise<HttpRequest> {
    const headers = {
      accept: 'application/json',
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...(request.signed ? { authorization: await this.#authorization(request, { index, body }) } : {}),
    };
    return { method: request.method, path: request.path, headers, body, signal };
  }

  async #authorization(
    request: ApiRequest,
    { index, body }: { index: number; body: string | null },
  ): Promise<string> {
    const member = parseMemberId(this.#endpoints[index]?.member ?? '');
    const start = this.#starts[index] ?? new Uint8Array(16);
    const nonce = new Uint8Array(16);
    this.#platform.fillRandom(nonce);
    const time = Date.now();
    const message = loginHash(
      {
        method: request.method,
        path: request.path,
        body: toUtf8(body ?? ''),
        time,
        nonce,
        network: this.#network,
        member,
        start,
      },
      (bytes) => fromHex(this.#platform.sha256Hex(bytes)),
    );
    const signed = this.#signer.sign(message);
    // A signer may use its answer again, so that one given at once is copied before anything else runs.
    const signature = signed instanceof Uint8Array ? Uint8Array.from(signed) : await signed;
    const key = parsePublicKey(this.#signer.publicKey);
    return formatAuthorization({ key, member, start, time, nonce, signature });
  }
}

function parseAnswer(response: HttpResponse): unknown {
  let value: unknown;
  try {
    value = JSON.parse(response.body);
  } catch {
    throw new RequestError(
      response.status,
      'malformed',
      `the node answered ${response.status} with something that is not JSON`,
      'Check that the endpoint is a Bucordo node.',
    );
  }
  if (response.status < 300) return value;
  const refusal = typeof value === 'object' && value !== null ? value : {};
  const field = (name: string): string => {
    const text: unknown = Reflect.get(refusal, name);
    return typeof text === 'string' ? text : '';
  };
  throw new RequestError(
    response.status,
    field('code') || 'failed',
    field('message') || `the node answered ${response.status}`,
    field('hint'),
  );
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

// Programs without types leave it out; every signed request would fail for it, as if no node could be reached.
function requireMember({ http, member }: Endpoint): void {
  try {
    parseMemberId(member ?? '');
  } catch (cause) {
    throw new ClientError('malformed', `the endpoint ${http} does not name its member`, {
      hint: "Add member: the id of the member whose node it is, such as 'buyer'.",
      cause,
    });
  }
}
