/**
 * What a server gives where nobody is superuser, and what stops a contract's role there: measured, so
 * that the guide to a Postgres of one's own says what is so.
 */

import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { connect } from './connection.ts';

let database: TestDatabase;
let superuser: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  superuser = await connect(database.connection('postgres'));
});

afterAll(async () => {
  await superuser?.end();
  await database?.drop();
});

/** The SQLSTATE of a statement that is taken back, or null. */
async function attempt(sql: string): Promise<string | null> {
  await superuser.query('SAVEPOINT attempt');
  const state = await superuser.query(sql).then(
    () => null,
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );
  await superuser.query('ROLLBACK TO SAVEPOINT attempt');
  return state;
}

describe('an administrator who may create roles and databases, but is no superuser,', () => {
  beforeAll(async () => {
    await superuser.query('BEGIN');
    await superuser.query(`CREATE ROLE trial_managed CREATEROLE CREATEDB; CREATE SCHEMA trial_managed AUTHORIZATION trial_managed;
      GRANT USAGE ON LANGUAGE plpgsql TO trial_managed;
      GRANT EXECUTE ON FUNCTION pg_catalog.now() TO PUBLIC; GRANT SELECT ON pg_catalog.pg_class TO PUBLIC;
      SET LOCAL client_min_messages = error; SET LOCAL ROLE trial_managed`);
  });
  afterAll(() => superuser.query('ROLLBACK'));

  test('may make the roles', async () => {
    expect(await attempt('CREATE ROLE trial_owner NOLOGIN')).toBeNull();
  });

  test.each([
    'CREATE EVENT TRIGGER trial_guard ON ddl_command_start EXECUTE FUNCTION bucordo_guard.refuse_ddl()',
    "ALTER ROLE bucordo_node SET session_replication_role = 'origin'",
    "ALTER ROLE bucordo_node SET max_stack_depth = '2MB'",
    "ALTER ROLE bucordo_node SET lc_messages = 'C'",
  ])('may not: %s', async (sql) => {
    expect(await attempt(sql)).toBe('42501');
  });

  test('revokes nothing of the catalogue: the command goes through and changes nothing', async () => {
    await superuser.query(
      'SAVEPOINT revoking; REVOKE EXECUTE ON FUNCTION pg_catalog.now() FROM PUBLIC; RESET ROLE',
    );
    const { rows } = await superuser.query(
      `SELECT count(*)::int AS public FROM pg_proc AS p CROSS JOIN aclexplode(p.proacl) AS a
        WHERE p.oid = 'pg_catalog.now()'::regprocedure AND a.grantee = 0`,
    );
    expect(rows).toEqual([{ public: 1 }]);
    await superuser.query('ROLLBACK TO SAVEPOINT revoking');
  });
});

/** What the owner of a SECURITY DEFINER function might do from inside it, to itself. */
const ATTACKS: Readonly<Record<string, string>> = {
  alter: 'ALTER FUNCTION trial_entry.alter() SECURITY INVOKER',
  settings: 'ALTER FUNCTION trial_entry.settings() SET work_mem = 64',
  grant: 'GRANT EXECUTE ON FUNCTION trial_entry."grant"() TO PUBLIC',
  grant_all: 'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA trial_entry TO PUBLIC',
  drop: 'DROP FUNCTION trial_entry.drop()',
  comment: `COMMENT ON FUNCTION trial_entry.comment() IS 'x'`,
  by_path: 'SET search_path = trial_entry; ALTER FUNCTION by_path() SECURITY INVOKER',
  replace: `CREATE OR REPLACE FUNCTION trial_entry.replace() RETURNS text LANGUAGE sql AS 'SELECT 1::text'`,
  give_away: 'ALTER FUNCTION trial_entry.give_away() OWNER TO bucordo_contract',
  reassign: 'REASSIGN OWNED BY CURRENT_USER TO bucordo_contract',
  drop_owned: 'DROP OWNED BY CURRENT_USER',
  drop_owned_cascade: 'DROP OWNED BY CURRENT_USER CASCADE',
};

/** Stopped by rights alone, wherever the function lies. */
const STOPPED_ANYWHERE = ['replace', 'give_away', 'reassign'];
/** Not stopped by rights at all: it needs no name. The contract's entries are gone afterwards, and nothing else. */
const STOPPED_NOWHERE = ['drop_owned', 'drop_owned_cascade'];

describe('without the event trigger a contract’s role, owner of its entries,', () => {
  beforeAll(async () => {
    await superuser.query('BEGIN; ALTER EVENT TRIGGER bucordo_refuse_ddl DISABLE');
    for (const schema of ['trial_open', 'trial_entry']) {
      await superuser.query(`CREATE SCHEMA ${schema}; GRANT CREATE ON SCHEMA ${schema} TO bucordo_c_001`);
      for (const [name, sql] of Object.entries(ATTACKS)) {
        await superuser.query(`
          CREATE FUNCTION ${schema}."${name}"() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS
          $f$ BEGIN ${sql.replaceAll('trial_entry', schema)}; RETURN 'x'; END $f$;
          ALTER FUNCTION ${schema}."${name}"() OWNER TO bucordo_c_001`);
      }
      await superuser.query(`REVOKE CREATE ON SCHEMA ${schema} FROM bucordo_c_001`);
    }
    await superuser.query('GRANT USAGE ON SCHEMA trial_open TO bucordo_c_001');
  });
  afterAll(() => superuser.query('ROLLBACK'));

  test.each(Object.keys(ATTACKS))('where it may use their schema: %s', async (name) => {
    const state = await attempt(`SELECT trial_open."${name}"()`);
    expect(state).toBe(STOPPED_ANYWHERE.includes(name) ? '42501' : null);
  });

  test.each(Object.keys(ATTACKS))('where it may not use their schema: %s', async (name) => {
    const state = await attempt(`SELECT trial_entry."${name}"()`);
    if (STOPPED_NOWHERE.includes(name)) expect(state).toBeNull();
    else expect(state).toMatch(/^42(501|883)$/);
  });
});
