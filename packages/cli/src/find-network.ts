/**
 * Where the network is that a command is about: the folder that an option or the environment names, else
 * the nearest one from the current folder upwards. A folder counts when it is a network's itself (what
 * `bucordo dev` makes, a member's folder that was handed over) or holds one as `.bucordo`.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type CommandError, notFoundError, usageError } from './command-error.ts';
import { commandLine, shownPath } from './command-line.ts';

/** What the command line says about the network. */
export interface NetworkChoice {
  /** A profile by its own name. */
  readonly profile?: string | undefined;
  /** A network's folder. */
  readonly networkDirectory?: string | undefined;
}

/** Name of the folder that `bucordo dev` makes. */
export const networkDirectoryName = '.bucordo';
/** Name of the profile within a network's folder. */
export const profileFileName = 'profile.json';

const genesisFileName = 'genesis.json';
/** How many members' folders an error lists. */
const foldersShownMax = 8;

/** The file of the profile. Throws a not-found error that says what was looked for, and how to get one. */
export function findProfile(choice: NetworkChoice): string {
  if (choice.profile !== undefined) return existing(resolve(choice.profile));
  const named = choice.networkDirectory ?? environmentDirectory();
  return named === undefined ? findNear(process.cwd()) : findNamed(resolve(named));
}

/** What the environment's `BUCORDO_DIR` names; undefined when it is not set or empty. */
export function environmentDirectory(): string | undefined {
  const directory = process.env['BUCORDO_DIR'];
  return directory === '' ? undefined : directory;
}

/** Whether commands in the current folder find the network in `directory` without being told. */
export function isNear(directory: string): boolean {
  const named = environmentDirectory();
  try {
    const file = named === undefined ? findNear(process.cwd()) : findNamed(resolve(named));
    return dirname(file) === resolve(directory);
  } catch {
    return false;
  }
}

function findNamed(directory: string): string {
  const places = [directory, join(directory, networkDirectoryName)];
  const found = places.map((place) => join(place, profileFileName)).find(existsSync);
  if (found !== undefined) return found;
  throw (
    severalMembers(directory) ??
    notFoundError(
      `${directory} is no network's folder: there is neither ${places.map((place) => join(place, profileFileName)).join(' nor ')}`,
      howToNameOne(),
    )
  );
}

function findNear(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = profileAt(folder);
    if (found !== null) return found;
    const several = severalMembers(folder);
    if (several !== null) throw several;
    if (dirname(folder) === folder) break;
  }
  throw notFoundError(
    `no network was found: neither ${networkDirectoryName}/${profileFileName} nor ${profileFileName} beside a ${genesisFileName} is in ${from} or above it`,
    howToNameOne(),
  );
}

/** A profile alone may be any program's; beside a genesis it is a network's. */
function profileAt(folder: string): string | null {
  const own = join(folder, profileFileName);
  if (existsSync(own) && existsSync(join(folder, genesisFileName))) return own;
  const below = join(folder, networkDirectoryName, profileFileName);
  return existsSync(below) ? below : null;
}

/** Where a network was made to be handed out, one folder has all members' folders and no profile of its own. */
function severalMembers(folder: string): CommandError | null {
  if (!existsSync(join(folder, genesisFileName))) return null;
  const members = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, profileFileName)))
    .map(({ name }) => join(folder, name))
    .sort();
  if (members.length === 0) return null;
  const shown = members.slice(0, foldersShownMax).map(shownPath);
  const more = members.length > foldersShownMax ? ` and ${members.length - foldersShownMax} more` : '';
  return usageError(
    `${folder} holds the folders of several members, and a command speaks for one of them`,
    `Name one with --network-dir, or go there: ${shown.join(', ')}${more}`,
    { directory: folder },
  );
}

function existing(file: string): string {
  if (existsSync(file)) return file;
  throw notFoundError(`there is no profile ${file}`, howToNameOne());
}

function howToNameOne(): string {
  return `Name a network's folder (--network-dir DIR, or BUCORDO_DIR), or start a network here: ${commandLine('dev')}`;
}
