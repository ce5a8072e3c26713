/** A contract whose functions fail in every way that a contract can fail. */

import type { GenesisContract } from '@bucordo/protocol';

/** Ways to fail by the name of the case, each the body of a branch; what their receipt must say. */
export const TROUBLES: Readonly<
  Record<string, { readonly body: string; readonly code: string; readonly message?: string }>
> = {
  own_code: {
    body: `RAISE EXCEPTION USING ERRCODE = 'BC042', MESSAGE = 'no more nuts';`,
    code: 'BC042',
    message: 'no more nuts',
  },
  long_message: {
    body: `RAISE EXCEPTION USING ERRCODE = 'BC001', MESSAGE = repeat('ü', 5000);`,
    code: 'BC001',
    message: 'ü'.repeat(1024),
  },
  system_code: { body: `RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = 'duplicate';`, code: 'failed' },
  plain_raise: { body: `RAISE EXCEPTION 'something';`, code: 'failed' },
  unique: { body: `INSERT INTO trouble.thing VALUES (1, 1, 1);`, code: 'failed' },
  check: { body: `INSERT INTO trouble.thing VALUES (99, -1, 1);`, code: 'failed' },
  foreign_key: { body: `INSERT INTO trouble.thing VALUES (99, 1, 77);`, code: 'failed' },
  not_null: { body: `INSERT INTO trouble.thing VALUES (99, NULL, 1);`, code: 'failed' },
  division: { body: `PERFORM 1 / (SELECT count(*) FROM trouble.thing WHERE id < 0);`, code: 'failed' },
  overflow: { body: `PERFORM 2147483647 + (SELECT count(*)::int4 FROM trouble.thing);`, code: 'failed' },
  numeric_overflow: { body: `INSERT INTO trouble.amount VALUES (9, 10000000000);`, code: 'failed' },
  bad_cast: { body: `PERFORM ('x' || 1)::int4;`, code: 'failed' },
  recursion: { body: `PERFORM trouble.descend(1);`, code: 'failed' },
  assertion: { body: `ASSERT false, 'never';`, code: 'failed' },
  no_rows: {
    body: `SELECT t.id INTO STRICT found FROM trouble.thing AS t WHERE t.id = 1000;`,
    code: 'failed',
  },
  many_rows: { body: `SELECT t.id INTO found FROM trouble.thing AS t;`, code: 'failed' },
  huge_text: { body: `PERFORM length(repeat('x', 2000000000));`, code: 'failed' },
  raised_disk_full: {
    body: `RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'could not extend file';`,
    code: 'failed',
  },
  raised_cancel: {
    body: `RAISE EXCEPTION USING ERRCODE = '57014', MESSAGE = 'canceling statement';`,
    code: 'failed',
  },
  raised_internal: { body: `RAISE EXCEPTION USING ERRCODE = 'XX000', MESSAGE = 'internal';`, code: 'failed' },
  raised_shutdown: {
    body: `RAISE EXCEPTION USING ERRCODE = '57P01', MESSAGE = 'terminating';`,
    code: 'failed',
  },
  key_change: { body: `UPDATE trouble.thing SET id = 50 WHERE id = 1;`, code: 'failed' },
  large_row: { body: `INSERT INTO trouble.note VALUES (9, repeat('x', 1048577));`, code: 'failed' },
  many_writes: {
    body: `FOR number IN 1 .. 10001 LOOP
        INSERT INTO trouble.amount VALUES (number, 1);
      END LOOP;`,
    code: 'budget_exceeded',
  },
  registers: { body: `PERFORM setval('bucordo.context', 1);`, code: 'failed' },
  rows_register: { body: `PERFORM setval('bucordo.rows', 1);`, code: 'failed' },
  history: { body: `INSERT INTO trouble_history.amount VALUES (1, 1, 'I', 1, 1);`, code: 'failed' },
  history_read: { body: `PERFORM FROM trouble_history.amount;`, code: 'failed' },
  chain: { body: `UPDATE bucordo.identity SET roles = '{node}';`, code: 'failed' },
  other_contract: { body: `UPDATE bank.account SET balance = 0;`, code: 'failed' },
  other_function: { body: `PERFORM bank.open_account(7, 'me', 1);`, code: 'failed' },
  truncate: { body: `TRUNCATE trouble.thing;`, code: 'failed' },
  definition: { body: `ALTER FUNCTION trouble.fail(text) SECURITY INVOKER;`, code: 'failed' },
  temporary: { body: `CREATE TEMPORARY TABLE account (id int4);`, code: 'failed' },
  clock: { body: `PERFORM now();`, code: 'failed' },
  dispatcher: { body: `PERFORM bucordo.execute_block(1, 1, '', '', '', '', '', 0);`, code: 'failed' },
  trigger_off: { body: `ALTER TABLE trouble.thing DISABLE TRIGGER USER;`, code: 'failed' },
  replica: { body: `SET session_replication_role = replica;`, code: 'failed' },
};

const branches = Object.entries(TROUBLES).map(([name, { body }]) => `WHEN '${name}' THEN ${body}`);

/** The contract. */
export const TROUBLE: GenesisContract = {
  name: 'trouble',
  version: '1.0.0',
  functions: {
    fail: { roles: [], classes: [] },
    write: { roles: [], classes: [] },
    manage: { roles: ['manager'], classes: [] },
    meddle: { roles: [], classes: [] },
    moment: { roles: [], classes: [] },
  },
  schema: `
    CREATE TABLE trouble.kind (id int4 PRIMARY KEY);
    CREATE TABLE trouble.thing (
      id int4 PRIMARY KEY,
      size int4 NOT NULL CHECK (size >= 0),
      kind int4 NOT NULL REFERENCES trouble.kind (id)
    );
    CREATE TABLE trouble.amount (id int4 PRIMARY KEY, value numeric(10,2) NOT NULL);
    CREATE TABLE trouble.note (id int4 PRIMARY KEY, content text);`,
  source: `
    CREATE FUNCTION trouble.descend(depth int4) RETURNS int4 LANGUAGE plpgsql AS $$
    BEGIN
      RETURN trouble.descend(depth + 1);
    END $$;
    CREATE FUNCTION trouble.fail(way text) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      found int4;
      number int4;
    BEGIN
      INSERT INTO trouble.note VALUES (1000, 'before ' || way);
      CASE way
        ${branches.join('\n        ')}
      END CASE;
    END $$;
    CREATE FUNCTION trouble.write(id int4) RETURNS int4 LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO trouble.kind VALUES (id);
      INSERT INTO trouble.thing VALUES (id, 1, id);
      RETURN id;
    END $$;
    CREATE FUNCTION trouble.meddle() RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      SET TimeZone = 'Asia/Kathmandu';
      SET DateStyle = 'German';
      SET statement_timeout = 1;
      SET search_path = trouble;
      SET default_transaction_read_only = on;
    END $$;
    CREATE FUNCTION trouble.moment() RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
      RETURN bucordo.block_time()::text;
    END $$;
    CREATE FUNCTION trouble.manage(id int4) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO trouble.kind VALUES (id);
    END $$;`,
};
