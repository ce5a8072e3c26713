/**
 * Scratch databases for the checker, on every version of Postgres that this machine has: the embedded
 * one, prepared as for a node, and those of Debian's packages, as they come.
 */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chown, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ScratchDatabase } from '../../packages/contract/src/resolve/scratch-database.ts';
import { type ConnectionOptions, connect } from '../../packages/node/src/postgres/connection.ts';
import { serverAccount } from '../../packages/node/src/postgres/server-account.ts';
import { freshDatabase, temporaryDirectory } from './postgres.ts';

/** A scratch database that its user ends. */
export interface TestScratch extends ScratchDatabase {
  end(): Promise<void>;
}

/** The versions to try, `embedded` first. */
export const SCRATCH_VERSIONS: readonly string[] = [
  'embedded',
  ...['15', '16', '17', '18'].filter((version) => existsSync(programs(version))),
];

/** A scratch database of a version. */
export async function scratchOf(version: string): Promise<TestScratch> {
  if (version !== 'embedded') return ownScratch(version);
  const database = await freshDatabase();
  return scratchAt(database.connection('postgres'), () => database.drop());
}

async function scratchAt(options: ConnectionOptions, remove: () => Promise<void>): Promise<TestScratch> {
  const client = await connect(options);
  return {
    query: async (text, values) => {
      const result = await client.query<Record<string, unknown>>(text, [...(values ?? [])]);
      return { rows: result.rows ?? [] };
    },
    end: async () => {
      await client.end();
      await remove();
    },
  };
}

async function ownScratch(version: string): Promise<TestScratch> {
  const directory = await temporaryDirectory('bucordo-scratch-');
  const account = await serverAccount();
  const data = path.join(directory, 'data');
  await mkdir(data, { mode: 0o700 });
  if (account.isOther) {
    await chown(data, account.uid, account.gid);
    await chown(directory, account.uid, account.gid);
  }
  const run = (program: string, args: readonly string[]): void => {
    const as = account.isOther ? { uid: account.uid, gid: account.gid } : {};
    const env = { LC_ALL: 'C', PATH: '/usr/bin:/bin' };
    execFileSync(path.join(programs(version), program), args, { ...as, env, cwd: '/', stdio: 'ignore' });
  };
  run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
  const settings = `port = 5432\nlisten_addresses = ''\nunix_socket_directories = '${directory}'\nshared_buffers = '32MB'\nfsync = off\n`;
  await appendFile(path.join(data, 'postgresql.conf'), settings);
  run('pg_ctl', ['-D', data, '-w', '-l', path.join(data, 'log'), 'start']);
  const options = { socketDirectory: directory, role: 'postgres', database: 'postgres' };
  return scratchAt(options, async () => {
    run('pg_ctl', ['-D', data, '-w', '-m', 'immediate', 'stop']);
    await rm(directory, { recursive: true, force: true });
  });
}

function programs(version: string): string {
  return `/usr/lib/postgresql/${version}/bin`;
}
