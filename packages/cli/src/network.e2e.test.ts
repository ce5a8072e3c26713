import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { finished, runBucordo, runJson, startBucordo } from '../test/run-bucordo.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo-network-'));
const notes = join(import.meta.dirname, '../contracts/notes');
const port = String(40_000 + Math.floor(Math.random() * 20_000));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('network new', () => {
  it("makes a folder for each member with its secrets and nobody else's", async () => {
    const words = [
      'network',
      'new',
      'acme',
      '--member',
      'buyer',
      '--member',
      'seller',
      '--contract',
      notes,
      '--identity',
      'buyer/alice:writer',
      '--port',
      port,
    ];
    const { code, stdout } = await runBucordo(directory, ...words);
    expect(code).toBe(0);
    expect(stdout).toContain('bucordo start acme/buyer/node.json');
    for (const secret of ['node.pem', 'tls.key.pem', 'authority.key.pem', 'keys/buyer/alice.pem']) {
      expect(statSync(join(directory, 'acme/buyer', secret)).mode & 0o077).toBe(0);
    }
    expect((await runBucordo(directory, ...words)).code).toBe(2);
  });

  it('makes a genesis that both members read alike', async () => {
    const show = (member: string): Promise<{ network: string }> =>
      runJson(directory, 'network', 'show', '--network-dir', `acme/${member}`);
    expect((await show('buyer')).network).toBe((await show('seller')).network);
    expect(readFileSync(join(directory, 'acme/buyer/genesis.json'))).toEqual(
      readFileSync(join(directory, 'acme/seller/genesis.json')),
    );
  });

  it('makes a configuration with which a node starts, serves and stops', async () => {
    const node = startBucordo(directory, 'start', 'acme/buyer/node.json');
    const ended = finished(node);
    const inBuyer = ['--network-dir', 'acme/buyer', '--timeout', '60'];
    const receipt = await runJson<{ height: number }>(
      directory,
      'call',
      'notes.add_note',
      '{"note_id":1,"body":"first"}',
      ...inBuyer,
    );
    expect(receipt.height).toBeGreaterThan(0);
    const module = await runBucordo(directory, 'contract', 'types', 'notes', '--network', ...inBuyer);
    expect(module.stdout).toBe((await runBucordo(directory, 'contract', 'types', notes)).stdout);
    const missing = await runBucordo(directory, 'contract', 'types', 'nothing', '--network', ...inBuyer);
    expect(missing).toMatchObject({ code: 3, stderr: expect.stringContaining('It runs notes.') });
    // The seller's node does not run.
    const report = await runBucordo(directory, 'report', ...inBuyer);
    expect(report.code).toBe(4);
    expect(report.stdout).toMatch(/buyer .*notes 1\.0\.0/);
    expect(report.stdout).toMatch(/seller .*not reachable/);
    expect(report.stdout).toContain('Nothing differs.');
    node.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  it('ends with 2 when a configuration is wrong', async () => {
    const { code, stderr } = await runBucordo(directory, 'start', 'acme/nowhere.json');
    expect(code).toBe(2);
    expect(stderr).toContain('config_invalid');
  });
});
