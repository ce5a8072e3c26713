/** A node's status as its doors tell it: its own state, and who orders, who takes part, what is being executed. */

import type { PublicStatus } from '../api/ports.ts';
import type { CheckpointStatus } from '../checkpoints/checkpoints.ts';
import { PROGRAM_VERSION } from '../execution/release.ts';
import type { Enrolment } from '../identity/enrolment.ts';
import type { Ledger } from './ledger.ts';
import type { Core, OpenedOrdering } from './node-parts.ts';

/** The parts that know it. */
export interface StandingParts {
  readonly ledger: Pick<Ledger, 'membership'>;
  readonly core: Pick<Core, 'path'>;
  readonly ordering: Pick<OpenedOrdering, 'followed'>;
}

/** What is told of the network beside the node's own state. */
export type NetworkStanding = Pick<PublicStatus, 'ordering' | 'members' | 'executing'>;

/** Reads it anew at every call. */
export function networkStanding(
  { ledger, core, ordering }: StandingParts,
  { orderingMember }: Pick<Enrolment, 'orderingMember'>,
): NetworkStanding {
  const nowMs = performance.now();
  const silentSinceMs = ordering.followed()?.disconnectedSinceMs ?? null;
  const { underWay } = core.path;
  return {
    ordering: {
      kind: 'solo',
      member: orderingMember,
      unreachableSinceMs: silentSinceMs === null ? null : Math.round(Date.now() - (nowMs - silentSinceMs)),
    },
    members: ledger.membership.current.members.map(({ id, class: of, status }) => ({
      member: id,
      class: of,
      status,
    })),
    executing:
      underWay === null
        ? null
        : {
            height: underWay.height,
            transactions: underWay.transactionCount,
            forMs: Math.round(nowMs - underWay.sinceMs),
          },
  };
}

/** What the node knows of itself, as far as it is told. */
export interface OwnStatus
  extends Pick<
      PublicStatus,
      'network' | 'member' | 'height' | 'blockHash' | 'stateHash' | 'health' | 'rules' | 'agreement'
    >,
    Pick<CheckpointStatus, 'final' | 'diverged' | 'latest'> {}

/** What is measured when somebody asks. */
export interface MeasuredStatus extends Pick<PublicStatus, 'grpc' | 'quarantine' | 'blockTimeAheadMs'> {
  /** Transactions per second. */
  readonly rate: number;
}

/** The status for whoever asks. */
export function publicStatus(
  own: OwnStatus,
  { rate, ...measured }: MeasuredStatus,
  standing: NetworkStanding,
): PublicStatus {
  const { network, member, height, blockHash, stateHash, health, rules, agreement } = own;
  return {
    network,
    version: PROGRAM_VERSION,
    member,
    height,
    blockHash,
    stateHash,
    finalHeight: own.final,
    divergedAt: own.diverged?.height ?? null,
    checkpoints: Object.entries(own.latest).map(([id, signed]) => ({ member: id, height: signed })),
    transactionsPerSecond: rate,
    health,
    rules,
    agreement,
    ...measured,
    ...standing,
  };
}
