/**
 * The data directory of an embedded server: where it lies, and its first contents.
 *
 * A server under another account than the node's must be able to pass all parent folders. Where it
 * cannot (say, below /root), the data lies in a folder that it can reach, and the wanted path is a
 * symbolic link to it: the next start follows the link, and removing the link means a new database.
 * A directory is created under another name and renamed, so it is complete or absent.
 */

import { createHash, randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Fault } from '../fault.ts';
import { shellWord } from '../shell-word.ts';
import type { PostgresBinaries } from './binaries.ts';
import { runProgram } from './program.ts';
import { accountName, canReach, type ServerAccount } from './server-account.ts';

/** Longest path of a socket, in bytes: 107 on Linux, 103 elsewhere (`sockaddr_un`, less its final zero). */
const SOCKET_PATH_BYTES_MAX = process.platform === 'linux' ? 107 : 103;
const SOCKET_NAME_BYTES = '/.s.PGSQL.5432'.length;

/** Where data that its account could not reach goes instead; below the temporary folder if it was wanted there. */
const REACHABLE_DIRECTORY = '/var/lib/bucordo';

/**
 * Uid of the account whose database lies in the wanted data directory; null where none is seen there. A
 * folder that this account may not look into counts as one.
 */
export async function dataOwner(wanted: string): Promise<number | null> {
  const facts = await stat(wanted).catch(ignoreAbsent);
  if (facts === null || !facts.isDirectory()) return null;
  const entries = await readdir(wanted).catch(() => ['PG_VERSION']);
  return entries.includes('PG_VERSION') ? facts.uid : null;
}

/** The fault of a start whose server would run under another account than the one that owns the data. */
export async function ownedByOther(directory: string, owner: number, account: ServerAccount): Promise<Fault> {
  const [whose, server] = await Promise.all([accountName(owner), accountName(account.uid)]);
  const started = account.isOther
    ? `this node runs as root, its Postgres as ${server}`
    : `this node runs as ${server}`;
  const give = `sudo chown -R ${shellWord(server)} ${shellWord(directory)}`;
  return new Fault(
    'postgres_directory_owned',
    `The database in ${directory} belongs to ${whose}; ${started}. Nothing was changed.`,
    {
      facts: { directory, owner: whose, account: server },
      hint:
        account.isOther && owner !== 0
          ? `Start the node as ${whose}, who has run it before: sudo -u ${shellWord(whose)} …`
          : `Start the node as it was started before (as root, where its Postgres ran as ${whose}). To change over for good, while nothing runs on it: ${give}`,
    },
  );
}

/**
 * The place of the wanted data directory: its real path, or where the account cannot reach that,
 * a folder that it can reach, to which the wanted path becomes a link.
 */
export async function placeDataDirectory(wanted: string, account: ServerAccount): Promise<string> {
  const absolute = path.resolve(wanted);
  await mkdir(path.dirname(absolute), { recursive: true });
  const existing = await realpath(absolute).catch(() => null);
  if (existing !== null && ((await canReach(account, existing)) || !(await isEmpty(existing))))
    return existing;
  const real = path.join(await realpath(path.dirname(absolute)), path.basename(absolute));
  if (await canReach(account, real)) return real;
  return placeElsewhere(real, account);
}

async function placeElsewhere(wanted: string, account: ServerAccount): Promise<string> {
  const temporary = await realpath(os.tmpdir());
  const isTemporary = wanted.startsWith(temporary + path.sep);
  const parent = isTemporary ? path.join(temporary, 'bucordo-data') : REACHABLE_DIRECTORY;
  if ((await mkdir(parent, { recursive: true })) !== undefined) await chmod(parent, 0o711);
  const place = path.join(parent, `${shortHash(wanted)}-${randomBytes(4).toString('hex')}`);
  const facts = await lstat(parent);
  const isOurs = facts.isDirectory() && facts.uid === process.getuid?.() && (facts.mode & 0o022) === 0;
  if (!isOurs || !(await canReach(account, place))) {
    throw new Fault(
      'postgres_directory_unreachable',
      `The account of Postgres cannot use ${wanted}, and ${parent} is no safe place for it`,
      {
        facts: { wanted, uid: account.uid },
        hint: 'Choose a data directory whose parent folders everybody may pass (mode 0755).',
      },
    );
  }
  await rmdir(wanted).catch(ignoreMissing);
  // A link that leads nowhere stands for data that somebody removed.
  if ((await lstat(wanted).catch(() => null))?.isSymbolicLink() === true) await rm(wanted);
  await symlink(place, wanted);
  return place;
}

/** Creates the database files in `directory` unless they exist. Runs `initdb` under `account`; about a second. */
export async function createDataDirectory(
  directory: string,
  binaries: PostgresBinaries,
  account: ServerAccount,
): Promise<void> {
  const version = await readFile(path.join(directory, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version !== null) return requireVersion(directory, version.trim(), binaries);
  if (!(await isEmpty(directory))) {
    throw new Fault('postgres_directory_foreign', `${directory} holds other files than a Postgres database`, {
      facts: { directory },
      hint: 'Name an empty or absent folder as data directory.',
    });
  }
  const draft = `${directory}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  if (account.isOther) await chown(draft, account.uid, account.gid);
  const program = [binaries.initdb, '-D', draft, '--username=postgres', '--auth=trust', '--encoding=UTF8'];
  // As every database of a node is made, see set-up.ts.
  const locale = ['--locale=C', '--locale-provider=libc'];
  const rest = ['--data-checksums', '--no-instructions'];
  await runProgram([...program, ...locale, ...rest], { account, libraries: binaries.libraries });
  await rmdir(directory).catch(ignoreMissing);
  await rename(draft, directory);
}

function requireVersion(directory: string, version: string, binaries: PostgresBinaries): void {
  if (binaries.version.startsWith(`${version}.`)) return;
  throw new Fault(
    'postgres_directory_foreign',
    `${directory} was made by Postgres ${version}, the binaries are ${binaries.version}`,
    {
      facts: { directory, version, binaries: binaries.version },
      hint: 'Start with a new data directory: the node fetches its blocks from other members.',
    },
  );
}

/**
 * The folder for the socket: the data directory itself, which only the server's account may enter,
 * or, where that path is too long, a short one in the temporary folder, closed in the same way and
 * derived from the data directory.
 */
export async function socketDirectoryFor(dataDirectory: string, account: ServerAccount): Promise<string> {
  if (Buffer.byteLength(dataDirectory) + SOCKET_NAME_BYTES <= SOCKET_PATH_BYTES_MAX) return dataDirectory;
  const directory = path.join(os.tmpdir(), `bucordo-${shortHash(dataDirectory)}`);
  await mkdir(directory, { mode: 0o700 }).then(
    () => (account.isOther ? chown(directory, account.uid, account.gid) : undefined),
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
  const facts = await lstat(directory);
  const isLong = Buffer.byteLength(directory) + SOCKET_NAME_BYTES > SOCKET_PATH_BYTES_MAX;
  if (isLong || !facts.isDirectory() || facts.uid !== account.uid || (facts.mode & 0o077) !== 0) {
    throw new Fault('postgres_socket_unsafe', `The folder ${directory} cannot hold the socket of Postgres`, {
      facts: { directory, reason: isLong ? 'path too long' : 'not closed to other accounts' },
      hint: isLong ? 'Set TMPDIR to a short path.' : 'Remove the folder, then start again.',
    });
  }
  return directory;
}

async function isEmpty(directory: string): Promise<boolean> {
  const entries = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.length === 0;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function ignoreAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
