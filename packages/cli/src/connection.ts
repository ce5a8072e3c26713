/** From a profile to a client that is ready to submit and to ask. Loaded only by commands that talk to nodes. */
import { readFileSync } from 'node:fs';
import { type Client, connect, nativeSigner } from '@bucordo/client/node';
import {
  identityFor,
  nodeFor,
  outputOf,
  profileFor,
  type SharedOptions,
  timeoutSecondsDefault,
} from './command-context.ts';
import { CommandError, notFoundError } from './command-error.ts';
import { keyFile, readKey } from './key-store.ts';
import { keysDirectoryOf } from './network/network-binding.ts';
import { endpointOf, type LoadedProfile, type MemberEndpoint, profilePath } from './profile.ts';
import { TransactionSigner } from './transaction-signer.ts';
import { explainWait, isUnanswered } from './waiting/explain-wait.ts';
import { WaitWatch } from './waiting/wait-watch.ts';

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

/** A connection whose waits are watched. */
export interface WatchedConnection extends Connection {
  /** Is told what is submitted, so that it can say for what the command waits. */
  readonly watch: WaitWatch;
}

/**
 * Opens what the options of a command ask for, runs `use`, and closes it whatever happens. Where it takes long,
 * a remark says for what it waits; where no answer comes at all, the error does.
 */
export async function withConnection<Result>(
  options: SharedOptions,
  use: (connection: WatchedConnection) => Promise<Result>,
): Promise<Result> {
  const loaded = profileFor(options);
  const timeoutMs = (options.timeout ?? timeoutSecondsDefault) * 1000;
  const identity = identityFor(options, loaded);
  const endpoint = await askedNode(options, { loaded, identity });
  const connection = openConnection({ loaded, identity, endpoint, timeoutMs });
  const { client } = connection;
  const output = outputOf(options);
  const watch = new WaitWatch({ client, endpoint, note: (text) => output.note(text) });
  try {
    return await use({ ...connection, watch });
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    throw await explainWait(error, { watch, node: endpoint.id });
  } finally {
    watch.stop();
    client.close();
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
