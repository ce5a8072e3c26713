/** Clients of test networks: the project's own, over gRPC. */

import { toHex } from '@bucordo/protocol';

import { type Client, connect, nativeSigner } from '../../../packages/client/src/node.ts';
import type { RunningNode } from '../../../packages/node/src/main.ts';
import type { TestIdentity } from './chain-builder.ts';
import type { Member, TestNetwork } from './test-network.ts';

/** A client of `member`'s clerk at the nodes of these members in this order, by default its own. */
export function clientOf(network: TestNetwork, member: Member, at: readonly Member[] = [member]): Client {
  return clientFor(
    network,
    network.of(member).clerk,
    at.map((each) => network.node(each)),
  );
}

/** A client of any identity at some nodes. */
export function clientFor(
  network: TestNetwork,
  identity: TestIdentity,
  nodes: readonly Pick<RunningNode, 'addresses'>[],
): Client {
  return connect({
    network: toHex(network.network),
    signer: nativeSigner(identity.seed),
    endpoints: nodes.map(({ addresses }) => ({
      http: addresses.http,
      grpc: addresses.client,
      ca: network.ca,
    })),
  });
}
