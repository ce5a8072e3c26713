/** Runs the checker on contracts that are given as texts, with a scratch database of the server of the run. */

import type { GenesisContract } from '@bucordo/protocol';
import type pg from 'pg';
import { checkSyntax } from '../../packages/contract/src/check/check-syntax.ts';
import type { Finding } from '../../packages/contract/src/check/finding.ts';
import { packageOfContract } from '../../packages/contract/src/package/package-of-contract.ts';
import { checkSemantics } from '../../packages/contract/src/resolve/check-semantics.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import { bareDatabase, type TestDatabase } from '../support/postgres.ts';
import { attackSource, type HostileCase, TRIAL_SCHEMA } from './hostile/hostile-case.ts';

/** Contracts with several attacks each, and which lines of `functions.sql` are whose. */
export interface AttackBatch {
  readonly contract: GenesisContract;
  /** The attacks in the order of their lines, with the line on which each begins, counted from 1. */
  readonly attacks: readonly { readonly attacked: HostileCase; readonly line: number }[];
}

/** One contract of attacks that need no tables and no source of their own. */
export function batchOf(attacks: readonly HostileCase[]): AttackBatch {
  const functions: Record<string, { roles: []; classes: [] }> = {};
  const placed: { attacked: HostileCase; line: number }[] = [];
  let source = '';
  for (const [index, attacked] of attacks.entries()) {
    functions[`attack_${index}`] = { roles: [], classes: [] };
    placed.push({ attacked, line: source.split('\n').length });
    source += `${attackSource(attacked, `attack_${index}`)}\n`;
  }
  const contract = { name: 'trial', version: '1.0.0', functions, schema: TRIAL_SCHEMA, source };
  return { contract, attacks: placed };
}

/** The attacks of a batch about which `findings` say nothing. */
export function unseen(batch: AttackBatch, findings: readonly Finding[]): HostileCase[] {
  const lines = findings.filter((finding) => finding.file === 'functions.sql').map((finding) => finding.line);
  return batch.attacks.flatMap(({ attacked, line }, index) => {
    const end = batch.attacks[index + 1]?.line ?? Number.POSITIVE_INFINITY;
    return lines.some((found) => found >= line && found < end) ? [] : [attacked];
  });
}

/** The checker with a scratch database of its own. */
export class Checker {
  readonly #database: TestDatabase;
  readonly #client: pg.Client;

  private constructor(database: TestDatabase, client: pg.Client) {
    this.#database = database;
    this.#client = client;
  }

  /** Opens the scratch database. */
  static async open(): Promise<Checker> {
    const database = await bareDatabase();
    return new Checker(database, await connect(database.connection('postgres')));
  }

  /** B0 and B1: what the text alone tells. */
  async syntax(contract: GenesisContract): Promise<readonly Finding[]> {
    return await checkSyntax(packageOfContract(contract));
  }

  /** B2 alone: what the scratch database tells, whatever B0 and B1 say. */
  async semantics(contract: GenesisContract): Promise<readonly Finding[]> {
    return await checkSemantics(packageOfContract(contract), this.#client);
  }

  /** Drops the scratch database. */
  async close(): Promise<void> {
    await this.#client.end();
    await this.#database.drop();
  }
}
