/** The ordering of a node that follows: the blocks of the node that orders, checked before they are executed. */

import { blockTransactionsMax } from '@bucordo/protocol';

import { BlockTransactions } from '../admission/block-transactions.ts';
import type { NodeConfig } from '../config.ts';
import { Fault } from '../fault.ts';
import { memberOfCertificate } from '../identity/certificates.ts';
import type { Enrolment } from '../identity/enrolment.ts';
import { errorFacts } from '../observe/logger.ts';
import type { Ordering } from '../ordering/ports.ts';
import { BlockVerifier } from '../sync/block-verifier.ts';
import { FollowedOrdering, type Obstacle } from '../sync/followed-ordering.ts';
import { PeerConnection } from '../sync/peer-connection.ts';
import type { NodeContext } from './node-context.ts';
import type { OpenedOrdering, OrderingParts } from './node-parts.ts';

/** Opens the following of the node that orders. */
export function openFollowed({ intake, core }: OrderingParts, context: NodeContext): OpenedOrdering {
  const { config, enrolment, log, failure } = context;
  const { admission } = intake;
  const address = orderingAddress(config, enrolment);
  const ordering: FollowedOrdering & Ordering = new FollowedOrdering({
    connection: new PeerConnection({
      address,
      member: enrolment.orderingMember,
      tls: enrolment.tls,
      memberOf: memberOfCertificate,
    }),
    verifier: new BlockVerifier({
      network: enrolment.network,
      orderingKey: enrolment.genesis.ordering.node,
      transactions: new BlockTransactions(intake.pool),
      transactionsMax: blockTransactionsMax,
      firstCommitted: core.firstCommitted,
      onSigned: (header) => core.histories.hear(header),
      timeAheadMaxMs: config.clock.aheadMaxMs,
      now: Date.now,
    }),
    sink: core.path,
    refusals: admission,
    log,
    onFault: (fault) => failure.fail(fault),
    onObstacle: (fault) =>
      log.error(errorFacts(fault), 'the next block is not executed; it is asked for again, reads go on'),
    onCaughtUp: () => core.checkpoints.caughtUp(),
  });
  return {
    start: () => {
      ordering.start(core.path.head);
      admission.open(ordering);
    },
    stop: () => ordering.stop(),
    following: () => ({
      connected: ordering.isConnected,
      caughtUp: ordering.isCaughtUp,
      fault: ordering.state.obstacle?.fault.message ?? null,
    }),
    followed: () => ordering.state,
    asked: () => undefined,
    waiting: () => null,
    address,
    obstacle: () => hindering(ordering.state.obstacle, performance.now()),
  };
}

/** A block that is a little ahead of the clock is no reason to send anybody away. */
const AHEAD_HINDERS_MS = 5_000;

function hindering(obstacle: Obstacle | null, nowMs: number): Fault | null {
  if (obstacle === null) return null;
  const { fault, sinceMs } = obstacle;
  return fault.code !== 'block_time_ahead' || nowMs - sinceMs >= AHEAD_HINDERS_MS ? fault : null;
}

function orderingAddress(config: NodeConfig, enrolment: Enrolment): string {
  const peer = config.peers.find(({ member }) => member === enrolment.orderingMember);
  if (peer !== undefined) return peer.address;
  throw new Fault(
    'peer_missing',
    `The configuration names no address for ${enrolment.orderingMember}, whose node orders.`,
    {
      facts: { member: enrolment.orderingMember },
      hint: 'Add it under `peers`.',
    },
  );
}
