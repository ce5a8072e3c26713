import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, runBucordo, runJson, runStatus, startBucordo, untilSaid } from '../test/run-bucordo.ts';

interface MemberProcess {
  readonly member: string;
  readonly running: boolean;
  readonly processId: number | null;
}

interface Status {
  readonly equal: boolean;
  readonly members: readonly { member: string; status: { height: number } | null }[];
}

interface Loaded {
  readonly committed: number;
  readonly skipped: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly same: number;
}

const directory = mkdtempSync(join(tmpdir(), 'bucordo-dev-'));
const firstPort = String(20_000 + Math.floor(Math.random() * 20_000));
const json = <Result>(...words: string[]): Promise<Result> => runJson<Result>(directory, ...words);
const run = (...words: string[]): ReturnType<typeof runBucordo> => runBucordo(directory, ...words);

let dev: ChildProcess;

async function startDev(): Promise<void> {
  dev = startBucordo(directory, 'dev', '--port', firstPort);
  await untilSaid(dev, 'Ctrl-C stops them');
}

beforeAll(startDev, 120_000);
afterAll(async () => {
  dev.kill('SIGTERM');
  if (dev.exitCode === null && dev.signalCode === null) await finished(dev);
  rmSync(directory, { recursive: true, force: true });
});

/** Files of the journals of loads. */
function journals(): string[] {
  const folder = join(directory, '.bucordo/loads');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name));
}

/** Makes a journal what it was before anything that was sent was known. */
function forget(file: string): void {
  const journal: { validUntil: number[] } = JSON.parse(readFileSync(file, 'utf8'));
  const state = { done: 0, rows: 0, codes: {}, rejected: null, complete: false, openAbove: 0 };
  writeFileSync(file, JSON.stringify({ ...journal, ...state }));
}

async function notes(): Promise<number> {
  const { stdout } = await run('query', 'select count(*) as n from notes_history.note', '--csv');
  return Number(stdout.split('\n')[1]);
}

/** Asks until `isThere` holds: the other members follow within moments. */
async function eventually<Value>(
  ask: () => Promise<Value>,
  isThere: (value: Value) => boolean,
): Promise<Value> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const value = await ask();
    if (isThere(value) || Date.now() > deadline) return value;
    await sleep(100);
  }
}

