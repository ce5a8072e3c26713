/**
 * From facts to a verdict: how the node is, why, and since when.
 *
 * Pure, so that every situation is a row of a table in the tests. Each part of the node tells what it
 * knows; what it means for people is decided here and nowhere else. Durations come from a clock that
 * does not jump; moments by the wall clock are made of them for people to read.
 */

import type { FaultFacts } from '../fault.ts';
import type { KnownClock } from '../ordering/ports.ts';
import type { DeadlyBlock } from '../quarantine/ports.ts';
import { type Condition, type Health, type NodeState, nodeStates } from './ports.ts';

/** A block takes long from here on: the limits aim at one second for the dearest one. */
export const blockLongMs = 5_000;
/** Postgres does not answer a question that asks for nothing. */
export const postgresSilentMs = 5_000;
/** A node may be so long behind before it says so, when it had caught up: blocks come in bursts. */
export const behindMs = 10_000;
/** A node that is behind and has received nothing for so long is not just busy. */
export const nothingArrivesMs = 15_000;
/** Connections break and come back; what lasts shorter is not worth a word. */
export const orderingSilentMs = 2_000;
/** Clocks that are kept by NTP differ by milliseconds; above this somebody should look. */
export const timeAheadMs = 10_000;
/** A block that has just arrived is a few milliseconds old; from this age on a clock is wrong. */
export const timeBehindMs = 60_000;

/** Something that went wrong for good or until it changes, as a fault tells it. */
export interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly facts: FaultFacts;
  /** Milliseconds since it began. */
  readonly forMs: number;
}

/** How a node stands to the one that orders. */
export interface FollowingFacts {
  /** Member whose node orders, and where it is looked for. */
  readonly member: string;
  readonly address: string;
  /** Milliseconds without a stream of blocks; null while there is one. */
  readonly disconnectedForMs: number | null;
  /** How the last attempt ended; empty before. */
  readonly lastEnd: string;
  /** Whether everything has been executed that existed when this node came. */
  readonly isCaughtUp: boolean;
  /** Milliseconds since a block arrived, or since the start. */
  readonly silentForMs: number;
  /** Why the next block is not executed although it came, or why it will not come. */
  readonly trouble: (Trouble & { readonly state: NodeState }) | null;
}

/** Everything the verdict depends on. */
export interface HealthFacts {
  /** This node's clock, milliseconds since the epoch. */
  readonly nowMs: number;
  readonly phase: 'starting' | 'running' | 'stopping';
  /** What ends the node; null as long as nothing does. */
  readonly fault: Trouble | null;
  readonly head: { readonly height: number; readonly timeMs: number };
  /** How much older than this node's clock the last block was that came while nothing else was to do; null before one. */
  readonly freshBlockAgeMs: number | null;
  /** The block that Postgres works on. */
  readonly block: {
    readonly height: number;
    readonly transactionCount: number;
    readonly forMs: number;
  } | null;
  /** Milliseconds since Postgres was asked for nothing and has not answered; 0 when it has. */
  readonly postgresSilentForMs: number;
  readonly quarantine: Omit<DeadlyBlock, 'block'> | null;
  readonly divergence: { readonly height: number } | null;
  /** Null where this node orders itself. */
  readonly following: FollowingFacts | null;
  /** Greatest height that any node is known to have, and for how long this one has been below it. */
  readonly known: { readonly height: number; readonly behindForMs: number };
  /** Other clocks, by how much they are ahead of this node's; negative for behind. */
  readonly clocks: readonly KnownClock[];
  /** By how much this node's clock is further ahead than it dates blocks; 0 where it is not, or orders nothing. */
  readonly clockExcessMs: number;
  /** What other parts have to say themselves, moments by the wall clock. */
  readonly others: readonly Condition[];
}

/** The verdict on `facts`. `before` is the verdict that it follows: what still holds keeps its beginning. */
export function judgeHealth(facts: HealthFacts, before: Health | null): Health {
  const found = [...conditionsOf(facts), ...facts.others].map((condition) => ({
    ...condition,
    sinceMs: before?.conditions.find(isSame(condition))?.sinceMs ?? Math.round(condition.sinceMs),
  }));
  const conditions = found.sort((a, b) => nodeStates.indexOf(a.state) - nodeStates.indexOf(b.state));
  const { state, sinceMs } = conditions[0] ?? { state: 'serving', sinceMs: facts.nowMs };
  return { state, sinceMs: before?.state === state ? before.sinceMs : sinceMs, conditions };
}

