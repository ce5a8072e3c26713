import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../../..');
const program = join(root, 'packages/cli/bin/bucordo.js');
const shop = join(root, 'packages/kit/test/shop');
const fickle = join(root, 'packages/kit/test/fickle');
const folder = mkdtempSync(join(tmpdir(), 'bucordo-cli-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface End {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function bucordo(...args: readonly string[]): Promise<End> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [program, ...args], { cwd: folder })) };
  } catch (error) {
    const { code = -1, stdout = '', stderr = '' }: Partial<End> = Object(error);
    return { code, stdout, stderr };
  }
}

/** A copy of the shop with a test file more. */
function shopWith(name: string, file: string, text: string): string {
  const copy = join(folder, name);
  cpSync(shop, copy, { recursive: true });
  writeFileSync(join(copy, 'tests', file), text);
  return copy;
}

describe('bucordo contract test', () => {
  it('ends with 0 when all pass, and lists what was not reached', async () => {
    const { code, stdout } = await bucordo('contract', 'test', shop, '--coverage');
    expect(code).toBe(0);
    expect(stdout).toContain('reached: 5 of 5 functions, 2 of 3 codes, 7 of 8 branches');
    expect(stdout).toContain('never raised: BC301, functions.sql:19');
    expect(stdout).toContain('never entered: functions.sql:18');
    expect(stdout).toContain('9 passed, 0 failed');
  });

  it('ends with 1 when one fails, and says where', async () => {
    const { code, stdout, stderr } = await bucordo('contract', 'test', fickle, '--only', 'lists in');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /order\.test\.sql:10\n.*the two runs differ.*fickle\.item, row item_id=1, column note/s,
    );
    expect(stdout).toContain('0 passed, 1 failed');
  });

  it('gives one document with --json', async () => {
    const { code, stdout, stderr } = await bucordo(
      '--json',
      'contract',
      'test',
      fickle,
      '--only',
      'is right',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      contract: 'fickle',
      results: [{ name: 'is right', failure: null, place: { line: 15 } }],
    });
  });

  it.each([
    [
      'a misspelt directive',
      'x.test.sql',
      '-- test: x\n-- as buyer\nSELECT true;',
      /x\.test\.sql:2: -- as buyer: not understood/,
    ],
    [
      'TypeScript that does more than types',
      'x.test.ts',
      'enum A { B }',
      /x\.test\.ts.*enum is not supported/,
    ],
  ])('ends with 2 for %s', async (_what, file, text, message) => {
    const { code, stderr } = await bucordo(
      'contract',
      'test',
      shopWith(`usage-${Math.random()}`, file, text),
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('ends with 2 for no contract, no tests, and no such test', async () => {
    expect(await bucordo('contract', 'test', folder)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('contract.json'),
    });
    const bare = join(folder, 'bare');
    cpSync(shop, bare, { recursive: true });
    rmSync(join(bare, 'tests'), { recursive: true });
    expect((await bucordo('contract', 'test', bare)).code).toBe(2);
    expect((await bucordo('contract', 'test', shop, '--only', 'nothing like it')).code).toBe(2);
  });

  it('goes on after a lost connection and forgotten promises', async () => {
    const text = `import { contractTest } from '@bucordo/kit';
      contractTest('loses its connection', async (t) => {
        await t.query('SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())');
      });
      contractTest('forgets a rejected call', async (t) => {
        t.as('buyer/alice').call('place_order', { order_id: 1, goods: 'x', price: '5000' });
        await t.query('SELECT 1');
      });
      contractTest('is well', async (t) => {
        await t.as('buyer/alice').call('place_order', { order_id: 1, goods: 'x', price: '5' });
      });`;
    const { code, stdout } = await bucordo(
      '--json',
      'contract',
      'test',
      shopWith('trouble', 'x.test.mjs', text),
    );
    expect(code).toBe(1);
    const { results }: { results: { name: string; failure: { message: string } | null }[] } =
      JSON.parse(stdout);
    const failed = results.flatMap(({ name, failure }) =>
      failure === null ? [] : [`${name}: ${failure.message}`],
    );
    expect(failed).toEqual([
      'loses its connection: Connection terminated unexpectedly',
      'forgets a rejected call: the call was rejected: BC301: too dear',
    ]);
    expect(results.map(({ name }) => name)).toContain('is well');
  });

  it('runs again when a file changes', async () => {
    const watched = shopWith('watched', 'one.test.sql', '-- test: watched\nSELECT true;');
    const child = spawn(process.execPath, [
      program,
      'contract',
      'test',
      watched,
      '--watch',
      '--only',
      'watched',
    ]);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    try {
      await expect.poll(() => output, { timeout: 60_000 }).toContain('1 passed, 0 failed');
      writeFileSync(join(watched, 'tests/one.test.sql'), '-- test: watched\nSELECT false;');
      await expect.poll(() => output, { timeout: 60_000 }).toContain('0 passed, 1 failed');
    } finally {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await ended;
    }
  });
});

describe('bucordo contract types', () => {
  it('writes the module, and tells whether it is current', async () => {
    const out = join(folder, 'client.ts');
    expect((await bucordo('contract', 'types', shop, '--out', out, '--check')).code).toBe(1);
    expect((await bucordo('contract', 'types', shop, '--out', out)).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toContain('export class ShopClient');
    expect((await bucordo('contract', 'types', shop, '--out', out, '--check')).code).toBe(0);
    expect((await bucordo('contract', 'types', shop)).stdout).toBe(readFileSync(out, 'utf8'));
  });

  it('ends with 2 for a folder that is no contract', async () => {
    expect(await bucordo('contract', 'types', folder)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('contract.json'),
    });
  });
});
