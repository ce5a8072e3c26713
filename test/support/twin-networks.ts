/**
 * One chain in two databases whose rows lie in another order: before each block the rows of the second
 * one are moved, behind the system's back. Whatever is asked is asked both, and must be the same.
 */

import { completeContract, type GenesisContract } from '@bucordo/protocol';
import type pg from 'pg';
import { expect } from 'vitest';
import { upgradeContract } from '../../packages/node/src/execution/upgrade-contract.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import {
  approvedHash,
  type DecidingMember,
  DecidingNetwork,
  deployText,
  proposalArguments,
  type StepOutcome,
} from './deciding-network.ts';
import { freshDatabase, type TestDatabase } from './postgres.ts';

/** Values of columns by the row's id, as text. */
export type ColumnValues = Record<string, Record<string, string | null>>;

/** Two databases with one chain. The first member's `clerk` calls, every member's `admin` decides. */
export class TwinNetworks {
  readonly #one: DecidingNetwork;
  readonly #two: DecidingNetwork;
  readonly #second: TestDatabase;
  /** A superuser of the second one, without triggers. */
  readonly #mover: pg.Client;
  readonly #members: readonly string[];

  private constructor(parts: {
    one: DecidingNetwork;
    two: DecidingNetwork;
    second: TestDatabase;
    mover: pg.Client;
    members: readonly string[];
  }) {
    this.#one = parts.one;
    this.#two = parts.two;
    this.#second = parts.second;
    this.#mover = parts.mover;
    this.#members = parts.members;
  }

  /** Founds both. */
  static async found(members: Readonly<Record<string, DecidingMember>>): Promise<TwinNetworks> {
    const second = await freshDatabase();
    const one = await DecidingNetwork.found(members);
    const two = await DecidingNetwork.found(members, [], second);
    const mover = await connect(second.connection('postgres'));
    await mover.query('SET session_replication_role = replica');
    return new TwinNetworks({ one, two, second, mover, members: Object.keys(members) });
  }

