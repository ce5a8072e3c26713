/**
 * What people see when a node of theirs is not well: nodes as processes, ended by what ends them in
 * the world, and the command line that tells of it.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Finished,
  finished,
  runBucordo,
  runJson,
  startBucordo,
  untilSaid,
} from '../test/run-bucordo.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo-health-'));
const firstPort = String(20_000 + Math.floor(Math.random() * 20_000));
const dayMs = 86_400_000;
const clockOff = (ms: number): NodeJS.ProcessEnv => ({
  SKEW_MS: String(ms),
  NODE_OPTIONS: `--require ${join(import.meta.dirname, '../test/skewed-clock.cjs')}`,
});

let dev: ChildProcess;

async function startDev(environment: NodeJS.ProcessEnv = {}): Promise<void> {
  dev = startBucordo(directory, { words: ['dev', '--members', '2', '--port', firstPort], environment });
  await untilSaid(dev, 'Ctrl-C stops them');
}

async function stopDev(): Promise<void> {
  if (dev.exitCode !== null || dev.signalCode !== null) return;
  dev.kill('SIGTERM');
  await finished(dev);
}

beforeAll(() => startDev(), 180_000);
afterAll(async () => {
  await stopDev();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

const run = (...words: string[]): Promise<Finished> => runBucordo(directory, ...words);

/** Asks for the status until it says all of this. */
async function untilStatus(exitCode: number, ...texts: readonly RegExp[]): Promise<string> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { code, stdout } = await run('status');
    if (code === exitCode && texts.every((text) => text.test(stdout))) return stdout;
    if (Date.now() > deadline) throw new Error(`status ended with ${code}: ${stdout}`);
    await sleep(300);
  }
}

const note = (id: number): Promise<Finished> =>
  run('call', 'notes.add_note', JSON.stringify({ note_id: id, body: 'x' }));

const postmasterFile = (member: string): string =>
  join(directory, '.bucordo/members', member, 'postgres/postmaster.pid');

function postmasterOf(member: string): number {
  return Number(readFileSync(postmasterFile(member), 'utf8').split('\n')[0]);
}

it('I2: block time a day ahead is told by both nodes and their logs, and the members go on alike', {
  timeout: 180_000,
}, async () => {
  // The certificates are from before: the clock goes wrong afterwards.
  await stopDev();
  await startDev(clockOff(dayMs));
  expect(
    (
      await runBucordo(directory, {
        words: ['call', 'notes.add_note', '{"note_id":1,"body":"x"}'],
        environment: clockOff(dayMs),
      })
    ).code,
  ).toBe(0);
  await untilStatus(0, /are equal/);
  await stopDev();
  await startDev();
  expect((await note(2)).code).toBe(0);
  expect((await note(3)).code).toBe(0);
  const text = await untilStatus(
    0,
    /member1, since .*: Block \d+ is dated 86,\d{3} s ahead of this node's clock/,
    /member2, since .*: Block \d+ is dated 86,\d{3} s ahead of this node's clock/,
  );
  expect(text).toMatch(/members are equal at height \d+/);
  for (const member of ['member1', 'member2'])
    expect(readFileSync(join(directory, '.bucordo/members', member, 'node.log'), 'utf8')).toContain(
      '"condition":"time_ahead"',
    );
});

