/**
 * Signs this node's state from time to time, gives the signature to the other nodes directly and
 * sends it through the ordering like any transaction, and compares what all members signed.
 *
 * When: at the first block with other content than checkpoints once `everyMs` have passed since the
 * last signature or `everyBlocks` blocks have been committed, and `everyMs` after such a block if
 * nothing followed. Blocks that hold only checkpoints cause no further ones, so a quiet network
 * falls silent. A node that stopped before it signed the last such block signs it after its next start.
 *
 * A height is signed once (I10): before its first signature a node has read its own checkpoints from
 * the ledger and has caught up with the ordering. A node that finds itself diverged signs the height
 * at which it differs, so that everybody can name it, and nothing after that.
 *
 * A checkpoint counts alike whether it came through the chain or directly, and whether the node runs
 * or was started again: those of the chain are read from where execution has stored them.
 */

import type { StoredState } from '../execution/ports.ts';
import { countedHeights, heardAheadMax } from '../limits.ts';
import type { Log } from '../observe/ports.ts';
import { Agreement } from './agreement.ts';
import type { BlockCalls, NotFinal } from './ports.ts';

/** A member's checkpoint, hashes in lower-case hex. Its signature was verified. */
export interface MemberCheckpoint extends StoredState {
  readonly member: string;
  readonly height: number;
}

/** How this node and the others stand to each other. */
export interface CheckpointStatus {
  /** Greatest height on whose state a quorum of members agrees with this node; 0 = none yet. */
  readonly final: number;
  /** Height of this node's last signature; 0 = none. */
  readonly signed: number;
  /** Set when this node must be taken as wrong. */
  readonly diverged: Divergence | null;
  /** Height of the latest checkpoint of each member that has signed one. */
  readonly latest: Readonly<Record<string, number>>;
  /** Members whose state differs from this node's, with the height at which that was first seen. */
  readonly differing: Readonly<Record<string, number>>;
  /** Set while a height has not become final in the time set for it. */
  readonly notFinal: NotFinal | null;
}

/** Where this node differs from the others. */
export interface Divergence {
  readonly height: number;
  /** This node's state hash at that height. */
  readonly ours: string;
  /** State hashes by member. */
  readonly theirs: Readonly<Record<string, string>>;
}

/** A committed block as far as checkpoints are concerned. */
export interface CommittedBlock extends StoredState, BlockCalls {
  readonly height: number;
}

/** What checkpoints need from the rest of the node. */
export interface CheckpointsOptions {
  /** This node's member. */
  readonly member: string;
  /** Ids of the members whose states count; {@link Checkpoints.setMembers} sets other ones. */
  readonly members: readonly string[];
  /** Whether this node is enrolled for a member whose state counts; asked before each signature. */
  readonly maySign: () => boolean;
  readonly everyBlocks: number;
  readonly everyMs: number;
  /** Milliseconds in which a height should become final. */
  readonly finalWithinMs: number;
  /** Signs a height, tells the other nodes, and hands the transaction to admission. Must not throw. */
  readonly publish: (height: number, state: StoredState) => void;
  /** Reads an older height from the database; null when it is unknown. */
  readonly stateAt: (height: number) => Promise<StoredState | null>;
  /** The verified checkpoints that a committed block has brought, about heights from `sinceHeight` on. */
  readonly broughtBy: (height: number, sinceHeight: number) => Promise<readonly MemberCheckpoint[]>;
  /** Called after `final` has risen. */
  readonly onFinal: (height: number) => void;
  /** Called once, when this node must be taken as diverged. */
  readonly onDiverged: (divergence: Divergence) => void;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Milliseconds after which a node that has started signs a block from before its start: by then the others, whose
 * nodes connect again within a second, have said what they heard of it before its disk was restored.
 */
const HEARD_WITHIN_MS = 3_000;

// Checkpoints speak of the last few heights; older ones are read from the database.
const KEPT_HEIGHTS = 1_024;

/** The first height about which a checkpoint counts that stands in the block at `height` or before it. */
export function countedSince(height: number): number {
  return Math.max(1, height - countedHeights);
}

/** Signs and compares. */
export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #agreement: Agreement;
  #members: ReadonlySet<string>;
  readonly #states = new Map<number, StoredState>();
  #height = 0;
  #mayWrite = false;
  #signed = 0;
  #signedMs = Number.NEGATIVE_INFINITY;
  #lastActive = 0;
  #lastActiveMs = 0;
  // The last such block from before the start.
  #restored = 0;
  #final = 0;
  #diverged: Divergence | null = null;
  // What a diverged node will sign as soon as it may: its word on the height at which it differs.
  #owed: { readonly height: number; readonly state: StoredState } | null = null;
  #timer: NodeJS.Timeout | null = null;
  // The height that should be the next final one, and since when it waits.
  #awaited: { readonly height: number; readonly sinceMs: number } | null = null;
  #lateTimer: NodeJS.Timeout | null = null;
  #isLate = false;
  readonly #latest = new Map<string, number>();
  // Heard about heights that this node has yet to reach.
  readonly #ahead = new Map<string, MemberCheckpoint[]>();
  #comparing: Promise<void> = Promise.resolve();

