/**
 * One node as a process of its own: `bucordo start CONFIG`, with its log in a file.
 *
 * The child is in a process group of its own, so that Ctrl-C reaches only the parent, which then
 * stops the nodes in order. The two are joined by an IPC channel: the child tells when it serves, and
 * stops by itself when the channel breaks, so that it never outlives a parent that was killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { faultError } from '../command-error.ts';
import { parentMessageOf } from './parent-message.ts';

/** How long a node may take to serve: making a database cluster on a slow disk is the longest part. */
const readyTimeoutMs = 90_000;
/** How long a node may take to stop before it is killed. */
const stopTimeoutMs = 20_000;
/** How long a node that has failed may take to end by itself: its parts and its Postgres stop first. */
const failedTimeoutMs = 60_000;
/** Lines of the log that an error shows. */
const logLinesShown = 12;

/** File in a member's folder that names the process of its node while it runs. */
const processFileName = 'node.pid';

const programFile = fileURLToPath(new URL('../../bin/bucordo.js', import.meta.url));

/** A node of the network on this machine, running or not. */
export class NodeProcess {
  readonly member: string;
  readonly #directory: string;
  readonly #onLost: (reason: string) => void;
  #child: ChildProcess | null = null;
  /** Whether the process is meant to run: only then its end is news. */
  #wanted = false;
  /** Why the process that ran last cannot go on, as it said itself. */
  #failure: string | null = null;
  #ended: string | null = null;

  /**
   * `directory` holds the member's `node.json`; its log and process id are written there too.
   * `onLost` is told when the process ends though nobody asked it to.
   */
  constructor(options: { member: string; directory: string; onLost?: (reason: string) => void }) {
    this.member = options.member;
    this.#directory = options.directory;
    this.#onLost = options.onLost ?? (() => undefined);
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get processId(): number | null {
    return this.running ? (this.#child?.pid ?? null) : null;
  }

  /** Why the node does not run though it was meant to; null when it runs or was stopped. */
  get ended(): string | null {
    return this.running ? null : this.#ended;
  }

  get logFile(): string {
    return join(this.#directory, 'node.log');
  }

  /** Starts the node and resolves when it serves. Does nothing when it runs. Fails with the end of its log. */
  async start(): Promise<void> {
    if (this.running) return;
    await awaitNodeEnd(this.#directory);
    const log = openSync(this.logFile, 'a', 0o600);
    const child = spawn(process.execPath, [programFile, 'start', join(this.#directory, 'node.json')], {
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
    });
    closeSync(log);
    this.#child = child;
    this.#failure = null;
    this.#ended = null;
    if (child.pid !== undefined) writeFileSync(this.#processFile, String(child.pid));
    child.once('exit', (code, signal) => {
      rmSync(this.#processFile, { force: true });
      if (!this.#wanted) return;
      this.#wanted = false;
      const how = signal ?? `exit code ${code}`;
      this.#ended = this.#failure === null ? how : `${this.#failure} (${how})`;
      this.#onLost(this.#ended);
    });
    child.on('message', (message) => this.#told(child, message));
    await this.#untilReady(child);
    this.#wanted = true;
  }

  /** Stops the node and resolves when its process has ended. `SIGKILL` shows what a crash does. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#wanted = false;
    this.#ended = null;
    if (child === null || !this.running) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    await ended;
    clearTimeout(timer);
    if (child.connected) child.disconnect();
  }

  #told(child: ChildProcess, value: unknown): void {
    const message = parentMessageOf(value);
    if (message?.bucordo !== 'failed') return;
    this.#failure = `${message.message} [${message.code}]`;
    // Whatever holds it: a node that cannot go on and does not end is of no use to anybody.
    const timer = setTimeout(() => child.kill('SIGKILL'), failedTimeoutMs);
    timer.unref();
    child.once('exit', () => clearTimeout(timer));
  }

  get #processFile(): string {
    return join(this.#directory, processFileName);
  }

  #untilReady(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (failure: string | null): void => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
        child.off('error', onError);
        if (failure === null) resolve();
        else
          reject(
            faultError(
              `the node of ${this.member} ${failure}\n${this.#logEnd()}`,
              `Its whole log: ${this.logFile}`,
            ),
          );
      };
      const onMessage = (message: unknown): void => {
        if (parentMessageOf(message)?.bucordo === 'ready') finish(null);
      };
      const onExit = (code: number | null, signal: string | null): void =>
        finish(`ended before it served (${signal ?? `exit code ${code}`})`);
      const onError = (error: Error): void => finish(`could not be started: ${error.message}`);
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        finish(`does not serve after ${readyTimeoutMs / 1000} s`);
      }, readyTimeoutMs);
      child.on('message', onMessage);
      child.once('exit', onExit);
      child.once('error', onError);
    });
  }

  #logEnd(): string {
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-logLinesShown).join('\n');
  }
}

/**
 * Resolves when no node of an earlier run works on a member's folder any more: one whose parent was
 * killed is still stopping, and two of them must not share a database.
 */
export async function awaitNodeEnd(directory: string): Promise<void> {
  const file = join(directory, processFileName);
  if (!existsSync(file)) return;
  const processId = Number(readFileSync(file, 'utf8'));
  const deadline = Date.now() + stopTimeoutMs;
  while (isAlive(processId)) {
    if (Date.now() > deadline)
      throw faultError(
        `a node still runs on ${directory} as process ${processId}`,
        `If it is a leftover, stop it: kill ${processId}`,
      );
    await sleep(100);
  }
  rmSync(file, { force: true });
}

function isAlive(processId: number): boolean {
  if (!Number.isInteger(processId) || processId <= 1) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
