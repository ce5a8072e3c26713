/**
 * Makes a network on disk: the genesis, and for every member a folder with all that its node needs
 * (genesis, configuration, node key, certificate, the other members' authorities). The folder of a
 * member contains its secrets and nobody else's: it is what is handed to that member.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { addressText, createAuthority, createNodeKey, newestRules } from '@bucordo/node';
import {
  type ContractDocument,
  decodeGenesis,
  encodeGenesis,
  type Genesis,
  type GenesisIdentity,
  networkId,
  type PublicKey,
  parseMemberId,
  parsePublicKey,
} from '@bucordo/protocol';
import { usageError } from '../command-error.ts';
import { createKey, keyFile } from '../key-store.ts';
import { type MemberEndpoint, type Profile, writeProfile } from '../profile.ts';
import { readJsonFile } from '../read-json-file.ts';
import { contractDocuments } from './contract-package.ts';
import { bindKeys } from './network-binding.ts';
import type { MemberDescription, NetworkDescription } from './network-description.ts';
import { type NodePorts, nodeConfigText, writeNodeCertificates } from './node-folder.ts';
import { wholeOrNothing } from './whole-or-nothing.ts';

/** Where the parts of a network are on this disk. */
export interface NetworkLayout {
  readonly directory: string;
  /** A member's folder, absolute. */
  readonly memberDirectory: (member: string) => string;
  /** Folder of the keys of a member's identities; one for all members on a machine that plays them all. */
  readonly keysDirectory: (member: string) => string;
}

/** The layout of `bucordo dev`: all keys together, because one person plays all members. */
export function devLayout(directory: string): NetworkLayout {
  return {
    directory,
    memberDirectory: (member) => join(directory, 'members', member),
    keysDirectory: () => join(directory, 'keys'),
  };
}

/** The layout of `bucordo network new`: everything of a member in its own folder. */
export function handOverLayout(directory: string): NetworkLayout {
  return {
    directory,
    memberDirectory: (member) => join(directory, member),
    keysDirectory: (member) => join(directory, member, 'keys'),
  };
}

/** A network that was made. */
export interface CreatedNetwork {
  /** Network id, hex. */
  readonly network: string;
  readonly endpoints: readonly MemberEndpoint[];
}

/** Makes everything. Refuses a folder that already holds a genesis. `ports` has a set for each member, in order. */
export async function createNetwork(options: {
  layout: NetworkLayout;
  description: NetworkDescription;
  ports: readonly NodePorts[];
}): Promise<CreatedNetwork> {
  const { layout, description, ports } = options;
  const genesisFile = join(layout.directory, 'genesis.json');
  if (existsSync(genesisFile))
    throw usageError(`${layout.directory} holds a network already`, 'Choose another folder.', {
      directory: layout.directory,
    });
  // Contracts are read first: a mistake in them must not leave half a network behind.
  const contracts = await contractDocuments(description.contracts);
  const directories = description.members.map(({ id }) => layout.memberDirectory(id));
  const keys = [...new Set(description.members.map(({ id }) => layout.keysDirectory(id)))];
  return wholeOrNothing([layout.directory, ...directories, ...keys], () =>
    writeNetwork({ layout, description, ports, contracts, keys }),
  );
}

/** What {@link createNetwork} writes, when all that it needs has been read. */
async function writeNetwork(options: {
  layout: NetworkLayout;
  description: NetworkDescription;
  ports: readonly NodePorts[];
  contracts: readonly ContractDocument[];
  keys: readonly string[];
}): Promise<CreatedNetwork> {
  const { layout, description, ports, contracts, keys } = options;
  const directories = description.members.map(({ id }) => layout.memberDirectory(id));
  for (const directory of directories) mkdirSync(directory, { recursive: true, mode: 0o711 });
  const nodeKeys = directories.map((directory) =>
    parsePublicKey(createNodeKey(join(directory, 'node.pem')).publicKey),
  );
  const genesis = encodeGenesis(genesisOf({ description, contracts, nodeKeys, layout }));
  // Every node will check the document as strictly; better to fail here.
  decodeGenesis(genesis);
  const network = Buffer.from(networkId(genesis)).toString('hex');
  for (const directory of directories) writeFileSync(join(directory, 'genesis.json'), genesis);
  await writeCertificates(layout, description.members);
  const endpoints = configureNodes({ layout, network, members: description.members, ports });
  for (const directory of keys) bindKeys(directory, network);
  // Written last: where it stands, everything else does too.
  writeFileSync(join(layout.directory, 'genesis.json'), genesis);
  return { network, endpoints };
}

/** Writes the nodes' configurations with these ports, and tells how to reach the nodes. Settings that only earlier ones have stay. */
export function configureNodes(options: {
  layout: NetworkLayout;
  /** Id of the network, hex. */
  network: string;
  members: readonly Pick<MemberDescription, 'id' | 'host'>[];
  ports: readonly NodePorts[];
}): MemberEndpoint[] {
  const { layout, network, members, ports } = options;
  const places = members.map((member, index) => ({
    member,
    ports: portsAt(ports, index),
    directory: layout.memberDirectory(member.id),
  }));
  for (const place of places) {
    const file = join(place.directory, 'node.json');
    const text = nodeConfigText(place.member, {
      networkId: network,
      ports: place.ports,
      peers: peersOf(place, places),
    });
    writeFileSync(file, withKeptSettings(file, text));
  }
  return places.map((place) => endpoint(place, layout.directory));
}

