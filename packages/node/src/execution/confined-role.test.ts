/** A statement that runs confined can change neither role nor transaction, whatever a checker let through. */

import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BANK } from '../../../../test/support/bank-contract.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';
import { becomeOwner, ConfinedRole } from './confined-role.ts';
import { DEPLOY_ROLE, openForDeployment } from './install-contract.ts';

let database: TestDatabase;
let client: pg.Client;
let confined: ConfinedRole;

beforeAll(async () => {
  database = await freshDatabase();
  await (await new TestChain([BANK]).found(database)).close();
  client = await connect(database.connection('bucordo_node'));
  await client.query('BEGIN');
  await becomeOwner(client);
  await openForDeployment(client, 'bank');
  confined = await ConfinedRole.open(client, DEPLOY_ROLE);
});

afterAll(async () => {
  await client?.query('ROLLBACK');
  await client?.end();
  await database?.drop();
});

const escaping = (text: string): string =>
  `CREATE FUNCTION bank.escape() RETURNS int4 LANGUAGE plpgsql AS $f$ BEGIN ${text} RETURN 1; END $f$;
   CREATE TABLE bank.parent (id int4) PARTITION BY LIST (id);
   CREATE TABLE bank.child PARTITION OF bank.parent FOR VALUES IN (bank.escape())`;

describe('I12: a confined role stays what it is', () => {
  test.for<[what: string, sql: string, words: string]>([
    ['another role', 'SET LOCAL ROLE bucordo_owner', 'cannot set parameter "role"'],
    ['the role of before', 'RESET ROLE', 'cannot set parameter "role"'],
    ['the role by a setting', "SELECT set_config('role', 'bucordo_owner', true)", 'permission denied'],
    ['a block of code', "DO 'BEGIN SET ROLE bucordo_owner; END'", 'cannot set parameter "role"'],
    [
      'a function that runs while a table is made',
      escaping('SET LOCAL ROLE bucordo_owner;'),
      'cannot set parameter "role"',
    ],
    [
      'statements in one text',
      'CREATE TABLE bank.a (id int4); SET LOCAL ROLE bucordo_owner; CREATE TABLE bucordo.a (id int4)',
      'cannot set parameter "role"',
    ],
    ['the end of the transaction', 'COMMIT', 'transaction commands'],
    ['the end of it in a block', "DO 'BEGIN COMMIT; END'", 'invalid transaction termination'],
    ['a savepoint', 'ROLLBACK TO SAVEPOINT confined', 'transaction'],
    ["the system's tables", 'CREATE TABLE bucordo.a (id int4)', 'permission denied'],
    ['a file', "COPY bank.account TO '/tmp/x'", 'permission denied'],
  ])('%s', async ([, sql, words]) => {
    await client.query('SAVEPOINT confined');
    await expect(confined.run(sql)).rejects.toThrow(words);
    await client.query('ROLLBACK TO SAVEPOINT confined');
    const { rows } = await client.query(
      'SELECT CURRENT_USER::text AS now, pg_catalog.to_regclass($1) AS table',
      ['bucordo.a'],
    );
    expect(rows).toEqual([{ now: 'bucordo_owner', table: null }]);
  });

  test('a statement that may run does, and the owner goes on', async () => {
    await confined.run('CREATE TABLE bank.small (id int4 PRIMARY KEY)');
    const { rows } = await client.query(
      `SELECT CURRENT_USER::text AS now, c.relowner::regrole::text AS owner FROM pg_catalog.pg_class AS c WHERE c.oid = 'bank.small'::regclass`,
    );
    expect(rows).toEqual([{ now: 'bucordo_owner', owner: DEPLOY_ROLE }]);
  });

  test('nothing of it is left', async () => {
    await confined.close();
    const { rows } = await client.query(
      `SELECT p.proname FROM pg_catalog.pg_proc AS p WHERE p.proowner = '${DEPLOY_ROLE}'::regrole AND p.pronamespace = 'bucordo'::regnamespace`,
    );
    expect(rows).toEqual([]);
    const rights = await client.query(
      `SELECT pg_catalog.has_schema_privilege('${DEPLOY_ROLE}', 'bucordo', 'CREATE') AS may`,
    );
    expect(rights.rows).toEqual([{ may: false }]);
  });
});
