/** What a query cannot do to its session: run a second statement, leave its transaction, go on after its caller. */

import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../../../../test/support/postgres.ts';
import { connect } from '../../postgres/connection.ts';
import type { Query } from './query-session.ts';
import { QueryCut, QuerySession } from './query-session.ts';

let database: TestDatabase;
let superuser: pg.Client;
let session: QuerySession;

beforeAll(async () => {
  database = await freshDatabase();
  superuser = await connect(database.connection('postgres'));
  await superuser.query(`
    CREATE SCHEMA bucordo;
    CREATE TABLE bucordo.state (height int8 PRIMARY KEY);
    INSERT INTO bucordo.state VALUES (3);
    GRANT USAGE ON SCHEMA bucordo TO bucordo_reader;
    GRANT SELECT ON bucordo.state TO bucordo_reader;
  `);
});
afterAll(async () => {
  session?.close();
  await superuser?.end();
  await database?.drop();
});

async function run(sql: string, more: Partial<Query> = {}, gone?: AbortSignal) {
  if (session === undefined || session.isBroken)
    session = await QuerySession.open(await connect(database.connection('bucordo_reader')));
  const reader = { member: 'buyer', class: 'trader', roles: ['clerk', 'boss'] };
  const query = { identity: 'buyer/clerk', reader, sql, parameters: [], rowsMax: 10, timeoutMs: 5_000 };
  return session.run({ ...query, ...more }, gone);
}

const READER = `SELECT concat_ws('|', current_setting('bucordo.reader_member'), current_setting('bucordo.reader_roles'),
  current_setting('statement_timeout'), current_setting('transaction_read_only')) AS settings`;

describe('I12: one statement, whatever the text says', () => {
  it.each([
    ['SELECT 1; SELECT 2'],
    ['SELECT 1; COMMIT; SELECT 2'],
    [
      `SELECT 1; COMMIT; SET bucordo.reader_member = 'seller'; BEGIN; DECLARE answer NO SCROLL CURSOR FOR ${READER}`,
    ],
    ['SELECT 1; ROLLBACK; BEGIN READ WRITE; DECLARE answer CURSOR FOR SELECT 1'],
    ['SELECT 1; SET statement_timeout = 0'],
    ['SELECT 1; LOCK TABLE bucordo.state IN ACCESS SHARE MODE'],
    ['SELECT 1; NOTIFY x'],
    ['SELECT 1 --\r; COMMIT'],
    ['SELECT 1 /* */; /* */ COMMIT'],
    ['SELECT $q$;$q$ AS a; DECLARE x CURSOR WITH HOLD FOR SELECT 1'],
  ])('refuses %j', async (sql) => {
    for (const parameters of [[], ['1']])
      await expect(run(sql, { parameters })).rejects.toMatchObject({
        code: expect.stringMatching(/^(42601|08P01)$/),
      });
    expect((await run(READER)).rows).toEqual([['buyer|clerk,boss|5s|on']]);
  });

  it('takes text that only looks like more', async () => {
    expect((await run("SELECT 'a; COMMIT; b' AS a -- ; COMMIT")).rows).toEqual([['a; COMMIT; b']]);
    expect((await run('SELECT $1 || $$;$$ AS a;', { parameters: ['x'] })).rows).toEqual([['x;']]);
  });

  it('leaves nothing behind for the next reader', async () => {
    await run('SELECT 1 AS one');
    const { rows } = await superuser.query(
      `SELECT count(*)::int4 AS n FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a USING (pid)
        WHERE a.usename = 'bucordo_reader' AND a.datname = pg_catalog.current_database() AND l.locktype = 'relation'`,
    );
    expect(rows).toEqual([{ n: 0 }]);
  });
});

describe('I15: nobody works for a caller who has gone', () => {
  const endless = 'SELECT count(*) FROM generate_series(1, 1000000000000) AS n';
  const running = async (): Promise<number> => {
    const { rows } = await superuser.query<{ n: number }>(
      `SELECT count(*)::int4 AS n FROM pg_catalog.pg_stat_activity
        WHERE usename = 'bucordo_reader' AND datname = pg_catalog.current_database() AND state = 'active'`,
    );
    return rows[0]?.n ?? -1;
  };

  it('ends the statement in Postgres when the caller goes, long before its time', async () => {
    const caller = new AbortController();
    const answer = run(endless, { timeoutMs: 600_000 }, caller.signal).catch((error: unknown) => error);
    await expect.poll(running, { timeout: 30_000 }).toBe(1);
    caller.abort();
    expect(await answer).toBeInstanceOf(QueryCut);
    expect(session.isBroken).toBe(true);
    await expect.poll(running, { timeout: 30_000 }).toBe(0);
  });

  it('does not begin for one who has gone already', async () => {
    await run('SELECT 1 AS one');
    await expect(run(endless, {}, AbortSignal.abort())).rejects.toThrow(QueryCut);
    expect(session.isBroken).toBe(true);
    expect((await run('SELECT 1 AS one')).rows).toEqual([['1']]);
  });
});
