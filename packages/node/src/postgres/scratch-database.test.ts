/** The scratch database: nobody else's, and its login nobody elsewhere. */

import { expect, test } from 'vitest';
import { freshDatabase, testServer } from '../../../../test/support/postgres.ts';
import { connect } from './connection.ts';
import { openScratchDatabase } from './scratch-database.ts';

test('is made once, for a login without rights elsewhere', async () => {
  const server = await testServer();
  const network = await freshDatabase();
  const superuser = server.connection('postgres', 'postgres');
  const scratch = await openScratchDatabase(superuser);
  expect(await openScratchDatabase(superuser)).toEqual(scratch);
  const client = await connect(scratch);
  try {
    const { rows } = await client.query(
      `SELECT r.rolsuper, r.rolcreaterole, r.rolcreatedb, pg_catalog.has_database_privilege($1, 'CONNECT') AS connects
         FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER`,
      [network.name],
    );
    expect(rows).toEqual([{ rolsuper: false, rolcreaterole: false, rolcreatedb: false, connects: false }]);
    await client.query('CREATE SCHEMA tried; DROP SCHEMA tried');
  } finally {
    await client.end();
  }
  await expect(connect({ ...scratch, role: 'bucordo_node' })).rejects.toMatchObject({
    code: expect.stringMatching(/^postgres_/),
  });
  await network.drop();
});
