/**
 * One throwaway database with the contracts installed, and the node's own executor on it. Every test
 * runs inside one Postgres transaction that is rolled back at its end: the blocks are executed as on a
 * node, only their commit never comes. That makes a reset cost a millisecond.
 */

import { readFileSync } from 'node:fs';
import {
  type BlockOutcome,
  type Catalogue,
  connect,
  Executor,
  installGenesis,
  type SealedBlock,
} from '@bucordo/node/engine';
import type pg from 'pg';
import type { Conditions } from './conditions.ts';
import { ROW_TYPES } from './row-values.ts';
import type { TestGenesis } from './test-chain.ts';
import type { ThrowawayServer } from './throwaway-server.ts';

const KIT_SQL = new URL('../sql/kit.sql', import.meta.url);
const POSITION_INDEX_BITS = 20n;

/** A row as a query of a test sees it. */
export type TestRow = Record<string, unknown>;

/** For whom a query reads, as the node's query door tells the database. */
export interface TestReader {
  readonly member: string;
  readonly memberClass: string;
  readonly roles: readonly string[];
}

/** A database of the tests. Open it once, then run one test after the other between {@link begin} and {@link end}. */
export class TestDatabase {
  readonly conditions: Conditions;
  readonly #genesis: TestGenesis;
  readonly #connectNode: () => Promise<pg.Client>;
  #client: pg.Client | null = null;
  #executor: Executor | null = null;
  #catalogue: Catalogue | null = null;

  /** Installs the genesis in a database of the server. Fails with the faults of installing, such as `contract_refused`. */
  static async install(
    server: ThrowawayServer,
    database: string,
    options: { genesis: TestGenesis; conditions: Conditions; branchCount: number },
  ): Promise<TestDatabase> {
    const { genesis, conditions, branchCount } = options;
    const superuser = await connect(server.connection('postgres', database));
    try {
      await installGenesis(superuser, genesis);
      await superuser.query('SET search_path = pg_catalog, pg_temp');
      await superuser.query(readFileSync(KIT_SQL, 'utf8'));
      // A test reads as others in the session that holds the uncommitted state.
      await superuser.query('GRANT bucordo_reader TO bucordo_node WITH INHERIT FALSE, SET TRUE');
      await superuser.query('SELECT bucordo_kit.make_branches($1)', [branchCount]);
      if (conditions.statistics !== null) {
        const { rows, pages } = conditions.statistics;
        await superuser.query('SELECT bucordo_kit.pretend_statistics($1, $2)', [rows, pages]);
      }
      for (const [name, value] of Object.entries(conditions.defaults)) {
        await superuser.query(`ALTER DATABASE ${database} SET ${name} = ${superuser.escapeLiteral(value)}`);
      }
    } finally {
      await superuser.end();
    }
    const connectNode = () => connect(server.connection('bucordo_node', database));
    return new TestDatabase({ conditions, genesis, connectNode });
  }

  private constructor(parts: {
    conditions: Conditions;
    genesis: TestGenesis;
    connectNode: () => Promise<pg.Client>;
  }) {
    this.conditions = parts.conditions;
    this.#genesis = parts.genesis;
    this.#connectNode = parts.connectNode;
  }

