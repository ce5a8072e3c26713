/** How a node says it is and how it sees the network, as values, checked. */

import { Fields } from './answer-fields.ts';

/** A node and its view of the network. */
export interface Status {
  /** Network id, lower-case hex. */
  readonly network: string;
  /** Version of the node's software. */
  readonly version: string;
  /** Member whose node this is. */
  readonly member: string;
  /** Height of the last committed block, 0 before the first. */
  readonly height: number;
  readonly blockHash: string;
  readonly stateHash: string;
  /** Last height on which checkpoints of the quorum agree. */
  readonly finalHeight: number;
  /** First height at which this node's state differs from the quorum's, or null. */
  readonly divergedAt: number | null;
  /** Height of each member's latest checkpoint. */
  readonly checkpoints: readonly { readonly member: string; readonly height: number }[];
  /** Transactions per second over the last seconds. */
  readonly transactionsPerSecond: number;
  /** How the node is, and why. */
  readonly health: Health;
  /** Milliseconds that the last block is dated ahead of the node's clock; negative for behind. */
  readonly blockTimeAheadMs: number;
  /** `host:port` of the gRPC client port, or null. */
  readonly grpc: string | null;
  /** Why the node executes nothing: it died at this height again and again; null when it does. */
  readonly quarantine: Quarantine | null;
  /** Who orders; null when the node's version does not tell. */
  readonly ordering: OrderingStanding | null;
  /** The members as of this height, those that are gone among them; empty when the node's version does not tell. */
  readonly members: readonly MemberStanding[];
  /** The block that is being executed, and for how long; null when there is none. */
  readonly executing: {
    readonly height: number;
    readonly transactions: number;
    readonly forMs: number;
  } | null;
  /** The height that should be final by now and is not, and the members that have not signed it; null when all is well. */
  readonly notFinal: { readonly height: number; readonly missing: readonly string[] } | null;
  /** By which rules the network goes and which the node has; null when the node's version does not tell. */
  readonly rules: Rules | null;
}

/** The rules of the network, as a node sees them. */
export interface Rules {
  /** Rules by which the next block is executed. */
  readonly version: number;
  /** The newest rules that the node's program has. */
  readonly known: number;
  /** Version of the node's own schema in its database. */
  readonly schema: number;
  /** Rules that the members have decided about and that do not hold yet. */
  readonly next: {
    readonly version: number;
    /** First height that goes by them. */
    readonly fromHeight: number;
    /** Why this node will stop before that height; null when it will go on. */
    readonly obstacle: string | null;
  } | null;
}

/** Who orders, as the node that answers knows it. */
export interface OrderingStanding {
  /** Member whose node orders. */
  readonly member: string;
  /** Since when the node that answers receives no blocks from it, by that node's clock, milliseconds since the epoch; null while it does. */
  readonly unreachableSinceMs: number | null;
}

/** A member of the network, or one that was. */
export interface MemberStanding {
  readonly member: string;
  readonly class: string;
  /** `invited`, `active`, `left` or `expelled`. */
  readonly status: string;
}

/** How a node is. */
export interface Health {
  /**
   * `serving` when it takes transactions and answers with what the network has; else the worst of what
   * holds: `stopping`, `forked`, `diverged`, `quarantined`, `stopped`, `stuck`, `starting`, `behind` or `waiting`.
   */
  readonly state: string;
  /** Since when, by the node's clock, milliseconds since the epoch. */
  readonly sinceMs: number;
  /** What is not as it should be, the worst first. */
  readonly conditions: readonly Condition[];
}

/** One thing that is not as it should be with a node. */
export interface Condition {
  /** What it makes of the node; `serving` for a remark that hinders nothing. */
  readonly state: string;
  readonly code: string;
  readonly message: string;
  /** What its operator can do; empty when there is nothing to do. */
  readonly hint: string;
  readonly sinceMs: number;
}

/** A block that ended a node again and again. */
export interface Quarantine {
  readonly height: number;
  /** Hash of the block, lower-case hex. */
  readonly block: string;
  /** Id of the transaction during which it dies, lower-case hex; null when that is not known. */
  readonly transaction: string | null;
  /** How often it has died there. */
  readonly attempts: number;
}

/** Reads the answer of `GET /v1/status`. */
export function parseStatus(value: unknown): Status {
  const at = new Fields(value, 'status');
  return {
    network: at.text('network'),
    version: at.text('version'),
    member: at.text('member'),
    height: at.integer('height'),
    blockHash: at.text('blockHash'),
    stateHash: at.text('stateHash'),
    finalHeight: at.integer('finalHeight'),
    divergedAt: at.has('divergedAt') ? at.integer('divergedAt') : null,
    checkpoints: at
      .list('checkpoints')
      .map((entry) => ({ member: entry.text('member'), height: entry.integer('height') })),
    transactionsPerSecond: at.number('transactionsPerSecond'),
    health: healthOf(at.object('health')),
    blockTimeAheadMs: at.number('blockTimeAheadMs'),
    grpc: at.has('grpc') ? at.text('grpc') : null,
    quarantine: at.has('quarantine') ? quarantineOf(at.object('quarantine')) : null,
    ordering: at.has('ordering') ? orderingOf(at.object('ordering')) : null,
    members: at.has('members') ? at.list('members').map(memberOf) : [],
    executing: at.has('executing') ? executingOf(at.object('executing')) : null,
    notFinal: at.has('agreement') ? notFinalOf(at.object('agreement')) : null,
    rules: at.has('rules') ? rulesOf(at.object('rules')) : null,
  };
}

function orderingOf(at: Fields): OrderingStanding {
  return {
    member: at.text('member'),
    unreachableSinceMs: at.has('unreachableSinceMs') ? at.integer('unreachableSinceMs') : null,
  };
}

function memberOf(at: Fields): MemberStanding {
  return { member: at.text('member'), class: at.text('class'), status: at.text('status') };
}

function executingOf(at: Fields): NonNullable<Status['executing']> {
  return {
    height: at.integer('height'),
    transactions: at.integer('transactions'),
    forMs: at.integer('forMs'),
  };
}

function notFinalOf(agreement: Fields): Status['notFinal'] {
  if (!agreement.has('notFinal')) return null;
  const at = agreement.object('notFinal');
  return { height: at.integer('height'), missing: at.strings('missing') };
}

function rulesOf(at: Fields): Rules {
  return {
    version: at.integer('version'),
    known: at.integer('known'),
    schema: at.integer('schema'),
    next: at.has('next') ? nextRulesOf(at.object('next')) : null,
  };
}

function nextRulesOf(at: Fields): NonNullable<Rules['next']> {
  return {
    version: at.integer('version'),
    fromHeight: at.integer('fromHeight'),
    obstacle: at.has('obstacle') ? at.text('obstacle') : null,
  };
}

function healthOf(at: Fields): Health {
  return {
    state: at.text('state'),
    sinceMs: at.integer('sinceMs'),
    conditions: at.list('conditions').map((condition) => ({
      state: condition.text('state'),
      code: condition.text('code'),
      message: condition.text('message'),
      hint: condition.text('hint'),
      sinceMs: condition.integer('sinceMs'),
    })),
  };
}

function quarantineOf(at: Fields): Quarantine {
  return {
    height: at.integer('height'),
    block: at.text('block'),
    transaction: at.has('transaction') ? at.text('transaction') : null,
    attempts: at.integer('attempts'),
  };
}
