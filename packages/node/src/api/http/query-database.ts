/**
 * Queries of readers: one SELECT, VALUES or WITH … SELECT each, read-only, within limits of time,
 * rows and bytes, in one snapshot whose height is part of the answer.
 *
 * What holds it back, from outside in: a reader's role with no right to write or to call functions
 * outside the positive list; a read-only transaction; a cursor, which Postgres opens only for
 * statements that return rows and change nothing; one statement per message of the extended
 * protocol; the statement timeout, and a cut from outside when a query outlives it or its caller goes;
 * a limit on the bytes that may come from the socket. Afterwards the session is reset or thrown away.
 */

import type pg from 'pg';

import type { Log } from '../../observe/ports.ts';
import {
  queriesMax,
  queriesPerIdentityMax,
  queriesWaitingMax,
  queriesWaitingPerIdentityMax,
} from '../limits.ts';
import { type Query, type QueryAnswer, QueryCut, QuerySession } from './query-session.ts';
import { QueryTurns } from './query-turns.ts';
import { HttpRefusal } from './refusal.ts';

/** The reader of everybody, and that of the node's own member, which also sees the member's private schemas. */
export type ReaderRole = 'bucordo_reader' | 'bucordo_member_reader';

/** What the queries need. */
export interface QueryDatabaseOptions {
  /** Opens a connection as a reader, in the session profile of plain queries. */
  readonly connect: (role: ReaderRole) => Promise<pg.Client>;
  readonly log: Log;
}

/** Runs queries on a few connections of their own, kept apart from execution. */
export class QueryDatabase {
  readonly #options: QueryDatabaseOptions;
  readonly #idle: Map<ReaderRole, QuerySession[]> = new Map();
  readonly #busy: Set<QuerySession> = new Set();
  readonly #turns = new QueryTurns({
    atOnce: queriesMax,
    atOncePerIdentity: queriesPerIdentityMax,
    waiting: queriesWaitingMax,
    waitingPerIdentity: queriesWaitingPerIdentityMax,
  });
  #closed: boolean = false;

  constructor(options: QueryDatabaseOptions) {
    this.#options = options;
  }

  /**
   * Runs a query; {@link HttpRefusal} `query_refused`, `timeout`, `overloaded` or `failed` says why not. When
   * `gone` is aborted nobody waits for the answer: the query is ended in Postgres, too.
   */
  async run(role: ReaderRole, query: Query, gone?: AbortSignal): Promise<QueryAnswer> {
    const { identity } = query;
    const turn = this.#turns.take(identity);
    if (turn === null) throw new HttpRefusal('overloaded', TOO_MANY);
    if (!(await turn)) throw new HttpRefusal('stopping');
    try {
      if (gone?.aborted === true) throw refusalOfQuery(new QueryCut('caller gone'), query);
      return await this.#runOn(await this.#session(role), role, { query, gone });
    } finally {
      this.#turns.end(identity);
    }
  }

  /** Ends all connections. */
  close(): void {
    this.#closed = true;
    for (const sessions of this.#idle.values()) for (const session of sessions) session.close();
    for (const session of this.#busy) session.close();
    this.#turns.close();
  }

  async #session(role: ReaderRole): Promise<QuerySession> {
    for (let idle = this.#idle.get(role)?.pop(); idle !== undefined; idle = this.#idle.get(role)?.pop()) {
      if (!idle.isBroken) return idle;
    }
    try {
      return await QuerySession.open(await this.#options.connect(role));
    } catch (error) {
      this.#options.log.error({ role, reason: messageOf(error) }, 'no connection for queries');
      throw new HttpRefusal('failed', 'The node has no connection to its database for queries.');
    }
  }

  async #runOn(
    session: QuerySession,
    role: ReaderRole,
    { query, gone }: { query: Query; gone: AbortSignal | undefined },
  ): Promise<QueryAnswer> {
    this.#busy.add(session);
    try {
      return await session.run(query, gone);
    } catch (error) {
      throw refusalOfQuery(error, query);
    } finally {
      this.#busy.delete(session);
      this.#keep(session, role);
    }
  }

  #keep(session: QuerySession, role: ReaderRole): void {
    const idle = this.#idle.get(role);
    if (session.isBroken || this.#closed) session.close();
    else if (idle === undefined) this.#idle.set(role, [session]);
    else idle.push(session);
  }
}

const TOO_MANY =
  'Too many queries wait for a connection, of this identity or in all; ask again when some are answered.';

const QUERY_CANCELED = '57014';

function refusalOfQuery(error: unknown, query: Query): HttpRefusal {
  if (error instanceof QueryCut && error.reason === 'bytes') {
    return new HttpRefusal(
      'query_refused',
      'The answer holds values too large for an answer.',
      'Select fewer or smaller columns.',
    );
  }
  if (error instanceof QueryCut && error.reason === 'caller gone')
    return new HttpRefusal('failed', 'The caller has closed the connection; the query was ended.');
  const sqlstate = textOf(error, 'code');
  if (error instanceof QueryCut || sqlstate === QUERY_CANCELED) {
    return new HttpRefusal(
      'timeout',
      `The query ran longer than ${query.timeoutMs} ms.`,
      'Narrow it down, or ask for more time with timeoutMs.',
    );
  }
  // Errors of Postgres have a SQLSTATE of five characters; anything else is trouble with the connection.
  if (!/^[0-9A-Z]{5}$/.test(sqlstate))
    return new HttpRefusal('failed', 'The connection to the database was lost during the query.');
  return new HttpRefusal(
    'query_refused',
    `${messageOf(error)} (SQLSTATE ${sqlstate})`,
    textOf(error, 'hint') || (HINTS.get(sqlstate) ?? ''),
  );
}

/** What to do where Postgres itself has no advice. */
const HINTS: ReadonlyMap<string, string> = new Map([
  [
    '42501',
    'Where a contract says who reads what, its tables are read as <contract>_read.<table>; the roles and classes stand in its document under "readers". Everything else of the system is read through the views of bucordo.',
  ],
  [
    '42P01',
    'Tables are named contract.table, their history contract_history.table. What there is: select table_schema, table_name from information_schema.tables',
  ],
]);

function textOf(error: unknown, name: string): string {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
