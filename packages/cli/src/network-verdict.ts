/**
 * From the members' answers to one sentence and one exit code. It never says more than was compared:
 * equal states are claimed only of members that serve, at one height, and it says whether anything
 * is final there.
 */
import {
  exitBehind,
  exitForked,
  exitOk,
  exitRejected,
  exitStopped,
  exitStuck,
  exitUnreachable,
} from './exit-codes.ts';
import { isGone, type MemberStatus, type NetworkStatus } from './member-status.ts';
import { count } from './output/progress.ts';

/** How bad it is, for the colour of the sentence. */
export type Tone = 'good' | 'plain' | 'bad';

/** What the answers come to. */
export interface NetworkVerdict {
  readonly exitCode: number;
  readonly tone: Tone;
  readonly text: string;
}

/** States that a node tells of itself, the worst first, with the exit code of each. */
const exitCodesOfStates: readonly (readonly [state: string, exitCode: number])[] = [
  ['forked', exitForked],
  ['diverged', exitRejected],
  ['quarantined', exitRejected],
  ['stopped', exitStopped],
  ['stuck', exitStuck],
];

/** Judges the answers of all members. */
export function judgeNetwork(status: NetworkStatus): NetworkVerdict {
  return { exitCode: exitCodeOf(status), ...sentenceOf(status) };
}

function exitCodeOf(status: NetworkStatus): number {
  const concerned = status.members.filter(isConcerned);
  const states = new Set(concerned.map(stateOf));
  if (states.has('forked')) return exitForked;
  if (!status.equal) return exitRejected;
  for (const [state, exitCode] of exitCodesOfStates) if (states.has(state)) return exitCode;
  if (concerned.some((member) => member.status === null)) return exitUnreachable;
  // What is left passes by itself: it starts, stops, waits, or catches up.
  return status.lagging.length > 0 || [...states].some((state) => state !== 'serving') ? exitBehind : exitOk;
}

function sentenceOf(status: NetworkStatus): Omit<NetworkVerdict, 'exitCode'> {
  const { comparedAt, stateHashes } = status;
  if (comparedAt === null) return { tone: 'bad', text: 'Nobody answers.' };
  if (!status.equal) return { tone: 'bad', text: `The members differ at height ${count(comparedAt)}.` };
  if (stateHashes.length < 2) {
    const others = status.members.filter(isConcerned).length > 1 ? '; there is nothing to compare' : '';
    return withTrouble(status, `One state was told, at height ${count(comparedAt)}${others}.`);
  }
  const compared = `${stateHashes.length} members tell the same state hash at height ${count(comparedAt)}`;
  const final = finalHeight(status);
  if (troublesOf(status).length > 0) return withTrouble(status, `${compared}.`);
  if (final === 0) return { tone: 'plain', text: `${compared}; no height is final yet.` };
  return {
    tone: 'good',
    text: `The states of ${stateHashes.length} members are equal at height ${count(comparedAt)}; final up to ${count(final)}.`,
  };
}

function withTrouble(status: NetworkStatus, compared: string): Omit<NetworkVerdict, 'exitCode'> {
  const troubles = troublesOf(status);
  if (troubles.length === 0) return { tone: 'plain', text: compared };
  return { tone: 'bad', text: `${compared} But ${troubles.join(', ')}.` };
}

/** Whose state says something of the network: who takes part and can be asked. */
function isConcerned(member: MemberStatus): boolean {
  return member.isKnown && !isGone(member);
}

/** What speaks against "all is well", member by member. */
function troublesOf(status: NetworkStatus): string[] {
  const concerned = status.members.filter(isConcerned);
  const highest = Math.max(...concerned.map((member) => member.status?.height ?? 0));
  return concerned.flatMap((member) => {
    const state = stateOf(member);
    if (member.status === null) return [`${member.member} does not answer`];
    if (state !== 'serving') return [`${member.member} is ${state}`];
    if (!status.lagging.includes(member.member)) return [];
    return [`${member.member} stays at height ${count(member.status.height)}, others have ${count(highest)}`];
  });
}

/** The lowest of the heights that members hold for final: what all of them have in common. */
function finalHeight(status: NetworkStatus): number {
  const heights = status.members.filter(isConcerned).flatMap((member) => member.status?.finalHeight ?? []);
  return heights.length === 0 ? 0 : Math.min(...heights);
}

/** The state in one word. */
export function stateOf({ status }: MemberStatus): string {
  return status === null ? 'not reachable' : status.health.state;
}
