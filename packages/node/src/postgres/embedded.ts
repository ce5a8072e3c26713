/**
 * Supervisor of the embedded Postgres: one server per data directory, reached through a Unix socket
 * only, owned by the node but not tied to its life. When the node is killed, the server goes on;
 * the next node adopts it, or stops it when its settings or binaries are other than wanted.
 *
 * Invariants: at most one node uses a data directory (see `directory-lock.ts`); no process is
 * signalled unless it is a Postgres of that directory; sessions that a killed node left behind are
 * ended before the server is handed out, so that none of their blocks commits later.
 */

import { once } from 'node:events';
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../fault.ts';
import { type PostgresBinaries, provideBinaries } from './binaries.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import {
  createDataDirectory,
  dataOwner,
  ownedByOther,
  placeDataDirectory,
  socketDirectoryFor,
} from './data-directory.ts';
import { lockDirectory } from './directory-lock.ts';
import { isDiskFull, wordFullDisk } from './disk-space.ts';
import { isServerOf, readPostmaster } from './postmaster.ts';
import { programFault, startProgram } from './program.ts';
import { type ServerAccount, serverAccount } from './server-account.ts';
import { renderAccessRules, renderSettings, type ServerTuning, SOCKET_PORT } from './settings.ts';

/** Options of {@link startEmbedded}. */
export interface EmbeddedOptions extends ServerTuning {
  /** Folder of the database, made when absent. May become a link, see `data-directory.ts`. */
  readonly dataDirectory: string;
  /** Folder for copies of the binaries; without it a folder of the account's cache. */
  readonly cacheDirectory?: string;
  /** Folder of the platform's package of binaries; without it the installed one. */
  readonly packageDirectory?: string;
  /** Account of the server when the node runs as root; without it the first that exists. */
  readonly account?: string;
  /** How long a start may take, recovery included; 300,000 without a choice. */
  readonly startTimeoutMs?: number;
  /** How long a stop may take before sessions are cut off; 30,000 without a choice. */
  readonly stopTimeoutMs?: number;
}

/** A running server. */
export interface PostgresServer {
  /** Where the data really lies. */
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly logFile: string;
  readonly pid: number;
  /** Version of the package of binaries. */
  readonly version: string;
  /** True when the server ran already and was taken over. */
  readonly isAdopted: boolean;
  /** Resolves with a fault when the server ends without {@link PostgresServer.stop}; otherwise never. */
  readonly lost: Promise<Fault>;
  /** How to connect as `role`; `postgres` is the superuser. */
  connection(role: string, database: string): ConnectionOptions;
  /** Whether its disk is full now. */
  isDiskFull(): Promise<boolean>;
  /** Ends sessions, writes a checkpoint, ends the server. May be called more than once. */
  stop(): Promise<void>;
}

interface Plan {
  readonly account: ServerAccount;
  readonly binaries: PostgresBinaries;
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  /** The port in the socket's name. */
  readonly port: number;
  readonly logFile: string;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
}

/** Log files above this size are set aside at the next start; one older file is kept. */
const LOG_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Starts the server of a data directory, or adopts it when it runs already. Returns when it takes
 * connections. A directory of another account is left as it is. Faults: those of the parts, `postgres_start_failed` with the end of the server's
 * log, and `postgres_in_use`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<PostgresServer> {
  const owner = await dataOwner(options.dataDirectory);
  const account = await serverAccount(options.account, owner);
  // Before the first file is written: one that this account leaves would stand in the owner's way.
  if (owner !== null && owner !== account.uid)
    throw await ownedByOther(options.dataDirectory, owner, account);
  const dataDirectory = await placeDataDirectory(options.dataDirectory, account);
  const lock = await lockDirectory(dataDirectory);
  try {
    const binaries = await provideBinaries(options);
    await createDataDirectory(dataDirectory, binaries, account);
    const plan: Plan = {
      account,
      binaries,
      dataDirectory,
      socketDirectory: await socketDirectoryFor(dataDirectory, account),
      port: options.reports?.port ?? SOCKET_PORT,
      logFile: path.join(dataDirectory, 'postgres.log'),
      startTimeoutMs: options.startTimeoutMs ?? 300_000,
      stopTimeoutMs: options.stopTimeoutMs ?? 30_000,
    };
    const adopted = await adoptOrStop(plan, options);
    const pid = adopted ?? (await startServer(plan, options));
    const logStart = await fileSize(plan.logFile);
    return runningServer(plan, { pid, isAdopted: adopted !== null, logStart }, lock.release);
  } catch (error) {
    await lock.release();
    throw wordFullDisk(error);
  }
}

