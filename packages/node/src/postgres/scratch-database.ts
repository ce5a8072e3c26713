/**
 * A database beside the node's own in which contracts are tried and nothing is kept: made when it is
 * first needed. It holds no data of the network, and belongs to a login that may do nothing elsewhere,
 * because what is tried in it is a text that somebody else wrote.
 */

import { type ConnectionOptions, connect } from './connection.ts';
import { createDatabase } from './set-up.ts';

/** Its name, and that of the login. */
const SCRATCH = 'bucordo_check';

/** How to connect to the scratch database of the server that `superuser` names; makes it where it is missing. */
export async function openScratchDatabase(superuser: ConnectionOptions): Promise<ConnectionOptions> {
  const client = await connect(superuser);
  try {
    await client.query(
      `DO $role$ BEGIN
         IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = '${SCRATCH}') THEN
           CREATE ROLE ${SCRATCH} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
         END IF;
       END $role$`,
    );
    await createDatabase(client, SCRATCH);
    await client.query(
      `ALTER DATABASE ${SCRATCH} OWNER TO ${SCRATCH}; REVOKE ALL ON DATABASE ${SCRATCH} FROM PUBLIC`,
    );
  } finally {
    await client.end();
  }
  return { ...superuser, role: SCRATCH, database: SCRATCH };
}
