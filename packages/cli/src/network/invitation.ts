/**
 * What a new member needs to know of a network before it can follow it: the genesis, whose hash is
 * the network's id, the members' authorities and where their nodes are. Nothing in it is secret, and
 * nothing in it is believed but what the genesis says: the id is compared over another way.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { notFoundError, usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { knownEndpoints, type LoadedProfile, type MemberEndpoint, profilePath } from '../profile.ts';
import { readJsonFile } from '../read-json-file.ts';
import { genesisOf } from './network-binding.ts';

/** The file. */
export interface Invitation {
  readonly bucordo_invitation: 1;
  readonly name: string;
  /** The genesis, byte for byte, in base64. */
  readonly genesis: string;
  /** Certificates of the members' authorities, PEM. */
  readonly authorities: string;
  /** Peer ports of the members' nodes, `host:port`. */
  readonly peers: readonly { readonly member: string; readonly address: string }[];
  /** Doors of the members' nodes for clients. */
  readonly members: readonly Omit<MemberEndpoint, 'authority'>[];
}

/** Gathers the invitation from the profile at hand and the configuration of its member's node. */
export async function gatherInvitation(loaded: LoadedProfile): Promise<Invitation> {
  const nodes = knownEndpoints(loaded.profile);
  const read = (path: string): string => readFileSync(profilePath(loaded, path), 'utf8');
  const authorities = new Set(nodes.map(({ authority }) => read(authority)));
  return {
    bucordo_invitation: 1,
    name: loaded.profile.name,
    genesis: (await genesisOf(loaded)).toString('base64'),
    authorities: [...authorities].join(''),
    peers: await peersOf(loaded),
    members: nodes.map(({ id, grpc, http }) => ({ id, grpc, http })),
  };
}

/** Reads an invitation, strictly enough to say what is wrong with it. */
export function readInvitation(file: string): Invitation {
  const value = readJsonFile(file, askHint());
  if (isInvitation(value)) return value;
  throw usageError(`${file} is no invitation of this version`, askHint());
}

function askHint(): string {
  return `Ask a member for it, who writes it with: ${commandLine('network', 'invitation', 'invitation.json')}`;
}

interface NodeFile {
  readonly member: string;
  readonly peer: { readonly host: string; readonly port: number };
  readonly peers: Invitation['peers'];
}

// In a member's own folder the configuration lies beside the profile; `bucordo dev` has one folder a member.
async function peersOf(loaded: LoadedProfile): Promise<Invitation['peers']> {
  const { addressText } = await import('@bucordo/node');
  const places = [loaded.directory, join(loaded.directory, 'members', loaded.profile.node)];
  const file = places.map((directory) => join(directory, 'node.json')).find(existsSync);
  if (file === undefined)
    throw notFoundError(
      `there is no configuration of a node in ${places.join(' or ')}`,
      "Run this in the folder of a member's node.",
    );
  const config: NodeFile = JSON.parse(readFileSync(file, 'utf8'));
  const own = knownEndpoints(loaded.profile).find(({ id }) => id === config.member);
  const host = own === undefined ? config.peer.host : new URL(own.http).hostname;
  return [{ member: config.member, address: addressText({ host, port: config.peer.port }) }, ...config.peers];
}

function isInvitation(value: unknown): value is Invitation {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const isList = (name: string, keys: readonly string[]): boolean => {
    const list = fields.get(name);
    return (
      Array.isArray(list) &&
      list.every((entry: unknown) => {
        const entries = new Map<string, unknown>(
          typeof entry === 'object' && entry !== null ? Object.entries(entry) : [],
        );
        return keys.every((key) => typeof entries.get(key) === 'string');
      })
    );
  };
  return (
    fields.get('bucordo_invitation') === 1 &&
    ['name', 'genesis', 'authorities'].every((name) => typeof fields.get(name) === 'string') &&
    isList('peers', ['member', 'address']) &&
    isList('members', ['id', 'grpc', 'http'])
  );
}
