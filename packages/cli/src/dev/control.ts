/**
 * How a command in a second terminal reaches the `bucordo dev` of the first: a Unix socket that only
 * its owner may open, one request and one reply per connection, each one line of JSON.
 */
import { createHash } from 'node:crypto';
import { chmodSync, rmSync, statSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { CommandError, faultError, unreachableError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { exitFault } from '../exit-codes.ts';

/** What may be asked of a running `bucordo dev`. */
export type ControlRequest =
  | { readonly command: 'list' }
  | { readonly command: 'stop' | 'kill' | 'start'; readonly member: string };

/** One member's process. */
export interface MemberProcess {
  readonly member: string;
  readonly running: boolean;
  readonly processId: number | null;
  /** Why it does not run though it was meant to; null when it runs or was stopped. */
  readonly ended: string | null;
}

/** The answer: the processes afterwards, or why it did not work. */
export type ControlReply = { readonly members: readonly MemberProcess[] } | { readonly error: string };

/** Longest path of a Unix socket that every system takes (macOS: 104 bytes with the final zero). */
const socketPathBytesMax = 103;
const requestBytesMax = 4_096;
/** A stopped member takes up to 20 s to stop and 90 s to come back. */
const replyTimeoutMs = 120_000;

/** Where the socket of a network's folder is: in it, or in the system's temporary folder where the path would be too long. */
export function controlSocketPath(directory: string): string {
  const path = join(resolve(directory), 'control.sock');
  if (Buffer.byteLength(path) <= socketPathBytesMax) return path;
  const name = `bucordo-${ownerOf(directory)}-${createHash('sha256').update(path).digest('hex').slice(0, 16)}.sock`;
  const short = join(tmpdir(), name);
  return Buffer.byteLength(short) <= socketPathBytesMax ? short : join('/tmp', name);
}

/** Its network's owner, so that root finds the same socket. */
function ownerOf(directory: string): number {
  return statSync(directory, { throwIfNoEntry: false })?.uid ?? userInfo().uid;
}

/** Listens at `path`. The caller has made sure that nobody else does. */
export async function serveControl(
  path: string,
  handle: (request: ControlRequest) => Promise<readonly MemberProcess[]>,
): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    answer(socket, handle).catch(() => socket.destroy());
  });
  await new Promise<void>((done, fail) => {
    server.once('error', (cause) =>
      fail(
        faultError(`the control socket ${path} cannot be opened`, 'Choose another folder: --dir DIR', cause),
      ),
    );
    server.listen(path, done);
  });
  chmodSync(path, 0o600);
  return server;
}

/** Asks the `bucordo dev` that listens at `path`. Unreachable when none runs; `hint` says how to start one. */
export async function askControl(
  path: string,
  request: ControlRequest,
  hint: string = `Start it in another terminal: ${commandLine('dev')}`,
): Promise<readonly MemberProcess[]> {
  const reply = await exchange(path, request, hint);
  if ('error' in reply) throw new CommandError({ code: 'control_failed', exitCode: exitFault }, reply.error);
  return reply.members;
}

async function answer(
  socket: Socket,
  handle: (request: ControlRequest) => Promise<readonly MemberProcess[]>,
): Promise<void> {
  const request = parseRequest(await readLine(socket));
  const reply: ControlReply = await (request === null
    ? Promise.resolve({ error: 'not a request of this version' })
    : attempt(handle, request));
  socket.end(`${JSON.stringify(reply)}\n`);
}

async function attempt(
  handle: (request: ControlRequest) => Promise<readonly MemberProcess[]>,
  request: ControlRequest,
): Promise<ControlReply> {
  try {
    return { members: await handle(request) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function exchange(path: string, request: ControlRequest, hint: string): Promise<ControlReply> {
  const socket = createConnection(path);
  socket.setTimeout(replyTimeoutMs, () => socket.destroy(new Error('no reply')));
  try {
    socket.write(`${JSON.stringify(request)}\n`);
    const value: unknown = JSON.parse(await readLine(socket));
    if (isReply(value)) return value;
    throw faultError('the reply of bucordo dev makes no sense', 'Do both terminals run the same version?');
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw unreachableError('no bucordo dev runs on this network', hint, cause);
  } finally {
    socket.destroy();
  }
}

function readLine(socket: Socket): Promise<string> {
  return new Promise((done, fail) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) done(text.slice(0, end));
      else if (text.length > requestBytesMax) socket.destroy(new Error('line too long'));
    });
    socket.once('error', fail);
    socket.once('close', () => fail(new Error('closed')));
  });
}

function parseRequest(line: string): ControlRequest | null {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null || !('command' in value)) return null;
  if (value.command === 'list') return { command: 'list' };
  if (!('member' in value) || typeof value.member !== 'string') return null;
  const { command, member } = value;
  return command === 'stop' || command === 'kill' || command === 'start' ? { command, member } : null;
}

function isReply(value: unknown): value is ControlReply {
  if (typeof value !== 'object' || value === null) return false;
  return (
    ('members' in value && Array.isArray(value.members)) ||
    ('error' in value && typeof value.error === 'string')
  );
}
