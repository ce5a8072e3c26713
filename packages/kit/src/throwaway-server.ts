/**
 * A real Postgres that lives as long as somebody needs it: copied from a template, started without
 * durability, removed with all its data. Ready in well under a second once the template exists.
 *
 * It ends with the process, whatever ends it; what a process leaves that is killed outright, the next
 * start removes.
 */

import { constants, rmSync } from 'node:fs';
import { access, chmod, mkdtemp, readdir, readFile, rm, stat, statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ConnectionOptions,
  isAlive,
  isServerOf,
  readPostmaster,
  startEmbedded,
} from '@bucordo/node/engine';
import {
  copyTemplate,
  databaseTemplate,
  TEMPLATE_DATABASES,
  THROWAWAY_SETTINGS,
} from './database-template.ts';

/** Options of {@link startThrowawayServer}. */
export interface ThrowawayOptions {
  /** Where template and binaries are kept; without it the account's cache. */
  readonly cacheDirectory?: string;
  /** Further settings of the server. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A running server with databases in which the node's set-up has run. */
export interface ThrowawayServer {
  /** Names of the databases: roles, revokes and grants are in place, and nothing else. */
  readonly databases: readonly string[];
  /** How to connect as `role`: `postgres` (the superuser), `bucordo_node`, `bucordo_reader`. */
  connection(role: string, database: string): ConnectionOptions;
  /** Ends the server at once and removes its data. May be called more than once. */
  stop(): Promise<void>;
}

/** Starts a throwaway server. Fails with the faults of the embedded server. */
export async function startThrowawayServer(options: ThrowawayOptions = {}): Promise<ThrowawayServer> {
  const template = await databaseTemplate(options.cacheDirectory);
  const parent = await parentDirectory();
  await sweep(parent);
  const directory = await mkdtemp(path.join(parent, PREFIX));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    // The account of the server must be able to pass.
    await chmod(directory, 0o711);
    const dataDirectory = path.join(directory, 'data');
    await copyTemplate(template, dataDirectory);
    const server = await startEmbedded({
      dataDirectory,
      ...(options.cacheDirectory === undefined ? {} : { cacheDirectory: options.cacheDirectory }),
      sharedBuffersMib: 64,
      settings: { ...THROWAWAY_SETTINGS, ...options.settings },
    });
    const end = (): void => {
      quit(server.pid);
      remove();
    };
    process.once('exit', end);
    return {
      databases: TEMPLATE_DATABASES,
      connection: (role, database) => server.connection(role, database),
      stop: async () => {
        process.off('exit', end);
        quit(server.pid);
        await ended(server.pid);
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

const PREFIX = 'bucordo-kit-';
/** A folder without an owner is being made, unless it is older than this. */
const ORPHAN_MS = 10 * 60_000;

// What processes that were killed outright have left: their folders, and servers that still run in them.
async function sweep(parent: string): Promise<void> {
  const names = await readdir(parent);
  for (const name of names.filter((each) => each.startsWith(PREFIX))) {
    const directory = path.join(parent, name);
    const data = path.join(directory, 'data');
    const owner = Number((await readFile(`${data}.lock`, 'utf8').catch(() => '')).split(' ', 1)[0]);
    const age = Date.now() - ((await stat(directory).catch(() => null))?.mtimeMs ?? Date.now());
    if (owner > 0 ? isAlive(owner) : age < ORPHAN_MS) continue;
    const server = await readPostmaster(data);
    if (server !== null && (await isServerOf(server.pid, data))) {
      quit(server.pid);
      await ended(server.pid);
    }
    // Those of other accounts stay; they are theirs to remove.
    await rm(directory, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Memory is ten times as fast to copy to and to remove from as a disk; not everywhere is there enough of it. */
const MEMORY_DIRECTORY = '/dev/shm';
const MEMORY_BYTES_FREE_MIN = 1024 ** 3;

async function parentDirectory(): Promise<string> {
  const facts = await statfs(MEMORY_DIRECTORY).catch(() => null);
  const hasRoom = facts !== null && facts.bavail * facts.bsize >= MEMORY_BYTES_FREE_MIN;
  const isWritable = await access(MEMORY_DIRECTORY, constants.W_OK).then(
    () => true,
    () => false,
  );
  return hasRoom && isWritable ? MEMORY_DIRECTORY : os.tmpdir();
}

// Nothing of the data is kept, so the server need not stop in order.
function quit(pid: number): void {
  try {
    process.kill(pid, 'SIGQUIT');
  } catch {
    // It has ended already.
  }
}

async function ended(pid: number): Promise<void> {
  for (let waited = 0; waited < STOP_MS_MAX && isAlive(pid); waited += 5) await delay(5);
}

/** Sessions that work hear of the end at their next interrupt; longer than this none waits for it. */
const STOP_MS_MAX = 5_000;
