/**
 * The node's log: one JSON object per line on standard error, by pino.
 *
 * What is logged is chosen field by field, never whole requests, transactions or configurations, so
 * that no secret and no member's data can slip in.
 */

import { type DestinationStream, pino } from 'pino';

import { Fault } from '../fault.ts';
import type { Log, LogFacts } from './ports.ts';

/** How the log is written. */
export interface LoggerOptions {
  readonly level: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  /** Stands in every line. */
  readonly member: string;
  /** Where lines go; standard error when absent. */
  readonly destination?: DestinationStream;
}

/** Opens the log of a node. Writing is synchronous: the line before a crash is there. */
export function createLogger(options: LoggerOptions): Log {
  const destination = options.destination ?? pino.destination({ dest: 2, sync: true });
  return pino(
    {
      level: options.level,
      base: { member: options.member },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}

/** The facts of an error for a log line: code, message, hint and facts of a fault; name and message of anything else. */
export function errorFacts(error: unknown): LogFacts {
  if (error instanceof Fault) {
    return { ...error.facts, code: error.code, reason: error.message, hint: error.hint };
  }
  if (error instanceof Error) return { code: error.name, reason: error.message, stack: error.stack };
  return { code: 'unknown', reason: String(error) };
}