/** The server's files of settings, by path. */
function configuration(plan: Plan, tuning: ServerTuning): ReadonlyMap<string, string> {
  const settings = renderSettings(plan.socketDirectory, tuning);
  return new Map([
    // The binaries are named so that a server of other ones is not taken for the same.
    [path.join(plan.dataDirectory, 'postgresql.conf'), `# ${plan.binaries.postgres}\n${settings}`],
    [path.join(plan.dataDirectory, 'pg_hba.conf'), renderAccessRules(tuning)],
  ]);
}

async function isConfigured(files: ReadonlyMap<string, string>): Promise<boolean> {
  const found = await Promise.all([...files.keys()].map((file) => readFile(file, 'utf8').catch(() => null)));
  return [...files.values()].every((text, index) => text === found[index]);
}

/** The pid of a server that runs already and may stay; null when there is none, or none any more. */
async function adoptOrStop(plan: Plan, tuning: ServerTuning): Promise<number | null> {
  const found = await readPostmaster(plan.dataDirectory);
  if (found === null) return null;
  if (!(await isServerOf(found.pid, plan.dataDirectory))) {
    // Left by a server that was killed. Postgres itself takes any living process with this number for a server.
    await rm(path.join(plan.dataDirectory, 'postmaster.pid'), { force: true });
    return null;
  }
  if (found.status !== 'stopping' && (await isConfigured(configuration(plan, tuning)))) {
    const isTaken = await adopt(plan, found.pid).catch(() => false);
    if (isTaken) return found.pid;
  }
  await stopServer(plan, found.pid);
  return null;
}

/** Takes over a running server; false when its sessions do not end in time. */
async function adopt(plan: Plan, pid: number): Promise<boolean> {
  await waitUntilReady(plan, pid, () => null);
  return endSessions(plan);
}

/** Ends what a killed node left behind: a session may still be executing the block it was sent. */
async function endSessions(plan: Plan): Promise<boolean> {
  const client = await connect({
    socketDirectory: plan.socketDirectory,
    port: plan.port,
    role: 'postgres',
    database: 'postgres',
  });
  try {
    const deadline = Date.now() + plan.stopTimeoutMs;
    for (let waitMs = 1; Date.now() < deadline; waitMs = Math.min(waitMs * 2, 100)) {
      const { rowCount } = await client.query(`
        SELECT pg_catalog.pg_terminate_backend(pid)
        FROM pg_catalog.pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid()`);
      if (rowCount === 0) return true;
      await delay(waitMs);
    }
    return false;
  } finally {
    await client.end();
  }
}

async function startServer(plan: Plan, tuning: ServerTuning): Promise<number> {
  // The files keep their owner, the account of the server.
  for (const [file, text] of configuration(plan, tuning)) await writeFile(file, text);
  const deadline = Date.now() + plan.startTimeoutMs;
  let recoveries = 0;
  for (let waitMs = 50; ; waitMs *= 2) {
    const logStart = await fileSize(plan.logFile);
    try {
      return await startOnce(plan);
    } catch (error) {
      // Backends outlive a killed server by a moment, and hold its memory until they notice.
      const log = await readTail(plan.logFile, logStart);
      const isHeld = log.includes('pre-existing shared memory block');
      // A server that was killed while it made an unlogged sequence leaves a file over which recovery stumbles once
      // (seen on 18.4: `could not create file … File exists`); the next recovery removes it.
      const isLeftOver = log.includes('automatic recovery in progress') && log.includes('File exists');
      const isRetried = isHeld || (isLeftOver && recoveries++ === 0);
      if (!isRetried || Date.now() + waitMs >= deadline) throw error;
      await delay(waitMs);
    }
  }
}

async function startOnce(plan: Plan): Promise<number> {
  const log = await openLog(plan);
  const logStart = (await log.stat()).size;
  let end: string | null = null;
  const child = startProgram(
    [plan.binaries.postgres, '-D', plan.dataDirectory],
    {
      account: plan.account,
      libraries: plan.binaries.libraries,
    },
    log.fd,
  );
  child.once('error', (error) => {
    end = error.message;
  });
  child.once('exit', (code, signal) => {
    end = `ended with ${signal ?? code}`;
  });
  try {
    // The server is meant to outlive this process where that is killed; it must not hold it either.
    child.unref();
    if (child.pid === undefined) await once(child, 'error').catch(() => undefined);
    await waitUntilReady(plan, child.pid ?? 0, () => end);
    return child.pid ?? 0;
  } catch (error) {
    throw await startFault(plan, error, await readTail(plan.logFile, logStart));
  } finally {
    await log.close();
  }
}