const isSame =
  (one: Condition) =>
  (other: Condition): boolean =>
    conditionKey(other) === conditionKey(one) && other.state === one.state;

/** What makes conditions different: the code, and the member that it is about where there may be several. */
export function conditionKey({ code, facts }: Pick<Condition, 'code' | 'facts'>): string {
  const { member } = facts;
  return member === undefined ? code : `${code} ${member}`;
}

function conditionsOf(facts: HealthFacts): Condition[] {
  return [
    phaseOf(facts),
    faultOf(facts),
    divergenceOf(facts),
    quarantineOf(facts),
    troubleOf(facts),
    postgresOf(facts),
    blockOf(facts),
    positionOf(facts),
    orderingOf(facts),
    timeAheadOf(facts),
    timeBehindOf(facts),
    clocksOf(facts),
    excessOf(facts),
  ].filter((condition) => condition !== null);
}

function phaseOf({ phase, nowMs }: HealthFacts): Condition | null {
  if (phase === 'running') return null;
  const message =
    phase === 'starting' ? 'The node starts.' : 'The node was told to stop and takes nothing more.';
  return { state: phase, code: phase, message, hint: '', facts: {}, sinceMs: nowMs };
}

function faultOf({ fault, nowMs }: HealthFacts): Condition | null {
  return fault === null ? null : conditionOf('stopped', fault, nowMs);
}

function conditionOf(
  state: NodeState,
  { code, message, hint, facts, forMs }: Trouble,
  nowMs: number,
): Condition {
  return { state, code, message, hint, facts, sinceMs: nowMs - forMs };
}

function divergenceOf({ divergence, nowMs }: HealthFacts): Condition | null {
  if (divergence === null) return null;
  const { height } = divergence;
  return {
    state: 'diverged',
    code: 'diverged',
    message: `From height ${height} on the state of this node is not the one of the other members.`,
    hint: 'Find what differs (`bucordo report`), then restore the database from a member whose state is right.',
    facts: { height },
    sinceMs: nowMs,
  };
}

function quarantineOf({ quarantine, nowMs }: HealthFacts): Condition | null {
  if (quarantine === null) return null;
  const { height, transaction, attempts } = quarantine;
  return {
    state: 'quarantined',
    code: 'quarantined',
    message: `The node died ${attempts} times of block ${height} and executes nothing any more.`,
    hint: 'Look for the cause in the log of Postgres. If the block stops every member: `bucordo skip propose`',
    facts: { height, transaction, attempts },
    sinceMs: nowMs,
  };
}

function troubleOf({ following, nowMs }: HealthFacts): Condition | null {
  const trouble = following?.trouble ?? null;
  return trouble === null ? null : conditionOf(trouble.state, trouble, nowMs);
}

function postgresOf({ postgresSilentForMs, nowMs }: HealthFacts): Condition | null {
  if (postgresSilentForMs < postgresSilentMs) return null;
  return {
    state: 'stuck',
    code: 'postgres_silent',
    message: `Postgres has not answered for ${seconds(postgresSilentForMs)}.`,
    hint: 'Look at the server: its log, its disk, its memory, and whether it is stopped.',
    facts: { silentMs: Math.round(postgresSilentForMs) },
    sinceMs: nowMs - postgresSilentForMs,
  };
}

function blockOf({ block, postgresSilentForMs, nowMs }: HealthFacts): Condition | null {
  if (block === null || block.forMs < blockLongMs || postgresSilentForMs >= postgresSilentMs) return null;
  const { height, transactionCount, forMs } = block;
  return {
    state: 'stuck',
    code: 'block_long',
    message: `Block ${height} with ${transactions(transactionCount)} has been executing for ${seconds(forMs)}.`,
    hint: 'It goes on by itself when the block is done. Which functions it calls: `bucordo block`, at a node that has it.',
    facts: { height, transactions: transactionCount, runningMs: Math.round(forMs) },
    sinceMs: nowMs - forMs,
  };
}

