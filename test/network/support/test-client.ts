/** Clients of test networks: the project's own, over gRPC. */

import { toHex } from '@bucordo/protocol';

import { type Client, connect, nativeSigner } from '../../../packages/client/src/node.ts';
import type { RunningNode } from '../../../packages/node/src/main.ts';
import type { TestIdentity } from './chain-builder.ts';
import type { Member, TestNetwork } from './test-network.ts';

/** A client of `member`'s clerk at the node of `at`, by default its own. */
export function clientOf(network: TestNetwork, member: Member, at: Member = member): Client {
  return clientFor(network, network.of(member).clerk, network.node(at));
}

/** A client of any identity at a node. */
export function clientFor(
  network: TestNetwork,
  identity: TestIdentity,
  node: Pick<RunningNode, 'addresses'>,
): Client {
  return connect({
    network: toHex(network.network),
    signer: nativeSigner(identity.seed),
    endpoints: [{ http: node.addresses.http, grpc: node.addresses.client, ca: network.ca }],
  });
}
