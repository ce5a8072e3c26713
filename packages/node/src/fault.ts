/**
 * A fault: the world failed (disk, network, configuration), as opposed to a rejection, which is a
 * value of the protocol, and to a bug, which is an assertion. Every fault has a stable code and
 * tells what to do next.
 */

/** Facts of a fault: small values that help the reader; never a secret. */
export type FaultFacts = Readonly<Record<string, string | number | boolean | null>>;

/** An error of the world around the node. `code` is one of `codes.ts`. */
export class Fault extends Error {
  readonly code: string;
  readonly facts: FaultFacts;
  /** What the operator can do, one sentence. */
  readonly hint: string;

  constructor(
    code: string,
    message: string,
    options: { facts?: FaultFacts; hint?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.facts = options.facts ?? {};
    this.hint = options.hint ?? '';
  }
}
