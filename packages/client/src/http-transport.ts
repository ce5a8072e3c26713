/**
 * Transactions over HTTP: each batch is one `POST /v1/transactions`. Works in a browser; slower than
 * gRPC because a batch is answered only when its last transaction is.
 */

import { decodeSubmitRequest, type Outcome, type OutcomeDetail, toHex } from '@bucordo/protocol';

import type {
  Batch,
  Endpoint,
  HttpResponse,
  OpenSession,
  SendHttp,
  Session,
  SessionEvents,
} from './transport.ts';

/** Batches under way at once; browsers open no more connections to one host. */
const BATCHES_MAX = 6;

/** Sends requests with the platform's `fetch`. */
export const fetchHttp: SendHttp = async (endpoint, request) => {
  const response = await fetch(new URL(request.path, endpoint.http), {
    method: request.method,
    headers: request.headers,
    signal: request.signal,
    redirect: 'error',
    cache: 'no-store',
    ...(request.body === null ? {} : { body: request.body }),
  });
  return { status: response.status, body: await response.text() };
};

/** A way to open sessions that speak HTTP through `send`. */
export function httpSessions(send: SendHttp): OpenSession {
  return (endpoint, events) => new HttpSession(send, { endpoint, events });
}

class HttpSession implements Session {
  readonly #send: SendHttp;
  readonly #endpoint: Endpoint;
  readonly #events: SessionEvents;
  readonly #abort: AbortController = new AbortController();
  #underWay: number = 0;
  #waiters: (() => void)[] = [];

  constructor(send: SendHttp, options: { endpoint: Endpoint; events: SessionEvents }) {
    this.#send = send;
    this.#endpoint = options.endpoint;
    this.#events = options.events;
    queueMicrotask(() => this.#events.opened());
  }

  send(batch: Batch): boolean {
    this.#underWay++;
    void this.#post(batch);
    return this.#underWay < BATCHES_MAX;
  }

  drained(): Promise<void> {
    if (this.#underWay < BATCHES_MAX) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  close(): void {
    this.#abort.abort();
    this.#release();
  }

  async #post(batch: Batch): Promise<void> {
    const transactions = decodeSubmitRequest(batch.frame).transactions.map(toHex);
    try {
      const response = await this.#send(this.#endpoint, {
        method: 'POST',
        path: `/v1/transactions?wait=${batch.wait}`,
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ transactions }),
        signal: this.#abort.signal,
      });
      if (!this.#abort.signal.aborted) this.#events.outcomes(outcomesOf(response, batch));
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.close();
      this.#events.lost(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#underWay--;
      this.#release();
    }
  }

  #release(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}

// Answers of a node that took nothing of the batch; any other 5xx leaves open what it took.
const NOTHING_TAKEN: readonly string[] = [
  'overloaded',
  'waiting',
  'stopping',
  'held',
  'diverged',
  'forked',
  'quarantined',
];

function outcomesOf(response: HttpResponse, batch: Batch): Outcome[] {
  const value: unknown = JSON.parse(response.body);
  if (response.status >= 300) {
    const refusal = { code: text(value, 'code') || 'failed', message: text(value, 'message') };
    if (response.status >= 500 && !NOTHING_TAKEN.includes(refusal.code)) {
      throw new Error(`the node answered ${response.status} (${refusal.code})`);
    }
    return Array.from({ length: batch.count }, (_, i) => outcome(batch.first + i, refusal));
  }
  const list = property(value, 'outcomes');
  if (!Array.isArray(list) || list.length !== batch.count) {
    throw new Error('the node answered with another number of outcomes than it was sent');
  }
  return list.map((entry: unknown, i) => outcome(batch.first + i, entry));
}

function outcome(number: number, entry: unknown): Outcome {
  return {
    number,
    height: integer(entry, 'height'),
    index: integer(entry, 'index'),
    code: text(entry, 'code'),
    message: text(entry, 'message'),
    result: text(entry, 'result'),
    duplicate: property(entry, 'duplicate') === true,
    call:
      property(entry, 'call') === undefined || property(entry, 'call') === null
        ? null
        : integer(entry, 'call'),
    detail: detailOf(property(entry, 'detail')),
  };
}

function detailOf(value: unknown): OutcomeDetail | null {
  if (typeof value !== 'object' || value === null) return null;
  return {
    argument: text(value, 'argument'),
    sqlstate: text(value, 'sqlstate'),
    table: text(value, 'table'),
    constraint: text(value, 'constraint'),
    column: text(value, 'column'),
    text: text(value, 'text'),
  };
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown, name: string): string {
  const found = property(value, name);
  return typeof found === 'string' ? found : '';
}

function integer(value: unknown, name: string): number {
  const found = property(value, name);
  return typeof found === 'number' && Number.isSafeInteger(found) ? found : 0;
}
