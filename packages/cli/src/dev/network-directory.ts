/**
 * The folder of a network on this machine: marked as such before anything else is written into it,
 * so that `--fresh` deletes networks and never somebody's own folder that happens to hold `keys/`.
 */
import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { usageError } from '../command-error.ts';
import { profileFileName } from '../find-network.ts';
import { awaitNodeEnd } from './node-process.ts';

const markerName = 'bucordo-dev';
const markerText = 'This folder belongs to bucordo dev. --fresh deletes the network in it.\n';
/** What a network consists of; everything else in the folder is left alone. */
const parts = [
  ...['genesis.json', profileFileName, 'members', 'keys', 'loads', 'control.sock'],
  ...['authorities', 'unanswered'],
];
/** A database that Postgres' account could not reach lies elsewhere, in a folder of such a name. */
const placedElsewhere = /^[0-9a-f]{16}-[0-9a-f]{8}$/;

/** Makes the folder where it is missing and marks it. Refuses one that holds parts of something else. */
export function claimDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  if (isDevDirectory(directory)) return;
  const foreign = parts.find((part) => existsSync(join(directory, part)));
  if (foreign !== undefined)
    throw usageError(
      `${directory} holds ${foreign}, which bucordo dev did not make`,
      'Choose another folder: --dir DIR',
      { directory },
    );
  writeFileSync(join(directory, markerName), markerText);
}

/** Deletes the network in a marked folder when its nodes have ended, and nothing else that may be in it. */
export async function deleteNetwork(directory: string): Promise<void> {
  if (!isDevDirectory(directory)) return;
  for (const member of memberDirectories(directory)) {
    await awaitNodeEnd(member);
    deletePlacedElsewhere(join(member, 'postgres'));
  }
  for (const part of parts) rmSync(join(directory, part), { recursive: true, force: true });
}

/** Whether `bucordo dev` made the folder. Genesis, profile and members side by side are a network's, marked or not. */
export function isDevDirectory(directory: string): boolean {
  const isThere = (name: string): boolean => existsSync(join(directory, name));
  return isThere(markerName) || ['genesis.json', profileFileName, 'members'].every(isThere);
}

function memberDirectories(directory: string): string[] {
  const members = join(directory, 'members');
  return existsSync(members) ? readdirSync(members).map((name) => join(members, name)) : [];
}

function deletePlacedElsewhere(data: string): void {
  if (!existsSync(data)) return;
  const place = realpathSync(data);
  const isElsewhere = placedElsewhere.test(basename(place)) && statSync(place).isDirectory();
  if (isElsewhere) rmSync(place, { recursive: true, force: true });
}
