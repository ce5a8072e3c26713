/**
 * The profile of a network: where its nodes answer and which identity signs, so that commands need
 * no long flags. `bucordo dev` and `bucordo network new` write it as `profile.json` into the
 * network's folder, where `find-network.ts` finds it.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { CommandError, usageError } from './command-error.ts';
import { commandLine } from './command-line.ts';
import { exitUsage } from './exit-codes.ts';
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
  /** Members that came later and whose nodes' addresses were told: `bucordo network node`. */
  readonly admitted?: readonly MemberEndpoint[];
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

/** All nodes whose addresses are known here: those of the founding, and those that were told later. */
export function knownEndpoints({ members, admitted = [] }: Profile): readonly MemberEndpoint[] {
  return [...members, ...admitted.filter(({ id }) => !members.some((founding) => founding.id === id))];
}

/**
 * Where the node of a member answers, or an error `node_unknown` that lists the nodes whose addresses are known:
 * who is a member is on the chain, where its node is found is not.
 */
export function endpointOf(profile: Profile, member: string): MemberEndpoint {
  const known = knownEndpoints(profile);
  const endpoint = known.find(({ id }) => id === member);
  if (endpoint !== undefined) return endpoint;
  throw new CommandError(
    {
      code: 'node_unknown',
      exitCode: exitUsage,
      hint: `Known are the nodes of ${known.map(({ id }) => id).join(', ')}. The address of another member's node: ${commandLine('network', 'node', '--help')}`,
      facts: { member },
    },
    `no address of a node of ${member} is known here`,
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
    isOrigin(fields.get('dev')) &&
    isListOfEndpoints(fields.get('admitted') ?? [])
  );
}

function isOrigin(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null || !('example' in value) || !('data' in value))
    return false;
  return typeof value.example === 'string' && (value.data === null || typeof value.data === 'string');
}

function isListOfEndpoints(value: unknown): boolean {
  return Array.isArray(value) && value.every(isEndpoint);
}

function isEndpoint(value: unknown): value is MemberEndpoint {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return ['id', 'grpc', 'http', 'authority'].every((name) => typeof fields.get(name) === 'string');
}
