/**
 * The port to a node: how batches of transactions travel, and how requests with one answer do.
 * Implemented over gRPC (`node/grpc-transport.ts`) and over HTTP (`http-transport.ts`).
 */

import type { Outcome, WaitLevel } from '@bucordo/protocol';

/** Where a node listens. */
export interface Endpoint {
  /** Id of the member whose node it is. Signed requests name it, so that no other member's node can use them; take it from where the address comes from, not from the node. */
  readonly member: string;
  /** URL of the HTTP API, for example `https://buyer.example:7443`. */
  readonly http: string;
  /** `host:port` of the gRPC client port; without it transactions travel over HTTP. */
  readonly grpc?: string;
  /** PEM text of the certificate authority that the node's certificate must chain to. Browsers use their own list. */
  readonly ca?: string;
}

/** Signed transactions that travel together; `frame` is an encoded SubmitRequest. */
export interface Batch {
  /** Number of the first transaction; the others follow without gaps. */
  readonly first: number;
  readonly wait: WaitLevel;
  readonly frame: Uint8Array;
  /** Number of transactions. */
  readonly count: number;
}

/** What a session tells its owner. */
export interface SessionEvents {
  /** The session can take batches. */
  opened(): void;
  /** Answers arrived; each number at most once per session. */
  outcomes(outcomes: readonly Outcome[]): void;
  /** The session is over; nothing more will come. Called at most once. */
  lost(cause: Error): void;
}

/** A pipelined way to one node. */
export interface Session {
  /** Sends a batch without waiting; false = send no more before {@link Session.drained} resolves. */
  send(batch: Batch): boolean;
  /** Resolves when more may be sent. */
  drained(): Promise<void>;
  /** Ends the session; `lost` is not called. */
  close(): void;
}

/** Opens sessions. */
export type OpenSession = (endpoint: Endpoint, events: SessionEvents) => Session;

/** A request with one answer. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Path with query, beginning with `/`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly signal: AbortSignal;
}

/** Its answer. */
export interface HttpResponse {
  readonly status: number;
  readonly body: string;
}

/** Sends a request to a node; rejects with any error when no answer came. */
export type SendHttp = (endpoint: Endpoint, request: HttpRequest) => Promise<HttpResponse>;
