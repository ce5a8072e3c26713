/**
 * The profile of a network: where its nodes answer and which identity signs, so that commands need
 * no long flags. `bucordo dev` and `bucordo network new` write it as `profile.json` into the
 * network's folder; commands look for `.bucordo/profile.json` upwards from the current folder.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { notFoundError, usageError } from './command-error.ts';
import { readJsonFile } from './read-json-file.ts';

/** How to reach one member's node. */
export interface MemberEndpoint {
  readonly id: string;
  /** Host and port of the gRPC door, for transactions. */
  readonly grpc: string;
  /** Base URL of the HTTP door, for everything else. */
  readonly http: string;
  /** Certificate authority that the node's certificate comes from; relative to the profile's folder. */
  readonly authority: string;
}

/** The contents of `profile.json`. Paths are relative to its folder. */
export interface Profile {
  readonly bucordo: 1;
  /** Network id, hex. */
  readonly network: string;
  readonly name: string;
  readonly genesis: string;
  readonly keys: string;
  /** Identity that signs unless `--as` says otherwise, `member/name`. */
  readonly as: string;
  /** Member whose node is asked unless `--node` says otherwise. */
  readonly node: string;
  readonly members: readonly MemberEndpoint[];
  /** Socket of the running `bucordo dev`, where there is one. */
  readonly control?: string;
}

/** A profile and the folder its paths start from. */
export interface LoadedProfile {
  readonly profile: Profile;
  readonly directory: string;
}

/** Name of the folder that `bucordo dev` makes, and that commands look for. */
export const networkDirectoryName = '.bucordo';
/** Name of the profile within the network's folder. */
export const profileFileName = 'profile.json';

/**
 * Loads the profile that `--profile FILE`, `--network-dir DIR` or the environment's `BUCORDO_DIR`
 * names, or else the nearest `.bucordo/profile.json` upwards. A not-found error says how to get one.
 */
export function loadProfile(options: {
  profile?: string | undefined;
  networkDirectory?: string | undefined;
}): LoadedProfile {
  const file = findProfile(options);
  const value = readJsonFile(file, 'Write it again with bucordo dev, or name another: --profile FILE');
  if (!isProfile(value))
    throw usageError(
      `${file} is not a profile of this version`,
      'Write it again: bucordo dev (or bucordo network new).',
    );
  return { profile: value, directory: dirname(file) };
}

/** Writes the profile whole: a reader sees the old one or the new one. */
export function writeProfile(directory: string, profile: Profile): void {
  const file = join(directory, profileFileName);
  writeFileSync(`${file}.new`, `${JSON.stringify(profile, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** A path of the profile as seen from anywhere. */
export function profilePath(loaded: LoadedProfile, path: string): string {
  return isAbsolute(path) ? path : join(loaded.directory, path);
}

/** The endpoint of a member, or a usage error that lists those there are. */
export function endpointOf(profile: Profile, member: string): MemberEndpoint {
  const endpoint = profile.members.find(({ id }) => id === member);
  if (endpoint !== undefined) return endpoint;
  throw usageError(
    `${member} is not a member of ${profile.name}`,
    `Members: ${profile.members.map(({ id }) => id).join(', ')}`,
    { member },
  );
}

function findProfile(options: {
  profile?: string | undefined;
  networkDirectory?: string | undefined;
}): string {
  if (options.profile !== undefined) return existing(resolve(options.profile));
  const directory = options.networkDirectory ?? process.env['BUCORDO_DIR'];
  if (directory !== undefined) return existing(resolve(directory, profileFileName));
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const candidate = join(folder, networkDirectoryName, profileFileName);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) break;
  }
  throw notFoundError(
    `there is no ${networkDirectoryName}/${profileFileName} in ${process.cwd()} or above it`,
    'Start a network here (bucordo dev), or say where one is: --network-dir DIR',
  );
}

function existing(file: string): string {
  if (existsSync(file)) return file;
  throw notFoundError(
    `there is no profile ${file}`,
    'Start a network (bucordo dev), or say where one is: --network-dir DIR',
  );
}

function isProfile(value: unknown): value is Profile {
  if (typeof value !== 'object' || value === null) return false;
  const texts = ['network', 'name', 'genesis', 'keys', 'as', 'node'];
  const fields = new Map<string, unknown>(Object.entries(value));
  const members = fields.get('members');
  return (
    fields.get('bucordo') === 1 &&
    texts.every((name) => typeof fields.get(name) === 'string') &&
    Array.isArray(members) &&
    members.every(isEndpoint)
  );
}

function isEndpoint(value: unknown): value is MemberEndpoint {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return ['id', 'grpc', 'http', 'authority'].every((name) => typeof fields.get(name) === 'string');
}
