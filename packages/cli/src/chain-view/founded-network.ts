/**
 * How a network was founded: what the genesis at hand says, computed from its own bytes. Its hash is the
 * network's id, which is what a client trusts; everything that came later is the word of the node that tells it.
 */
import type { Genesis, Policy } from '@bucordo/protocol';
import { genesisOf } from '../network/network-binding.ts';
import type { LoadedProfile } from '../profile.ts';
import type { NetworkView } from './network-view.ts';

/** The founding, with what never changes. */
export interface FoundedNetwork extends NetworkView {
  /** Network id, hex. */
  readonly network: string;
  readonly name: string;
  readonly created: string;
}

/** Reads the genesis of the profile. Fails when it is missing, or not the one of the network that the profile names. */
export async function readFounding(loaded: LoadedProfile): Promise<FoundedNetwork> {
  const { decodeGenesis, limitDefaults, networkId, policyDefault, decisionKinds, toHex } = await import(
    '@bucordo/protocol'
  );
  const bytes = await genesisOf(loaded);
  const genesis: Genesis = decodeGenesis(bytes);
  const network = toHex(networkId(bytes));
  const orderingKey = toHex(genesis.ordering.node);
  const isOrdering = (member: Genesis['members'][number]): boolean =>
    member.identities.some(({ key }) => toHex(key) === orderingKey);
  return {
    network,
    name: genesis.name,
    created: genesis.created,
    ordering: genesis.members.find(isOrdering)?.id ?? null,
    members: genesis.members.map(({ identities, ...member }) => ({
      number: member.number,
      id: member.id,
      name: member.name,
      class: member.class,
      status: 'active',
      identities: identities.length,
    })),
    contracts: genesis.contracts.map(({ name, version }) => ({ name, version, isRetired: false })),
    functions: genesis.contracts.flatMap((contract) =>
      Object.entries(contract.functions).map(([name, { roles, classes }]) => ({
        function: `${contract.name}.${name}`,
        roles,
        classes,
        parameters: [],
      })),
    ),
    policies: decisionKinds.map((decision) => ({
      decision,
      needs: policyWords(genesis.governance?.[decision] ?? policyDefault),
    })),
    limits: genesis.limits ?? limitDefaults,
    identities: genesis.members.flatMap((member) =>
      member.identities.map(({ name, roles, key }) => ({
        identity: `${member.id}/${name}`,
        roles,
        key: toHex(key),
      })),
    ),
  };
}

/** A policy in the words that the chain's own views use. */
function policyWords(policy: Policy): string {
  switch (policy.kind) {
    case 'all':
      return 'all members';
    case 'more_than_two_thirds':
      return 'more than two thirds of the members';
    case 'more_than_half':
      return 'more than half of the members';
    case 'classes':
      return `all members of ${policy.classes.join(', ')}`;
    case 'at_least':
      return `at least ${policy.count} members`;
    default:
      return policy satisfies never;
  }
}
