/** Trying a call, signing exactly what was shown, and leaving a transaction out: as a user does, with a real node. */

import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, runBucordo, runJson, startBucordo } from '../test/run-bucordo.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo-trial-'));
const notes = join(import.meta.dirname, '../contracts/notes');
const port = String(40_000 + Math.floor(Math.random() * 20_000));
const at = ['--network-dir', 'acme/buyer', '--timeout', '60'];
const call = (id: number): string[] => [
  'call',
  'notes.add_note',
  JSON.stringify({ note_id: id, body: 'hello' }),
  ...at,
];
const deadly = 'ab'.repeat(32);
let node: ChildProcess;

beforeAll(async () => {
  const words = ['--member', 'buyer', '--contract', notes, '--port', port];
  const identities = ['--identity', 'buyer/alice:writer', '--identity', 'buyer/root:admin'];
  const made = await runBucordo(directory, 'network', 'new', 'acme', ...words, ...identities);
  expect([made.code, made.stderr]).toEqual([0, '']);
  node = startBucordo(directory, 'start', 'acme/buyer/node.json');
}, 120_000);

afterAll(async () => {
  const ended = finished(node);
  node.kill('SIGTERM');
  await ended;
  rmSync(directory, { recursive: true, force: true });
});

describe('call', () => {
  it('--dry-run shows the rows and does nothing', async () => {
    const { code, stdout } = await runBucordo(directory, ...call(1), '--as', 'buyer/alice', '--dry-run');
    expect([code, stdout]).toEqual([0, expect.stringContaining('would change 1 row')]);
    expect(stdout).toMatch(/insert\s+notes\.note\s+note_id=1\s+note_id/);
    const query = ['query', 'select count(*)::int4 as count from notes.note', ...at];
    expect(await runJson(directory, ...query)).toMatchObject({ rows: [['0']] });
  });

  it('--exactly shows them and signs this effect; a second one is rejected before it is signed', async () => {
    const first = await runBucordo(directory, ...call(2), '--as', 'buyer/alice', '--exactly');
    expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('the changes above')]);
    expect(first.stderr).toContain('would change 1 row');
    const second = await runBucordo(directory, ...call(2), '--as', 'buyer/alice', '--exactly');
    expect([second.code, second.stdout]).toEqual([1, expect.stringContaining('would be rejected')]);
    expect((await runBucordo(directory, ...call(3), '--exactly', '--dry-run')).code).toBe(2);
  });
});

describe('skip', () => {
  const file = 'skip.json';

  it('propose writes the file that is signed, for a node in quarantine or for what is named', async () => {
    const healthy = await runBucordo(directory, 'skip', 'propose', ...at);
    expect([healthy.code, healthy.stderr]).toEqual([3, expect.stringContaining('is not in quarantine')]);
    const words = ['--transaction', deadly, '--height', '9', '--out', file];
    expect(await runJson(directory, 'skip', 'propose', ...words, ...at)).toMatchObject({
      height: 9,
      transaction: deadly,
    });
    expect((await runBucordo(directory, 'skip', 'propose', ...words, ...at)).code).toBe(2);
  });

  it('sign adds a statement, apply hands it in', async () => {
    const unsigned = await runBucordo(directory, 'skip', 'apply', file, ...at);
    expect([unsigned.code, unsigned.stdout]).toEqual([1, expect.stringContaining('waits for more members')]);
    const clerk = await runJson(directory, 'skip', 'sign', file, '--as', 'buyer/alice', ...at);
    expect(clerk).toMatchObject({ signedBy: 'buyer/alice', members: ['buyer'] });
    const refused = await runBucordo(directory, 'skip', 'apply', file, '--as', 'buyer/alice', ...at);
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('not_administrator')]);
    await runJson(directory, 'skip', 'sign', file, '--as', 'buyer/root', ...at);
    const applied = await runBucordo(directory, 'skip', 'apply', file, '--as', 'buyer/root', '--all', ...at);
    expect([applied.code, applied.stdout]).toEqual([0, expect.stringContaining('1 of 1')]);
    expect(readFileSync(join(directory, file), 'utf8')).toContain(deadly);
  });

  it('refuses what is no such file', async () => {
    const { code, stderr } = await runBucordo(directory, 'skip', 'sign', 'acme/buyer/node.json', ...at);
    expect([code, stderr]).toEqual([2, expect.stringContaining('not the file of a skip')]);
    expect((await runBucordo(directory, 'skip', 'sign', 'nowhere.json', ...at)).code).toBe(3);
  });
});
