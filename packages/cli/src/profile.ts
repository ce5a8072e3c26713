/**
 * The profile of a network: where its nodes answer and which identity signs, so that commands need
 * no long flags. `bucordo dev` and `bucordo network new` write it as `profile.json` into the
 * network's folder, where `find-network.ts` finds it.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { usageError } from './command-error.ts';
import { findProfile, type NetworkChoice, profileFileName } from './find-network.ts';
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

/** What a network of `bucordo dev` was begun with. */
export interface DevOrigin {
  /** Name of the example, or `none`. */
  readonly example: string;
  /** Folder of the example's real data; null where it is generated, or there is none. */
  readonly data: string | null;
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
  /** How `bucordo dev` began the network, so that it can go on with it; absent where it did not make it. */
  readonly dev?: DevOrigin;
}

/** A profile and the folder its paths start from. */
export interface LoadedProfile {
  readonly profile: Profile;
  readonly directory: string;
}

/** Loads the profile of the network that was chosen, or of the nearest one. A not-found error says how to get one. */
export function loadProfile(choice: NetworkChoice): LoadedProfile {
  const file = findProfile(choice);
  const value = readJsonFile(
    file,
    'It may be damaged: fetch it from a backup, or name another: --profile FILE',
  );
  if (!isProfile(value))
    throw usageError(
      `${file} is not a profile of this version`,
      'Fetch it from a backup, or name another one: --profile FILE',
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

function isProfile(value: unknown): value is Profile {
  if (typeof value !== 'object' || value === null) return false;
  const texts = ['network', 'name', 'genesis', 'keys', 'as', 'node'];
  const fields = new Map<string, unknown>(Object.entries(value));
  const members = fields.get('members');
  return (
    fields.get('bucordo') === 1 &&
    texts.every((name) => typeof fields.get(name) === 'string') &&
    Array.isArray(members) &&
    members.every(isEndpoint) &&
    isOrigin(fields.get('dev'))
  );
}

function isOrigin(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null || !('example' in value) || !('data' in value))
    return false;
  return typeof value.example === 'string' && (value.data === null || typeof value.data === 'string');
}

function isEndpoint(value: unknown): value is MemberEndpoint {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return ['id', 'grpc', 'http', 'authority'].every((name) => typeof fields.get(name) === 'string');
}
