/**
 * A copy of an embedded server's files, taken while the node goes on or while it is stopped, and put
 * back from. The copy is physical, because the history of a table follows its columns by their numbers,
 * which a dump does not keep.
 *
 * While the server runs, it is told that a backup begins and ends (Postgres, chapter "Making a Base
 * Backup Using the Low Level API"): what lies between is copied as it changes, and the write-ahead log
 * of that time, kept by a temporary slot, makes one state of it when the copy is started.
 */

import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { chmod, chown, copyFile, mkdir, open, readdir, realpath, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { Fault } from '../fault.ts';
import { connect } from './connection.ts';
import { placeDataDirectory } from './data-directory.ts';
import { lockDirectory } from './directory-lock.ts';
import { isServerOf, type Postmaster, readPostmaster } from './postmaster.ts';
import { serverAccount } from './server-account.ts';

/** A file of a copy. */
export interface CopiedFile {
  /** Below the folder of the database, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256, hex. */
  readonly sha256: string;
}

/** What a copy came to. */
export interface DatabaseCopy {
  /** Version of Postgres that made the files, `18`. */
  readonly postgres: string;
  /** Height that the copy has at least; null where the server was not asked because it did not run. */
  readonly height: number | null;
  readonly files: readonly CopiedFile[];
}

/** Folders whose contents a server makes anew at its start. */
const EMPTY_FOLDERS: ReadonlySet<string> = new Set([
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);

/** Files of a running server, its log, and what a started program left half done. */
const LEFT_OUT =
  /^(postmaster\.(pid|opts)|postgres\.log(\.1)?|\.s\.PGSQL\..*)$|(^|\/)(pgsql_tmp[^/]*|pg_internal\.init[^/]*)(\/|$)/;

/**
 * Copies the database in `dataDirectory` to the new folder `target`, online when its server runs. Throws {@link Fault}
 * `backup_failed` with the reason, `postgres_in_use` when a node starts at this moment.
 */
export async function copyDatabase(dataDirectory: string, target: string): Promise<DatabaseCopy> {
  const source = await realpath(dataDirectory).catch(() => {
    throw failed(
      `there is no database in ${dataDirectory}`,
      'Name the configuration of a node that was started once.',
    );
  });
  const version = await readVersion(source);
  await mkdir(target, { mode: 0o700 });
  const postmaster = await readPostmaster(source);
  const isRunning = postmaster !== null && (await isServerOf(postmaster.pid, source));
  const copied = isRunning
    ? await copyRunning(source, postmaster, target)
    : await copyStopped(source, target);
  return { postgres: version, ...copied };
}

async function readVersion(source: string): Promise<string> {
  try {
    const file = await open(path.join(source, 'PG_VERSION'));
    try {
      return (await file.readFile('utf8')).trim();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw failed(
      `${source} holds no database that can be read`,
      'Run the command as the account of the node, or as root.',
      cause,
    );
  }
}

async function copyStopped(source: string, target: string): Promise<Omit<DatabaseCopy, 'postgres'>> {
  const lock = await lockDirectory(source);
  try {
    return { height: null, files: await copyFiles({ source, target, isRunning: false }) };
  } finally {
    await lock.release();
  }
}

async function copyRunning(
  source: string,
  { socketDirectory, port }: Postmaster,
  target: string,
): Promise<Omit<DatabaseCopy, 'postgres'>> {
  const client = await connect({ socketDirectory, port, role: 'postgres', database: 'bucordo' });
  try {
    // The slot keeps the log from here on; it goes with this session.
    await client.query(
      `SELECT pg_catalog.pg_create_physical_replication_slot('bucordo_backup_' || pg_catalog.pg_backend_pid(), true, true)`,
    );
    const { rows } = await client.query<{ height: string | null }>(
      'SELECT max(s.height)::text AS height FROM bucordo.state AS s',
    );
    const height = rows[0]?.height ?? null;
    await client.query("SELECT pg_catalog.pg_backup_start('bucordo', fast => true)");
    const files = await copyFiles({ source, target, isRunning: true });
    const { first, last, label } = await endBackup(client);
    await writeFile(path.join(target, 'backup_label'), label, { mode: 0o600 });
    files.push(await described(target, 'backup_label'));
    files.push(...(await copyLog(source, target, { first, last })));
    return { height: height === null ? null : Number(height), files };
  } finally {
    await client.end();
  }
}

// The end is where the log was switched, so the last segment is whole.
async function endBackup(client: pg.ClientBase): Promise<{ first: string; last: string; label: string }> {
  const { rows } = await client.query<{ last: string; label: string; tablespaces: string }>(
    `SELECT pg_catalog.pg_walfile_name(b.lsn) AS last, b.labelfile AS label, b.spcmapfile AS tablespaces
       FROM pg_catalog.pg_backup_stop(wait_for_archive => false) AS b`,
  );
  const [row] = rows;
  if (row === undefined) throw failed('Postgres did not say where the backup ends', 'Try it again.');
  if (row.tablespaces !== '')
    throw failed('the database has tablespaces outside its folder', 'Back it up with the means of Postgres.');
  const [, first = ''] = /^START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)$/m.exec(row.label) ?? [];
  return { first, last: row.last, label: row.label };
}

interface Copying {
  readonly source: string;
  readonly target: string;
  /** Then the log is copied by itself, at the end, and files may come and go. */
  readonly isRunning: boolean;
}

async function copyFiles({ source, target, isRunning }: Copying): Promise<CopiedFile[]> {
  const files: CopiedFile[] = [];
  const copyFolder = async (folder: string): Promise<void> => {
    await mkdir(path.join(target, folder), { recursive: true, mode: 0o700 });
    for (const entry of await readdir(path.join(source, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (LEFT_OUT.test(name)) continue;
      const facts = await stat(path.join(source, name)).catch(ignoreGone);
      if (facts === null) continue;
      if (!facts.isDirectory()) {
        if (facts.isFile() && (await isCopied(source, target, name)))
          files.push(await described(target, name));
      } else if (EMPTY_FOLDERS.has(name)) {
        await mkdir(path.join(target, name), { mode: 0o700 });
      } else if (name === 'pg_wal' && isRunning) {
        await mkdir(path.join(target, 'pg_wal', 'archive_status'), { recursive: true, mode: 0o700 });
      } else {
        await copyFolder(name);
      }
    }
  };
  await copyFolder('');
  return files;
}

async function copyLog(
  source: string,
  target: string,
  { first, last }: { readonly first: string; readonly last: string },
): Promise<CopiedFile[]> {
  const names = (await readdir(path.join(source, 'pg_wal')))
    .filter((name) => /^[0-9A-F]{24}$/.test(name) && name >= first && name <= last)
    .sort();
  if (names[0] !== first || names.at(-1) !== last)
    throw failed(`the write-ahead log from ${first} to ${last} is not there any more`, 'Try it again.');
  const files: CopiedFile[] = [];
  for (const name of names.map((each) => `pg_wal/${each}`)) {
    await copyFile(path.join(source, name), path.join(target, name));
    files.push(await described(target, name));
  }
  return files;
}

/** False when the file has gone since its folder was read. */
async function isCopied(source: string, target: string, name: string): Promise<boolean> {
  const copy = path.join(target, name);
  try {
    await copyFile(path.join(source, name), copy, constants.COPYFILE_FICLONE);
  } catch (error) {
    if (isGone(error)) return false;
    throw worded(error, target);
  }
  await chmod(copy, 0o600);
  return true;
}

async function described(folder: string, name: string): Promise<CopiedFile> {
  const file = path.join(folder, name);
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  const handle = await open(file);
  await handle.sync();
  await handle.close();
  return { path: name, bytes, sha256: hash.digest('hex') };
}

/**
 * Puts the copied files from `source` where a node's database belongs, after each was compared with its hash. Nothing is written when
 * there is a database already. Throws {@link Fault} `backup_damaged` with the file, `postgres_directory_foreign`.
 */
export async function restoreDatabase(
  source: string,
  files: readonly CopiedFile[],
  wanted: string,
): Promise<string> {
  for (const file of files) await requireWhole(source, file);
  const account = await serverAccount();
  const dataDirectory = await placeDataDirectory(wanted, account);
  const found = await readdir(dataDirectory).catch(() => []);
  if (found.length > 0) {
    throw new Fault('postgres_directory_foreign', `${dataDirectory} is not empty; nothing was restored`, {
      facts: { dataDirectory },
      hint: 'Move that folder away first: what the node has is never overwritten.',
    });
  }
  const lock = await lockDirectory(dataDirectory);
  try {
    const own = async (name: string): Promise<void> => {
      if (account.isOther) await chown(path.join(dataDirectory, name), account.uid, account.gid);
    };
    const folder = async (name: string): Promise<void> => {
      const made = await mkdir(path.join(dataDirectory, name), { recursive: true, mode: 0o700 });
      for (let at = made === undefined ? null : name; at !== null; at = parentOf(at)) await own(at);
    };
    await folder('');
    for (const name of [...EMPTY_FOLDERS, 'pg_wal/archive_status', 'pg_tblspc', 'pg_twophase'])
      await folder(name);
    for (const { path: name } of files.filter((each) => each.path !== 'PG_VERSION')) {
      await folder(path.posix.dirname(name) === '.' ? '' : path.posix.dirname(name));
      await restoreFile(source, dataDirectory, name);
      await own(name);
    }
    for (const name of await emptyFoldersOf(source)) await folder(name);
    // By this file the node takes the folder for a database: it is written last.
    await restoreFile(source, dataDirectory, 'PG_VERSION');
    await own('PG_VERSION');
    return dataDirectory;
  } finally {
    await lock.release();
  }
}

function parentOf(name: string): string | null {
  if (name === '') return null;
  const parent = path.posix.dirname(name);
  return parent === '.' ? '' : parent;
}

async function restoreFile(source: string, target: string, name: string): Promise<void> {
  const copy = path.join(target, name);
  try {
    await copyFile(path.join(source, name), copy, constants.COPYFILE_FICLONE);
  } catch (error) {
    throw worded(error, target);
  }
  await chmod(copy, 0o600);
  const handle = await open(copy);
  await handle.sync();
  await handle.close();
}

async function requireWhole(source: string, { path: name, bytes, sha256 }: CopiedFile): Promise<void> {
  const isInside = !path.posix.isAbsolute(name) && !name.split('/').includes('..');
  const found = isInside ? await described(source, name).catch(() => null) : null;
  if (found !== null && found.bytes === bytes && found.sha256 === sha256) return;
  throw new Fault(
    'backup_damaged',
    `${name} of the backup is missing or not what was copied; nothing was restored`,
    {
      facts: { file: name, source },
      hint: 'Take another backup; or start the node without one: it fetches all blocks from the other members.',
    },
  );
}

async function emptyFoldersOf(source: string): Promise<string[]> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.relative(source, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function ignoreGone(error: unknown): null {
  if (isGone(error)) return null;
  throw error;
}

function worded(error: unknown, target: string): unknown {
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
    return failed(
      `the disk of ${target} is full`,
      'Make room there, remove the unfinished folder, and try it again.',
    );
  return error;
}

function failed(reason: string, hint: string, cause?: unknown): Fault {
  return new Fault('backup_failed', `The database was not backed up: ${reason}`, {
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}
