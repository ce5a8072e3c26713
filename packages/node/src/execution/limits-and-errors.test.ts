/**
 * A statement over several rows may meet a limit at one row and an error at another. Which comes first
 * depends on the order of the rows on disk; what members sign must not.
 */

import type { GenesisContract } from '@bucordo/protocol';
import { expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';

const ROWS_MAX = 100;

const CONTRACT: GenesisContract = {
  name: 'copies',
  version: '1.0.0',
  functions: { fill: { roles: [], classes: [] }, copy: { roles: [], classes: [] } },
  schema: `CREATE TABLE copies.known (id int4 PRIMARY KEY);
    CREATE TABLE copies.source (id int4 PRIMARY KEY, grp int4 NOT NULL, known int4 NOT NULL, n int4 NOT NULL);
    CREATE INDEX source_grp ON copies.source (grp);
    CREATE TABLE copies.target (id int4 PRIMARY KEY, known int4 NOT NULL REFERENCES copies.known (id), n int4 NOT NULL CHECK (n > 0));
    CREATE INDEX target_known ON copies.target (known);`,
  source: `
CREATE FUNCTION copies.fill(first int4, last int4, bad int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF fill.first = 1 THEN
    INSERT INTO copies.known (id) VALUES (1);
  END IF;
  FOR i IN fill.first .. fill.last LOOP
    INSERT INTO copies.source (id, grp, known, n) VALUES (i, 1, CASE WHEN i = fill.bad THEN 2 ELSE 1 END, 1);
  END LOOP;
END $$;
CREATE FUNCTION copies.copy(grp int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO copies.target (id, known, n) SELECT s.id, s.known, s.n FROM copies.source AS s WHERE s.grp = copy.grp;
END $$;`,
};

/** The same rows, the last one first on disk. */
async function turnAround(database: TestDatabase): Promise<void> {
  const superuser = await connect(database.connection('postgres'));
  await superuser.query(`SET session_replication_role = replica;
    CREATE TEMP TABLE turned AS SELECT * FROM copies.source;
    TRUNCATE copies.source;
    INSERT INTO copies.source SELECT * FROM turned ORDER BY id DESC`);
  await superuser.end();
}

test('I2: a limit at one row and an error at another are signed alike, whichever comes first', async () => {
  const told: string[] = [];
  const signed: string[] = [];
  for (const isTurned of [false, true]) {
    const chain = new TestChain([CONTRACT], undefined, {
      budget: 100_000,
      rows: ROWS_MAX,
      valueBytes: 262_144,
    });
    const database = await freshDatabase();
    const executor = await chain.found(database);
    const call = (name: string, args: Record<string, number>) =>
      chain.transaction('alpha/ann', [{ contract: 'copies', function: name, args }]);
    const fills = [
      call('fill', { first: 1, last: 90, bad: 140 }),
      call('fill', { first: 91, last: 150, bad: 140 }),
    ];
    expect((await executor.run(chain.seal(fills))).rejections).toEqual([]);
    if (isTurned) await turnAround(database);
    const { rejections, stateHash } = await executor.run(chain.seal([call('copy', { grp: 1 })]));
    told.push(...rejections.map(({ code }) => code));
    signed.push(Buffer.from(stateHash).toString('hex'));
    await executor.close();
    await database.drop();
  }
  expect(told).toEqual(['budget_exceeded', 'failed']);
  expect(signed[0]).toBe(signed[1]);
});
