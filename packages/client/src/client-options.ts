/** What a client is told: how to connect, what to call, how far and how long to wait. */

import type { WaitLevel } from '@bucordo/protocol';

import type { CallArguments } from './call-arguments.ts';
import type { Platform } from './platform.ts';
import type { Signer } from './signer.ts';
import type { Endpoint, OpenSession, SendHttp } from './transport.ts';

/** Which network, who, where. */
export interface ConnectOptions {
  /** Network id, lower-case hex: what the identity signs for. A node of another network is refused. */
  readonly network: string;
  /** Key of the identity. */
  readonly signer: Signer;
  /** Nodes to use; the first is preferred, the others take over when it fails. */
  readonly endpoints: readonly Endpoint[];
  /** How far calls are waited for when they do not say; `committed` when absent. */
  readonly wait?: WaitLevel;
  /** Deadline of requests that name none, milliseconds. */
  readonly timeoutMs?: number;
  /** Blocks for which transactions are valid from the height known when they are signed. */
  readonly validForBlocks?: number;
}

/** One call of a contract function. */
export interface Call {
  readonly contract: string;
  readonly function: string;
  readonly args: CallArguments;
  /**
   * Type of Postgres that the function returns, such as `int8` or `numeric[]`: then `receipt.result` has one type
   * whatever the value. Typed clients say it.
   */
  readonly returns?: string;
}

/** How far and how long to wait for a transaction. */
export interface SubmitOptions {
  readonly wait?: WaitLevel;
  /** Milliseconds until a `TimeoutError`. */
  readonly timeoutMs?: number;
  /** Stops waiting; the transaction may still be executed. */
  readonly signal?: AbortSignal;
  /** The only effect that the transaction may have, as a dry run told it; with any other it is rejected as `effect_differs`. */
  readonly effect?: string;
}

/** Deadline of a request that reads. */
export interface ReadOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Limits of a query. */
export interface QueryOptions extends ReadOptions {
  /** Most rows of the answer; the node has a limit of its own. */
  readonly rowsMax?: number;
}

/** A call to try. */
export interface TriedCall extends Omit<Call, 'args'> {
  /** Text is JSON exactly as it is to be signed. */
  readonly args: CallArguments | string;
}

/** Deadline of a dry run, and what is tried. */
export interface DryRunOptions extends ReadOptions {
  /** For whom, as `member/name`, where an administrator tries for another identity of the own member. */
  readonly as?: string;
  /** The effect to demand. */
  readonly effect?: string;
}

/** How a client reaches its machine and the nodes. */
export interface ClientParts {
  readonly platform: Platform;
  readonly openSession: OpenSession;
  readonly sendHttp: SendHttp;
  /** Called when the client is closed. */
  readonly closed: () => void;
}
