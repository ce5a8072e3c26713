/**
 * One node per data directory. Postgres locks its files against a second server; this lock keeps a
 * second node from taking over a server whose node is alive.
 */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { Fault } from '../fault.ts';
import { wordFullDisk } from './disk-space.ts';
import { processStart } from './postmaster.ts';

/** Taken for the life of the server; `release` gives it back. */
export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a data directory, a file beside it with the process number and start of the
 * node. A lock whose process is gone counts for nothing. Fails with the fault `postgres_in_use`, or `disk_full`.
 */
export async function lockDirectory(dataDirectory: string): Promise<DirectoryLock> {
  const file = `${dataDirectory}.lock`;
  const owner = `${process.pid} ${await processStart(process.pid)}\n`;
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await create(file, owner)) return { release: () => rm(file, { force: true }) };
    const holder = await readFile(file, 'utf8').catch(() => '');
    const pid = Number(holder.split(' ', 1)[0]);
    if (pid > 0 && holder === `${pid} ${await processStart(pid)}\n`) throw inUse(dataDirectory, pid);
    await rm(file, { force: true });
  }
  throw inUse(dataDirectory, 0);
}

async function create(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    // A lock without its owner would be somebody's that nobody knows.
    await rm(file, { force: true });
    throw wordFullDisk(error);
  }
}

function inUse(dataDirectory: string, pid: number): Fault {
  return new Fault('postgres_in_use', `Another node uses the data directory ${dataDirectory}`, {
    facts: { dataDirectory, pid },
    hint: 'Stop that node first, or give this one a data directory of its own.',
  });
}
