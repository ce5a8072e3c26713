/**
 * What the members' checkpoints say together: up to which height the quorum agrees, and who differs.
 *
 * State hashes are chained (each covers the one before), so a member whose hash at height h equals
 * ours agrees with us at every height up to h, and a member that differs at h differs at every later
 * one. That is why members may sign different heights and still be compared.
 *
 * Pure: values in, values out; the checkpoints are verified before they come here.
 */

/** A member's verified statement at one height, compared with this node's own state. */
export interface Statement {
  readonly member: string;
  readonly height: number;
  /** Lower-case hex. */
  readonly stateHash: string;
  /** Whether block hash and state hash equal this node's at that height. */
  readonly agrees: boolean;
}

/** A member whose latest statement contradicts this node. */
export interface Difference {
  /** The first height at which it is known to differ. */
  readonly height: number;
  /** Its state hash at that height. */
  readonly stateHash: string;
}

/** Members needed for a height to be final: more than two thirds of them. */
export function finalQuorum(memberCount: number): number {
  return Math.floor((2 * memberCount) / 3) + 1;
}

/** Collects statements. Every method is O(members). */
export class Agreement {
  #members: readonly string[];
  readonly #agreed = new Map<string, number>();
  readonly #differing = new Map<string, Difference>();

  /** `members` are the ids of all members whose states count, this node's own included. */
  constructor(members: readonly string[]) {
    this.#members = members;
  }

  /** From now on these are the members; what others have said counts no longer. */
  setMembers(members: readonly string[]): void {
    this.#members = members;
    for (const member of this.#differing.keys())
      if (!members.includes(member)) this.#differing.delete(member);
  }

  /** Takes a statement. One of somebody who is no member is a bug of the caller. */
  add(statement: Statement): void {
    const { member, height } = statement;
    if (!this.#members.includes(member)) throw new Error(`Statement of ${member}, who is no member`);
    if (statement.agrees) {
      this.#agreed.set(member, Math.max(height, this.#agreed.get(member) ?? 0));
      const difference = this.#differing.get(member);
      if (difference !== undefined && difference.height <= height) this.#differing.delete(member);
      return;
    }
    const known = this.#differing.get(member);
    if (known === undefined || height < known.height) {
      this.#differing.set(member, { height, stateHash: statement.stateHash });
    }
  }

  /** The greatest height that is final: a quorum agrees with this node there. 0 = none yet. */
  get final(): number {
    const heights = this.#members.map((member) => this.#agreed.get(member) ?? 0).sort((a, b) => b - a);
    return heights[finalQuorum(this.#members.length) - 1] ?? 0;
  }

  /** Members that have not agreed with this node about `height` or a later one, in the order of the members. */
  missingAt(height: number): string[] {
    return this.#members.filter((member) => (this.#agreed.get(member) ?? 0) < height);
  }

  /** Members that contradict this node, by id. */
  get differing(): ReadonlyMap<string, Difference> {
    return this.#differing;
  }

  /**
   * The height from which this node must be taken as diverged, or null: at least half of all members
   * contradict it. With two members either may be the wrong one, so both say it.
   */
  get divergedAt(): number | null {
    if (this.#members.length === 0 || this.#differing.size * 2 < this.#members.length) return null;
    return Math.min(...[...this.#differing.values()].map((difference) => difference.height));
  }
}
