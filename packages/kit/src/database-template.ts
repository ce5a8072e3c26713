/**
 * The data directory from which throwaway servers are copied: initialised, with databases in which
 * the node's set-up has run. Making it takes seconds and copying it a fraction of one, so it is kept
 * in the account's cache, one per version of the binaries and text of the set-up. It is complete or
 * absent: made under another name and renamed.
 */

import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, chown, copyFile, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  type ConnectionOptions,
  connect,
  defaultCacheDirectory,
  prepareDatabase,
  provideBinaries,
  serverAccount,
  setUpScript,
  startEmbedded,
} from '@bucordo/node/engine';

/** The databases of a template; each is set up as a node finds its own before the genesis. */
export const TEMPLATE_DATABASES = ['bucordo', 'bucordo_2'] as const;

/** Settings of servers whose data nobody will miss. */
export const THROWAWAY_SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  autovacuum: 'off',
  min_wal_size: '32MB',
  max_wal_size: '256MB',
  max_connections: '24',
};

/**
 * The folder of the template, made when it is not there yet (about four seconds).
 * Fails with the faults of the embedded server.
 */
export async function databaseTemplate(cacheDirectory?: string): Promise<string> {
  const cache = cacheDirectory ?? (await defaultCacheDirectory());
  const { version } = await provideBinaries(cacheDirectory === undefined ? {} : { cacheDirectory });
  const account = await serverAccount();
  const recipe = [version, account.uid, TEMPLATE_DATABASES, await setUpScript()];
  const key = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
  const template = path.join(cache, `template-${key}`);
  if ((await lstat(template).catch(() => null)) === null) await makeTemplate(cache, template);
  return template;
}

async function makeTemplate(cache: string, template: string): Promise<void> {
  const draft = `${template}.${randomBytes(4).toString('hex')}`;
  try {
    const server = await startEmbedded({
      dataDirectory: draft,
      cacheDirectory: cache,
      sharedBuffersMib: 32,
      settings: THROWAWAY_SETTINGS,
    });
    try {
      for (const name of TEMPLATE_DATABASES)
        await prepareDatabase(server.connection('postgres', 'postgres'), name);
      await dropTemplates(server.connection('postgres', 'postgres'));
    } finally {
      await server.stop();
    }
    await rename(draft, template).catch(ignoreFaster);
    await removeOld(cache);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

// Databases that nobody creates anything from any more are files to copy.
async function dropTemplates(superuser: ConnectionOptions): Promise<void> {
  const client = await connect(superuser);
  try {
    await client.query('UPDATE pg_catalog.pg_database SET datistemplate = false');
    for (const name of ['template0', 'template1']) await client.query(`DROP DATABASE ${name}`);
  } finally {
    await client.end();
  }
}

/** Templates of earlier versions are kept this long, for those who go back to one. */
const KEPT_MS = 7 * 24 * 3_600_000;

async function removeOld(cache: string): Promise<void> {
  const names = await readdir(cache);
  for (const name of names.filter((each) => each.startsWith('template-'))) {
    const facts = await lstat(path.join(cache, name)).catch(() => null);
    if (facts === null || Date.now() - facts.mtimeMs < KEPT_MS) continue;
    await rm(path.join(cache, name), { recursive: true, force: true });
  }
}

// Another process was faster; its template is as good.
function ignoreFaster(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
}

/** Copies a template to `target`, which does not exist; shares the blocks where the file system can. */
export async function copyTemplate(template: string, target: string): Promise<void> {
  const account = await serverAccount();
  const own = async (file: string): Promise<void> => {
    if (account.isOther) await chown(file, account.uid, account.gid);
  };
  const copyFolder = async (from: string, to: string): Promise<void> => {
    await mkdir(to, { mode: 0o700 });
    await own(to);
    const entries = await readdir(from, { withFileTypes: true });
    await Promise.all(
      entries.map(async (entry) => {
        const source = path.join(from, entry.name);
        const copy = path.join(to, entry.name);
        if (entry.isDirectory()) return copyFolder(source, copy);
        await copyFile(source, copy, constants.COPYFILE_FICLONE);
        await chmod(copy, 0o600);
        await own(copy);
      }),
    );
  };
  await copyFolder(template, target);
}
