/** Runs the command line as a user does: as a process, looking only at its output and its exit code. */

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../bin/bucordo.js');

/** What a finished command said. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command with an environment of its own. */
export interface InEnvironment {
  readonly words: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** Runs one command in a folder to its end. */
export function runBucordo(
  directory: string,
  ...words: readonly string[] | [InEnvironment]
): Promise<Finished> {
  return finished(startBucordo(directory, ...words));
}

/** Runs one command with `--json` and gives its result; fails when it does not end with `code`. */
export async function runJson<Result>(directory: string, ...words: string[]): Promise<Result> {
  const { code, stdout, stderr } = await runBucordo(directory, ...words, '--json');
  if (code !== 0) throw new Error(`bucordo ${words.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

/** The status as JSON, whatever its exit code says of the members. */
export async function runStatus<Result>(directory: string, ...words: string[]): Promise<Result> {
  const { stdout, stderr } = await runBucordo(directory, 'status', ...words, '--json');
  if (stdout === '') throw new Error(`bucordo status told nothing: ${stderr}`);
  return JSON.parse(stdout);
}

/** Starts a command that goes on until it is stopped. */
export function startBucordo(
  directory: string,
  ...command: readonly string[] | [InEnvironment]
): ChildProcess {
  const [first] = command;
  const { words, environment } =
    typeof first === 'object' ? first : { words: command as readonly string[], environment: {} };
  return spawn(process.execPath, [program, ...words], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    // As a user calls it, however these tests were called.
    env: {
      ...process.env,
      NO_COLOR: '1',
      BUCORDO_DATA: '',
      BUCORDO_DIR: '',
      npm_config_user_agent: 'npm/11.0.0',
      ...environment,
    },
  });
}

/** Resolves with what it said when the process has said a line with `text`, on either stream; fails when it ends before. */
export function untilSaid(child: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      if (said.includes(text) && said.indexOf('\n', said.indexOf(text)) > 0) resolve(said);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it said "${text}": ${said}`)));
  });
}

/** Resolves when a process has ended. */
export function finished(child: ChildProcess): Promise<Finished> {
  return new Promise((resolve) => {
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