  /** Begins a test: the state is that of the genesis. */
  async begin(): Promise<Catalogue> {
    const client = await this.#open();
    await client.query('SELECT bucordo_kit.reset_registers(); BEGIN');
    if (this.#catalogue === null) throw new Error('an executor without a catalogue');
    return this.#catalogue;
  }

  /** Ends a test: nothing that it did remains. */
  async end(): Promise<void> {
    try {
      await this.#client?.query('ROLLBACK');
    } catch {
      // The connection was lost with the block that failed; the next test opens another one.
      await this.close();
    }
  }

  /** Executes a block. Rejects with a fault when Postgres is in trouble; the test cannot go on then. */
  async run(block: SealedBlock): Promise<BlockOutcome> {
    if (this.#executor === null) throw new Error('a block outside of a test');
    const outcome = await this.#executor.run(block);
    if (this.conditions.isReversed) {
      const first = (BigInt(block.height) << POSITION_INDEX_BITS).toString();
      await this.#query('SELECT bucordo_kit.reverse_rows($1)', [first]);
    }
    return outcome;
  }

  /**
   * Executes a block that accepts a decision of the members, carries the decision out, and reads functions and tables again.
   * Resolves to the catalogue as it is then, and why the newest decision failed, or null.
   */
  async decide(block: SealedBlock): Promise<{ catalogue: Catalogue; failure: string | null }> {
    if (this.#executor === null) throw new Error('a block outside of a test');
    const catalogue = await this.#executor.runUncommitted(block);
    await this.#query('SELECT bucordo_kit.read_tables()');
    const [row] = await this.#query(
      `SELECT p.status, coalesce(l.reason, p.reason, p.outcome) AS reason
         FROM bucordo.proposal AS p LEFT JOIN bucordo.local_failure AS l ON l.proposal = p.number
        ORDER BY p.number DESC LIMIT 1`,
    );
    return { catalogue, failure: row?.['status'] === 'active' ? null : String(row?.['reason'] ?? 'refused') };
  }

  /** Why the transaction at a place of the chain was rejected, in this database's own words. */
  async rejectionDetail(height: number, index: number): Promise<string> {
    const position = (BigInt(height) << POSITION_INDEX_BITS) + BigInt(index);
    const [row] = await this.#query(
      `SELECT r.sqlstate, pg_catalog.split_part(r.detail, E'\\n', 1) AS words,
              (pg_catalog.regexp_match(r.context, 'PL/pgSQL function [^\\n]*'))[1] AS place
         FROM bucordo.rejection AS r WHERE r.position = $1`,
      [position.toString()],
    );
    if (row === undefined || row['sqlstate'] === null) return '';
    const place = row['place'] === null ? '' : ` (${String(row['place'])})`;
    return `${String(row['words'])}${place} [${String(row['sqlstate'])}]`;
  }

  /**
   * Rows of a statement that only reads; what it changes by functions is undone. With a reader, what that
   * identity sees through the query door, otherwise everything. Rejects with the error of Postgres.
   */
  async query(
    sql: string,
    parameters: readonly unknown[] = [],
    reader: TestReader | null = null,
    types: pg.CustomTypesConfig = ROW_TYPES,
  ): Promise<TestRow[]> {
    await this.#query('SAVEPOINT reading');
    try {
      await this.#query('SET LOCAL transaction_read_only = on');
      if (reader !== null) await this.#query(readAs(reader));
      return await this.#query(sql, parameters, types);
    } finally {
      await this.#query('ROLLBACK TO SAVEPOINT reading');
    }
  }

  /** What all rows of each table of a contract come to, by `contract.table`. */
  async contents(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#query('SELECT c.contract, c.name, c.digest FROM bucordo_kit.contents() AS c');
    return new Map(
      rows.map((row) => [`${String(row['contract'])}.${String(row['name'])}`, String(row['digest'])]),
    );
  }

  /** How often each function was entered since the test began, by `contract.function`. */
  async functionEntries(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#query(
      'SELECT f.contract, f.name, f.entries FROM bucordo_kit.function_entries() AS f',
    );
    return new Map(
      rows.map((row) => [`${String(row['contract'])}.${String(row['name'])}`, Number(row['entries'])]),
    );
  }

  /** Numbers of the branches that were entered in any test so far. */
  async reachedBranches(): Promise<readonly number[]> {
    const [row] = await this.#query('SELECT bucordo_kit.reached_branches() AS branches');
    const branches = row?.['branches'];
    return Array.isArray(branches) ? branches.map(Number) : [];
  }

  /** The tables of all contracts, each with the columns of its primary key. */
  async tables(): Promise<readonly { contract: string; name: string; key: readonly string[] }[]> {
    const rows = await this.#query(
      'SELECT t.contract, t.name, t.key FROM bucordo_kit.contract_table AS t ORDER BY 1, 2',
    );
    return rows.map((row) => ({
      contract: String(row['contract']),
      name: String(row['name']),
      key: String(row['key']).split(', '),
    }));
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    const executor = this.#executor;
    this.#executor = null;
    this.#client = null;
    await executor?.close();
  }

  async #open(): Promise<pg.Client> {
    if (this.#client !== null && this.#executor !== null) return this.#client;
    const client = await this.#connectNode();
    for (const [name, value] of Object.entries(this.conditions.session)) {
      await client.query(`SET ${name} = ${client.escapeLiteral(value)}`);
    }
    const onFault = (): void => {
      this.#client = null;
      this.#executor = null;
    };
    const { networkId } = this.#genesis;
    const executor = await Executor.open({ connect: async () => client, networkId, onFault });
    this.#catalogue = await executor.catalogue();
    this.#client = client;
    this.#executor = executor;
    return client;
  }

  async #query(text: string, values: readonly unknown[] = [], types = ROW_TYPES): Promise<TestRow[]> {
    if (this.#client === null) throw new Error('the connection to the throwaway database is lost');
    const { rows } = await this.#client.query<TestRow>({ text, values: [...values], types });
    return rows;
  }
}

// As the query door does it; labels need no escapes. The rollback to the savepoint sets all of it back.
function readAs({ member, memberClass, roles }: TestReader): string {
  return [
    `SET LOCAL bucordo.reader_member = '${member}'`,
    `SET LOCAL bucordo.reader_class = '${memberClass}'`,
    `SET LOCAL bucordo.reader_roles = '${roles.join(',')}'`,
    'SET LOCAL ROLE bucordo_reader',
  ].join('; ');
}
