/** Clients of test networks: the project's own, over gRPC. */

import { readFileSync } from 'node:fs';
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
      member: memberAt(network, addresses.http),
      http: addresses.http,
      grpc: addresses.client,
      ca: network.ca,
    })),
  });
}

/** The member whose node has this HTTP address by its configuration. */
export function memberAt(network: TestNetwork, http: string): Member {
  const port = Number(new URL(http).port);
  for (const { member, configFile } of network.members.values()) {
    if (JSON.parse(readFileSync(configFile, 'utf8')).http.port === port) return member;
  }
  throw new Error(`no node of the network is configured for ${http}`);
}