  constructor(options: CheckpointsOptions) {
    this.#options = options;
    this.#agreement = new Agreement(options.members);
    this.#members = new Set(options.members);
  }

  /** From now on these members' states count. */
  setMembers(members: readonly string[]): void {
    this.#members = new Set(members);
    this.#agreement.setMembers(members);
    for (const member of this.#latest.keys()) if (!this.#members.has(member)) this.#latest.delete(member);
    for (const member of this.#ahead.keys()) if (!this.#members.has(member)) this.#ahead.delete(member);
    this.#raiseFinal();
  }

  /**
   * Takes the checkpoints that the ledger holds, this node's own among them. Called before the first block.
   * `lastActive` is the height of the last block with other content than checkpoints, 0 for none.
   */
  async restore(
    height: number,
    { checkpoints, lastActive }: { checkpoints: readonly MemberCheckpoint[]; lastActive: number },
  ): Promise<void> {
    this.#height = height;
    for (const checkpoint of checkpoints) await this.#compare(checkpoint);
    const state = lastActive === 0 ? null : await this.#options.stateAt(lastActive);
    if (state === null) return;
    this.#states.set(lastActive, state);
    this.#restored = lastActive;
    this.#activeUntil(lastActive);
  }

  /** This node has caught up with the ordering and may sign when what it has received is compared. */
  caughtUp(): void {
    this.#then(async () => {
      this.#mayWrite = true;
      if (this.#owed !== null) this.#publish(this.#owed.height, this.#owed.state);
      this.#owed = null;
      const isFromBefore = this.#lastActive === this.#restored;
      this.#planTimer(isFromBefore ? HEARD_WITHIN_MS : this.#options.everyMs);
    });
  }

  /** Takes note of a committed block: heights come in order. */
  committed(block: CommittedBlock): void {
    const { height, blockHash, stateHash } = block;
    this.#height = height;
    this.#states.set(height, { blockHash, stateHash });
    this.#states.delete(height - KEPT_HEIGHTS);
    if (block.hasCheckpoints) {
      this.#then(async () => {
        const brought = await this.#options.broughtBy(height, countedSince(height));
        for (const checkpoint of brought) await this.#compare(checkpoint);
      });
    }
    for (const [member, waiting] of this.#ahead) {
      const reached = waiting.filter((one) => one.height <= height);
      if (reached.length === 0) continue;
      this.#ahead.set(
        member,
        waiting.filter((one) => one.height > height),
      );
      for (const checkpoint of reached) this.#then(() => this.#compare(checkpoint));
    }
    if (!block.isActive) return;
    this.#activeUntil(height);
    const { everyMs, everyBlocks, now } = this.#options;
    if (now() - this.#signedMs >= everyMs || height - this.#signed >= everyBlocks) this.#sign();
    else this.#planTimer(everyMs);
  }

  /** Takes a checkpoint that another node has handed over directly; its signature is verified. */
  heard(checkpoint: MemberCheckpoint): void {
    const { member, height } = checkpoint;
    if (!this.#members.has(member)) return;
    // What this node said before its disk was restored, from one that has heard it.
    if (member === this.#options.member) this.#signed = Math.max(this.#signed, height);
    if (height <= this.#height) {
      this.#then(() => this.#compare(checkpoint));
      return;
    }
    const waiting = this.#ahead.get(member) ?? [];
    if (waiting.some((one) => one.height === height && one.stateHash === checkpoint.stateHash)) return;
    // The first ones are compared soonest, the last one is the newest.
    if (waiting.length >= heardAheadMax) waiting.pop();
    this.#ahead.set(member, [...waiting, checkpoint]);
  }

  /** Whether this node must be taken as wrong. */
  get isDiverged(): boolean {
    return this.#diverged !== null;
  }

  /** Greatest final height. */
  get final(): number {
    return this.#final;
  }

  /** How this node stands. */
  status(): CheckpointStatus {
    const differing = [...this.#agreement.differing].map(([member, { height }]) => [member, height] as const);
    return {
      final: this.#final,
      signed: this.#signed,
      diverged: this.#diverged,
      latest: Object.fromEntries(this.#latest),
      differing: Object.fromEntries(differing),
      notFinal: this.#notFinal(),
    };
  }

  /** Signs nothing more; resolves when what was received is compared. */
  async stop(): Promise<void> {
    this.#mayWrite = false;
    for (const timer of [this.#timer, this.#lateTimer]) if (timer !== null) clearTimeout(timer);
    this.#timer = null;
    this.#lateTimer = null;
    await this.#comparing;
  }

  // One after the other, so that what the members said is taken in the order in which it came.
  #then(step: () => Promise<void>): void {
    this.#comparing = this.#comparing.then(step).catch((error: unknown) => {
      // Trouble of the database ends the node elsewhere.
      this.#options.log.warn({ reason: String(error) }, 'a checkpoint could not be compared');
    });
  }

  #activeUntil(height: number): void {
    this.#lastActive = height;
    this.#lastActiveMs = this.#options.now();
    if (this.#awaited === null && height > this.#final) this.#await();
  }

  #planTimer(waitMs: number): void {
    if (!this.#mayWrite || this.#timer !== null || this.#lastActive <= this.#signed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#sign();
    }, waitMs);
    this.#timer.unref();
  }

  #sign(): void {
    const state = this.#states.get(this.#lastActive);
    if (this.#diverged === null && state !== undefined) this.#publish(this.#lastActive, state);
  }

  #publish(height: number, state: StoredState): void {
    if (!this.#mayWrite || height <= this.#signed || !this.#options.maySign()) return;
    this.#signed = height;
    this.#signedMs = this.#options.now();
    this.#options.publish(height, state);
    this.#then(() => this.#compare({ member: this.#options.member, height, ...state }));
  }

  async #compare(checkpoint: MemberCheckpoint): Promise<void> {
    const { member, height } = checkpoint;
    if (member === this.#options.member) this.#signed = Math.max(this.#signed, height);
    if (!this.#members.has(member)) return;
    this.#latest.set(member, Math.max(height, this.#latest.get(member) ?? 0));
    const ours = this.#states.get(height) ?? (await this.#options.stateAt(height));
    if (ours === null) return;
    const agrees = ours.blockHash === checkpoint.blockHash && ours.stateHash === checkpoint.stateHash;
    if (!agrees && member === this.#options.member) {
      this.#options.log.warn(
        { height, ours: ours.stateHash, signed: checkpoint.stateHash },
        'this node has signed another state of this height than it has now',
      );
      return;
    }
    const isNew = !this.#agreement.differing.has(member);
    this.#agreement.add({ member, height, agrees, stateHash: checkpoint.stateHash });
    if (!agrees && isNew) {
      this.#options.log.warn(
        { member, height, ours: ours.stateHash, theirs: checkpoint.stateHash },
        `the state of ${member} differs from ours at height ${height}`,
      );
    }
    this.#raiseFinal();
    await this.#checkDiverged();
  }

  #raiseFinal(): void {
    if (this.#agreement.final <= this.#final) return;
    this.#final = this.#agreement.final;
    this.#options.onFinal(this.#final);
    if (this.#awaited !== null && this.#awaited.height <= this.#final) this.#reached();
  }

  // First it says what it has come to, for the others to see who differs, then it falls silent.
  async #checkDiverged(): Promise<void> {
    const height = this.#agreement.divergedAt;
    if (height === null || this.#diverged !== null) return;
    const ours = this.#states.get(height) ?? (await this.#options.stateAt(height));
    const theirs = [...this.#agreement.differing].map(
      ([member, { stateHash }]) => [member, stateHash] as const,
    );
    this.#diverged = { height, ours: ours?.stateHash ?? '', theirs: Object.fromEntries(theirs) };
    if (ours !== null) {
      if (this.#mayWrite) this.#publish(height, ours);
      else this.#owed = { height, state: ours };
    }
    this.#options.onDiverged(this.#diverged);
  }

  // The time counts from the block, also where others were waited for first.
  #await(): void {
    this.#awaited = { height: this.#lastActive, sinceMs: this.#lastActiveMs };
    const leftMs = this.#lastActiveMs + this.#options.finalWithinMs - this.#options.now();
    this.#lateTimer = setTimeout(() => this.#late(), Math.max(0, leftMs));
    this.#lateTimer.unref();
  }

  #reached(): void {
    if (this.#lateTimer !== null) clearTimeout(this.#lateTimer);
    if (this.#isLate) this.#options.log.info({ final: this.#final }, 'heights become final again');
    this.#isLate = false;
    this.#awaited = null;
    if (this.#lastActive > this.#final) this.#await();
  }

  #late(): void {
    this.#isLate = true;
    const { height, missing } = this.#notFinal() ?? { height: 0, missing: [] };
    this.#options.log.error(
      { height, missing: missing.join(' '), withinMs: this.#options.finalWithinMs },
      'A BLOCK HAS NOT BECOME FINAL in the time set for it: these members have not signed its state, or have signed another one',
    );
  }

  #notFinal(): NotFinal | null {
    if (!this.#isLate || this.#awaited === null) return null;
    const { height, sinceMs } = this.#awaited;
    return {
      height,
      forMs: Math.round(this.#options.now() - sinceMs),
      missing: this.#agreement.missingAt(height),
    };
  }
}
