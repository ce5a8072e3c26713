/**
 * A network of several members on one machine: each member's node is a process of its own with its
 * own keys and its own Postgres, exactly as on several machines. Used by `bucordo dev`, by the
 * examples, by tests and by benchmarks.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CommandError, usageError } from './command-error.ts';
import { type Connection, openConnection } from './connection.ts';
import type { MemberProcess } from './dev/control.ts';
import { findFreePorts } from './dev/free-port.ts';
import { claimDirectory, deleteNetwork, isDevDirectory } from './dev/network-directory.ts';
import { NodeProcess } from './dev/node-process.ts';
import { requireOwner } from './folder-owner.ts';
import { devCommandLine } from './how-to-start.ts';
import { listIdentities } from './key-store.ts';
import { contractDocuments } from './network/contract-package.ts';
import { keysDirectoryOf } from './network/network-binding.ts';
import type { NetworkDescription } from './network/network-description.ts';
import { checkDescription } from './network/network-description.ts';
import { configureNodes, createNetwork, devLayout, profileOf } from './network/network-folder.ts';
import type { NodePorts } from './network/node-folder.ts';
import { type DevOrigin, endpointOf, type LoadedProfile, loadProfile, writeProfile } from './profile.ts';

/** First port of the first member unless it is taken. */
export const devPortDefault = 7480;

/** What to start. */
export interface DevNetworkOptions {
  /** Folder of the network: made on the first start, resumed on the next ones. */
  readonly directory: string;
  /** Members and contracts of a new network; a network that is there must fit it. */
  readonly description: NetworkDescription;
  /** Deletes the network that is in the folder first. */
  readonly fresh?: boolean;
  /** First port to try; three are taken per member. */
  readonly firstPort?: number;
  /** Identity that commands sign with unless told otherwise; the first member's first one by default. */
  readonly as?: string;
  /** How the network is begun, kept in its profile for those that go on with it. */
  readonly origin?: DevOrigin;
  /** Goes on with a network of these members whatever its contracts are. */
  readonly goOn?: boolean;
  /** Told when a member's node serves, with the milliseconds it took. */
  readonly onReady?: (member: string, elapsedMs: number) => void;
  /** Told when a member's node ends though nobody stopped it, and how it ended. */
  readonly onLost?: (member: string, reason: string) => void;
}

/** A running network. */
export interface DevNetwork {
  readonly directory: string;
  /** Endpoints, keys and network id, as every command uses them. */
  readonly loaded: LoadedProfile;
  /** Ids of the members, the ordering one first. */
  readonly members: readonly string[];
  /** Whether the network was there before. */
  readonly resumed: boolean;
  /** An identity of a member whose key is on this machine: the first by name. */
  identityOf(member: string): string;
  /** A client of an identity at the node of its own member, or at another's. Close it when done. */
  connect(identity: string, options?: { node?: string; timeoutMs?: number }): Connection;
  /** The processes of all members. */
  processes(): MemberProcess[];
  /** Starts a member's node again and resolves when it serves. */
  startMember(member: string): Promise<void>;
  /** Stops a member's node; `SIGKILL` does what a crash does. */
  stopMember(member: string, signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Stops all: those who follow first, the one who orders last. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Makes or resumes the network in `directory` and starts all nodes. Resolves when all serve. When
 * one does not, the others are stopped and the error shows the end of its log.
 */
export async function startDevNetwork(options: DevNetworkOptions): Promise<DevNetwork> {
  const directory = resolve(options.directory);
  if (isDevDirectory(directory)) requireOwner(directory, devCommandLine(directory));
  claimDirectory(directory);
  if (options.fresh === true) await deleteNetwork(directory);
  const resumed = existsSync(join(directory, 'genesis.json'));
  const loaded = resumed ? await resumeNetwork(directory, options) : await makeNetwork(directory, options);
  const layout = devLayout(directory);
  const nodes = loaded.profile.members.map(
    ({ id }) =>
      new NodeProcess({
        member: id,
        directory: layout.memberDirectory(id),
        onLost: (reason) => options.onLost?.(id, reason),
      }),
  );
  const network = new RunningDevNetwork({ directory, loaded, resumed, nodes });
  try {
    await Promise.all(nodes.map((node) => startTimed(node, options.onReady)));
  } catch (error) {
    await network.stop();
    throw error;
  }
  return network;
}

class RunningDevNetwork implements DevNetwork {
  readonly directory: string;
  readonly loaded: LoadedProfile;
  readonly resumed: boolean;
  readonly #nodes: readonly NodeProcess[];

  constructor(options: {
    directory: string;
    loaded: LoadedProfile;
    resumed: boolean;
    nodes: readonly NodeProcess[];
  }) {
    this.directory = options.directory;
    this.loaded = options.loaded;
    this.resumed = options.resumed;
    this.#nodes = options.nodes;
  }

  get members(): readonly string[] {
    return this.#nodes.map(({ member }) => member);
  }

  identityOf(member: string): string {
    return firstIdentity(keysDirectoryOf(this.loaded), member);
  }

  connect(identity: string, options: { node?: string; timeoutMs?: number } = {}): Connection {
    const { node = identity.split('/')[0] ?? '', timeoutMs = 30_000 } = options;
    const endpoint = endpointOf(this.loaded.profile, node);
    return openConnection({ loaded: this.loaded, identity, endpoint, timeoutMs });
  }

  processes(): MemberProcess[] {
    return this.#nodes.map(({ member, running, processId, ended }) => ({
      member,
      running,
      processId,
      ended,
    }));
  }

  async startMember(member: string): Promise<void> {
    await this.#node(member).start();
  }

  async stopMember(member: string, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.#node(member).stop(signal);
  }

  async stop(): Promise<void> {
    const [orderer, ...followers] = this.#nodes;
    await Promise.all(followers.map((node) => node.stop()));
    await orderer?.stop();
  }

  #node(member: string): NodeProcess {
    const node = this.#nodes.find((candidate) => candidate.member === member);
    if (node !== undefined) return node;
    throw usageError(`${member} is not a member of this network`, `Members: ${this.members.join(', ')}`, {
      member,
    });
  }
}

