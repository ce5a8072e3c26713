/** One connection that runs queries, one after the other, and watches time and bytes from outside. */

import type pg from 'pg';

import { queryBytesMax, queryFetchRows } from '../limits.ts';
import { columnType } from './column-type.ts';
import type { Query, QueryAnswer, Reader } from './query-database.ts';

/** A query was cut by a limit of the node; the connection may be unusable. */
export class QueryCut extends Error {
  readonly reason: 'time' | 'bytes';

  constructor(reason: 'time' | 'bytes') {
    super(`query cut by the limit of ${reason}`);
    this.name = 'QueryCut';
    this.reason = reason;
  }
}

/** Statement and fetches may take this much longer than the statement's own limit before the connection is cut. */
const CUT_AFTER_MS = 1_000;
/** Bytes from the socket in one query: the values once more, for framing and the fetch that goes over the limit. */
const SOCKET_BYTES_MAX = 4 * queryBytesMax;

// SET takes no parameters: `timeoutMs` is a number that was checked, names of members, classes and
// roles are labels. Queries cannot change the settings, because they may neither SET nor call set_config.
function begin(timeoutMs: number, reader: Reader): string {
  return `BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL statement_timeout = ${Math.ceil(timeoutMs)};
SET LOCAL bucordo.reader_member = ${label(reader.member)};
SET LOCAL bucordo.reader_class = ${label(reader.class)};
SET LOCAL bucordo.reader_roles = '${reader.roles.map((role) => label(role).slice(1, -1)).join(',')}';
SELECT coalesce(max(state.height), 0)::text AS height FROM bucordo.state AS state;`;
}

function label(name: string): string {
  if (!/^[a-z][a-z0-9_-]*$/.test(name)) throw new Error('a reader has a name that is no label');
  return `'${name}'`;
}

const NO_TYPES: pg.CustomTypesConfig = { getTypeParser: () => (value: unknown) => value };

/** A connection for queries. */
export class QuerySession {
  readonly #client: pg.Client;
  #broken: boolean = false;

  /** `client` is connected as a reader and used for nothing else. */
  constructor(client: pg.Client) {
    this.#client = client;
    client.on('error', () => {
      this.#broken = true;
    });
    client.on('end', () => {
      this.#broken = true;
    });
  }

  /** Whether the connection can run no further query. */
  get isBroken(): boolean {
    return this.#broken;
  }

  /** Runs a query. Rejects with {@link QueryCut}, or with pg's error when Postgres refused the statement. */
  async run(query: Query): Promise<QueryAnswer> {
    const watch = this.#watch(query.timeoutMs);
    try {
      const answer = await this.#read(query);
      await this.#reset();
      return answer;
    } catch (error) {
      const cut = watch.cut();
      if (!this.#broken) await this.#reset().catch(() => this.#destroy());
      throw cut ?? error;
    } finally {
      watch.end();
    }
  }

  /** Ends the connection at once. */
  close(): void {
    this.#destroy();
  }

  async #read(query: Query): Promise<QueryAnswer> {
    const client = this.#client;
    const height = heightOf(await client.query(begin(query.timeoutMs, query.reader)));
    // DECLARE takes nothing but a statement that returns rows and changes none.
    await client.query({
      text: `DECLARE answer NO SCROLL CURSOR WITHOUT HOLD FOR ${query.sql}`,
      values: [...query.parameters],
    });
    const rows: (string | null)[][] = [];
    let columns: QueryAnswer['columns'] = [];
    let bytes = 0;
    for (;;) {
      const wanted = Math.min(queryFetchRows, query.rowsMax - rows.length + 1);
      const fetched = await client.query<(string | null)[]>({
        text: `FETCH FORWARD ${wanted} FROM answer`,
        rowMode: 'array',
        types: NO_TYPES,
      });
      columns = fetched.fields.map((field) => ({ name: field.name, type: columnType(field.dataTypeID) }));
      for (const row of fetched.rows) {
        bytes += bytesOf(row);
        if (rows.length === query.rowsMax || bytes > queryBytesMax)
          return { height, columns, rows, truncated: true };
        rows.push(row);
      }
      if (fetched.rows.length < wanted) return { height, columns, rows, truncated: false };
    }
  }

  // ROLLBACK first: DISCARD ALL cannot run inside a transaction.
  async #reset(): Promise<void> {
    await this.#client.query('ROLLBACK');
    await this.#client.query('DISCARD ALL');
  }

  // Watches a query from outside: what the session itself could forget or ignore.
  #watch(timeoutMs: number): { cut: () => QueryCut | null; end: () => void } {
    const stream = this.#client.connection.stream;
    let cut: QueryCut | null = null;
    let bytes = 0;
    const destroy = (reason: 'time' | 'bytes'): void => {
      cut = new QueryCut(reason);
      this.#destroy();
    };
    const timer = setTimeout(() => destroy('time'), timeoutMs + CUT_AFTER_MS);
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > SOCKET_BYTES_MAX && cut === null) destroy('bytes');
    };
    stream.on('data', onData);
    return {
      cut: () => cut,
      end: () => {
        clearTimeout(timer);
        stream.off('data', onData);
      },
    };
  }

  #destroy(): void {
    this.#broken = true;
    this.#client.connection.stream.destroy();
  }
}

function heightOf(results: unknown): number {
  const list: unknown[] = Array.isArray(results) ? results : [results];
  for (const result of list) {
    const rows: unknown = typeof result === 'object' && result !== null ? Reflect.get(result, 'rows') : null;
    const first: unknown = Array.isArray(rows) ? rows[0] : undefined;
    const height: unknown =
      typeof first === 'object' && first !== null ? Reflect.get(first, 'height') : undefined;
    if (typeof height === 'string') return Number(height);
  }
  throw new Error('the database did not tell its height');
}

function bytesOf(row: readonly (string | null)[]): number {
  let bytes = 0;
  for (const value of row) bytes += value === null ? 4 : value.length + 2;
  return bytes;
}
