/** What a node's agreement with the others means for how the node is. */

import type { AgreementFacts } from '../checkpoints/ports.ts';
import type { Condition } from '../observe/ports.ts';
import type { WaitingForFellows } from '../sync/ports.ts';
import type { Core } from './node-parts.ts';

/** Reads the facts from the parts. */
export function agreementFacts(
  { checkpoints, histories }: Pick<Core, 'checkpoints' | 'histories'>,
  waiting: WaitingForFellows | null,
): AgreementFacts {
  const { notFinal, differing } = checkpoints.status();
  return {
    fork: histories.fork,
    notFinal,
    waiting,
    differing: Object.entries(differing).map(([member, height]) => ({ member, height })),
  };
}

/** The conditions that follow from the facts; none when all members agree. */
export function agreementConditions(facts: AgreementFacts, nowMs: number): Condition[] {
  const { fork, notFinal, waiting, differing } = facts;
  const conditions: Condition[] = [];
  if (fork !== null) {
    const { signer, height, ours, other } = fork;
    conditions.push({
      state: 'forked',
      code: 'two_histories',
      message: `The node of ${signer} has signed two histories that part at height ${height}: ${ours.slice(0, 16)}… and ${other.slice(0, 16)}…`,
      hint: 'Compare block and state hashes of this height with the other members and agree which history holds; restore the nodes on the other one, then set `alarms.forksSettledTo`.',
      facts: { signer, height, ours, other },
      sinceMs: nowMs,
    });
  }
  if (waiting !== null) {
    const { members, needed } = waiting;
    conditions.push({
      state: 'waiting',
      code: 'fellows_awaited',
      message: waitingText(waiting),
      hint: 'Ask their operators whether they run; check addresses under `peers`. If it is certain that no member has a block that this node lacks: `bucordo start --order-alone`',
      facts: { members: members.join(' '), needed },
      sinceMs: nowMs,
    });
  }
  if (notFinal !== null) {
    const { height, forMs, missing } = notFinal;
    conditions.push({
      state: 'serving',
      code: 'not_final',
      message: `Block ${height} has not become final for ${Math.round(forMs / 1_000)} s: ${missing.join(', ')} ${missing.length === 1 ? 'has' : 'have'} not signed this node's state of it.`,
      hint: 'Ask the operators of these members whether their nodes run, follow, and agree.',
      facts: { height, missing: missing.join(' ') },
      sinceMs: nowMs - forMs,
    });
  }
  for (const { member, height } of differing) {
    conditions.push({
      state: 'serving',
      code: 'member_differs',
      message: `The state of ${member} differs from this node's since height ${height}.`,
      hint: 'Tell its operator. While it differs, its signature is missing for finality.',
      facts: { member, height },
      sinceMs: nowMs,
    });
  }
  return conditions;
}

/** For whom an ordering node waits, and why, in one sentence. */
export function waitingText({ members, needed, reason }: WaitingForFellows): string {
  const [have, they] = needed === 1 ? ['has', 'it has'] : ['have', 'they have'];
  const all = members.length === 1 ? 'the node' : 'the nodes';
  const nodes = needed === members.length ? all : `${needed} of the nodes`;
  return `Nothing is ordered before ${nodes} of ${members.join(', ')} ${have} told which blocks ${they}: ${reason}.`;
}
