/**
 * Whether a server's disk is full, asked of the disk itself: a server whose log lies on the full
 * disk cannot write down why it ended, and its clients see nothing but a lost connection.
 */

import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../fault.ts';

/** Bytes of a segment of the write-ahead log; the server ends when there is no room for the next one. */
const SEGMENT_BYTES = 16 * 1024 * 1024;

/** True when the disk of the data directory or that of its write-ahead log has no room for a segment of the log. */
export async function isDiskFull(dataDirectory: string): Promise<boolean> {
  const places = [dataDirectory, path.join(dataDirectory, 'pg_wal')];
  const free = await Promise.all(places.map((place) => freeBytes(place)));
  return free.some((bytes) => bytes < SEGMENT_BYTES);
}

// What cannot be asked is not called full.
async function freeBytes(place: string): Promise<number> {
  const facts = await statfs(place).catch(() => null);
  return facts === null ? Number.POSITIVE_INFINITY : facts.bavail * facts.bsize;
}

/** An error of writing to a full disk as the fault `disk_full`; any other error as it is. */
export function wordFullDisk(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOSPC') return error;
  return new Fault('disk_full', `The disk is full: ${error.message}`, {
    cause: error,
    hint: 'Make room on the disk and start again; nothing is damaged.',
  });
}
