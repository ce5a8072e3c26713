/**
 * A few connections for reading, apart from the one that executes. A connection that was lost is
 * replaced at the next query; the query that met the loss fails.
 */

import type pg from 'pg';
import { Fault } from '../fault.ts';

/** Opens a connection of a role that may read the schema `bucordo`. */
export type Connect = () => Promise<pg.Client>;

/** Runs queries on up to `count` connections, each taken in turn. */
export class ReadingConnections {
  readonly #connect: Connect;
  readonly #clients: (Promise<pg.Client> | undefined)[];
  #next = 0;
  #isClosed = false;

  constructor(connect: Connect, count: number) {
    this.#connect = connect;
    this.#clients = new Array<Promise<pg.Client> | undefined>(count).fill(undefined);
  }

  /** Runs one query and returns its rows. */
  async rows<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<Row[]> {
    if (this.#isClosed) throw new Fault('stopping', 'The connections for reading are closed');
    const client = await this.#take();
    return (await client.query<Row>(query)).rows;
  }

  /** Ends all connections; queries under way fail. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const client of this.#clients.splice(0)) {
      await client?.then((open) => open.end()).catch(() => undefined);
    }
  }

  #take(): Promise<pg.Client> {
    const index = this.#next;
    this.#next = (index + 1) % this.#clients.length;
    const open = this.#clients[index];
    if (open !== undefined) return open;
    const opening = this.#connect();
    const forget = (): void => {
      if (this.#clients[index] === opening) this.#clients[index] = undefined;
    };
    this.#clients[index] = opening;
    opening.then((client) => client.on('error', forget).on('end', forget), forget);
    return opening;
  }
}
