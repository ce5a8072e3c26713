/** Starts one Postgres for a run of vitest and ends it afterwards; see `postgres.ts`. */

import { type OwnTestServer, startTestServer } from './postgres.ts';

let server: OwnTestServer | null = null;

/** Before the first test file. */
export async function setup(): Promise<void> {
  server = await startTestServer();
}

/** After the last test file. */
export async function teardown(): Promise<void> {
  await server?.stop();
}
