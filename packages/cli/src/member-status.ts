/**
 * What all members of a profile say of themselves, and whether they agree. Heights differ while a
 * member catches up, so states are compared at the lowest height among those who answer.
 */
import type { Status } from '@bucordo/client';
import { openConnection } from './connection.ts';
import type { LoadedProfile, MemberEndpoint } from './profile.ts';

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
  /** False when two members tell different state hashes, or one says that it has diverged. */
  readonly equal: boolean;
}

/** Asks all members at once; one that does not answer within `timeoutMs` counts as not reachable. */
export async function askMembers(options: {
  loaded: LoadedProfile;
  identity: string;
  timeoutMs: number;
}): Promise<NetworkStatus> {
  const { loaded } = options;
  const members = await Promise.all(
    loaded.profile.members.map((endpoint) => askMember({ ...options, endpoint })),
  );
  const answered = members.flatMap(({ status }) => (status === null ? [] : [status]));
  if (answered.length === 0) return { members, comparedAt: null, stateHashes: [], equal: true };
  const comparedAt = Math.min(...answered.map(({ height }) => height));
  const hashes = await Promise.all(
    answered.map((status) => stateHashAt({ ...options, status, height: comparedAt })),
  );
  const stateHashes = hashes.flatMap((entry) => (entry === null ? [] : [entry]));
  const equal =
    new Set(stateHashes.map(({ stateHash }) => stateHash)).size <= 1 &&
    answered.every(({ divergedAt }) => divergedAt === null);
  return { members, comparedAt, stateHashes, equal };
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
