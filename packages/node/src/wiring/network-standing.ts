/** What a node's status says of the network beside its own state: who orders, who takes part, what is being executed. */

import type { PublicStatus } from '../api/ports.ts';
import type { Enrolment } from '../identity/enrolment.ts';
import type { Ledger } from './ledger.ts';
import type { Core, OpenedOrdering } from './node-parts.ts';

/** The parts that know it. */
export interface StandingParts {
  readonly ledger: Pick<Ledger, 'membership'>;
  readonly core: Pick<Core, 'path'>;
  readonly ordering: Pick<OpenedOrdering, 'followed'>;
}

/** Reads it anew at every call. */
export function networkStanding(
  { ledger, core, ordering }: StandingParts,
  { orderingMember }: Pick<Enrolment, 'orderingMember'>,
): Pick<PublicStatus, 'ordering' | 'members' | 'executing'> {
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
