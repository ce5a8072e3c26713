/**
 * What all members of a profile say of themselves, and whether they agree. Heights differ while a
 * member catches up, so states are compared at the lowest height among those who answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '@bucordo/client';
import { openConnection } from './connection.ts';
import { knownEndpoints, type LoadedProfile, type MemberEndpoint } from './profile.ts';

/** Between two questions whether a member that is lower than others rises. */
const laggingPollMs = 400;
/** Questions, after which a member that has not reached what others had at the first one lags: 2 s in all. */
const laggingPolls = 5;

/** One member's answer, or why there is none. */
export interface MemberStatus {
  readonly member: string;
  readonly status: Status | null;
  /** Why there is no answer; empty when there is one. */
  readonly reason: string;
  /**
   * How the member stands on the chain: `invited`, `active`, `left` or `expelled`. That it is gone must be told by all
   * other nodes that answer: none can hide the state of another. Null where no node tells, or they do not agree.
   */
  readonly standing: string | null;
  /** Whether an address of its node is known here; where none is, nobody was asked. */
  readonly isKnown: boolean;
}

/** The members' answers together. */
export interface NetworkStatus {
  readonly members: readonly MemberStatus[];
  /** Lowest height among those who answered; null when nobody did. */
  readonly comparedAt: number | null;
  /** Their state hashes at that height; more than one = they differ. Members that cannot tell are left out. */
  readonly stateHashes: readonly { readonly member: string; readonly stateHash: string }[];
  /** Members that others were ahead of and that did not come to where those had been while they were watched. */
  readonly lagging: readonly string[];
  /** False when two members tell different state hashes, or one says that it has diverged. */
  readonly equal: boolean;
  /** Member whose node orders; null where no node tells, or they do not agree. */
  readonly ordering: string | null;
}

/** Whether the member has left or was expelled: what its node does concerns nobody. */
export function isGone({ standing }: Pick<MemberStatus, 'standing'>): boolean {
  return standing === 'left' || standing === 'expelled';
}

/** Asks all members at once; one that does not answer within `timeoutMs` counts as not reachable. */
export async function askMembers(options: {
  loaded: LoadedProfile;
  identity: string;
  timeoutMs: number;
}): Promise<NetworkStatus> {
  const first = withStandings(await askEach(options));
  const watched = await watchLagging(first, async () => withStandings(await askEach(options)));
  const { members, lagging } = watched;
  const ordering = agreed(members.flatMap(({ status }) => status?.ordering?.member ?? []));
  // Of who is gone only the node of those who ask is left to compare.
  const answered = members.flatMap((each) => (each.status === null || isGone(each) ? [] : [each.status]));
  if (answered.length === 0)
    return { members, comparedAt: null, stateHashes: [], lagging, equal: true, ordering };
  const comparedAt = Math.min(...answered.map(({ height }) => height));
  const hashes = await Promise.all(
    answered.map((status) => stateHashAt({ ...options, status, height: comparedAt })),
  );
  const stateHashes = hashes.flatMap((entry) => (entry === null ? [] : [entry]));
  const equal =
    new Set(stateHashes.map(({ stateHash }) => stateHash)).size <= 1 &&
    answered.every(({ divergedAt }) => divergedAt === null);
  return { members, comparedAt, stateHashes, lagging, equal, ordering };
}

/** The answer that knows most of the chain. */
function newestOf(members: readonly Pick<MemberStatus, 'status'>[]): Status | null {
  return members.reduce<Status | null>(
    (newest, { status }) =>
      status === null || (newest !== null && newest.height >= status.height) ? newest : status,
    null,
  );
}

/** How each member stands, and those whose nodes nobody here knows. Overseers run no node. */
function withStandings(answers: readonly Answer[]): MemberStatus[] {
  const told = newestOf(answers)?.members ?? [];
  const asked = answers.map((answer) => ({
    ...answer,
    standing: standingOf(answer.member, answers),
    isKnown: true,
  }));
  const unknown = told.filter(
    ({ member, class: of, status }) =>
      of !== 'overseer' &&
      (status === 'active' || status === 'invited') &&
      !answers.some((answer) => answer.member === member),
  );
  return [
    ...asked,
    ...unknown.map(({ member, status }) => ({
      member,
      status: null,
      reason: 'no address of its node is known here',
      standing: status,
      isKnown: false,
    })),
  ];
}

function standingOf(of: string, answers: readonly Answer[]): string | null {
  const others = answers.filter(({ member }) => member !== of);
  const by = others.some(({ status }) => status !== null) ? others : answers;
  return agreed(
    by.flatMap(({ status }) => status?.members.find(({ member }) => member === of)?.status ?? []),
  );
}

/** What all say; null where nobody does, or they do not say the same. */
function agreed(words: readonly string[]): string | null {
  const [first = null] = words;
  return words.every((word) => word === first) ? first : null;
}

type Answer = Pick<MemberStatus, 'member' | 'status' | 'reason'>;

function askEach(options: { loaded: LoadedProfile; identity: string; timeoutMs: number }): Promise<Answer[]> {
  const endpoints = knownEndpoints(options.loaded.profile);
  return Promise.all(endpoints.map((endpoint) => askMember({ ...options, endpoint })));
}

/** Heights differ for moments while a block travels: only who does not reach where the others were is told. */
async function watchLagging(
  first: readonly MemberStatus[],
  ask: () => Promise<readonly MemberStatus[]>,
): Promise<{ members: readonly MemberStatus[]; lagging: readonly string[] }> {
  const target = Math.max(0, ...first.map((each) => (isGone(each) ? 0 : (each.status?.height ?? 0))));
  let members = first;
  for (let poll = 0; ; poll++) {
    const lagging = members.flatMap((each) =>
      each.status !== null && !isGone(each) && each.status.height < target ? [each.member] : [],
    );
    if (lagging.length === 0 || poll === laggingPolls) return { members, lagging };
    await sleep(laggingPollMs);
    members = await ask();
  }
}

async function askMember(options: {
  loaded: LoadedProfile;
  identity: string;
  timeoutMs: number;
  endpoint: MemberEndpoint;
}): Promise<Answer> {
  const { endpoint, timeoutMs } = options;
  const { client } = openConnection(options);
  try {
    return { member: endpoint.id, status: await client.status({ timeoutMs }), reason: '' };
  } catch (error) {
    return {
      member: endpoint.id,
      status: null,
      reason: error instanceof Error ? error.message : String(error),
    };
  } finally {
    client.close();
  }
}

/** The state hash that a member has for a height: its newest one, or one from its table of states. */
async function stateHashAt(options: {
  loaded: LoadedProfile;
  identity: string;
  timeoutMs: number;
  status: Status;
  height: number;
}): Promise<{ member: string; stateHash: string } | null> {
  const { loaded, status, height, timeoutMs } = options;
  const { member } = status;
  if (status.height === height) return { member, stateHash: status.stateHash };
  const endpoint = knownEndpoints(loaded.profile).find(({ id }) => id === member);
  if (endpoint === undefined || height === 0) return null;
  const { client } = openConnection({ ...options, endpoint });
  try {
    const answer = await client.query(
      "select encode(s.state_hash, 'hex') from bucordo.state as s where s.height = $1",
      [String(height)],
      { timeoutMs },
    );
    const stateHash = answer.values[0]?.[0] ?? null;
    return stateHash === null ? null : { member, stateHash };
  } catch {
    // A member that stops between two questions has simply not answered.
    return null;
  } finally {
    client.close();
  }
}
