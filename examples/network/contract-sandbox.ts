/**
 * One contract in one ordinary Postgres, without nodes, signatures or ordering: for trying out and
 * testing the SQL of a contract in milliseconds. Calls run one transaction after the other; what a
 * contract refuses is kept in `bucordo.rejection`, where a node keeps it too.
 *
 * Not a node: roles and member classes are not checked, and `caller()` is what the test says.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { ContractCall, QueryRow, Submitter, TransactionOutcome } from './submitter.ts';

/** A contract in a database of its own. Close it when done: that drops the database. */
export class ContractSandbox implements Submitter {
  readonly #client: pg.Client;
  readonly #drop: () => Promise<void>;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(client: pg.Client, drop: () => Promise<void>) {
    this.#client = client;
    this.#drop = drop;
  }

  /** Creates a database on the server, as a role that may, and installs the contract in `folder`. */
  static async open(options: {
    readonly server: pg.ClientConfig;
    readonly folder: string;
    readonly contract: string;
  }): Promise<ContractSandbox> {
    const database = `sandbox_${options.contract}_${process.pid}_${Date.now().toString(36)}`;
    await onServer(options.server, `CREATE DATABASE ${database}`);
    const client = new pg.Client({ ...options.server, database });
    await client.connect();
    // Nothing here has to survive a crash.
    await client.query('SET synchronous_commit = off');
    await client.query(contextSql);
    await client.query(`CREATE SCHEMA ${options.contract}`);
    await client.query(await readFile(join(options.folder, 'schema.sql'), 'utf8'));
    await client.query(await readFile(join(options.folder, 'functions.sql'), 'utf8'));
    return new ContractSandbox(client, async () => {
      await client.end();
      await onServer(options.server, `DROP DATABASE ${database}`);
    });
  }

  submit(identity: string, calls: readonly ContractCall[]): Promise<TransactionOutcome> {
    const outcome = this.#last.then(() => this.#run(identity, calls));
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  /** Runs one statement as the superuser. */
  async query(sql: string): Promise<readonly QueryRow[]> {
    await this.#last;
    const result = await this.#client.query<QueryRow>(sql);
    return result.rows;
  }

  /** Drops the database. */
  async close(): Promise<void> {
    await this.#last;
    await this.#drop();
  }

  async #run(identity: string, calls: readonly ContractCall[]): Promise<TransactionOutcome> {
    await this.#client.query('BEGIN');
    try {
      await this.#client.query("SELECT set_config('sandbox.caller', $1, true)", [identity]);
      for (const call of calls) {
        const names = Object.keys(call.args);
        const list = names.map((name, index) => `${name} => $${index + 1}`).join(', ');
        await this.#client.query(
          `SELECT ${call.contract}.${call.function}(${list})`,
          Object.values(call.args),
        );
      }
      await this.#client.query('COMMIT');
      return { code: '', message: '' };
    } catch (error) {
      await this.#client.query('ROLLBACK');
      const outcome = outcomeOf(error);
      await this.#client.query('INSERT INTO bucordo.rejection (code, message) VALUES ($1, $2)', [
        outcome.code,
        outcome.message,
      ]);
      return outcome;
    }
  }
}

// As in a receipt: the contract's own code and message, or `failed` for whatever the engine says.
function outcomeOf(error: unknown): TransactionOutcome {
  if (!(error instanceof pg.DatabaseError)) throw error;
  if (error.code?.startsWith('BC') === true) return { code: error.code, message: error.message };
  return { code: 'failed', message: '' };
}

async function onServer(server: pg.ClientConfig, sql: string): Promise<void> {
  const client = new pg.Client(server);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

const contextSql = `
CREATE SCHEMA bucordo;
CREATE TABLE bucordo.rejection (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code     text NOT NULL,
  message  text NOT NULL
);
CREATE FUNCTION bucordo.caller() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('sandbox.caller') $$;
CREATE FUNCTION bucordo.member() RETURNS text LANGUAGE sql STABLE AS $$ SELECT split_part(bucordo.caller(), '/', 1) $$`;
