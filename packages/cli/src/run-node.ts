/**
 * A node in the foreground: starts it, tells a parent process that it serves or what ended it, and
 * stops it once, whatever asks first: SIGTERM, SIGINT, SIGHUP, or the end of the parent that watches
 * it. When it has stopped, for whatever reason, the process ends: a supervisor sees nothing else.
 */
import { readConfig, startNode } from '@bucordo/node';
import type { ParentMessage } from './dev/parent-message.ts';
import { exitFault } from './exit-codes.ts';
import { watchedNode } from './watched-node.ts';

/** What a part of the node left behind may hold the process so long, and no longer. */
const lingerMs = 5_000;

/** A mistake in the program: nothing can be relied on any more, not even a clean stop. */
function endOnBug(): void {
  process.once('uncaughtException', (error) => {
    process.stderr.write(`error ${error instanceof Error ? error.stack : String(error)} [bug]\n`);
    void tellParent({ bucordo: 'failed', code: 'bug', message: reasonOf(error).message }).then(() =>
      process.exit(exitFault),
    );
  });
}

/** Runs the node of a configuration file. Resolves when the node has stopped; rejects when it fails. */
export async function runNode(
  configFile: string,
  options: { readonly orderAlone: boolean; readonly log: 'json' | 'text' },
): Promise<void> {
  const asked = stopRequest();
  endOnBug();
  try {
    await runUntilAsked(configFile, { ...options, signal: asked });
  } catch (error) {
    // A start that was cut short on request is no failure.
    if (asked.aborted) return;
    await tellParent({ bucordo: 'failed', ...reasonOf(error) });
    throw error;
  } finally {
    endProcess();
  }
}

async function runUntilAsked(
  configFile: string,
  options: { readonly orderAlone: boolean; readonly log: 'json' | 'text'; readonly signal: AbortSignal },
): Promise<void> {
  const { orderAlone, signal: asked } = options;
  const config = readConfig(configFile);
  const watched = options.log === 'json' ? null : watchedNode(config, configFile);
  const node = await startNode(config, {
    orderAlone,
    signal: asked,
    ...(watched === null ? {} : { log: watched.log }),
  });
  watched?.serves(node);
  await tellParent({ bucordo: 'ready' });
  const failure = await Promise.race([aborted(asked), node.failed]);
  if (failure === null) watched?.stops();
  await node.stop();
  if (failure !== null) throw failure;
}

/** Aborted when something asks this process to stop. Requests after the first change nothing: stopping is under way. */
function stopRequest(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  if (process.send !== undefined) process.once('disconnect', () => stop.abort());
  return stop.signal;
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}

function reasonOf(error: unknown): { code: string; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return { code, message };
}

/** Resolves when the message is on its way, or there is nobody to take it. */
function tellParent(message: ParentMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

// The channel to the parent would keep the process alive, and so would a socket that does not close.
function endProcess(): void {
  if (process.connected) process.disconnect();
  setTimeout(() => process.exit(), lingerMs).unref();
}
