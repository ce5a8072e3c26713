/** Runs the programs of Postgres under the server's account, away from the node's environment. */

import { type ChildProcess, spawn } from 'node:child_process';
import { Fault, type FaultFacts } from '../fault.ts';
import type { ServerAccount } from './server-account.ts';

/** Under whom and with which libraries a program runs. */
export interface ProgramContext {
  readonly account: ServerAccount;
  /** Folder of the shared libraries. */
  readonly libraries: string;
}

/**
 * Starts a program in a session of its own, so that a Ctrl-C at the node's terminal does not reach
 * it. The environment is bare: nothing that the node was given (keys, passwords) passes on.
 */
export function startProgram(
  command: readonly string[],
  context: ProgramContext,
  output: number | 'pipe',
): ChildProcess {
  const [program = '', ...args] = command;
  const { account, libraries } = context;
  return spawn(program, args, {
    cwd: '/',
    detached: true,
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: libraries },
    stdio: ['ignore', output, output],
    ...(account.isOther ? { uid: account.uid, gid: account.gid } : {}),
  });
}

/** Runs a program to its end. Fails with the fault `postgres_program_failed` or `disk_full`, which carry the end of its output. */
export async function runProgram(command: readonly string[], context: ProgramContext): Promise<void> {
  const child = startProgram(command, context, 'pipe');
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const end = await new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? null : `ended with ${signal ?? code}`));
  });
  if (end === null) return;
  throw programFault('postgres_program_failed', `${command[0] ?? ''}: ${end}`, {
    output,
    facts: { program: command[0] ?? '', uid: context.account.uid },
    hint: 'The program’s own words are above; a missing library means that this system is not supported.',
  });
}

/** What {@link programFault} words. */
export interface ProgramEnd {
  /** The end of what the program wrote. */
  readonly output: string;
  readonly facts: FaultFacts;
  readonly hint: string;
  /** The disk is known to be full, whatever the output says: it may lie there as well. */
  readonly isDiskFull?: boolean;
}

/** A fault with the program's own words; `disk_full` instead of `code` where the disk is full. */
export function programFault(code: string, message: string, end: ProgramEnd): Fault {
  const { output, facts, hint, isDiskFull = output.includes('No space left on device') } = end;
  const text = `${message}\n${output.trim()}`.trimEnd();
  if (!isDiskFull) return new Fault(code, text, { facts, hint });
  return new Fault('disk_full', text, {
    facts,
    hint: 'Make room on the disk and start again; nothing is damaged.',
  });
}
