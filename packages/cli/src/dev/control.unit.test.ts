import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createConnection, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  askControl,
  type ControlRequest,
  controlSocketPath,
  type MemberProcess,
  serveControl,
} from './control.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo-control-'));
const path = controlSocketPath(directory);
const members: readonly MemberProcess[] = [{ member: 'buyer', running: true, processId: 7, ended: null }];
let server: Server | undefined;

afterEach(() => {
  server?.close();
  rmSync(path, { force: true });
});

afterAll(() => rmSync(directory, { recursive: true }));

describe('control socket', () => {
  it('hands requests over and replies back, for its owner only', async () => {
    const seen: ControlRequest[] = [];
    server = await serveControl(path, async (request) => {
      seen.push(request);
      return members;
    });
    expect(await askControl(path, { command: 'stop', member: 'buyer' })).toEqual(members);
    expect(await askControl(path, { command: 'list' })).toEqual(members);
    expect(seen).toEqual([{ command: 'stop', member: 'buyer' }, { command: 'list' }]);
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it('brings back why something did not work', async () => {
    server = await serveControl(path, () => Promise.reject(new Error('no such member')));
    await expect(askControl(path, { command: 'start', member: 'x' })).rejects.toThrow('no such member');
  });

  it('says how to begin when nobody listens', async () => {
    await expect(askControl(path, { command: 'list' })).rejects.toMatchObject({
      code: 'unreachable',
      exitCode: 4,
      hint: expect.stringContaining('bucordo dev'),
    });
  });

  it('I15: survives nonsense, and lines without end', async () => {
    server = await serveControl(path, async () => members);
    for (const text of ['nonsense\n', '{"command":"erase","member":"x"}\n', '[]\n', 'x'.repeat(100_000)]) {
      const socket = createConnection(path);
      socket.on('error', () => undefined);
      socket.write(text);
      await new Promise((resolve) => socket.resume().once('close', resolve));
    }
    expect(await askControl(path, { command: 'list' })).toEqual(members);
  });

  it('moves to the temporary folder when the path is too long for a socket', () => {
    const long = join(directory, 'x'.repeat(120));
    expect(controlSocketPath(long).length).toBeLessThan(100);
    expect(controlSocketPath(long)).not.toBe(controlSocketPath(`${long}y`));
  });
});