/** The profile with which `as` works against the node of its own member. */
export function profileOf(options: {
  created: CreatedNetwork;
  name: string;
  as: string;
  keys: string;
}): Profile {
  const { created, name, as, keys } = options;
  return {
    bucordo: 1,
    network: created.network,
    name,
    genesis: 'genesis.json',
    keys,
    as,
    node: as.split('/')[0] ?? '',
    members: created.endpoints,
  };
}

/** Writes into each member's folder a profile of its own, whose paths start from that folder. */
export function writeMemberProfiles(options: {
  layout: NetworkLayout;
  description: NetworkDescription;
  created: CreatedNetwork;
}): void {
  const { layout, description, created } = options;
  for (const member of description.members) {
    const directory = layout.memberDirectory(member.id);
    const members = created.endpoints.map((place) => ({ ...place, authority: 'authorities.pem' }));
    const as = `${member.id}/${member.identities[0]?.name ?? 'admin'}`;
    writeProfile(
      directory,
      profileOf({ created: { ...created, endpoints: members }, name: description.name, as, keys: 'keys' }),
    );
  }
}

/** A member, its doors and its folder. */
interface Place {
  readonly member: Pick<MemberDescription, 'id' | 'host'>;
  readonly ports: NodePorts;
  readonly directory: string;
}

function portsAt(ports: readonly NodePorts[], index: number): NodePorts {
  const found = ports[index];
  if (found === undefined) throw new RangeError(`no ports for member ${index}`);
  return found;
}

function genesisOf(options: {
  description: NetworkDescription;
  contracts: readonly ContractDocument[];
  nodeKeys: readonly PublicKey[];
  layout: NetworkLayout;
}): Genesis {
  const { description, contracts, nodeKeys, layout } = options;
  return {
    name: description.name,
    created: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    ordering: { kind: 'solo', node: nodeKeyAt(nodeKeys, 0) },
    rules: newestRules(),
    finalQuorum: 'more_than_two_thirds',
    checkpointBlocks: 64,
    checkpointMs: 250,
    members: description.members.map((member, index) => ({
      id: parseMemberId(member.id),
      name: member.name ?? member.id,
      class: member.class ?? member.id,
      number: index + 1,
      identities: [
        { name: 'node', key: nodeKeyAt(nodeKeys, index), roles: ['node'] },
        ...member.identities.map((identity) => enrolment(layout, member, identity)),
      ],
    })),
    contracts,
  };
}

function nodeKeyAt(keys: readonly PublicKey[], index: number): PublicKey {
  const key = keys[index];
  if (key === undefined) throw new RangeError(`no key for the node of member ${index}`);
  return key;
}

/** An identity in the genesis; its key is made here unless its owner gave the public half. */
function enrolment(
  layout: NetworkLayout,
  member: MemberDescription,
  identity: MemberDescription['identities'][number],
): GenesisIdentity {
  const name = `${member.id}/${identity.name}`;
  const key = identity.key ?? createKey(keyFile(layout.keysDirectory(member.id), name), name).publicKey;
  return { name: identity.name, key: parsePublicKey(key), roles: identity.roles };
}

/** An authority for each member, a certificate for its node, and everybody's authorities for everybody. */
async function writeCertificates(
  layout: NetworkLayout,
  members: readonly MemberDescription[],
): Promise<void> {
  const authorities = await Promise.all(members.map(({ id }) => createAuthority(id)));
  const bundle = authorities.map(({ certificate }) => certificate).join('');
  for (const [index, authority] of authorities.entries()) {
    const member = members[index];
    if (member === undefined) continue;
    await writeNodeCertificates(layout.memberDirectory(member.id), member, { authority, bundle });
  }
}

function peersOf(place: Place, places: readonly Place[]): { member: string; address: string }[] {
  return places
    .filter((other) => other !== place)
    .map((other) => ({
      member: other.member.id,
      address: addressText({ host: hostOf(other), port: other.ports.peer }),
    }));
}

function endpoint(place: Place, directory: string): MemberEndpoint {
  const host = hostOf(place);
  return {
    id: place.member.id,
    grpc: addressText({ host, port: place.ports.client }),
    http: `https://${addressText({ host, port: place.ports.http })}`,
    authority: relative(directory, join(place.directory, 'authority.pem')),
  };
}

function hostOf(place: Place): string {
  return place.member.host ?? '127.0.0.1';
}

// What an operator has set beside, as the status told, holds over the next start.
function withKeptSettings(file: string, text: string): string {
  if (!existsSync(file)) return text;
  const earlier = readJsonFile(file, 'Put it right, or remove it to have it written anew.');
  const ours: object = JSON.parse(text);
  return `${JSON.stringify({ ...(typeof earlier === 'object' ? earlier : {}), ...ours }, null, 2)}\n`;
}
