/** What each role may and may not do after the set-up, tried against a real server. */

import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bareDatabase,
  freshDatabase,
  type TestDatabase,
  testServer,
} from '../../../../test/support/postgres.ts';
import { connect } from './connection.ts';
import { DATABASE_OPTIONS, prepareDatabase, setUpDatabase, setUpScript } from './set-up.ts';

let database: TestDatabase;
let superuser: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  superuser = await connect(database.connection('postgres'));
  await superuser.query(`
    CREATE SCHEMA shop AUTHORIZATION bucordo_owner;
    CREATE TABLE shop.item (id int PRIMARY KEY, name text, price numeric(10, 2), due date, facts jsonb);
    INSERT INTO shop.item VALUES (1, 'nut', 0.10, '2026-01-02', '{"a": 1}');
    CREATE ROLE bucordo_c_shop_${database.name} NOLOGIN;
    GRANT bucordo_contract TO bucordo_c_shop_${database.name};
    GRANT USAGE ON SCHEMA shop TO bucordo_c_shop_${database.name}, bucordo_reader;
    GRANT SELECT, INSERT, UPDATE, DELETE ON shop.item TO bucordo_c_shop_${database.name};
    GRANT SELECT ON shop.item TO bucordo_reader;
    CREATE FUNCTION shop.entry() RETURNS int LANGUAGE sql AS 'SELECT 1';
    ALTER FUNCTION shop.entry() OWNER TO bucordo_c_shop_${database.name};
  `);
});

afterAll(async () => {
  await superuser?.end();
  await database?.drop();
});

/** Runs one statement under a contract's role and takes it back; the SQLSTATE, or null when it went through. */
async function asContract(sql: string): Promise<string | null> {
  await superuser.query('BEGIN');
  await superuser.query(`SET LOCAL ROLE bucordo_c_shop_${database.name}`);
  const state = await superuser.query(sql).then(() => null, sqlstate);
  await superuser.query('ROLLBACK');
  return state;
}

async function asRole(role: string, sql: string): Promise<string | null> {
  const client = await connect(database.connection(role));
  try {
    return await client.query(sql).then(() => null, sqlstate);
  } finally {
    await client.end();
  }
}

