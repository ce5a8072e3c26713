/**
 * The one error that commands throw on purpose: what happened, with values, what to do next, and
 * the exit code. Everything else that reaches `main` is translated into one of these there.
 */
import { exitFault, exitNotFound, exitUnreachable, exitUsage } from './exit-codes.ts';

/** Small values that belong to the error and appear in `--json`; never a secret. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | null>>;

/** An error with everything its reader needs. */
export class CommandError extends Error {
  readonly code: string;
  readonly exitCode: number;
  readonly facts: ErrorFacts;
  /** What to do next: one sentence, or a command to type. */
  readonly hint: string;

  constructor(
    options: { code: string; exitCode: number; hint?: string; facts?: ErrorFacts; cause?: unknown },
    message: string,
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CommandError';
    this.code = options.code;
    this.exitCode = options.exitCode;
    this.facts = options.facts ?? {};
    this.hint = options.hint ?? '';
  }
}

/** The command line, or a file named on it, is wrong. */
export function usageError(message: string, hint = '', facts: ErrorFacts = {}): CommandError {
  return new CommandError({ code: 'usage', exitCode: exitUsage, hint, facts }, message);
}

/** What was asked for does not exist. */
export function notFoundError(message: string, hint = '', facts: ErrorFacts = {}): CommandError {
  return new CommandError({ code: 'not_found', exitCode: exitNotFound, hint, facts }, message);
}

/** Nobody answered, or too late. */
export function unreachableError(message: string, hint = '', cause?: unknown): CommandError {
  return new CommandError({ code: 'unreachable', exitCode: exitUnreachable, hint, cause }, message);
}

/** The world around the command failed. */
export function faultError(message: string, hint = '', cause?: unknown): CommandError {
  return new CommandError({ code: 'fault', exitCode: exitFault, hint, cause }, message);
}
