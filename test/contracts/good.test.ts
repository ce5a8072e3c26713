/** The good contracts are built, installed and their calls executed by the real executor, without any checker. */

import { buildContract, readPackage } from '@bucordo/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Executor } from '../../packages/node/src/execution/executor.ts';
import { checkServer } from '../../packages/node/src/postgres/check-server.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { TestChain } from '../support/test-chain.ts';
import { GOOD_FOLDER, goodContracts } from './contract-folder.ts';
import { GOOD_CALLS } from './good-calls.ts';

const names = goodContracts();
const builds = await Promise.all(names.map((name) => buildContract(readPackage(`${GOOD_FOLDER}${name}`))));
const chain = new TestChain(builds.map(({ document }) => document));
let database: TestDatabase;
let executor: Executor;

beforeAll(async () => {
  database = await freshDatabase();
  executor = await chain.found(database);
});

afterAll(async () => {
  await executor?.close();
  await database?.drop();
});

/** What Postgres said of the last rejected transaction. */
async function lastDetail(): Promise<string> {
  const client = await connect(database.connection('postgres'));
  try {
    const { rows } = await client.query<{ detail: string }>(
      "SELECT concat_ws(E'\\n', r.detail, r.context) AS detail FROM bucordo.rejection AS r ORDER BY r.position DESC LIMIT 1",
    );
    return rows[0]?.detail ?? '';
  } finally {
    await client.end();
  }
}

test('there are at least twenty, and each is called', () => {
  expect(names.length).toBeGreaterThanOrEqual(20);
  expect(Object.keys(GOOD_CALLS)).toEqual(names);
});

test('I12: with all of them installed no role of a contract holds a right outside its fence', async () => {
  const client = await connect(database.connection('bucordo_node'));
  try {
    const findings = await checkServer(client);
    expect(findings.filter((finding) => finding.severity === 'refuse')).toEqual([]);
  } finally {
    await client.end();
  }
});

describe('a realistic contract is installed and works', () => {
  test.each(names)('%s', async (name) => {
    for (const call of GOOD_CALLS[name] ?? []) {
      const transaction = chain.transaction(call.by, [
        { contract: name, function: call.function, args: call.args },
      ]);
      const outcome = await executor.run(chain.seal([transaction]));
      const code = outcome.rejections[0]?.code;
      if (code !== call.code)
        expect.fail(`${call.function}: ${code ?? 'carried out'}\n${await lastDetail()}`);
      if ('value' in call) {
        expect([call.function, JSON.parse(outcome.results[0]?.value ?? 'null')]).toEqual([
          call.function,
          call.value,
        ]);
      }
    }
  });
});