// A node on its way to the others is behind from the start; one that had caught up, after a while.
function positionOf({ following, known, head, block, nowMs }: HealthFacts): Condition | null {
  const blocks = known.height - head.height;
  const isOnItsWay = following !== null && !following.isCaughtUp && following.disconnectedForMs === null;
  if (blocks <= 0 || (known.behindForMs < behindMs && !isOnItsWay)) return null;
  const facts = { blocks, height: head.height, knownHeight: known.height };
  const sinceMs = nowMs - known.behindForMs;
  const arrivesNothing =
    following === null || (following.trouble === null && following.silentForMs >= nothingArrivesMs);
  if (block === null && arrivesNothing && known.behindForMs >= nothingArrivesMs) {
    return {
      state: 'stuck',
      code: 'blocks_missing',
      message: `Others have height ${known.height}, this node has ${head.height}, and nothing has arrived for ${seconds(following?.silentForMs ?? known.behindForMs)}.`,
      hint: 'Look at the ordering node and at the network between it and this node.',
      facts,
      sinceMs,
    };
  }
  return {
    state: 'behind',
    code: 'behind',
    message: `This node is ${blocks === 1 ? 'one block' : `${blocks} blocks`} behind height ${known.height}, which others have.`,
    hint:
      following?.trouble === undefined || following.trouble === null
        ? 'It catches up by itself; a node that falls further behind is slower than the others.'
        : 'It catches up when what is in its way is gone; see above.',
    facts,
    sinceMs,
  };
}

function orderingOf({ following, nowMs }: HealthFacts): Condition | null {
  if (following === null || following.trouble !== null) return null;
  const { member, address, lastEnd, disconnectedForMs } = following;
  if (disconnectedForMs === null || disconnectedForMs < orderingSilentMs) return null;
  return {
    state: 'waiting',
    code: 'ordering_unreachable',
    message: `No blocks come from the node of ${member}, which orders, at ${address}${lastEnd === '' ? '' : `: ${lastEnd}`}.`,
    hint: 'It is tried again and again. Ask its operator whether it runs; check its address under `peers` in the configuration, and the firewall.',
    facts: { ordering: member, address },
    sinceMs: nowMs - disconnectedForMs,
  };
}

function timeAheadOf({ head, nowMs }: HealthFacts): Condition | null {
  const aheadMs = head.timeMs - nowMs;
  if (head.height === 0 || aheadMs <= timeAheadMs) return null;
  return {
    state: 'serving',
    code: 'time_ahead',
    message: `Block ${head.height} is dated ${seconds(aheadMs)} ahead of this node's clock; block time stands still until then.`,
    hint: 'Compare the clocks of this node and of the ordering node with the true time (NTP). Block time never goes back.',
    facts: { height: head.height, aheadMs },
    sinceMs: nowMs,
  };
}

function timeBehindOf({ head, freshBlockAgeMs, nowMs }: HealthFacts): Condition | null {
  if (freshBlockAgeMs === null || freshBlockAgeMs <= timeBehindMs) return null;
  return {
    state: 'serving',
    code: 'time_behind',
    message: `A block that had just been ordered was dated ${seconds(freshBlockAgeMs)} behind this node's clock.`,
    hint: 'Compare the clocks of this node and of the ordering node with the true time (NTP).',
    facts: { height: head.height, behindMs: Math.round(freshBlockAgeMs) },
    sinceMs: nowMs,
  };
}

function clocksOf({ clocks, nowMs }: HealthFacts): Condition | null {
  const wrong = clocks.filter(({ aheadMs }) => Math.abs(aheadMs) > timeAheadMs);
  if (wrong.length === 0) return null;
  const told = wrong.map(
    ({ member, aheadMs }) =>
      `that of ${member} is ${seconds(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} this node's`,
  );
  return {
    state: 'serving',
    code: 'clocks_differ',
    message: `Clocks differ: ${told.join(', ')}.`,
    hint: 'Compare each with the true time (NTP) and set the one that is wrong.',
    facts: Object.fromEntries(wrong.map(({ member, aheadMs }) => [`aheadMs_${member}`, Math.round(aheadMs)])),
    sinceMs: nowMs,
  };
}

function excessOf({ clockExcessMs, nowMs }: HealthFacts): Condition | null {
  if (clockExcessMs <= 0) return null;
  return {
    state: 'serving',
    code: 'clock_ahead',
    message: `This node's clock is ahead of the middle one of all members' clocks; it dates blocks ${seconds(clockExcessMs)} earlier than its own clock says.`,
    hint: 'Set the clock of this machine (NTP).',
    facts: { excessMs: Math.round(clockExcessMs) },
    sinceMs: nowMs,
  };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000).toLocaleString('en-US')} s`;
}

function transactions(count: number): string {
  return count === 1 ? 'one transaction' : `${count} transactions`;
}
