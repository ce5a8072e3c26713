/**
 * Asks Postgres for nothing, again and again, on a connection of its own: whoever executes a long
 * block cannot tell a server that works from one that has stopped.
 */

import type pg from 'pg';

/** Between an answer and the next question. */
const EVERY_MS = 2_000;

/** A question that is always under way or about to be. */
export class Heartbeat {
  readonly #connect: () => Promise<pg.Client>;
  readonly #everyMs: number;
  #client: pg.Client | null = null;
  #timer: NodeJS.Timeout | null = null;
  #askedMs: number | null = null;
  #isStopped = false;

  /** `connect` opens a connection of any role. */
  constructor(connect: () => Promise<pg.Client>, everyMs: number = EVERY_MS) {
    this.#connect = connect;
    this.#everyMs = everyMs;
    this.#plan();
  }

  /** Milliseconds that the question under way has not been answered; 0 when there is none. */
  get silentForMs(): number {
    return this.#askedMs === null ? 0 : performance.now() - this.#askedMs;
  }

  /** Asks no more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }

  #plan(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#ask(), this.#everyMs);
    this.#timer.unref();
  }

  // A connection that is refused or broken says that the server is away, not that it is silent: whoever
  // needs it finds that out by itself. Here the next question tries anew.
  async #ask(): Promise<void> {
    this.#askedMs = performance.now();
    try {
      this.#client ??= await this.#opened();
      await this.#client.query('SELECT');
    } catch {
      await this.#client?.end().catch(() => undefined);
      this.#client = null;
    }
    this.#askedMs = null;
    this.#plan();
  }

  async #opened(): Promise<pg.Client> {
    const client = await this.#connect();
    client.on('error', () => {
      if (this.#client === client) this.#client = null;
    });
    return client;
  }
}
