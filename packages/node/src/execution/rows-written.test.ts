/** How many rows a transaction may write. */

import { type GenesisContract, rowsWrittenMax } from '@bucordo/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';
import type { Executor } from './executor.ts';

const HEAP: GenesisContract = {
  name: 'heap',
  version: '1.0.0',
  functions: { fill: { roles: [], classes: [] } },
  schema: 'CREATE TABLE heap.grain (id int4 PRIMARY KEY);',
  source: `
    CREATE FUNCTION heap.fill(first int4, count int4) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      FOR n IN 0 .. count - 1 LOOP
        INSERT INTO heap.grain (id) VALUES (first + n);
      END LOOP;
    END $$;`,
};

const chain = new TestChain([HEAP]);
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

const fill = (first: number, count: number) => ({
  contract: 'heap',
  function: 'fill',
  args: { first, count },
});

test('I6, I15: a transaction writes up to the limit, over all its calls, and one row more rejects it without a trace', async () => {
  const half = rowsWrittenMax / 2;
  const outcome = await executor.run(
    chain.seal([
      chain.transaction('alpha/ann', [fill(0, half), fill(half, half)]),
      chain.transaction('alpha/ann', [fill(1_000_000, half), fill(2_000_000, half + 1)]),
      chain.transaction('alpha/ann', [fill(3_000_000, 1)]),
    ]),
  );
  expect(outcome.rejections).toMatchObject([{ index: 1, code: 'budget_exceeded' }]);
  const client = await connect(database.connection('bucordo_node'));
  try {
    const { rows } = await client.query(
      `SELECT count(*)::int4 AS count, max(g.id) AS last,
              (SELECT count(*)::int4 FROM heap_history.grain) AS versions
       FROM heap.grain AS g`,
    );
    expect(rows).toEqual([{ count: rowsWrittenMax + 1, last: 3_000_000, versions: rowsWrittenMax + 1 }]);
  } finally {
    await client.end();
  }
});
