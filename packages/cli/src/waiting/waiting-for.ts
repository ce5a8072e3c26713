/**
 * For what a command waits: from what its node says of itself to one sentence. Pure, so that every situation is a
 * row of a table in the tests.
 */
import type { Status } from '@bucordo/client';

/** What is known when somebody has waited for a while. */
export interface WaitingFacts {
  /** Member whose node was asked, and where. */
  readonly node: string;
  readonly address: string;
  /** What the node says of itself; null when it does not answer. */
  readonly status: Status | null;
  /** Why it does not answer; empty when it does. */
  readonly reason: string;
  /** How a transaction is waited for; null where the command only reads. */
  readonly submitted: { readonly wait: string; readonly height: number | null } | null;
}

/** For what it waits. */
export interface WaitingReason {
  /** Stable; those that the node names itself are its own condition's. */
  readonly code: string;
  /** Ends the sentence that begins with "waits for". */
  readonly text: string;
}

/** States in which a node executes nothing: whatever is submitted waits until that has changed. */
const standingStill: ReadonlySet<string> = new Set([
  ...['stopping', 'forked', 'diverged', 'quarantined', 'stopped', 'stuck', 'starting'],
]);

/** A block that takes shorter is not what somebody waits for. */
const blockLongMs = 1_500;

/** The first thing that has to pass before the command can end; null when nothing is known. */
export function waitingFor(facts: WaitingFacts): WaitingReason | null {
  const { node, address, status, reason, submitted } = facts;
  if (status === null)
    return {
      code: 'node_unreachable',
      text: `the node of ${node}, which does not answer at ${address}${reason === '' ? '' : ` (${reason})`}`,
    };
  if (submitted === null) return null;
  if (submitted.height !== null) return finalityOf(status, submitted.height);
  return standing(status, node) ?? unreachable(status, node) ?? underWay(status, node, submitted.wait);
}

/** The node itself cannot go on. */
function standing({ health }: Status, node: string): WaitingReason | null {
  const worst = health.conditions.find(({ state }) => standingStill.has(state));
  if (worst === undefined) return null;
  return { code: worst.code, text: `the node of ${node}, which is ${worst.state}: ${worst.message}` };
}

/** The node hears nothing from the one that orders, or that one has not begun. */
function unreachable({ ordering, health }: Status, node: string): WaitingReason | null {
  const awaited = health.conditions.find(({ code }) => code === 'fellows_awaited');
  if (awaited !== undefined) return { code: awaited.code, text: `other members: ${awaited.message}` };
  const since = ordering?.unreachableSinceMs ?? null;
  if (ordering === null || since === null) return null;
  const why = health.conditions.find(({ code }) => code === 'ordering_unreachable')?.message;
  const more = why === undefined ? '' : `: ${why}`;
  return {
    code: 'ordering_unreachable',
    text: `the node of ${ordering.member}, which orders and which the node of ${node} has not reached since ${momentText(since)}${more}`,
  };
}

/** All is connected: what is left is work. */
function underWay(status: Status, node: string, wait: string): WaitingReason | null {
  const { health, executing, ordering } = status;
  const behind = health.conditions.find(({ state }) => state === 'behind');
  if (behind !== undefined)
    return { code: behind.code, text: `the node of ${node}, which catches up: ${behind.message}` };
  if (executing !== null && executing.forMs >= blockLongMs)
    return {
      code: 'block_executing',
      text: `block ${executing.height} with ${countOf(executing.transactions, 'transaction')}, which the node of ${node} has been executing for ${Math.round(executing.forMs / 1_000)} s`,
    };
  if (wait === 'accepted') return null;
  return {
    code: 'block_awaited',
    text: `a block with it: ${ordering === null ? 'the node that orders' : `the node of ${ordering.member}, which orders,`} has sent none yet (height ${status.height})`,
  };
}

/** It is executed; what is missing are signatures of the members' nodes. */
function finalityOf(status: Status, height: number): WaitingReason | null {
  if (status.finalHeight >= height) return null;
  const voters = status.members
    .filter(({ status: standing, class: of }) => standing === 'active' && of !== 'overseer')
    .map(({ member }) => member);
  const needed = Math.floor((voters.length * 2) / 3) + 1;
  const signed = new Set(
    status.checkpoints.filter((one) => one.height >= height).map(({ member }) => member),
  );
  const missing = voters.filter((member) => !signed.has(member));
  const names = missing.length === 0 ? '' : `: not yet from ${missing.join(', ')}`;
  return {
    code: 'quorum_awaited',
    text: `finality of height ${height}, where it is committed; that needs the signatures of ${needed} of ${countOf(voters.length, 'member')}${names}`,
  };
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A moment by the node's clock; UTC, because members are everywhere. */
function momentText(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z') : 'an unknown time';
}
