/** From a profile to a client that is ready to submit and to ask. Loaded only by commands that talk to nodes. */
import { readFileSync } from 'node:fs';
import { type Client, connect, nativeSigner } from '@bucordo/client/node';
import {
  identityFor,
  nodeFor,
  profileFor,
  type SharedOptions,
  timeoutSecondsDefault,
} from './command-context.ts';
import { CommandError, notFoundError } from './command-error.ts';
import { keyFile, readKey } from './key-store.ts';
import { keysDirectoryOf } from './network/network-binding.ts';
import { endpointOf, type LoadedProfile, type MemberEndpoint, profilePath } from './profile.ts';
import { TransactionSigner } from './transaction-signer.ts';

/** A client and what it was made from. */
export interface Connection {
  readonly client: Client;
  /** Signs transactions whose arguments, validity or nonce the command chooses itself. */
  readonly signer: TransactionSigner;
  readonly loaded: LoadedProfile;
  /** Who signs, `member/name`. */
  readonly identity: string;
  readonly endpoint: MemberEndpoint;
  readonly timeoutMs: number;
}

/** Opens what the options of a command ask for, runs `use`, and closes it whatever happens. */
export async function withConnection<Result>(
  options: SharedOptions,
  use: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const loaded = profileFor(options);
  const timeoutMs = (options.timeout ?? timeoutSecondsDefault) * 1000;
  const identity = identityFor(options, loaded);
  const endpoint = await askedNode(options, { loaded, identity });
  const connection = openConnection({ loaded, identity, endpoint, timeoutMs });
  try {
    return await use(connection);
  } finally {
    connection.client.close();
  }
}

/** Longest that the own node is waited for where it only helps to say more. */
const explainMs = 3_000;

async function askedNode(
  options: SharedOptions,
  { loaded, identity }: { loaded: LoadedProfile; identity: string },
): Promise<MemberEndpoint> {
  try {
    return nodeFor(options, loaded);
  } catch (error) {
    if (!(error instanceof CommandError) || error.code !== 'node_unknown') throw error;
    const { explainUnknownNode } = await import('./chain-view/unknown-node.ts');
    const endpoint = endpointOf(loaded.profile, loaded.profile.node);
    const { client } = openConnection({ loaded, identity, endpoint, timeoutMs: explainMs });
    const facts = { client, teller: endpoint.id, network: loaded.profile.name };
    // Where nobody says more, what is known here is said.
    const explained = await explainUnknownNode(error, facts).catch(() => error);
    client.close();
    throw explained;
  }
}

/** Opens a client of one identity at one node. It connects when it is first used; close it when done. */
export function openConnection(options: {
  loaded: LoadedProfile;
  identity: string;
  /** The key to sign with; without it, the one that the profile's folder has for the identity. */
  keyFile?: string;
  endpoint: MemberEndpoint;
  timeoutMs: number;
}): Connection {
  const { loaded, identity, endpoint, timeoutMs } = options;
  const file = options.keyFile ?? keyFile(keysDirectoryOf(loaded), identity);
  const { secret } = readKey(file, identity);
  const signer = nativeSigner(secret);
  const network = loaded.profile.network;
  const client = connect({
    network,
    signer,
    endpoints: [
      { member: endpoint.id, grpc: endpoint.grpc, http: endpoint.http, ca: readAuthority(loaded, endpoint) },
    ],
    timeoutMs,
  });
  return {
    client,
    signer: new TransactionSigner({ network, signer }),
    loaded,
    identity,
    endpoint,
    timeoutMs,
  };
}

function readAuthority(loaded: LoadedProfile, endpoint: MemberEndpoint): string {
  const file = profilePath(loaded, endpoint.authority);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw notFoundError(
      `the certificate authority of ${endpoint.id} is missing: ${file}`,
      'Get it from that member, or make the network anew.',
    );
  }
}
