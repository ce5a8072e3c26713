/** The thread in which a proposed contract is checked: connects to the scratch database and answers once. */

import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { ScratchDatabase } from '@bucordo/contract';
import { checkDocument, type DocumentCheck } from '../advice/check-document.ts';
import type { CheckOutcome } from '../advice/ports.ts';
import { type ConnectionOptions, connect } from '../postgres/connection.ts';

/** What the thread checks. */
export interface AdviceWork extends Omit<DocumentCheck, 'scratch' | 'versions'> {
  /** Null where the meaning is not looked up. */
  readonly scratch: ConnectionOptions | null;
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

if (parentPort !== null) {
  const port = parentPort;
  const work: AdviceWork = workerData;
  void check(work).then((outcome) => port.postMessage(outcome));
}

async function check(work: AdviceWork): Promise<CheckOutcome> {
  try {
    return await (work.scratch === null ? offline(work) : inDatabase(work, work.scratch));
  } catch (error) {
    return { kind: 'unchecked', reason: error instanceof Error ? error.message : String(error) };
  }
}

function offline(work: AdviceWork): Promise<CheckOutcome> {
  return checkDocument({ ...work, scratch: null, versions: `bucordo ${version}` });
}

async function inDatabase(work: AdviceWork, connection: ConnectionOptions): Promise<CheckOutcome> {
  const client = await connect(connection);
  try {
    const { rows } = await client.query<{ version: string }>(
      "SELECT pg_catalog.current_setting('server_version') AS version",
    );
    const postgres = rows[0]?.version.split(' ')[0] ?? '';
    const scratch: ScratchDatabase = {
      query: async (text, values) => client.query(text, values === undefined ? undefined : [...values]),
    };
    return await checkDocument({ ...work, scratch, versions: `bucordo ${version}, Postgres ${postgres}` });
  } finally {
    await client.end();
  }
}
