/**
 * How a node is: the values that the parts of a node, its doors and its clients speak in, made out of the
 * facts by `judge-health.ts`; and the log that every room writes to.
 */

import type { FaultFacts } from '../fault.ts';

/** The states of a node, the worst first: a node for which several hold shows the first of them. */
export const nodeStates = [
  /** It was asked to stop and takes nothing any more. */
  'stopping',
  /** Two histories exist, signed by one hand: no member can tell by itself which one holds. */
  'forked',
  /** This node's state is not the one that the other members signed. */
  'diverged',
  /** One block ended it again and again; it executes nothing. */
  'quarantined',
  /** Executes nothing new until what is in its way has changed; it tries again by itself. */
  'stopped',
  /** Ought to go on and does not: a block takes long, Postgres does not answer, nothing arrives. */
  'stuck',
  /** Its doors open, it does not yet work. */
  'starting',
  /** Works, and is not yet where the others are. */
  'behind',
  /** Could work and has nobody to work with: the ordering node or its fellows do not answer. */
  'waiting',
  /** Takes transactions and answers with what the network has. */
  'serving',
] as const;

/** The state of a node. */
export type NodeState = (typeof nodeStates)[number];

/** One thing that is not as it should be. */
export interface Condition {
  /** What it makes of the node; `serving` for a remark that hinders nothing. */
  readonly state: NodeState;
  /** Stable: a fault's code, or one of `conditionCodes` in `codes.ts`. */
  readonly code: string;
  /** What happens, with the values. */
  readonly message: string;
  /** What the operator can do; empty when there is nothing to do. */
  readonly hint: string;
  readonly facts: FaultFacts;
  /** By this node's clock, milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** How a node is, and why. */
export interface Health {
  readonly state: NodeState;
  /** Since when the node is in this state. */
  readonly sinceMs: number;
  /** What holds now, the worst first; empty when all is well. */
  readonly conditions: readonly Condition[];
}

/** Facts of a message: small values, never a secret. */
export type LogFacts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A log with four levels; `logger.ts` writes its lines. */
export interface Log {
  debug(facts: LogFacts, message: string): void;
  info(facts: LogFacts, message: string): void;
  warn(facts: LogFacts, message: string): void;
  error(facts: LogFacts, message: string): void;
}
