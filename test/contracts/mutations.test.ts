/**
 * Good contracts with one mistake. The checker refuses the mistake, or what passes is proved harmless:
 * the calls of the contract end alike in two databases that differ in plans and in the order of rows.
 */

import type { GenesisContract } from '@bucordo/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { TestChain } from '../support/test-chain.ts';
import { Checker } from './checking.ts';
import { goodContract, goodContracts } from './contract-folder.ts';
import { GOOD_CALLS } from './good-calls.ts';
import { type Mutant, mutantsOf } from './hostile/mutations.ts';

/** Mistakes of logic: the author's own loss, the same on every node. Everything else must be refused. */
const LOGIC = /^(first|last|only) key predicate dropped|^only predicate dropped/;
/** Mutants that are no mistake: the length is limited by another check. */
const NO_MISTAKE: ReadonlySet<string> = new Set(['loyalty: key without length, schema 2']);

const isThorough = process.env['BUCORDO_THOROUGH'] !== undefined;
const survivors = new Map<string, Mutant[]>();
let checker: Checker;

beforeAll(async () => {
  checker = await Checker.open();
});
afterAll(() => checker?.close());

describe('the checker refuses a mistake in', () => {
  test.each(goodContracts())('%s', async (name) => {
    // All of them are some 1,500; without the variable every third is tried.
    const mutants = mutantsOf(goodContract(name)).filter((_, index) => isThorough || index % 3 === 0);
    const passed: Mutant[] = [];
    for (const mutant of mutants) {
      if ((await checker.syntax(mutant.contract)).length > 0) continue;
      if ((await checker.semantics(mutant.contract)).length === 0) passed.push(mutant);
    }
    const unexplained = passed.filter(
      (mutant) => !LOGIC.test(mutant.name) && !NO_MISTAKE.has(`${name}: ${mutant.name}`),
    );
    expect(unexplained.map((mutant) => mutant.name)).toEqual([]);
    expect(mutants.length).toBeGreaterThan(10);
    survivors.set(name, passed);
  });
});

test('I2: what passes ends alike whatever the plans and the order of rows', async () => {
  const all = Math.max(...[...survivors.values()].map((each) => each.length));
  for (let round = 0; round < (isThorough ? all : 2); round++) {
    const contracts = [...survivors.values()].flatMap((mutants) => mutants[round]?.contract ?? []);
    if (contracts.length > 0) await expectAlike(contracts);
  }
});

async function expectAlike(contracts: readonly GenesisContract[]): Promise<void> {
  const chain = new TestChain(contracts);
  const databases = [await freshDatabase(), await freshDatabase()];
  try {
    const [first, second] = await Promise.all([
      chain.found(nth(databases, 0)),
      chain.found(
        nth(databases, 1),
        `ALTER ROLE bucordo_node IN DATABASE ${nth(databases, 1).name} SET enable_indexscan = off`,
      ),
    ]);
    for (const { name } of contracts) {
      for (const call of GOOD_CALLS[name] ?? []) {
        const calls = [{ contract: name, function: call.function, args: call.args }];
        const block = chain.seal([chain.transaction(call.by, calls)]);
        expect(await second?.run(block)).toEqual(await first?.run(block));
        await moveRows(nth(databases, 1), name);
      }
    }
    await first?.close();
    await second?.close();
  } finally {
    for (const database of databases) await database.drop();
  }
}

/** Gives half of the rows of each table of the contract another place on disk. */
async function moveRows(database: TestDatabase, contract: string): Promise<void> {
  const client = await connect(database.connection('postgres'));
  try {
    const { rows } = await client.query<{ move: string }>(
      `SELECT format('UPDATE %s SET %I = %2$I WHERE random() < 0.5;', c.oid::regclass, a.attname) AS move
         FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = 1
        WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' ORDER BY c.relname`,
      [contract],
    );
    await client.query(`SET session_replication_role = replica; ${rows.map((row) => row.move).join(' ')}`);
  } finally {
    await client.end();
  }
}

function nth(databases: readonly TestDatabase[], index: number): TestDatabase {
  const database = databases[index];
  if (database === undefined) throw new Error(`no database ${index}`);
  return database;
}
