/** Gathers from the parts of a running node what the verdict on it depends on. */

import type { Fault } from '../fault.ts';
import type { Enrolment } from '../identity/enrolment.ts';
import type { FollowingFacts, HealthFacts, Trouble } from '../observe/judge-health.ts';
import type { Condition, NodeState } from '../observe/ports.ts';
import type { KnownClocks } from '../ordering/known-clocks.ts';
import type { KnownClock } from '../ordering/ports.ts';
import type { Heartbeat } from '../postgres/heartbeat.ts';
import type { FollowedState, Obstacle } from '../sync/followed-ordering.ts';
import type { GuardedExecution } from './guarded-execution.ts';
import type { NodeFailure } from './node-failure.ts';
import type { Core, OpenedOrdering } from './node-parts.ts';

/** The parts that know something about how the node is. */
export interface HealthParts {
  readonly enrolment: Enrolment;
  readonly core: Core;
  readonly execution: GuardedExecution;
  readonly ordering: OpenedOrdering;
  readonly failure: NodeFailure;
  readonly heartbeat: Heartbeat;
  readonly clocks: KnownClocks;
  readonly phase: () => HealthFacts['phase'];
  /** What other parts have to say themselves; see {@link HealthFacts.others}. */
  readonly others: () => readonly Condition[];
}

/** Reads the facts anew at every call. */
export class NodeHealth {
  readonly #parts: HealthParts;
  /** Since when this node has been below a height that others have. */
  #behindSinceMs: number | null = null;

  constructor(parts: HealthParts) {
    this.#parts = parts;
  }

  /** The facts now. */
  facts(): HealthFacts {
    const { core, execution, ordering, failure, heartbeat, phase, others, clocks, enrolment } = this.#parts;
    const nowMs = performance.now();
    const { head, underWay } = core.path;
    const following = ordering.followed();
    const diverged = core.checkpoints.status().diverged;
    const heights = [head.height, following?.knownHeight ?? 0, core.histories.knownHeight];
    const known = this.#known(Math.max(...heights), nowMs);
    return {
      nowMs: Date.now(),
      phase: phase(),
      fault: failure.fault === null ? null : troubleOf(failure.fault, 0),
      head: { height: head.height, timeMs: head.time },
      freshBlockAgeMs: following?.freshBlockAgeMs ?? null,
      block: underWay === null ? null : { ...underWay, forMs: nowMs - underWay.sinceMs },
      postgresSilentForMs: heartbeat.silentForMs,
      quarantine: execution.quarantine,
      divergence: diverged === null ? null : { height: diverged.height },
      following: following === null ? null : this.#following(following, nowMs),
      known,
      clocks: [...clocks.others, ...this.#orderingClock(following, nowMs)],
      clockExcessMs: enrolment.orders ? clocks.excessMs : 0,
      others: others(),
    };
  }

  #orderingClock(following: FollowedState | null, nowMs: number): readonly KnownClock[] {
    const told = following?.orderingTime ?? null;
    if (told === null) return [];
    const aheadMs = told.timeMs + nowMs - told.atMs - Date.now();
    return [{ member: this.#parts.enrolment.orderingMember, aheadMs }];
  }

  #known(height: number, nowMs: number): HealthFacts['known'] {
    this.#behindSinceMs = height > this.#parts.core.path.head.height ? (this.#behindSinceMs ?? nowMs) : null;
    return { height, behindForMs: this.#behindSinceMs === null ? 0 : nowMs - this.#behindSinceMs };
  }

  #following(state: FollowedState, nowMs: number): FollowingFacts {
    const { enrolment, ordering } = this.#parts;
    const { disconnectedSinceMs, obstacle } = state;
    return {
      member: enrolment.orderingMember,
      address: ordering.address,
      disconnectedForMs: disconnectedSinceMs === null ? null : nowMs - disconnectedSinceMs,
      lastEnd: state.lastEnd,
      isCaughtUp: state.isCaughtUp,
      silentForMs: nowMs - state.lastBlockMs,
      trouble: obstacle === null ? null : obstacleOf(obstacle, nowMs),
    };
  }
}

function obstacleOf(obstacle: Obstacle, nowMs: number): Trouble & { readonly state: NodeState } {
  const { fault, sinceMs, count } = obstacle;
  const trouble = troubleOf(fault, nowMs - sinceMs);
  return { ...trouble, facts: { ...trouble.facts, attempts: count }, state: stateOf(fault) };
}

// What the ordering node signed upon another past than this node's is a second history of its.
function stateOf({ code, facts }: Fault): NodeState {
  if (code === 'block_time_ahead') return 'stuck';
  const isFork = facts['reason'] === 'wrong_previous_hash' && facts['isSigned'] === true;
  return isFork ? 'forked' : 'stopped';
}

function troubleOf({ code, message, hint, facts }: Fault, forMs: number): Trouble {
  return { code, message, hint, facts, forMs };
}
