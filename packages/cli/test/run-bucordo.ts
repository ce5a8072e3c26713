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

/** Runs one command in a folder to its end. */
export function runBucordo(directory: string, ...words: string[]): Promise<Finished> {
  const child = startBucordo(directory, ...words);
  return finished(child);
}

/** Runs one command with `--json` and gives its result; fails when it does not end with `code`. */
export async function runJson<Result>(directory: string, ...words: string[]): Promise<Result> {
  const { code, stdout, stderr } = await runBucordo(directory, ...words, '--json');
  if (code !== 0) throw new Error(`bucordo ${words.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Starts a command that goes on until it is stopped. */
export function startBucordo(directory: string, ...words: string[]): ChildProcess {
  return spawn(process.execPath, [program, ...words], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', BUCORDO_DATA: '' },
  });
}

/** Resolves when the process has said `text`, on either stream; fails when it ends before. */
export function untilSaid(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      if (said.includes(text)) resolve();
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
