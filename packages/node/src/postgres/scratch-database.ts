/**
 * A database beside the node's own in which contracts are tried and nothing is kept: made when it is
 * first needed. It holds no data of the network, and nobody but a superuser may connect.
 */

import { type ConnectionOptions, connect } from './connection.ts';
import { createDatabase } from './set-up.ts';

/** Its name. */
const SCRATCH_DATABASE = 'bucordo_check';

/** How to connect to the scratch database of the server that `superuser` names; makes it where it is missing. */
export async function openScratchDatabase(superuser: ConnectionOptions): Promise<ConnectionOptions> {
  const client = await connect(superuser);
  try {
    if (await createDatabase(client, SCRATCH_DATABASE)) {
      await client.query(`REVOKE ALL ON DATABASE ${SCRATCH_DATABASE} FROM PUBLIC`);
    }
  } finally {
    await client.end();
  }
  return { ...superuser, database: SCRATCH_DATABASE };
}
