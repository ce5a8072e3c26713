/**
 * Signs this node's state from time to time, sends the signature through the ordering like any
 * transaction, and compares what all members signed.
 *
 * When: at the first block with other content than checkpoints once `everyMs` have passed since the
 * last signature or `everyBlocks` blocks have been committed, and `everyMs` after such a block if
 * nothing followed. Blocks that hold only checkpoints cause no further ones, so a quiet network
 * falls silent.
 *
 * A height is signed once (I10): before its first signature a node has read its own checkpoints from
 * the ledger and has caught up with the ordering. A diverged node signs nothing any more.
 */

import type { Log } from '../chain/log.ts';
import { Agreement } from './agreement.ts';

/** Block hash and state hash of a height in this node's database, lower-case hex. */
export interface LocalState {
  readonly blockHash: string;
  readonly stateHash: string;
}

/** A checkpoint from the ledger, hashes in lower-case hex. Its signature was verified. */
export interface MemberCheckpoint {
  readonly member: string;
  readonly height: number;
  readonly blockHash: string;
  readonly stateHash: string;
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
export interface CommittedBlock extends LocalState {
  readonly height: number;
  /** Checkpoints that the block carries, verified. */
  readonly checkpoints: readonly MemberCheckpoint[];
  /** Whether it carries anything else. */
  readonly isActive: boolean;
}

/** What checkpoints need from the rest of the node. */
export interface CheckpointsOptions {
  /** This node's member. */
  readonly member: string;
  /** Ids of the members whose states count; {@link Checkpoints.setMembers} tells of other ones. */
  readonly members: readonly string[];
  /** Whether this node is enrolled for a member whose state counts; asked before each signature. */
  readonly maySign: () => boolean;
  readonly everyBlocks: number;
  readonly everyMs: number;
  /** Signs a height and hands the transaction to admission. Must not throw. */
  readonly publish: (height: number, state: LocalState) => void;
  /** Reads an older height from the database; null when it is unknown. */
  readonly stateAt: (height: number) => Promise<LocalState | null>;
  /** Called after `final` has risen. */
  readonly onFinal: (height: number) => void;
  /** Called once, when this node must be taken as diverged. */
  readonly onDiverged: (divergence: Divergence) => void;
  readonly now: () => number;
  readonly log: Log;
}

// Checkpoints speak of the last few heights; older ones are read from the database.
const KEPT_HEIGHTS = 1_024;

/** Signs and compares. */
export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #agreement: Agreement;
  #members: ReadonlySet<string>;
  readonly #states = new Map<number, LocalState>();
  #mayWrite = false;
  #signed = 0;
  #signedMs = Number.NEGATIVE_INFINITY;
  #lastActive = 0;
  #final = 0;
  #diverged: Divergence | null = null;
  #timer: NodeJS.Timeout | null = null;
  readonly #latest = new Map<string, number>();
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
    this.#raiseFinal();
  }

  /** Takes the checkpoints that the ledger holds, this node's own among them. Called before the first block. */
  async restore(checkpoints: readonly MemberCheckpoint[]): Promise<void> {
    for (const checkpoint of checkpoints) {
      if (checkpoint.member === this.#options.member)
        this.#signed = Math.max(this.#signed, checkpoint.height);
      await this.#compare(checkpoint);
    }
  }

  /** This node has caught up with the ordering and may sign from now on. */
  caughtUp(): void {
    this.#mayWrite = true;
    this.#planTimer();
  }

  /** Takes note of a committed block: heights come in order. */
  committed(block: CommittedBlock): void {
    const { height, blockHash, stateHash } = block;
    this.#states.set(height, { blockHash, stateHash });
    this.#states.delete(height - KEPT_HEIGHTS);
    for (const checkpoint of block.checkpoints) {
      if (checkpoint.member === this.#options.member)
        this.#signed = Math.max(this.#signed, checkpoint.height);
      this.#comparing = this.#comparing.then(() => this.#compare(checkpoint));
    }
    if (!block.isActive) return;
    this.#lastActive = height;
    const { everyMs, everyBlocks, now } = this.#options;
    if (now() - this.#signedMs >= everyMs || height - this.#signed >= everyBlocks) this.#sign();
    else this.#planTimer();
  }

  /** Whether this node must be taken as wrong. */
  get isDiverged(): boolean {
    return this.#diverged !== null;
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
    };
  }

  /** Signs nothing more; resolves when what was received is compared. */
  async stop(): Promise<void> {
    this.#mayWrite = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#comparing;
  }

  #planTimer(): void {
    if (!this.#mayWrite || this.#timer !== null || this.#lastActive <= this.#signed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#sign();
    }, this.#options.everyMs);
    this.#timer.unref();
  }

  #sign(): void {
    const height = this.#lastActive;
    const state = this.#states.get(height);
    if (!this.#mayWrite || this.#diverged !== null || height <= this.#signed || state === undefined) return;
    if (!this.#options.maySign()) return;
    this.#signed = height;
    this.#signedMs = this.#options.now();
    this.#options.publish(height, state);
  }

  async #compare(checkpoint: MemberCheckpoint): Promise<void> {
    const { member, height } = checkpoint;
    if (!this.#members.has(member)) return;
    this.#latest.set(member, Math.max(height, this.#latest.get(member) ?? 0));
    const ours = this.#states.get(height) ?? (await this.#options.stateAt(height));
    if (ours === null) {
      this.#options.log.warn(
        { member, height },
        'a checkpoint speaks of a height that this node has not reached',
      );
      return;
    }
    const agrees = ours.blockHash === checkpoint.blockHash && ours.stateHash === checkpoint.stateHash;
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
  }

  async #checkDiverged(): Promise<void> {
    const height = this.#agreement.divergedAt;
    if (height === null || this.#diverged !== null) return;
    const ours = this.#states.get(height) ?? (await this.#options.stateAt(height));
    const theirs = [...this.#agreement.differing].map(
      ([member, { stateHash }]) => [member, stateHash] as const,
    );
    this.#diverged = { height, ours: ours?.stateHash ?? '', theirs: Object.fromEntries(theirs) };
    this.#options.onDiverged(this.#diverged);
  }
}
