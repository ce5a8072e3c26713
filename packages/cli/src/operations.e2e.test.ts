/** The guide "Operate a node": backup and restore, a lost Postgres, the certificate, the service. */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, runBucordo, runJson, startBucordo } from '../test/run-bucordo.ts';
import type { BackupDescription } from './node-backup.ts';
import type { CertificateFacts } from './node-certificate.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo operations é '));
const notes = join(import.meta.dirname, '../contracts/notes');
const port = String(20_000 + Math.floor(Math.random() * 20_000));
const config = 'acme/solo/node.json';
const here = ['--network-dir', 'acme/solo', '--timeout', '60'];
const run = (...words: string[]): ReturnType<typeof runBucordo> => runBucordo(directory, ...words);
const addNote = (id: number): Promise<{ height: number }> =>
  runJson(directory, 'call', 'notes.add_note', JSON.stringify({ note_id: id, body: 'x' }), ...here);

/** A node, and how it ended. */
interface Started {
  stop(): Promise<number | null>;
  readonly ended: ReturnType<typeof finished>;
}

const nodes: ChildProcess[] = [];

function start(): Started {
  const node = startBucordo(directory, 'start', config);
  nodes.push(node);
  const ended = finished(node);
  return {
    ended,
    stop: async () => {
      node.kill('SIGTERM');
      return (await ended).code;
    },
  };
}

beforeAll(async () => {
  const words = ['--member', 'solo', '--identity', 'solo/ann:writer', '--contract', notes, '--port', port];
  expect((await run('network', 'new', 'acme', ...words)).code).toBe(0);
});
afterAll(async () => {
  for (const node of nodes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    node.kill('SIGTERM');
    await finished(node);
  }
  rmSync(directory, { recursive: true, force: true });
});

describe('a node is operated', () => {
  it('is backed up while it takes transactions, and restored where its database is gone', async () => {
    const first = start();
    const { height } = await addNote(1);
    const [backup, during] = await Promise.all([
      runJson<BackupDescription & { files: number }>(directory, 'backup', config, 'copy'),
      addNote(2),
    ]);
    expect(backup.height).toBeGreaterThanOrEqual(height);
    expect(backup).toMatchObject({ member: 'solo', left: ['node.pem', 'tls.key.pem'] });
    await addNote(3);
    expect(await run('backup', config, 'copy')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('copy exists'),
    });
    expect(await first.stop()).toBe(0);

    renameSync(join(directory, 'acme/solo/postgres'), join(directory, 'lost'));
    const restored = await run('restore', 'copy', config);
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('restored') });
    expect((await run('restore', 'copy', config)).stderr).toContain('is not empty; nothing was restored');
    const second = start();
    const { rows } = await runJson<{ rows: string[][] }>(
      directory,
      'query',
      'select note_id from notes.note order by note_id',
      ...here,
    );
    expect(rows[0]).toEqual(['1']);
    expect((await addNote(9)).height).toBeGreaterThan(Math.min(height, during.height));

    // Its Postgres is killed: the node ends by itself, and a supervisor's next start goes on.
    const [pid] = readFileSync(join(directory, 'acme/solo/postgres/postmaster.pid'), 'utf8').split('\n');
    execFileSync('kill', ['-9', pid ?? '']);
    const { code, stderr } = await second.ended;
    expect([code, stderr]).toEqual([5, expect.stringMatching(/postgres_(lost|unreachable)/)]);
    const third = start();
    await addNote(10);
    expect(await third.stop()).toBe(0);
  }, 300_000);

  it('is backed up when it is stopped, with its keys where that is asked for', async () => {
    const backup = await runJson<BackupDescription>(directory, 'backup', config, 'whole', '--with-keys');
    expect(backup).toMatchObject({ height: null, left: [] });
    expect(backup.node).toContain('node.pem');
    cpSync(join(directory, 'whole'), join(directory, 'damaged'), { recursive: true });
    writeFileSync(join(directory, 'damaged/database/PG_VERSION'), '17\n');
    const damaged = await run('restore', 'damaged', 'elsewhere/node.json');
    expect(damaged).toMatchObject({ code: 5, stderr: expect.stringContaining('backup_damaged') });
    rmSync(join(directory, 'elsewhere'), { recursive: true });
    const moved = await run('restore', 'whole', 'elsewhere/node.json');
    expect(moved).toMatchObject({ code: 0, stdout: expect.stringContaining('node.pem') });
  }, 120_000);

  it('gets a new certificate by its authority, with the names of the old one', async () => {
    const before = await runJson<CertificateFacts>(directory, 'certificate', 'show', config);
    const words = ['certificate', 'renew', config, '--host', 'node.example', '--days', '30'];
    const after = await runJson<CertificateFacts>(directory, ...words);
    expect(after.hosts).toEqual([...before.hosts, 'node.example']);
    expect(after.daysLeft).toBe(30);
    const node = start();
    await addNote(11);
    expect(await node.stop()).toBe(0);
    const other = await run('certificate', 'renew', config, '--authority', 'acme/solo/tls.pem');
    expect(other.stderr).toMatch(/key_invalid|secret|is not the authority of solo/);
  }, 120_000);

  it('has a unit that starts it again, but not with a wrong configuration', async () => {
    const { stdout } = await run('service', config, '--user', 'bucordo');
    expect(stdout).toContain(`start "${join(directory, config)}"`);
    expect(stdout).toMatch(/Restart=always\nRestartSec=5\nRestartPreventExitStatus=2\n/);
  });
});