function firstIdentity(keysDirectory: string, member: string): string {
  const identity = listIdentities(keysDirectory).find((candidate) => candidate.startsWith(`${member}/`));
  if (identity !== undefined) return identity;
  throw usageError(
    `${member} has no identity whose key is on this machine`,
    'Give every member of the network an identity without a key of its own.',
    { member },
  );
}

async function startTimed(node: NodeProcess, onReady: DevNetworkOptions['onReady']): Promise<void> {
  const startedAt = performance.now();
  await node.start();
  onReady?.(node.member, performance.now() - startedAt);
}

async function makeNetwork(directory: string, options: DevNetworkOptions): Promise<LoadedProfile> {
  const description = checkDescription(options.description);
  const layout = devLayout(directory);
  // What a make that was cut short left behind would stand in the way.
  await deleteNetwork(directory);
  const created = await createNetwork({
    layout,
    description,
    ports: await freePorts(options, description.members.length),
  });
  const as = options.as ?? firstIdentity(layout.keysDirectory(''), description.members[0]?.id ?? '');
  const profile = {
    ...profileOf({ created, name: description.name, as, keys: 'keys' }),
    ...(options.origin === undefined ? {} : { dev: options.origin }),
  };
  writeProfile(directory, profile);
  return { profile, directory };
}

/** The network that is there, on ports that are free now. */
async function resumeNetwork(directory: string, options: DevNetworkOptions): Promise<LoadedProfile> {
  const { profile } = loadProfile({ networkDirectory: directory });
  await assertFits({ profile, directory }, options);
  const members = configureNodes({
    layout: devLayout(directory),
    network: profile.network,
    members: profile.members.map(({ id }) => ({ id })),
    ports: await freePorts(options, profile.members.length),
  });
  const moved = { ...profile, members };
  writeProfile(directory, moved);
  return { profile: moved, directory };
}

/** Refuses to go on with a network of other members, identities or contracts than those wanted. */
async function assertFits(
  loaded: LoadedProfile,
  { description, goOn }: Pick<DevNetworkOptions, 'description' | 'goOn'>,
): Promise<void> {
  const { directory, profile } = loaded;
  const there = profile.members.map(({ id }) => id);
  const wanted = description.members.map(({ id }) => id);
  if (wanted.join() !== there.join())
    throw doesNotFit(directory, `a network of ${there.join(', ')}, not of ${wanted.join(', ')}`);
  const keys = new Set(listIdentities(keysDirectoryOf(loaded)));
  const missing = identitiesOf(description).find((identity) => !keys.has(identity));
  if (missing !== undefined) throw doesNotFit(directory, `a network without the identity ${missing}`);
  if (goOn === true) return;
  const genesis: { contracts: unknown } = JSON.parse(readFileSync(join(directory, 'genesis.json'), 'utf8'));
  if (JSON.stringify(genesis.contracts) !== JSON.stringify(await contractDocuments(description.contracts)))
    throw doesNotFit(directory, 'a network with other contracts, or an earlier text of them');
}

function doesNotFit(directory: string, what: string): CommandError {
  const remedy = `Go on with it: ${devCommandLine(directory)}; or choose another folder for the other network: --dir DIR`;
  return usageError(`${directory} holds ${what}`, remedy, { directory });
}

/** Qualified names of the identities whose keys are made here. */
function identitiesOf(description: NetworkDescription): string[] {
  return description.members.flatMap(({ id, identities }) =>
    identities.filter(({ key }) => key === undefined).map(({ name }) => `${id}/${name}`),
  );
}

async function freePorts(options: DevNetworkOptions, members: number): Promise<NodePorts[]> {
  const ports = await findFreePorts({ first: options.firstPort ?? devPortDefault, count: members * 3 });
  return Array.from({ length: members }, (_, index) => {
    const [client = 0, http = 0, peer = 0] = ports.slice(index * 3);
    return { client, http, peer };
  });
}