  /** Has all members agree on a contract, in one block, and answers with what became of it. */
  async deploy(contract: GenesisContract, base: string | null): Promise<Record<string, unknown>> {
    await this.#move();
    const [first = ''] = this.#members;
    const proposed = deployText(contract, base);
    const document_hash = approvedHash(proposed);
    return this.#both(async (network) => {
      const [last] = await network.query(
        'SELECT coalesce(max(p.number), 0)::int4 AS number FROM bucordo.proposal AS p',
      );
      const proposal = Number(last?.['number']) + 1;
      const outcomes = await network.steps([
        [`${first}/admin`, 'propose', proposalArguments(proposed)],
        ...this.#members.map(
          (member) => [`${member}/admin`, 'approve', { proposal, document_hash }] as const,
        ),
        [`${first}/admin`, 'submit', { proposal }],
      ]);
      expect(outcomes.map(({ code, message }) => `${code} ${message}`.trim())).toEqual(
        outcomes.map(() => ''),
      );
      const [story = {}] = await network.query(
        'SELECT p.status, p.outcome, p.reason FROM bucordo.proposal AS p WHERE p.number = $1',
        [proposal],
      );
      return story;
    });
  }

  /** Tries an upgrade without a decision and takes it back; rejects as the upgrade does. */
  async tryUpgrade(contract: GenesisContract, runningVersion: string): Promise<void> {
    const client = await connect(this.#second.connection('postgres'));
    try {
      await client.query('BEGIN');
      const { rows } = await client.query<{ number: number }>(
        "SELECT k.number, setval('bucordo.context', 1::int8 << 40), setval('bucordo.budget', -1) FROM bucordo.contract AS k WHERE k.name = $1",
        [contract.name],
      );
      await upgradeContract(client, {
        contract: completeContract(contract),
        runningVersion,
        number: rows[0]?.number ?? 0,
      });
    } finally {
      await client.query('ROLLBACK');
      await client.end();
    }
  }

  /** Runs one call in a block of its own; it must be accepted. */
  async call(contract: string, name: string, args: Readonly<Record<string, unknown>>): Promise<void> {
    expect(await this.attempt(contract, name, args)).toMatchObject({ code: '' });
  }

  /** Runs one call in a block of its own. */
  async attempt(
    contract: string,
    name: string,
    args: Readonly<Record<string, unknown>>,
  ): Promise<StepOutcome | undefined> {
    await this.#move();
    const [first = ''] = this.#members;
    const outcomes = await this.#both((network) =>
      network.calls([[`${first}/clerk`, { contract, function: name, args }]]),
    );
    return outcomes[0];
  }

  /** Reads from both. */
  async query(sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    return this.#both((network) => network.query(sql, values));
  }

  /** The height that both have. */
  async height(): Promise<number> {
    const [row] = await this.query('SELECT max(s.height)::int4 AS height FROM bucordo.state AS s');
    return Number(row?.['height']);
  }

  /** Columns of a table as it is. */
  async rowsOf(table: string, columns: readonly string[]): Promise<ColumnValues> {
    return this.#rows(`${table} AS r`, columns, []);
  }

  /** Columns of a table as of a height. */
  async rowsAt(table: string, columns: readonly string[], height: number): Promise<ColumnValues> {
    return this.#rows(`${historyOf(table)}_at($1) AS r`, columns, [height]);
  }

  /** Columns of the newest versions of the rows that were not deleted. */
  async newestVersions(table: string, columns: readonly string[]): Promise<ColumnValues> {
    const newest = `(SELECT DISTINCT ON (v.id) v.* FROM ${historyOf(table)}_versions AS v ORDER BY v.id, v.position DESC, v.ordinal DESC) AS r`;
    return this.#rows(`(SELECT r.* FROM ${newest} WHERE r.operation <> 'D') AS r`, columns, []);
  }

  /** A column of all versions of a row, the oldest first. */
  async versions(table: string, column: string, id: number): Promise<(string | null)[]> {
    const rows = await this.query(
      `SELECT ${textOf(column)} AS value FROM ${historyOf(table)}_versions AS r WHERE r.id = $1 ORDER BY r.position, r.ordinal`,
      [id],
    );
    return rows.map(({ value }) => (typeof value === 'string' ? value : null));
  }

  /** That both have the same hashes at every height. */
  async expectEqual(): Promise<void> {
    const states = await this.query('SELECT s.* FROM bucordo.state AS s ORDER BY s.height');
    expect(states.length).toBe((await this.height()) + 1);
  }

  /** Ends both and removes their databases. */
  async close(): Promise<void> {
    await this.#mover.end();
    await this.#one.close();
    await this.#two.close();
  }

  async #rows(
    relation: string,
    columns: readonly string[],
    values: readonly unknown[],
  ): Promise<ColumnValues> {
    const rows = await this.query(
      `SELECT r.id, ARRAY[${columns.map(textOf).join(', ')}]::text[] AS texts FROM ${relation} ORDER BY r.id`,
      values,
    );
    return Object.fromEntries(
      rows.map(({ id, texts }) => [
        String(id),
        Object.fromEntries(
          columns.map((column, index) => [column, Array.isArray(texts) ? texts[index] : null]),
        ),
      ]),
    );
  }

  async #both<T>(work: (network: DecidingNetwork) => Promise<T>): Promise<T> {
    const one = await work(this.#one);
    expect(await work(this.#two)).toEqual(one);
    return one;
  }

  // An update that changes nothing moves a row behind the others; without triggers nothing sees it.
  async #move(): Promise<void> {
    const { rows } = await this.#mover.query<{ name: string }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name
         FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN bucordo.contract AS k ON k.name = n.nspname
        WHERE c.relkind = 'r' AND k.number > 0 ORDER BY 1`,
    );
    for (const { name } of rows) {
      await this.#mover.query(`UPDATE ${name} SET id = id WHERE id % 2 = 1`);
    }
  }
}

function historyOf(table: string): string {
  return table.replace('.', '_history.');
}

function textOf(column: string): string {
  return `to_json(r."${column}") #>> '{}'`;
}