describe('a network of three members', () => {
  let transaction = '';
  let height = 0;

  it('commits a call and shows its receipt', async () => {
    const receipt = await json<{ transactionId: string; height: number }>(
      'call',
      'notes.add_note',
      '{"note_id":1,"body":"hello"}',
    );
    ({ transactionId: transaction, height } = receipt);
    expect(transaction).toMatch(/^[0-9a-f]{64}$/);
    expect(height).toBeGreaterThan(0);
  });

  it('ends with 1 when the contract rejects, and says why', async () => {
    const words = [
      'call',
      'notes.change_note',
      '--arg',
      'note_id=1',
      '--arg',
      'body=mine',
      '--as',
      'member2/writer',
    ];
    const { code, stderr } = await run(...words);
    expect(code).toBe(1);
    expect(stderr).toContain('note 1 is a note of member1 [BC101]');
    expect(stderr).toMatch(/rejected at height \d+\. The receipt: npx bucordo tx [0-9a-f]{64}/);
    const { stderr: document } = await run(...words, '--json');
    expect(JSON.parse(document)).toMatchObject({ error: { code: 'BC101', height: expect.any(Number) } });
  });

  it.each([
    [
      'add_note',
      '{"note_id":"1x","body":"b"}',
      'notes.add_note: note_id is "1x"; int8 is a whole number from ',
    ],
    [
      'add_note',
      '{"note_id":9,"body":12345}',
      'notes.add_note: body is 12345; text is a string, such as "hello"',
    ],
    ['add_note', '{"note_id":9}', 'notes.add_note: no value for body (text)'],
    ['add_note', '{"note_id":9,"bdy":"b"}', 'no parameter "bdy"; did you mean body?'],
    ['add_note', '{"note_id":9,"body":"a\\u0000"}', 'NUL stands there'],
    ['ad_note', '{}', 'there is no function notes.ad_note; did you mean notes.add_note?'],
    [
      'add_note',
      '{"note_id":9,"body":"b"}',
      'it asks for the role writer, and member1/admin has admin',
      '--as',
      'member1/admin',
    ],
  ])('says what is wrong with %s %s', async (name, args, words, ...more) => {
    const { code, stderr } = await run('call', `notes.${name}`, args, ...more);
    expect([code, stderr]).toEqual([1, expect.stringContaining(words)]);
  });

  it('says which table and column a failed call broke, on every node', async () => {
    const failing = ['call', 'notes.add_note', '{"note_id":null,"body":"nowhere"}'];
    const { code, stderr } = await run(...failing, '--json');
    const place = 'column note_id, table notes.note, SQLSTATE 23502';
    expect([code, JSON.parse(stderr)]).toEqual([
      1,
      {
        error: expect.objectContaining({
          code: 'failed',
          message: expect.stringMatching(`null value in column "note_id".*\\(${place}\\)$`),
          sqlstate: '23502',
          table: 'notes.note',
          column: 'note_id',
        }),
      },
    ]);
    const { transactionId } = JSON.parse(stderr).error;
    for (const member of ['member1', 'member3']) {
      const { stdout } = await eventually(
        () => run('tx', transactionId, '--node', member),
        (shown) => shown.code === 0,
      );
      expect(stdout).toContain(`in the words of ${member}`);
      expect(stdout).toContain(place);
    }
  });

  it('runs several calls in one transaction, all or nothing', async () => {
    const batch = join(directory, 'batch.jsonl');
    const line = (note: number): string =>
      JSON.stringify({ call: 'notes.add_note', args: { note_id: note, body: `note ${note}` } });
    writeFileSync(batch, `${line(2)}\n${line(1)}\n`);
    expect((await run('call', '--batch', batch)).code).toBe(1);
    writeFileSync(batch, `${line(2)}\n${line(3)}\n`);
    expect((await run('call', '--batch', batch)).code).toBe(0);
    expect((await run('query', 'select count(*) as n from notes.note', '--csv')).stdout).toBe('n\n3\n');
  });

  it('shows the row on another member', async () => {
    const ask = (): Promise<{ rows: string[][] }> =>
      json('query', 'select body from notes.note where note_id = $1', '--param', '1', '--node', 'member3');
    expect((await eventually(ask, ({ rows }) => rows.length === 1)).rows).toEqual([['hello']]);
  });

  it('shows transaction, block and history', async () => {
    const tx = await json<{ signer: string; receipt: { status: string } }>('tx', transaction);
    expect(tx).toMatchObject({ signer: 'member1/writer', receipt: { status: 'committed', height } });
    expect((await run('block', String(height))).stdout).toContain(transaction);
    const history = await run('history', 'notes.note', 'note_id=1');
    expect(history.stdout).toMatch(/member1\/writer\s+notes.add_note\s+I\s+1\s+member1\s+hello/);
  });

  it.each([
    [2, ['call', 'notes.add_note', '{']],
    [2, ['query', 'delete from notes.note']],
    [2, ['status', '--unknown']],
    [2, ['query', 'select 1', '--node', 'nobody']],
    [3, ['tx', '00'.repeat(32)]],
    [3, ['block', '900000']],
    [3, ['history', 'notes.note', 'note_id=77']],
    [3, ['status', '--network-dir', 'nowhere']],
    [1, ['call', 'notes.no_such_function', '{}']],
  ])('ends with %i after %j', async (code, words) => {
    expect((await run(...words)).code).toBe(code);
  });

  it('I5: loads a file once, however often it is told to, and writes down what was rejected', async () => {
    const file = join(directory, 'notes.csv');
    const lines = Array.from({ length: 300 }, (_, index) => `${index + 100},"note, number ${index}"`);
    writeFileSync(file, `id,body\n${lines.join('\n')}\n1,taken\n`);
    const words = ['load', 'notes.add_note', file, '--map', 'id=note_id,body=body'];
    const first = await run(...words, '--json');
    expect(first.code).toBe(1);
    expect(JSON.parse(first.stdout)).toMatchObject({
      committed: 300,
      rejected: 1,
      skipped: 0,
      codes: { BC201: 1 },
    });
    expect(readFileSync(`${file}.rejected.csv`, 'utf8')).toMatch(
      /^id,body,#line,#code,#message\n1,taken,302,BC201,/,
    );
    const second: Loaded = JSON.parse((await run(...words, '--json')).stdout);
    expect(second).toMatchObject({ committed: 0, skipped: 301, rejected: 1 });
    // A load that was killed before its journal was written sends the same bytes.
    for (const journal of journals()) forget(journal);
    const killed: Loaded = JSON.parse((await run(...words, '--json')).stdout);
    expect(killed).toMatchObject({ committed: 0, duplicates: 300, rejected: 1 });
    expect(await notes()).toBe(303);
  });

  it('I5: brings what was corrected and nothing twice, from the file of rejected lines and from the whole file', async () => {
    const file = join(directory, 'notes.csv');
    const words = ['load', 'notes.add_note', file, '--map', 'id=note_id,body=body'];
    const corrected = readFileSync(`${file}.rejected.csv`, 'utf8').replace('\n1,', '\n900,');
    writeFileSync(`${file}.rejected.csv`, corrected);
    const only = await json<Loaded>('load', 'notes.add_note', `${file}.rejected.csv`, ...words.slice(3));
    expect(only).toMatchObject({ committed: 1, same: 0, rejected: 0 });
    const [header, ...lines] = readFileSync(file, 'utf8').replace('\n1,', '\n900,').trim().split('\n');
    writeFileSync(file, `${[header, ...lines.toReversed(), '901,new'].join('\n')}\n`);
    const whole = await run(...words);
    expect(whole.stderr).toContain('301 rows are the same and not brought once more');
    expect(whole.stdout).toMatch(/committed now +1\n/);
    // What was under way when a load was killed counts as well, though its journal does not know it.
    for (const journal of journals()) forget(journal);
    writeFileSync(file, `${[header, ...lines, '901,new', '902,newer'].join('\n')}\n`);
    expect(await json<Loaded>(...words)).toMatchObject({ committed: 1, same: 302, rejected: 0 });
    expect(await notes()).toBe(306);
  });

  it.each([
    ['bytes that are not UTF-8', 'note_id,body\n910,M\xfcller\n', 'line 2, byte 6: 0xfc is no UTF-8'],
    ['a header of other names', 'Note Id,Body\n910,a\n', "--map 'Note Id=note_id,Body=body'"],
    ['a row without its cell', 'note_id;body\n910;a\n911\n', 'line 3: 1 cell, the header has 2'],
  ])('sends nothing of a file with %s', async (_what, content, words) => {
    const file = join(directory, 'refused.csv');
    writeFileSync(file, content, 'latin1');
    const { code, stderr } = await run('load', 'notes.add_note', file);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });

  it('sends nothing for an identity that may not call the function', async () => {
    const file = join(directory, 'notes.csv');
    const { code, stderr } = await run('load', 'notes.add_note', file, '--as', 'member1/admin');
    expect(code).toBe(1);
    expect(stderr).toContain('notes.add_note asks for the role writer; member1/admin has the role admin');
  });

  it('brings what can be brought, in the encoding that is named, and counts the rest by code', async () => {
    const file = join(directory, 'export.csv');
    const long = 'x'.repeat(300_000);
    writeFileSync(file, `note_id;body\n910;M\xfcller\n9,1;a\n911;${long}\n1;taken\n\n`, 'latin1');
    const { code, stdout } = await run(
      'load',
      'notes.add_note',
      file,
      '--encoding',
      'windows-1252',
      '--json',
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      committed: 1,
      emptyLines: 1,
      codes: { argument_invalid: 1, too_large: 1, BC201: 1 },
    });
    expect((await run('query', 'select body from notes.note where note_id = 910', '--csv')).stdout).toBe(
      'body\nMüller\n',
    );
  });

  it('I5: is stopped by Ctrl-C in order, and goes on', async () => {
    const file = join(directory, 'many.csv');
    const lines = Array.from({ length: 3_000 }, (_, index) => `${index + 2_000},many`);
    writeFileSync(file, `note_id,body\n${lines.join('\n')}\n`);
    const words = ['load', 'notes.add_note', file, '--in-flight', '2'];
    const child = startBucordo(directory, ...words);
    await eventually(
      async () => journals().some((name) => name !== '' && readFileSync(name, 'utf8').includes('many.csv')),
      Boolean,
    );
    child.kill('SIGINT');
    const stopped = await finished(child);
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toMatch(
      /\d+ of 3000 transactions are done, \d+ are left\. The same command goes on/,
    );
    const rest = await json<Loaded>('load', 'notes.add_note', file);
    expect(rest).toMatchObject({ duplicates: 0, rejected: 0, stopped: false });
    expect(rest.committed + rest.skipped).toBe(3_000);
  });

  it('lets a stopped member catch up', async () => {
    await json('member', 'stop', 'member3');
    expect((await run('query', 'select 1', '--node', 'member3', '--timeout', '1')).code).toBe(4);
    expect((await run('member', 'stop', 'member3')).code).toBe(2);
    await json('call', 'notes.add_note', '{"note_id":4,"body":"while you were away"}');
    await json('member', 'start', 'member3');
    const status = await eventually(
      () => runStatus<Status>(directory),
      ({ members }) => new Set(members.map((member) => member.status?.height)).size === 1,
    );
    expect(status.equal).toBe(true);
    expect(new Set(status.members.map((member) => member.status?.height)).size).toBe(1);
  });

  it('refuses a second dev on the same folder', async () => {
    const { code, stderr } = await run('dev');
    expect(code).toBe(2);
    expect(stderr).toContain('already');
  });

  it('I4: leaves no process behind when it is killed, and goes on with the same rows', async () => {
    const { members } = await json<{ members: MemberProcess[] }>('member', 'list');
    dev.kill('SIGKILL');
    const left = (): number =>
      members.filter(({ processId }) => processId !== null && isAlive(processId)).length;
    expect(
      await eventually(
        async () => left(),
        (count) => count === 0,
      ),
    ).toBe(0);
    await startDev();
    expect((await run('query', 'select count(*) as n from notes.note', '--csv')).stdout).toBe('n\n3308\n');
  });
});

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
