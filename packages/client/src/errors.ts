/**
 * The errors of the client. Every one has a stable `code` and a `hint` that says what to do next; none contains
 * a secret key or a signature. The message of a refusal quotes a value that the node refused: at most 32 characters of it, and
 * nothing of a `bytea`.
 */

import { describeOutcomeDetail, type OutcomeDetail } from '@bucordo/protocol';

/** Base of all errors that the client throws on purpose. */
export class ClientError extends Error {
  /** Stable code, snake_case; for rejections the code of the receipt. */
  readonly code: string;
  /** What the caller can do, one sentence; may be empty. */
  readonly hint: string;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint ?? '';
  }
}

/** What is known about a rejected transaction. */
export interface RejectionFacts {
  readonly code: string;
  readonly message: string;
  readonly transactionId: string;
  /** Height of the block that holds the rejected transaction, or null when it was refused before it was ordered. */
  readonly height: number | null;
  /** Index within that block, or null as above. */
  readonly index: number | null;
  /** Index of the call that failed, from 0; null when the transaction was rejected as a whole. */
  readonly call: number | null;
  /** What the node that answered knows beyond the receipt. */
  readonly detail?: OutcomeDetail | null;
}

/**
 * The transaction changed nothing, and that is final. `code` is `BCnnn` when the contract refused,
 * else one of the protocol's codes; `height` and `index` say where it was ordered, `call` which of its
 * calls failed, `argument` for which parameter. `detail` is what the node that answered knows beyond the receipt,
 * such as the constraint that a row broke: words for people, which may differ from node to node.
 */
export class RejectedError extends ClientError {
  readonly transactionId: string;
  readonly height: number | null;
  readonly index: number | null;
  readonly call: number | null;
  /** The parameter whose value was refused or is missing; null where it is about none. */
  readonly argument: string | null;
  readonly detail: OutcomeDetail | null;

  constructor(facts: RejectionFacts) {
    const detail = facts.detail ?? null;
    const where =
      facts.height === null ? 'was refused before it was ordered' : `was rejected at height ${facts.height}`;
    const words = [facts.message, detail === null ? '' : describeOutcomeDetail(detail)];
    super(
      facts.code,
      words.find((text) => text !== '') ?? `transaction ${facts.transactionId} ${where}: ${facts.code}`,
    );
    this.detail = detail;
    this.argument = detail === null || detail.argument === '' ? null : detail.argument;
    this.transactionId = facts.transactionId;
    this.height = facts.height;
    this.index = facts.index;
    this.call = facts.call;
  }
}

/**
 * The deadline passed before an answer came. The transaction may still be executed, until the
 * height it is valid for; look up its receipt, or submit the same bytes again. `code` is `unknown`
 * when a node said that it cannot tell, with its reason in the message, else `timeout`.
 */
export class TimeoutError extends ClientError {
  readonly transactionId: string;

  /** `doubt` is what a node said about the outcome, or empty. */
  constructor(transactionId: string, timeoutMs: number, doubt: string = '') {
    const reason = doubt === '' ? '' : `: ${doubt}`;
    super(
      doubt === '' ? 'timeout' : 'unknown',
      `no answer for transaction ${transactionId} within ${timeoutMs} ms${reason}`,
      {
        hint: 'Its outcome is unknown: look up its receipt, or submit the same bytes again; it is executed at most once. A new call would be a second transaction.',
      },
    );
    this.transactionId = transactionId;
  }
}

/** No endpoint could be reached before the deadline. The outcome of the transaction is unknown. */
export class ConnectionLostError extends ClientError {
  /** Id of the transaction that was waiting, or null when the request was not a transaction. */
  readonly transactionId: string | null;

  constructor(transactionId: string | null, cause: unknown) {
    const reason = cause instanceof Error ? `: ${cause.message}` : '';
    super('connection_lost', `no node could be reached${reason}`, {
      hint: 'Check that a node runs at one of the endpoints and that its certificate is issued by the given authority.',
      cause,
    });
    this.transactionId = transactionId;
  }
}

/** The client was closed while the request waited. */
export class ClosedError extends ClientError {
  constructor() {
    super('closed', 'the client was closed');
  }
}

/** The arguments of a call cannot be written as the JSON that the protocol accepts. */
export class ArgumentError extends ClientError {
  /** Where in the arguments, as a JSON path such as `$.lines[3].price`. */
  readonly path: string;

  constructor(path: string, message: string, hint: string) {
    super('argument_invalid', `${path}: ${message}`, { hint });
    this.path = path;
  }
}

/** The node refused a request that is not a transaction: a query, a look-up. */
export class RequestError extends ClientError {
  /** HTTP status of the answer. */
  readonly status: number;

  constructor(status: number, code: string, message: string, hint: string) {
    super(code, message, { hint });
    this.status = status;
  }
}

/** A key or key file cannot be used. */
export class KeyError extends ClientError {}
