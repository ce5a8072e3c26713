/**
 * Keeps one session open to one of several endpoints: when it is lost, the next endpoint is tried
 * at once, and after a full round the attempts slow down.
 */

import type { Outcome } from '@bucordo/protocol';

import type { Endpoint, OpenSession, Session } from './transport.ts';

const BACKOFF_FIRST_MS = 50;
const BACKOFF_MAX_MS = 2_000;

/** What the owner of a connection is told. */
export interface ConnectionEvents {
  /** A session is open and takes batches. */
  opened(): void;
  outcomes(outcomes: readonly Outcome[]): void;
  /** The open session is gone; everything unanswered must be sent again. */
  lost(): void;
  /** Whether somebody waits for an answer; without, a lost session is replaced only when it is needed. */
  isNeeded(): boolean;
}

/** A connection that reconnects by itself. */
export class Connection {
  /** The open session, or null while there is none. */
  session: Session | null = null;
  /** Why the last session or attempt failed. */
  cause: Error | null = null;
  readonly #open: OpenSession;
  readonly #endpoints: readonly Endpoint[];
  readonly #events: ConnectionEvents;
  #current: Session | null = null;
  #endpointIndex: number = 0;
  // Attempts that brought no answer since the last one that did.
  #failures: number = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  // A session is there, being opened, or about to be.
  #isTrying: boolean = false;
  #closed: boolean = false;

  constructor(options: { open: OpenSession; endpoints: readonly Endpoint[]; events: ConnectionEvents }) {
    this.#open = options.open;
    this.#endpoints = options.endpoints;
    this.#events = options.events;
  }

  /** The endpoint in use, or the one that is tried next. */
  get endpoint(): Endpoint {
    const endpoint = this.#endpoints[this.#endpointIndex % this.#endpoints.length];
    if (endpoint === undefined) throw new RangeError('a connection needs at least one endpoint');
    return endpoint;
  }

  /** Opens a session unless there is one or one is under way. */
  start(): void {
    if (this.#isTrying || this.#closed) return;
    this.#isTrying = true;
    this.#attempt();
  }

  /** Leaves the present endpoint for the next one. */
  rotate(cause: Error): void {
    if (this.#current === null) return;
    const session = this.#current;
    session.close();
    this.#lost(session, cause);
  }

  /** Ends the session and all attempts. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#current?.close();
    this.#current = null;
    this.session = null;
  }

  #attempt(): void {
    // A session may be lost before `open` returns.
    const early: Error[] = [];
    let session: Session | null = null;
    session = this.#open(this.endpoint, {
      opened: () => {
        if (session === null || this.#current !== session) return;
        this.session = session;
        this.#events.opened();
      },
      outcomes: (outcomes) => {
        if (this.#current !== session) return;
        this.#failures = 0;
        this.#events.outcomes(outcomes);
      },
      lost: (cause) => {
        if (session === null) early.push(cause);
        else this.#lost(session, cause);
      },
    });
    this.#current = session;
    if (early[0] !== undefined) this.#lost(session, early[0]);
  }

  #lost(session: Session, cause: Error): void {
    if (this.#closed || this.#current !== session) return;
    const wasOpen = this.session !== null;
    this.#current = null;
    this.session = null;
    this.cause = cause;
    this.#failures++;
    this.#endpointIndex = (this.#endpointIndex + 1) % this.#endpoints.length;
    if (wasOpen) this.#events.lost();
    this.#retry = setTimeout(() => {
      this.#isTrying = this.#events.isNeeded();
      if (this.#isTrying) this.#attempt();
    }, this.#delayMs());
  }

  #delayMs(): number {
    if (this.#failures < this.#endpoints.length) return 0;
    const rounds = Math.min(this.#failures - this.#endpoints.length, 10);
    return Math.min(BACKOFF_FIRST_MS * 2 ** rounds, BACKOFF_MAX_MS) * (0.5 + Math.random() / 2);
  }
}
