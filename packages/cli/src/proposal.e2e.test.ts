/** The guide "Decide together", command by command. */
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, runBucordo, runJson, startBucordo, untilSaid } from '../test/run-bucordo.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo-decide-'));
const contract = join(directory, 'my-notes');
const firstPort = String(20_000 + Math.floor(Math.random() * 20_000));
const json = <Result>(...words: string[]): Promise<Result> => runJson<Result>(directory, ...words);
const run = (...words: string[]): ReturnType<typeof runBucordo> => runBucordo(directory, ...words);
const proposal = (...words: string[]): ReturnType<typeof runBucordo> => run('proposal', ...words);

let dev: ChildProcess;

beforeAll(async () => {
  dev = startBucordo(directory, 'dev', '--port', firstPort);
  await untilSaid(dev, 'Ctrl-C stops them');
  writeNextVersion();
}, 120_000);
afterAll(async () => {
  dev.kill('SIGTERM');
  if (dev.exitCode === null && dev.signalCode === null) await finished(dev);
  rmSync(directory, { recursive: true, force: true });
});

/** Notes can be starred: what the guide has its reader write. */
function writeNextVersion(): void {
  cpSync(new URL('../contracts/notes', import.meta.url), contract, { recursive: true });
  mkdirSync(join(contract, 'migrations'));
  writeFileSync(
    join(contract, 'migrations', '1.0.0-1.1.0.sql'),
    'ALTER TABLE notes.note ADD COLUMN starred boolean;\n',
  );
  change('schema.sql', /( {2}body .*)\n/, '$1,\n  starred boolean\n');
  change('contract.json', '1.0.0', '1.1.0');
  change(
    'contract.json',
    '"remove_note": { "roles": ["writer"] }',
    '"remove_note": { "roles": ["writer"] },\n    "star_note": { "roles": ["writer"] }',
  );
  appendFileSync(
    join(contract, 'functions.sql'),
    `
CREATE FUNCTION notes.star_note(note_id int8) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE notes.note AS n SET starred = true WHERE n.note_id = star_note.note_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no note %', note_id USING ERRCODE = 'BC202';
  END IF;
END
$$;
`,
  );
}