it.each([
  ['slow', -300_000, /dated 300 s behind this node's clock.*\n.*clock of this machine is slow/],
  ['fast', 70_000, /dated (69|70) s ahead of this node's clock.*\n.*clock of this machine is fast/],
])('a client whose node finds its clock wrong is led to the clock: it is %s', async (_, skewMs, text) => {
  const { code, stderr } = await runBucordo(directory, {
    words: ['query', 'select 1'],
    environment: clockOff(skewMs),
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(text);
  expect(stderr).not.toContain('--as');
});

it('a second node on the same data folder ends at once with a code and a remedy', async () => {
  const { code, stderr } = await run('start', join(directory, '.bucordo/members/member2/node.json'));
  expect(code).toBe(5);
  expect(stderr).toContain('[postgres_in_use]');
});

it('I4: a node whose Postgres is killed ends with its fault, dev and status say why, and it comes back', {
  timeout: 180_000,
}, async () => {
  const said = untilSaid(dev, 'The node of member2 ended');
  process.kill(postmasterOf('member2'), 'SIGKILL');
  expect(await said).toMatch(/The node of member2 ended: .*\[postgres_(lost|unreachable)\] \(exit code 5\)/);
  const text = await untilStatus(4, /member2 +.*not reachable/);
  expect(text).toMatch(
    /member2 does not answer: its node ended: .*\[postgres_(lost|unreachable)\] \(exit code 5\)/,
  );
  expect(text).not.toContain('are equal');
  expect((await run('member', 'list')).stdout).toMatch(/member2 +ended/);
  expect((await note(4)).code).toBe(0);
  await runJson(directory, 'member', 'start', 'member2');
  await untilStatus(0, /are equal/);
});

it('a node that cannot reach the ordering node from the start says so in status and log', {
  timeout: 180_000,
}, async () => {
  await runJson(directory, 'member', 'stop', 'member1');
  await runJson(directory, 'member', 'stop', 'member2');
  await runJson(directory, 'member', 'start', 'member2');
  const text = await untilStatus(
    4,
    /member2 is waiting since .*: No blocks come from the node of member1, which orders, at 127.*: connect ECONNREFUSED [^ ]+\. \[/,
  );
  expect(text).toContain('member1 does not answer: its node was stopped');
  expect(text).not.toContain('are equal');
  expect(readFileSync(join(directory, '.bucordo/members/member2/node.log'), 'utf8')).toContain(
    '"condition":"ordering_unreachable"',
  );
  // What is submitted meanwhile waits, says for what, and is there to be looked up or sent once more.
  const words = [
    'call',
    'notes.add_note',
    '{"note_id":40,"body":"x"}',
    '--as',
    'member2/writer',
    '--timeout',
  ];
  const { code, stderr } = await run(...words, '7');
  expect(code).toBe(4);
  const unreached =
    /the node of member1, which orders and which the node of member2 has not reached since 20\S+Z: No blocks/;
  expect(stderr).toMatch(new RegExp(`^It waits for ${unreached.source}`, 'm'));
  expect(stderr).toMatch(
    new RegExp(`no answer for transaction [0-9a-f]{64} within 7000 ms; it waited for ${unreached.source}`),
  );
  const id = /call --again ([0-9a-f]{64})/.exec(stderr)?.[1] ?? '';
  expect(stderr).toContain(`tx ${id}`);
  const facts = JSON.parse((await run('call', '--again', id, '--timeout', '2', '--json')).stderr);
  expect(facts.error).toMatchObject({ transactionId: id, waitedFor: 'ordering_unreachable' });
  expect((await run('query', 'select 1', '--node', 'member1', '--timeout', '5')).stderr).toMatch(
    /^It waits for the node of member1, which does not answer at https:/m,
  );
  await runJson(directory, 'member', 'start', 'member1');
  await untilStatus(0, /are equal/);
  expect(await runJson(directory, 'call', '--again', id.slice(0, 8))).toMatchObject({ transactionId: id });
  expect((await run('tx', id.slice(0, 16), '--node', 'member2')).stdout).toMatch(
    /^committed +at height \d+/m,
  );
});

it('a node that is told to stop while it starts stops, and leaves nothing running', {
  timeout: 60_000,
}, async () => {
  await runJson(directory, 'member', 'stop', 'member2');
  const config = join(directory, '.bucordo/members/member2/node.json');
  const node = startBucordo(directory, 'start', config);
  while (!existsSync(postmasterFile('member2'))) await sleep(10);
  node.kill('SIGTERM');
  expect((await finished(node)).code).toBe(0);
  expect(existsSync(postmasterFile('member2'))).toBe(false);
  await runJson(directory, 'member', 'start', 'member2');
});

it('I2: after a machine slept for an hour its nodes tell their clocks anew; settings outlive the start', {
  timeout: 180_000,
}, async () => {
  await stopDev();
  const config = join(directory, '.bucordo/members/member2/node.json');
  const settings: object = JSON.parse(readFileSync(config, 'utf8'));
  const clock = { aheadSecondsMax: 90 };
  writeFileSync(config, JSON.stringify({ ...settings, clock }));
  const skewFile = join(directory, 'skew');
  const environment = { ...clockOff(0), SKEW_FILE: skewFile };
  await startDev(environment);
  expect(JSON.parse(readFileSync(config, 'utf8'))).toEqual({ ...settings, clock });
  // Counted time stands still while a machine sleeps: what was said before is an hour old at once.
  writeFileSync(skewFile, String(3_600_000));
  const words = ['call', 'notes.add_note', '{"note_id":5,"body":"x"}'];
  expect((await runBucordo(directory, { words, environment })).code).toBe(0);
  const logs = (): string[] =>
    ['member1', 'member2'].map((member) =>
      readFileSync(join(directory, '.bucordo/members', member, 'node.log'), 'utf8'),
    );
  const deadline = Date.now() + 60_000;
  let text = '';
  do {
    await sleep(300);
    text = (await runBucordo(directory, { words: ['status'], environment })).stdout;
  } while (!(text.includes('are equal') && !text.includes('Clocks differ')) && Date.now() < deadline);
  expect(text).toContain('are equal');
  expect(text).not.toContain('Clocks differ');
  for (const log of logs()) expect(log).toContain('clock was set, or it slept');
});
