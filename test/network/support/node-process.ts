/** Starts a member's node as a process of its own, and ends it in every way there is. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { NodeAddresses } from '../../../packages/node/src/main.ts';
import { testServer } from '../../support/postgres.ts';
import type { TestMember } from './test-network.ts';

const SCRIPT = fileURLToPath(new URL('run-node.mjs', import.meta.url));

/** A node in a process. */
export interface NodeProcess {
  readonly addresses: NodeAddresses;
  readonly pid: number;
  /** What it wrote on standard error so far. */
  errors(): string;
  /** Resolves when the process has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Sends a signal and waits for the end; resolves with how it ended and after how many milliseconds. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }>;
}

/** How the process is started. */
export interface ProcessOptions {
  /** `place` or `place@height`. */
  readonly failpoint?: string;
  /** Uses the embedded Postgres of the configuration, not a database of the test server. */
  readonly isEmbedded?: boolean;
}

/** Starts the node and resolves when it serves. */
export async function startProcess(member: TestMember, options: ProcessOptions = {}): Promise<NodeProcess> {
  const { socketDirectory } = await testServer();
  const shared = options.isEmbedded === true ? [] : [socketDirectory, member.database.name];
  const child = spawn(process.execPath, [SCRIPT, member.configFile, ...shared], {
    env: { ...process.env, BUCORDO_FAILPOINT: options.failpoint ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  const addresses = await Promise.race([
    firstLine(child),
    ended.then(() => Promise.reject(new Error(errors))),
  ]);
  return {
    addresses: JSON.parse(addresses),
    pid: child.pid ?? 0,
    errors: () => errors,
    ended,
    end: async (signal) => {
      const startedMs = performance.now();
      child.kill(signal);
      return { ...(await ended), ms: performance.now() - startedMs };
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
  });
}