function change(file: string, from: string | RegExp, to: string): void {
  const path = join(contract, file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} has no ${from}`);
  writeFileSync(path, after);
}

/** Waits until the node of a member has the proposal as `isThere` wants it. */
async function shown(
  number: number,
  member: string,
  isThere: (story: Story) => boolean = () => true,
): Promise<Story> {
  const words = ['proposal', 'show', String(number), '--json', '--node', member];
  for (let turn = 0; turn < 100; turn++) {
    const { code, stdout } = await run(...words);
    if (code === 0) {
      const story: Story = JSON.parse(stdout);
      if (isThere(story)) return story;
    }
    await sleep(200);
  }
  throw new Error(`${member} does not show proposal ${number} as expected`);
}

interface Story {
  readonly proposal: { readonly status: string; readonly documentHash: string; readonly isOutdated: boolean };
  readonly story: readonly { readonly event: string; readonly identity: string; readonly text: string }[];
  readonly difference: readonly { readonly part: string; readonly difference: string }[];
  readonly advice: { readonly verdict: string; readonly checker: string } | null;
}

describe('the members decide', () => {
  it('proposes what the build makes', async () => {
    const built = await json<{ hash: string }>('contract', 'build', 'my-notes');
    const words = ['new', 'deploy', 'my-notes', '--title', 'Notes can be starred', '--as', 'member1/admin'];
    const { code, stdout, stderr } = await proposal(...words);
    expect(code).toBe(0);
    expect(stdout).toContain('1: deploy notes 1.1.0');
    expect(stdout).toContain(built.hash);
    expect(stderr).toContain('approve 1');
    expect(stderr).toContain('checked notes 1.1.0: nothing found (B0, B1, B2)');
  });

  it('shows what the checker finds first, and proposes nothing', async () => {
    const refused = join(directory, 'refused-notes');
    cpSync(contract, refused, { recursive: true });
    const file = join(refused, 'functions.sql');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('starred = true', 'starred = now() > now()'));
    const { code, stderr } = await proposal('new', 'deploy', refused, '--as', 'member1/admin');
    expect(code).toBe(1);
    expect(stderr).toMatch(/functions\.sql:\d+:\d+/);
    expect(stderr).toContain('bucordo.block_time()');
    expect(stderr).toContain('the checker refuses notes 1.1.0: 2 findings');
    expect(stderr).toContain('--despite-findings');
    const all = await json<{ proposals: readonly unknown[] }>('proposal', 'list', '--all');
    expect(all.proposals).toHaveLength(1);
  });

  it('shows difference, checker and story on the node of another member', async () => {
    const story = await shown(1, 'member2', ({ advice }) => advice?.verdict === 'passed');
    expect(story.difference.map(({ part }) => part)).toEqual(['rights', 'schema', 'migration', 'source']);
    expect(story.difference[1]?.difference).toContain('+  starred boolean');
    expect(story.advice?.checker).toMatch(/^bucordo .*, Postgres /);
    const { stdout } = await proposal('show', '1', '--as', 'member2/admin');
    expect(stdout).toContain('the checker accepts the proposed contract (node of member2)');
    expect(stdout).toContain('+ALTER TABLE notes.note ADD COLUMN starred boolean;');
    const document = await proposal('show', '1', '--document');
    expect(JSON.parse(document.stdout)).toMatchObject({ bucordo_contract: 1, version: '1.1.0' });
  });

  it('refuses what nobody may do, and says what to do next', async () => {
    const refused = async (words: string[], exitCode: number, ...said: string[]): Promise<void> => {
      const { code, stderr } = await proposal(...words);
      expect([code, words.join(' ')]).toEqual([exitCode, words.join(' ')]);
      for (const text of said) expect(stderr).toContain(text);
    };
    await refused(['submit', '1', '--as', 'member1/admin'], 1, 'policy_not_met', '3 of 3 must approve');
    await refused(['approve', '1', '--as', 'member1/writer'], 1, 'not_permitted', 'is no administrator');
    await refused(['approve', '1', '--hash', '00', '--as', 'member1/admin'], 2, 'has the hash', 'show 1');
    await refused(['show', '99'], 3, 'there is no proposal 99', 'proposal list');
    await refused(['approve', 'one'], 2, 'one is no number', 'proposal list');
    await refused(['new', 'deploy', 'nowhere', '--as', 'member1/admin'], 2, 'nowhere does not exist');
    await refused(['new', 'policy', 'deploy', 'most', '--as', 'member1/admin'], 2, 'at_least:2');
    await refused(['new', 'policy', 'party', 'all', '--as', 'member1/admin'], 2, 'One of: deploy');
    await refused(['new', 'retire', 'nothing', '--as', 'member1/admin'], 3, 'no contract nothing runs');
  });

  it('is in force when all have approved and one submits', async () => {
    await proposal('comment', '1', 'Who may star whose notes?', '--as', 'member2/admin');
    for (const member of ['member1', 'member2', 'member3']) {
      expect((await proposal('approve', '1', '--as', `${member}/admin`)).stdout).toContain('approved');
    }
    await shown(1, 'member1', ({ story }) => story.filter(({ event }) => event === 'approved').length === 3);
    const { code, stdout } = await proposal('submit', '1', '--as', 'member1/admin');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/status +active/)]);
    await json('call', 'notes.add_note', '{"note_id":1,"body":"hello"}');
    await json('call', 'notes.star_note', '--arg', 'note_id=1');
    const { story } = await shown(1, 'member3', ({ proposal: { status } }) => status === 'active');
    expect(story.map(({ event, identity }) => `${event} ${identity}`)).toEqual([
      'proposed member1/admin',
      'commented member2/admin',
      'approved member1/admin',
      'approved member2/admin',
      'approved member3/admin',
      'submitted member1/admin',
      'active member1/admin',
    ]);
  });

  it('rejects, withdraws and lists', async () => {
    await proposal('new', 'policy', 'deploy', 'at_least:1', '--as', 'member1/admin');
    const rejected = await proposal('reject', '2', 'Too few', '--as', 'member1/admin');
    expect(rejected.stdout).toMatch(/status +rejected/);
    await proposal('new', 'retire', 'notes', '--as', 'member1/admin');
    expect((await proposal('withdraw', '3', '--as', 'member1/admin')).stdout).toMatch(/status +withdrawn/);
    expect((await proposal('list')).stdout).toContain('No open proposals');
    const { stdout } = await proposal('list', '--all');
    const rules = await proposal('new', 'rules', '--from-height', '9000', '--as', 'member1/admin');
    expect([rules.code, rules.stderr]).toEqual([
      2,
      expect.stringContaining('this release has no rules 3; 2 hold'),
    ]);
    expect((await run('release', 'show')).stdout).toMatch(/rules +up to 2[\s\S]*[0-9a-f]{64}/);
    expect(stdout).toMatch(/3 +withdrawn +retire notes/);
    expect(stdout).toMatch(/2 +rejected +policy deploy/);
    expect(stdout).toMatch(/1 +active +deploy notes 1\.1\.0/);
  });
});
