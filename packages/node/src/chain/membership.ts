/**
 * Who takes part with a node. Read from the database, used by everything that deals with the nodes
 * of other members. It changes only by blocks.
 */

/** How a member stands: invited or active, or gone for good. */
export type MemberStanding = 'invited' | 'active' | 'left' | 'expelled';

/** A member of the network, or one that was. */
export interface MemberFacts {
  readonly id: string;
  readonly class: string;
  readonly status: MemberStanding;
  /** Whether its vote and its node's state count. */
  readonly votes: boolean;
  /** Certificate of the authority of its nodes, PEM; empty when it is known from the genesis on. */
  readonly authority: string;
}

/** Members and their nodes. */
export interface Membership {
  readonly members: readonly MemberFacts[];
  /** Members by the keys that are or were enrolled for their nodes, lower-case hex. */
  readonly nodes: ReadonlyMap<string, string>;
  /** Contracts that keep rows from some readers. */
  readonly restrictedContracts: ReadonlySet<string>;
}

/** The class whose members look on: they see how much the network is used and none of its data. */
export const OVERSEER_CLASS = 'overseer';

/** Whether the nodes of `member` may connect to this one. */
export function mayConnect({ members }: Membership, member: string): boolean {
  return members.some(
    ({ id, status, class: of }) =>
      id === member && (status === 'invited' || status === 'active') && of !== OVERSEER_CLASS,
  );
}
