/**
 * A database of an older Postgres, dumped and restored into the embedded one, as an upgrade does. The
 * dump carries the revokes of the functions that the older version had; those that are new are open to
 * everybody again, randomness among them. The start-up check refuses the server and says how to cure it.
 */

import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkServer, refuseUnsafeServer } from '../../packages/node/src/postgres/check-server.ts';
import { clientConfig, connect } from '../../packages/node/src/postgres/connection.ts';
import { setUpDatabase } from '../../packages/node/src/postgres/set-up.ts';
import { bareDatabase, type TestDatabase } from '../support/postgres.ts';
import { OWN_VERSIONS, type OwnServer, startOwnServer } from './support/own-server.ts';

const OLDER = OWN_VERSIONS.filter((version) => version < 18);

describe.each(OLDER)('a dump of Postgres %i in the embedded one', (version) => {
  let server: OwnServer;
  let database: TestDatabase;

  beforeAll(async () => {
    server = await startOwnServer(version);
    database = await bareDatabase();
    const port = new URL(server.url()).port;
    const programs = `/usr/lib/postgresql/${version}/bin`;
    const from = ['-h', '127.0.0.1', '-p', port, '-U', 'postgres', 'shop'];
    const dump = execFileSync(`${programs}/pg_dump`, from, { maxBuffer: 64 * 1024 * 1024 });
    const { host = '' } = await clientConfig(database.connection('postgres'));
    const to = ['-X', '-q', '-h', host, '-U', 'postgres', '-d', database.name];
    execFileSync(`${programs}/psql`, to, { input: dump, stdio: ['pipe', 'ignore', 'ignore'] });
  });
  afterAll(async () => {
    await database?.drop();
    await server?.end();
  });

  test('is refused with the functions that are open again, and with the remedy', async () => {
    const client = await connect(database.connection('postgres'));
    const { rows } = await client.query<{ count: number }>(`
      SELECT count(*)::int AS count FROM pg_proc AS p
      WHERE p.pronamespace = 'pg_catalog'::regnamespace
        AND (p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) AS a WHERE a.grantee = 0))`);
    expect(rows[0]?.count).toBeGreaterThan(50);
    // Rights on a database are no part of a dump; the login must get in to look.
    await client.query(`GRANT CONNECT ON DATABASE ${database.name} TO bucordo_node`);
    await client.end();

    const node = await connect(database.connection('bucordo_node'));
    const findings = await checkServer(node);
    await node.end();
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'catalogue_public',
        severity: 'refuse',
        remedy: 'Run the set-up of this database again as a superuser.',
      }),
    );
    expect(() => refuseUnsafeServer(findings)).toThrow(/catalogue_public: functions of the catalogue/);
  });

  test('is accepted once the set-up was run again', async () => {
    const client = await connect(database.connection('postgres'));
    await setUpDatabase(client);
    await client.end();
    const node = await connect(database.connection('bucordo_node'));
    const findings = await checkServer(node);
    await node.end();
    expect(findings.filter((finding) => finding.severity === 'refuse')).toEqual([]);
  });
});

test.runIf(OLDER.length === 0)('no older Postgres was found', (context) => {
  context.skip('needs a server of Debian’s packages in /usr/lib/postgresql');
});
