/**
 * What all members of a profile say of themselves, and whether they agree. Heights differ while a
 * member catches up, so states are compared at the lowest height among those who answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '@bucordo/client';
import { openConnection } from './connection.ts';
import type { LoadedProfile, MemberEndpoint } from './profile.ts';

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
}

/** Asks all members at once; one that does not answer within `timeoutMs` counts as not reachable. */
export async function askMembers(options: {
  loaded: LoadedProfile;
  identity: string;
  timeoutMs: number;
}): Promise<NetworkStatus> {
  const first = await askEach(options);
  const { members, lagging } = await watchLagging(first, () => askEach(options));
  const answered = members.flatMap(({ status }) => (status === null ? [] : [status]));
  if (answered.length === 0) return { members, comparedAt: null, stateHashes: [], lagging, equal: true };
  const comparedAt = Math.min(...answered.map(({ height }) => height));
  const hashes = await Promise.all(
    answered.map((status) => stateHashAt({ ...options, status, height: comparedAt })),
  );
  const stateHashes = hashes.flatMap((entry) => (entry === null ? [] : [entry]));
  const equal =
    new Set(stateHashes.map(({ stateHash }) => stateHash)).size <= 1 &&
    answered.every(({ divergedAt }) => divergedAt === null);
  return { members, comparedAt, stateHashes, lagging, equal };
}

function askEach(options: {
  loaded: LoadedProfile;
  identity: string;
  timeoutMs: number;
}): Promise<MemberStatus[]> {
  return Promise.all(options.loaded.profile.members.map((endpoint) => askMember({ ...options, endpoint })));
}

/** Heights differ for moments while a block travels: only who does not reach where the others were is told. */
async function watchLagging(
  first: readonly MemberStatus[],
  ask: () => Promise<readonly MemberStatus[]>,
): Promise<{ members: readonly MemberStatus[]; lagging: readonly string[] }> {
  const target = Math.max(...first.map(({ status }) => status?.height ?? 0));
  let members = first;
  for (let poll = 0; ; poll++) {
    const lagging = members.flatMap(({ member, status }) =>
      status !== null && status.height < target ? [member] : [],
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
}): Promise<MemberStatus> {
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
  const endpoint = loaded.profile.members.find(({ id }) => id === member);
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
