/**
 * The port through which the checker asks Postgres what a contract means: one session of a database
 * that holds nothing of value. Everything happens inside one transaction that is rolled back,
 * whatever its outcome, and as a role that owns nothing but what it creates there.
 */

/** One session of a throwaway database, logged in as a superuser or the database's owner. */
export interface ScratchDatabase {
  /** Runs one statement, or several when there are no values. Rejects with the driver's error. */
  query(text: string, values?: readonly unknown[]): Promise<ScratchResult>;
}

/** Rows of a result. */
export interface ScratchResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** What Postgres refused, in its words. */
export interface SqlRefusal {
  /** Five characters, such as `42703`. */
  readonly sqlstate: string;
  readonly message: string;
  /** The character of the text at which Postgres points, counted from 0; null when it points nowhere. */
  readonly offset: number | null;
}

/** Runs `work` in a transaction that is rolled back at its end. */
export async function inScratch<T>(scratch: ScratchDatabase, work: () => Promise<T>): Promise<T> {
  await scratch.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    await scratch.query(SESSION);
    return await work();
  } finally {
    await scratch.query('ROLLBACK');
  }
}

/** Runs `work` and undoes what it did, whether it succeeds or not. */
export async function undone<T>(scratch: ScratchDatabase, work: () => Promise<T>): Promise<T> {
  await scratch.query('SAVEPOINT bucordo_undone');
  try {
    return await work();
  } finally {
    await scratch.query('ROLLBACK TO SAVEPOINT bucordo_undone; RELEASE SAVEPOINT bucordo_undone');
  }
}

/** Runs statements that Postgres may refuse: all of them or none. Null when it accepted. */
export async function attempt(scratch: ScratchDatabase, sql: string): Promise<SqlRefusal | null> {
  // A text that Postgres cannot parse runs no statement of its message, so the savepoint has one of its own.
  await scratch.query('SAVEPOINT bucordo_attempt');
  try {
    await scratch.query(`${sql}\n; RELEASE SAVEPOINT bucordo_attempt`);
    return null;
  } catch (error) {
    const refusal = sqlRefusal(error);
    if (refusal === null) throw error;
    await scratch.query('ROLLBACK TO SAVEPOINT bucordo_attempt; RELEASE SAVEPOINT bucordo_attempt');
    return refusal;
  }
}

/** A name as SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

// Names that the checker did not qualify are built-in ones; the time limit ends the check, never decides it.
const SESSION = `
  SET LOCAL search_path = pg_catalog, pg_temp;
  SET LOCAL standard_conforming_strings = on;
  SET LOCAL check_function_bodies = off;
  SET LOCAL client_min_messages = error;
  SET LOCAL timezone = 'UTC';
  SET LOCAL datestyle = 'ISO, YMD';
  SET LOCAL quote_all_identifiers = off;
  SET LOCAL statement_timeout = '20s'`;

function sqlRefusal(error: unknown): SqlRefusal | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  const sqlstate = String(error.code);
  // Anything else than a refused statement, or one that took too long, is trouble with the server.
  return /^(0A|2[0-9]|3[DF]|4[24]|54|57014|P0)/.test(sqlstate)
    ? { sqlstate, message: error.message, offset: offsetIn(error) }
    : null;
}

// Postgres counts characters from 1.
function offsetIn(error: object): number | null {
  const position = 'position' in error ? Number(error.position) : Number.NaN;
  return Number.isInteger(position) && position > 0 ? position - 1 : null;
}
