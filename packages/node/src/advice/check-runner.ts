/**
 * Runs one check in a thread of its own, with an end to its time and its memory: a proposed contract
 * is a text that somebody else wrote, and no text may stop the node that reads it.
 */

import { Worker } from 'node:worker_threads';
import type { CheckOutcome } from './ports.ts';

/** Ends of a check. */
export interface CheckLimits {
  /** Milliseconds. */
  readonly timeMs: number;
  /** Mebibytes of the thread's heap. */
  readonly memoryMib: number;
}

/** A contract of 1,000 lines takes under two seconds, the largest that fits a document less than twenty. */
export const CHECK_LIMITS: CheckLimits = { timeMs: 60_000, memoryMib: 512 };

/** A check: the program of the thread and what it is given. */
export interface Check {
  readonly program: URL;
  readonly work: object;
}

/** Runs a check. Resolves with the outcome of the check, or with why there is none; never rejects. */
export function runCheck(
  { program, work }: Check,
  { timeMs, memoryMib }: CheckLimits,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  if (signal.aborted) return Promise.resolve(unchecked('the node is stopping'));
  return new Promise((resolve) => {
    const thread = new Worker(program, {
      workerData: work,
      name: 'contract check',
      resourceLimits: { maxOldGenerationSizeMb: memoryMib, stackSizeMb: 4 },
    });
    const end = (outcome: CheckOutcome): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(outcome);
      void thread.terminate();
    };
    const stop = (): void => end(unchecked('the node is stopping'));
    const timer = setTimeout(
      () => end(unchecked(`it takes longer than ${timeMs / 1000} seconds, which no ordinary contract does`)),
      timeMs,
    );
    signal.addEventListener('abort', stop);
    thread.once('message', (outcome: CheckOutcome) => end(outcome));
    thread.once('error', (error) => end(unchecked(error.message)));
    thread.once('exit', () => end(unchecked('the check ended without a verdict')));
  });
}

function unchecked(reason: string): CheckOutcome {
  return { kind: 'unchecked', reason };
}