function sqlstate(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

describe('a contract may compute', () => {
  test.each([
    'SELECT id, name FROM shop.item WHERE id = 1 ORDER BY id',
    "INSERT INTO shop.item VALUES (2, 'bolt' || 2, 1.5 + 2, DATE '2026-02-03', jsonb_build_object('a', 1))",
    'UPDATE shop.item SET price = round(price * 2, 2) WHERE id IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)',
    "SELECT name FROM shop.item WHERE name IN ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k')",
    'SELECT sum(price), avg(price), count(*), max(id), min(name), array_agg(id ORDER BY id) FROM shop.item',
    "SELECT (facts ->> 'a')::int, facts @> '{}', 12::text, '5'::int, 1.5::int, true::text FROM shop.item",
    "SELECT encode(sha256(convert_to('x', 'UTF8')), 'hex'), format('%s', 1), lower('A'), 'a' LIKE 'a%'",
    "SELECT due + 1, due - DATE '2026-01-01', extract(year FROM due), due::text FROM shop.item",
    "SELECT date_trunc('day', TIMESTAMPTZ '2026-01-01 10:00Z', 'UTC'), 1 = ANY (ARRAY[1, 2])",
    'SELECT DISTINCT name FROM shop.item GROUP BY name ORDER BY name',
    "SELECT '1'::text::numeric, gcd(4, 6), coalesce(NULL, 1), greatest(1, 2)",
    'SELECT row_number() OVER (ORDER BY id), lag(name) OVER (ORDER BY id) FROM shop.item',
    'SELECT g FROM generate_series(1, 3) AS g ORDER BY g',
  ])('%s', async (sql) => {
    expect(await asContract(sql)).toBeNull();
  });
});

describe('a contract may not leave its fence', () => {
  test.each([
    'SELECT now()',
    'SELECT clock_timestamp()',
    'SELECT random()',
    'SELECT gen_random_uuid()',
    'SELECT pg_sleep(0)',
    'SELECT txid_current()',
    'SELECT pg_backend_pid()',
    "SELECT set_config('a.b', 'c', false)",
    "SELECT current_setting('work_mem')",
    'SELECT version()',
    'SELECT pg_advisory_lock(1)',
    'SELECT pg_terminate_backend(1)',
    "SELECT pg_notify('a', 'b')",
    'SELECT lo_create(0)',
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT query_to_xml('SELECT 1', true, true, '')",
    'SELECT oid FROM pg_catalog.pg_class',
    'SELECT name FROM pg_catalog.pg_settings',
    'SELECT pid FROM pg_catalog.pg_stat_activity',
    'SELECT table_name FROM information_schema.tables',
    "UPDATE pg_catalog.pg_settings SET setting = '1' WHERE name = 'work_mem'",
    'DO $$ BEGIN NULL; END $$',
    'CREATE TEMP TABLE a (b int)',
    'CREATE TABLE shop.a (b int)',
    'CREATE TABLE public.a (b int)',
    'CREATE SCHEMA a',
    "CREATE FUNCTION shop.a() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    'ALTER FUNCTION shop.entry() SECURITY DEFINER',
    'GRANT EXECUTE ON FUNCTION shop.entry() TO PUBLIC',
    'DROP FUNCTION shop.entry()',
    "COMMENT ON FUNCTION shop.entry() IS 'x'",
    'TRUNCATE shop.item',
    "COPY shop.item TO '/tmp/x'",
    "COPY shop.item TO PROGRAM 'true'",
    'CREATE EXTENSION hstore',
    "LOAD '$libdir/auto_explain'",
  ])('%s', async (sql) => {
    expect(await asContract(sql)).toMatch(/^(42501|22023)$/);
  });
});

describe('a reader reads', () => {
  test.each([
    'SELECT * FROM shop.item ORDER BY id',
    'SELECT count(*), now() FROM shop.item',
    "SELECT to_char(price, 'FM990.00'), to_jsonb(i) FROM shop.item AS i ORDER BY id",
    'SELECT table_name FROM information_schema.tables ORDER BY 1',
    'SELECT column_name, data_type FROM information_schema.columns ORDER BY 1',
    'SELECT relname, pg_catalog.pg_get_userbyid(relowner) FROM pg_catalog.pg_class ORDER BY 1',
    'SELECT pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute ORDER BY 1 LIMIT 1',
    'SELECT name, setting FROM pg_catalog.pg_settings ORDER BY 1',
    'EXPLAIN SELECT * FROM shop.item',
  ])('%s', async (sql) => {
    expect(await asRole('bucordo_reader', sql)).toBeNull();
  });

  test.each([
    "INSERT INTO shop.item VALUES (9, 'x')",
    'SET default_transaction_read_only = off; DELETE FROM shop.item',
    'SET default_transaction_read_only = off; CREATE TEMP TABLE a (b int)',
    'SELECT pg_sleep(1)',
    'SELECT pg_advisory_lock(1)',
    'SELECT pg_terminate_backend(1)',
    "SELECT set_config('a.b', 'c', false)",
    "SELECT pg_read_file('/etc/passwd')",
    'SELECT lo_create(0)',
    'SELECT rolpassword FROM pg_catalog.pg_authid',
    'SELECT query FROM pg_catalog.pg_stat_activity',
    'DO $$ BEGIN NULL; END $$',
    'SET ROLE bucordo_owner',
    "COPY shop.item TO '/tmp/x'",
  ])('but not: %s', async (sql) => {
    expect(await asRole('bucordo_reader', sql)).toMatch(/^(42501|25006)$/);
  });
});

describe('the node', () => {
  test.each([
    'SET SESSION AUTHORIZATION postgres',
    'CREATE SCHEMA a',
    'CREATE TEMP TABLE a (b int)',
    'DROP TABLE shop.item',
    "ALTER SYSTEM SET fsync = 'off'",
    'ALTER EVENT TRIGGER bucordo_refuse_ddl DISABLE',
    'CREATE ROLE x',
    "SELECT pg_read_file('/etc/passwd')",
  ])('may not: %s', async (sql) => {
    expect(await asRole('bucordo_node', sql)).toBe('42501');
  });

  test('keeps all functions that were open to everybody', async () => {
    expect(await asRole('bucordo_node', "SELECT now(), current_setting('work_mem'), sha256('')")).toBeNull();
  });
});

test('PUBLIC is left with no routine, no table and no right to connect', async () => {
  const { rows } = await superuser.query(`
    SELECT p.oid::regprocedure::text AS open
    FROM pg_proc AS p
    WHERE p.pronamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      AND (p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) AS a WHERE a.grantee = 0))
    UNION ALL
    SELECT c.oid::regclass::text FROM pg_class AS c
    WHERE EXISTS (SELECT FROM aclexplode(c.relacl) AS a WHERE a.grantee = 0)
    UNION ALL
    SELECT d.datname FROM pg_database AS d
    WHERE d.datname = current_database()
      AND (d.datacl IS NULL OR EXISTS (SELECT FROM aclexplode(d.datacl) AS a WHERE a.grantee = 0))
    ORDER BY 1`);
  expect(rows).toEqual([]);
});

test('a second set-up changes nothing and repairs what was opened', async () => {
  const count = `SELECT count(*)::int AS changed FROM pg_proc WHERE xmin = pg_current_xact_id()::xid`;
  await superuser.query('BEGIN; GRANT EXECUTE ON FUNCTION pg_catalog.now() TO PUBLIC; COMMIT');
  await setUpDatabase(superuser);
  expect(await asContract('SELECT now()')).toBe('42501');
  const before = await superuser.query(
    'SELECT max(xmin::text::bigint)::text AS last FROM pg_proc WHERE pronamespace = 11',
  );
  await setUpDatabase(superuser);
  const after = await superuser.query(
    'SELECT max(xmin::text::bigint)::text AS last FROM pg_proc WHERE pronamespace = 11',
  );
  expect(after.rows).toEqual(before.rows);
  expect((await superuser.query(count)).rows).toEqual([{ changed: 0 }]);
});

test('databases of one server can be set up at the same time', async () => {
  const [one, two, server] = await Promise.all([bareDatabase(), bareDatabase(), testServer()]);
  const admin = server.connection('postgres', 'postgres');
  await Promise.all([prepareDatabase(admin, one.name), prepareDatabase(admin, two.name)]);
  await Promise.all([one.drop(), two.drop()]);
});

test('without a superuser the set-up says so and does nothing', async () => {
  const client = await connect(database.connection('bucordo_node'));
  await expect(setUpDatabase(client)).rejects.toMatchObject({ code: 'postgres_superuser_needed' });
  await client.end();
});

test('the printed script does the same as the set-up', async () => {
  const bare = await bareDatabase();
  const client = await connect(bare.connection('postgres'));
  await client.query(await setUpScript());
  const rights = `
    SELECT p.oid::regprocedure::text AS routine, p.proacl::text AS acl
    FROM pg_proc AS p WHERE p.pronamespace = 'pg_catalog'::regnamespace ORDER BY 1`;
  expect((await client.query(rights)).rows).toEqual((await superuser.query(rights)).rows);
  await client.end();
  await bare.drop();
});

test.each([
  [`ENCODING LATIN1 LOCALE_PROVIDER libc LOCALE 'C'`, 'encoding LATIN1, provider libc, LC_COLLATE C'],
  [`ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'`, 'provider builtin'],
  [`ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'und' LOCALE 'C'`, 'provider icu'],
])('I2: a database with other letters or another order is refused: %s', async (options, found) => {
  const server = await testServer();
  const admin = await connect(server.connection('postgres', 'postgres'));
  const name = `other_${database.name}`;
  await admin.query(`CREATE DATABASE ${name} TEMPLATE template0 ${options}`);
  try {
    await expect(prepareDatabase(server.connection('postgres', 'postgres'), name)).rejects.toMatchObject({
      message: expect.stringContaining(found),
      hint: expect.stringContaining(DATABASE_OPTIONS),
    });
  } finally {
    await admin.query(`DROP DATABASE ${name}`);
    await admin.end();
  }
});
