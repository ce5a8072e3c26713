/**
 * One connection that runs queries, one after the other, and watches time and bytes from outside.
 *
 * A caller's text goes to Postgres by the extended protocol, which takes one statement; the simple one would run
 * as many as the text holds, outside the transaction and the settings that keep a reader in its place.
 * A session in which anything is not as it must be is ended and never used again.
 */

import type pg from 'pg';

import { queryBytesMax, queryFetchRows } from '../limits.ts';
import { columnType } from './column-type.ts';

/** Who reads, as the views of contracts with readers' rights see it. */
export interface Reader {
  readonly member: string;
  readonly class: string;
  readonly roles: readonly string[];
}

/** A query within its limits. */
export interface Query {
  /** Whose share of the connections it takes: `member/name`. */
  readonly identity: string;
  readonly reader: Reader;
  readonly sql: string;
  /** Postgres's text of each parameter, null for NULL. */
  readonly parameters: readonly (string | null)[];
  readonly rowsMax: number;
  readonly timeoutMs: number;
}

/** What a query found. */
export interface QueryAnswer {
  /** Height of the snapshot. */
  readonly height: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Postgres's text of every value, null for NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Whether a limit cut the rows. */
  readonly truncated: boolean;
}

/** Why a query was cut: a limit of the node, or nobody waits for the answer any more. */
export type CutReason = 'time' | 'bytes' | 'caller gone';

/** A query was cut; the connection is not usable any more. */
export class QueryCut extends Error {
  readonly reason: CutReason;

  constructor(reason: CutReason) {
    super(`query cut: ${reason}`);
    this.name = 'QueryCut';
    this.reason = reason;
  }
}

/** Statement and fetches may take this much longer than the statement's own limit before the connection is cut. */
const CUT_AFTER_MS = 1_000;
/** Bytes from the socket in one query: the values once more, for framing and the fetch that goes over the limit. */
const SOCKET_BYTES_MAX = 4 * queryBytesMax;

/** How often Postgres looks whether the other end of a running query is still there: what it works for nobody. */
const CONNECTION_CHECK_MS = 500;

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

/** A query as pg sends it by the extended protocol, also without parameters; its types leave the choice out. */
interface OneStatement extends pg.QueryConfig {
  readonly queryMode: 'extended';
}

/** A connection for queries. */
export class QuerySession {
  readonly #client: pg.Client;
  readonly #first: string;
  #broken: boolean = false;

  /** `client` is connected as a reader and used for nothing else. */
  static async open(client: pg.Client): Promise<QuerySession> {
    // Systems on which Postgres cannot look refuse the setting; there the statement's own time limit ends it.
    const check = `SET client_connection_check_interval = ${CONNECTION_CHECK_MS}`;
    const canLook = await client.query(check).then(
      () => true,
      () => false,
    );
    return new QuerySession(client, canLook ? `${check.replace('SET', 'SET LOCAL')};` : '');
  }

  private constructor(client: pg.Client, first: string) {
    this.#client = client;
    this.#first = first;
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

  /**
   * Runs a query, until `gone` says that nobody waits for it. Rejects with {@link QueryCut}, or with pg's error
   * when Postgres refused the statement.
   */
  async run(query: Query, gone?: AbortSignal): Promise<QueryAnswer> {
    const watch = this.#watch(query.timeoutMs, gone);
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
    const height = heightOf(await client.query(this.#first + begin(query.timeoutMs, query.reader)));
    // DECLARE takes nothing but a statement that returns rows and changes none.
    const declare: OneStatement = {
      text: `DECLARE answer NO SCROLL CURSOR WITHOUT HOLD FOR ${query.sql}`,
      values: [...query.parameters],
      queryMode: 'extended',
    };
    await client.query(declare);
    this.#requireStatus('T');
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
    this.#requireStatus('I');
  }

  // Ends the session unless its transaction is where it must be: T inside one, I outside.
  #requireStatus(wanted: 'T' | 'I'): void {
    if (this.#client.getTransactionStatus() === wanted) return;
    this.#destroy();
    throw new Error('a statement of a query has left its transaction');
  }

  // Watches a query from outside: what the session itself could forget or ignore.
  #watch(timeoutMs: number, gone?: AbortSignal): { cut: () => QueryCut | null; end: () => void } {
    const stream = this.#client.connection.stream;
    let cut: QueryCut | null = null;
    let bytes = 0;
    const destroy = (reason: CutReason): void => {
      cut ??= new QueryCut(reason);
      this.#destroy();
    };
    const leave = (): void => destroy('caller gone');
    if (gone?.aborted === true) leave();
    gone?.addEventListener('abort', leave, { once: true });
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
        gone?.removeEventListener('abort', leave);
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