async function startFault(plan: Plan, error: unknown, log: string): Promise<Fault> {
  const reason = error instanceof Error ? error.message : String(error);
  const { dataDirectory, logFile } = plan;
  const isFull = log.includes('No space left on device') || (await isDiskFull(dataDirectory));
  return programFault('postgres_start_failed', `Postgres did not start: ${reason}`, {
    output: log,
    facts: { dataDirectory, logFile },
    hint: 'The end of the server’s log is above.',
    isDiskFull: isFull,
  });
}

/** Polls `postmaster.pid`, first every millisecond, then ever more slowly up to a tenth of a second. */
async function waitUntilReady(plan: Plan, pid: number, ended: () => string | null): Promise<void> {
  const deadline = Date.now() + plan.startTimeoutMs;
  for (let waitMs = 1; Date.now() < deadline; waitMs = Math.min(waitMs * 2, 100)) {
    const end = ended();
    if (end !== null) throw new Error(end);
    const postmaster = await readPostmaster(plan.dataDirectory);
    if (postmaster?.pid === pid && postmaster.status === 'ready') return;
    await delay(waitMs);
  }
  throw new Error(`not ready after ${plan.startTimeoutMs} ms`);
}

async function openLog(plan: Plan): Promise<FileHandle> {
  if ((await fileSize(plan.logFile)) > LOG_BYTES_MAX) await rename(plan.logFile, `${plan.logFile}.1`);
  const log = await open(plan.logFile, 'a', 0o600);
  if (plan.account.isOther) await log.chown(plan.account.uid, plan.account.gid);
  return log;
}

async function fileSize(file: string): Promise<number> {
  return (await stat(file).catch(() => null))?.size ?? 0;
}

async function readTail(file: string, from: number): Promise<string> {
  const bytes = await readFile(file).catch(() => Buffer.alloc(0));
  return bytes.subarray(Math.max(from, bytes.length - 4000)).toString();
}

/** Stops by SIGINT (ends sessions, checkpoint), then by SIGQUIT (recovery at the next start). */
async function stopServer(plan: Plan, pid: number): Promise<void> {
  for (const [signal, timeoutMs] of [
    ['SIGINT', plan.stopTimeoutMs],
    ['SIGQUIT', 10_000],
  ] as const) {
    if (!(await isServerOf(pid, plan.dataDirectory))) return;
    if (!isSignalled(pid, signal)) return;
    const deadline = Date.now() + timeoutMs;
    for (let waitMs = 1; Date.now() < deadline; waitMs = Math.min(waitMs * 2, 50)) {
      if (!(await isServerOf(pid, plan.dataDirectory))) return;
      await delay(waitMs);
    }
  }
  throw new Fault('postgres_stop_failed', `Postgres (process ${pid}) does not stop`, {
    facts: { pid, dataDirectory: plan.dataDirectory },
    hint: 'Look at its log; kill the process only if the disk is known to be dead.',
  });
}

/** Sends a signal; false when the process has ended since it was looked at. */
function isSignalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** The server's process, and where its log stood when it was handed out. */
interface Running {
  readonly pid: number;
  readonly isAdopted: boolean;
  readonly logStart: number;
}

function runningServer(plan: Plan, running: Running, release: () => Promise<void>): PostgresServer {
  const { pid, isAdopted } = running;
  const watch = new AbortController();
  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    watch.abort();
    await stopServer(plan, pid);
    await release();
  };
  return {
    dataDirectory: plan.dataDirectory,
    socketDirectory: plan.socketDirectory,
    logFile: plan.logFile,
    pid,
    version: plan.binaries.version,
    isAdopted,
    lost: watchServer(plan, running, watch.signal),
    isDiskFull: () => isDiskFull(plan.dataDirectory),
    connection: (role, database) => ({
      socketDirectory: plan.socketDirectory,
      port: plan.port,
      role,
      database,
    }),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** Looks once a second, for adopted servers are no children of this process, and a look costs microseconds. */
function watchServer(plan: Plan, { pid, logStart }: Running, signal: AbortSignal): Promise<Fault> {
  return new Promise((resolve) => {
    const look = async (): Promise<void> => {
      if ((await isServerOf(pid, plan.dataDirectory)) || signal.aborted) return;
      clearInterval(timer);
      const output = await readTail(plan.logFile, logStart);
      const facts = { pid, dataDirectory: plan.dataDirectory, logFile: plan.logFile };
      const hint = 'The end of the server’s log is above; the next start recovers.';
      resolve(programFault('postgres_lost', 'Postgres ended by itself', { output, facts, hint }));
    };
    // A look does not fail: what cannot be read counts as gone or empty.
    const timer = setInterval(() => void look(), 1000);
    timer.unref();
    signal.addEventListener('abort', () => clearInterval(timer));
  });
}
