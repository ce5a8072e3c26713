/** A network of two members takes in a third one, as processes: invitation, decision, its own node, its identities, its bill. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, runBucordo, runJson, runStatus, startBucordo } from '../test/run-bucordo.ts';

interface Members {
  readonly members: readonly {
    readonly member: string;
    readonly number: number;
    readonly status: string;
    readonly checkpoint: number | null;
  }[];
}

interface Identities {
  readonly identities: readonly {
    readonly identity: string;
    readonly roles: readonly string[];
    readonly key: string;
  }[];
}

interface Shown {
  readonly source: string;
  readonly members: readonly { readonly id: string; readonly status: string }[];
  readonly functions: readonly { readonly function: string }[];
  readonly identities: readonly { readonly identity: string }[];
  readonly founding: Pick<Shown, 'members' | 'functions'>;
}

interface Status {
  readonly members: readonly {
    readonly member: string;
    readonly status: { readonly ordering: { readonly member: string } | null } | null;
  }[];
}

const directory = mkdtempSync(join(tmpdir(), 'bucordo-membership-'));
const port = 20_000 + Math.floor(Math.random() * 30_000);
const nodes = new Map<string, ChildProcess>();

const inFolder = (folder: string): string[] => ['--network-dir', folder, '--timeout', '60'];
const json = <Result>(folder: string, ...words: string[]): Promise<Result> =>
  runJson<Result>(directory, ...words, ...inFolder(folder));
const run = (folder: string, ...words: string[]): ReturnType<typeof runBucordo> =>
  runBucordo(directory, ...words, ...inFolder(folder));

const complete = (...words: string[]): ReturnType<typeof runBucordo> =>
  runBucordo(directory, '--network-dir', 'acme/buyer', '__complete', '--', ...words);

function start(member: string, folder: string): void {
  nodes.set(member, startBucordo(directory, 'start', `${folder}/node.json`));
}

async function decide(proposal: number, folders = ['acme/buyer', 'acme/seller']): Promise<void> {
  for (const folder of folders) await json(folder, 'proposal', 'approve', String(proposal));
  await json('acme/buyer', 'proposal', 'submit', String(proposal));
}

/** A profile of the carrier's folder whose nodes are not there. */
function nobodyThere(): string {
  const profile = JSON.parse(readFileSync(join(directory, 'carrier/profile.json'), 'utf8'));
  const members = profile.members.map((member: { id: string; authority: string }) => ({
    ...member,
    grpc: '127.0.0.1:1',
    http: 'https://127.0.0.1:1',
  }));
  const file = join(directory, 'carrier/nobody.json');
  writeFileSync(file, JSON.stringify({ ...profile, members }));
  return file;
}

async function eventually<Value>(
  ask: () => Promise<Value>,
  isThere: (value: Value) => boolean,
): Promise<Value> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const value = await ask();
    if (isThere(value) || Date.now() > deadline) return value;
    await sleep(200);
  }
}

beforeAll(async () => {
  const members = ['buyer', 'seller'].map((id) => ({
    id,
    identities: [{ name: 'admin', roles: ['admin', 'writer'] }],
  }));
  const contracts = [join(import.meta.dirname, '../contracts/notes')];
  writeFileSync(join(directory, 'network.json'), JSON.stringify({ name: 'acme', contracts, members }));
  const made = await runBucordo(
    directory,
    'network',
    'new',
    'acme',
    '--from',
    'network.json',
    '--port',
    String(port),
  );
  expect(made.code).toBe(0);
  start('buyer', 'acme/buyer');
  start('seller', 'acme/seller');
}, 120_000);
afterAll(async () => {
  for (const node of nodes.values()) {
    node.kill('SIGTERM');
    if (node.exitCode === null && node.signalCode === null) await finished(node);
  }
  rmSync(directory, { recursive: true, force: true });
});

describe('a network that has no block yet', () => {
  it('tells members, identities and the bill, at height 0', async () => {
    const show = await eventually(
      () => json<Shown>('acme/buyer', 'network', 'show'),
      ({ source }) => source === 'chain',
    );
    expect(show).toMatchObject({ source: 'chain', height: 0, node: 'buyer', ordering: 'buyer' });
    expect(show.members).toEqual(show.founding.members);
    expect(show.functions.map((each) => each.function)).toEqual(
      show.founding.functions.map((each) => each.function),
    );
    expect((await json<Identities>('acme/buyer', 'identity', 'list')).identities).toHaveLength(4);
    expect(await json('acme/buyer', 'usage')).toEqual({ usage: [] });
    await json('acme/buyer', 'call', 'notes.add_note', '{"note_id":1,"body":"before"}');
    expect(await json('acme/buyer', 'usage')).toMatchObject({
      usage: [{ member: 'buyer', transactions: 1 }],
    });
  });
});

describe('a new member', () => {
  it('makes its folder from an invitation that holds no secret', async () => {
    await json('acme/buyer', 'network', 'invitation', 'acme.json');
    expect(readFileSync(join(directory, 'acme.json'), 'utf8')).not.toContain('PRIVATE KEY');
    const words = ['network', 'join', 'carrier', '--invitation', 'acme.json', '--member', 'carrier'];
    const made = await runJson<{ network: string }>(directory, ...words, '--port', String(port + 20));
    const { network } = await json<{ network: string }>('acme/buyer', 'network', 'show');
    expect(made.network).toBe(network);
    for (const secret of ['node.pem', 'tls.key.pem', 'authority.key.pem', 'keys/carrier/admin.pem']) {
      expect(statSync(join(directory, 'carrier', secret)).mode & 0o077).toBe(0);
    }
    expect(readFileSync(join(directory, 'carrier/member.json'), 'utf8')).not.toContain('PRIVATE KEY');
    expect((await runBucordo(directory, ...words)).code).toBe(2);
  });

  it('is admitted by the others, follows with a node of its own, and joins', async () => {
    const { proposal } = await json<{ proposal: number }>(
      'acme/buyer',
      'member',
      'invite',
      'carrier/member.json',
    );
    await decide(proposal);
    start('carrier', 'carrier');
    await json('carrier', 'member', 'join');
    const { members } = await json<Members>('acme/seller', 'members');
    expect(members.map(({ member, number, status }) => [member, number, status])).toEqual([
      ['buyer', 1, 'active'],
      ['seller', 2, 'active'],
      ['carrier', 3, 'active'],
    ]);
  });

  it('has the same state, and its checkpoints count', async () => {
    await json('carrier', 'identity', 'enrol', 'carl', '--role', 'writer');
    await json('carrier', 'call', 'notes.add_note', '{"note_id":2,"body":"by carl"}', '--as', 'carrier/carl');
    const counts = (value: Members): boolean =>
      value.members.every(({ checkpoint }) => checkpoint !== null) && value.members.length === 3;
    expect(counts(await eventually(() => json<Members>('acme/buyer', 'members'), counts))).toBe(true);
    const status = await runStatus<{ equal: boolean; members: unknown[] }>(directory, ...inFolder('carrier'));
    expect(status.equal).toBe(true);
    expect(status.members).toHaveLength(3);
  });

  it('leaves no key behind where an enrolment was refused, and goes on with one whose outcome was unknown', async () => {
    const enrol = ['identity', 'enrol', 'cleo', '--role'];
    const file = join(directory, 'carrier/keys/carrier/cleo.pem');
    expect((await run('carrier', ...enrol, 'No Role')).code).toBe(1);
    expect(existsSync(file)).toBe(false);
    const silent = await run('carrier', ...enrol, 'writer', '--profile', nobodyThere(), '--timeout', '1');
    expect([silent.code, silent.stderr]).toEqual([4, expect.stringContaining('the same command goes on')]);
    const made = readFileSync(file, 'utf8');
    await json('carrier', ...enrol, 'writer');
    expect(readFileSync(file, 'utf8')).toBe(made);
    expect((await run('carrier', ...enrol, 'writer')).stdout).toContain('done before');
    expect((await run('carrier', 'identity', 'rotate', 'nobody-at-all')).code).toBe(1);
    expect(existsSync(join(directory, 'carrier/keys/carrier/nobody-at-all.new.pem'))).toBe(false);
  });

  it('refuses files that were made for another network, with both ids', async () => {
    const { network } = await json<{ network: string }>('acme/buyer', 'network', 'show');
    const other = '77'.repeat(32);
    const altered = (name: string): void => {
      const text = readFileSync(join(directory, 'carrier', name), 'utf8');
      writeFileSync(join(directory, 'carrier', `other-${name}`), text.replaceAll(network, other));
    };
    for (const name of ['member.json', 'node.json', 'profile.json']) altered(name);
    for (const words of [
      ['member', 'invite', 'carrier/other-member.json', '--network-dir', 'acme/buyer'],
      ['start', 'carrier/other-node.json'],
      ['query', 'select 1', '--profile', 'carrier/other-profile.json'],
      ['network', 'show', '--profile', 'carrier/other-profile.json'],
    ]) {
      const { code, stderr } = await runBucordo(directory, ...words);
      expect([words[0], code]).toEqual([words[0], 2]);
      expect(stderr).toContain('network_mismatch');
      expect(stderr).toContain(network);
      expect(stderr).toContain(other);
    }
  });

  it('is seen by the others, who read it from the chain, not from the genesis', async () => {
    const show = await json<Shown>('acme/buyer', 'network', 'show');
    expect(show.members.map(({ id, status }) => [id, status])).toEqual([
      ['buyer', 'active'],
      ['seller', 'active'],
      ['carrier', 'active'],
    ]);
    expect(show.identities.map(({ identity }) => identity)).toContain('carrier/carl');
    expect(show.founding.members.map(({ id }) => id)).toEqual(['buyer', 'seller']);
    expect((await complete('member', 'expel', 'c')).stdout).toBe('carrier\n');
    const status = await runStatus<Status>(directory, ...inFolder('acme/buyer'));
    expect(status).toMatchObject({ equal: true, exitCode: 0, ordering: 'buyer' });
    expect(status.members.find(({ member }) => member === 'carrier')).toMatchObject({
      standing: 'active',
      isKnown: false,
    });
  });

  it('has a node that the others can ask when they know where it is', async () => {
    const query = ['query', 'select count(*) as n from notes.note', '--csv', '--node'];
    expect(await run('acme/buyer', ...query, 'carrier')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /carrier takes part \(at height \d+, by the node of buyer\).*\n.*network node/,
      ),
    });
    expect((await run('acme/buyer', ...query, 'nobody')).stderr).toContain('nobody is not a member of acme');
    const doors = ['--http', `https://127.0.0.1:${port + 22}`, '--grpc', `127.0.0.1:${port + 20}`];
    expect(await json('acme/buyer', 'network', 'node', 'carrier', ...doors)).toMatchObject({ answers: true });
    expect((await run('acme/buyer', ...query, 'carrier')).stdout).toBe('n\n2\n');
    expect((await complete('query', 'x', '--node', 'c')).stdout).toBe('carrier\n');
    const status = await runStatus<Status>(directory, ...inFolder('acme/buyer'));
    expect(status.members.map(({ status: told }) => told?.ordering?.member)).toEqual([
      'buyer',
      'buyer',
      'buyer',
    ]);
  });

  it('is known to the others when it starts again, with another key of its node', async () => {
    await json('carrier', 'identity', 'rotate', 'node');
    const { height } = await json<{ height: number }>('carrier', 'identity', 'accept', 'node');
    const node = nodes.get('carrier');
    node?.kill('SIGTERM');
    if (node !== undefined) expect((await finished(node)).code).toBe(0);
    renameSync(join(directory, 'carrier/keys/carrier/node.pem'), join(directory, 'carrier/node.pem'));
    start('carrier', 'carrier');
    await json('acme/buyer', 'call', 'notes.add_note', '{"note_id":3,"body":"meanwhile"}');
    const ask = (): Promise<{ code: number | null; stdout: string }> =>
      run('carrier', 'query', 'select count(*) as n from notes.note', '--csv');
    expect((await eventually(ask, ({ stdout }) => stdout === 'n\n3\n')).stdout).toBe('n\n3\n');
    const signed = async (): Promise<number> =>
      (await json<Members>('acme/buyer', 'members')).members.find(({ member }) => member === 'carrier')
        ?.checkpoint ?? 0;
    expect(await eventually(signed, (checkpoint) => checkpoint > height)).toBeGreaterThan(height);
  });
});

describe('identities', () => {
  const identityOf = async (name: string): Promise<Identities['identities'][number] | undefined> =>
    (await json<Identities>('carrier', 'identity', 'list', '--member', 'carrier')).identities.find(
      ({ identity }) => identity === name,
    );

  it('I7: get another key, which takes over when it has signed', async () => {
    const before = await identityOf('carrier/carl');
    await json('carrier', 'identity', 'rotate', 'carl', '--as', 'carrier/carl');
    await json('carrier', 'identity', 'accept', 'carl');
    const after = await identityOf('carrier/carl');
    expect(after).toMatchObject({ roles: ['writer'] });
    expect(after?.key).not.toBe(before?.key);
    await json('carrier', 'call', 'notes.add_note', '{"note_id":4,"body":"new key"}', '--as', 'carrier/carl');
  });

  it('get and lose roles, are renamed and revoked', async () => {
    await json(
      'carrier',
      'identity',
      'grant',
      'carl',
      '--role',
      'auditor',
      '--to-time',
      '2999-01-01T00:00:00Z',
    );
    expect((await identityOf('carrier/carl'))?.roles).toEqual(['auditor', 'writer']);
    await json('carrier', 'identity', 'withdraw', 'carl', '--role', 'writer');
    expect((await identityOf('carrier/carl'))?.roles).toEqual(['auditor']);
    await json('carrier', 'identity', 'rename', 'carl', 'carla');
    const { versions } = await json<{ versions: string[][] }>(
      'carrier',
      'history',
      'notes.note',
      'note_id=4',
    );
    const [, , id = '', height] = versions[0] ?? [];
    // As many digits as history prints, in the form in which a table cuts what does not fit.
    const { stdout } = await run('carrier', 'tx', `${id.slice(0, 16)}…`);
    expect(stdout).toContain(`signed by    carrier/carla (at height ${height}: carrier/carl)`);
    expect(await json('acme/buyer', 'tx', id.slice(0, 12))).toMatchObject({
      transaction: { id },
      signer: 'carrier/carla',
      signerThen: 'carrier/carl',
    });
    expect((await run('acme/buyer', 'block', String(height))).stdout).toContain('carrier/carla');
    expect((await run('carrier', 'tx', id.slice(0, 3))).code).toBe(2);
    const other = id.startsWith('0000') ? '0001' : '0000';
    expect((await run('carrier', 'tx', `${other}${id.slice(4, 60)}`)).code).toBe(3);
    await json('carrier', 'identity', 'revoke', 'carla');
    expect(await identityOf('carrier/carla')).toBeUndefined();
    const { code, stderr } = await run('carrier', 'identity', 'revoke', 'admin');
    expect(code).toBe(1);
    expect(stderr).toContain('fewer lasting administrators');
  });
});

describe('the bill', () => {
  it('is the same on every node', async () => {
    const ask = (folder: string): Promise<{ usage: { member: string; users: number }[] }> =>
      json(folder, 'usage');
    const bill = await ask('acme/buyer');
    expect(bill.usage.map(({ member, users }) => [member, users])).toEqual([
      ['buyer', 1],
      ['carrier', 3],
      ['seller', 1],
    ]);
    const same = JSON.stringify(bill);
    expect(
      JSON.stringify(
        await eventually(
          () => ask('carrier'),
          (answer) => JSON.stringify(answer) === same,
        ),
      ),
    ).toBe(same);
    expect((await run('acme/buyer', 'usage', '--to', '2000-01', '--csv')).stdout).toBe(
      'month,member,users,transactions,rejected,calls,bytes\n',
    );
    expect((await run('acme/buyer', 'usage', '--to', 'May')).code).toBe(2);
  });

  it('is all that an overseer sees', async () => {
    const words = ['--invitation', 'acme.json', '--member', 'vendor', '--class', 'overseer'];
    await runJson(directory, 'network', 'join', 'vendor', ...words);
    const { proposal } = await json<{ proposal: number }>(
      'acme/buyer',
      'member',
      'invite',
      'vendor/member.json',
    );
    await decide(proposal, ['acme/buyer', 'acme/seller', 'carrier']);
    const bill = await json<{ usage: object[] }>('vendor', 'usage');
    expect(bill.usage.length).toBeGreaterThan(2);
    const { code, stderr } = await run('vendor', 'query', 'select * from notes.note');
    expect(code).not.toBe(0);
    expect(stderr).toContain('An overseer sees how much the network is used, not its data');
  });
});

describe('an expelled member', () => {
  it('I7: signs nothing any more, and its number stays its own', async () => {
    const words = ['member', 'expel', 'carrier', 'It does not pay.'];
    const { proposal } = await json<{ proposal: number }>('acme/buyer', ...words);
    await decide(proposal);
    const refused = await run(
      'carrier',
      'call',
      'notes.add_note',
      '{"note_id":9,"body":"late"}',
      '--node',
      'buyer',
    );
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('identity_revoked');
    await json('acme/buyer', 'call', 'notes.add_note', '{"note_id":10,"body":"without it"}');
    const { members } = await json<Members>('acme/buyer', 'members');
    expect(members.find(({ member }) => member === 'carrier')).toMatchObject({
      status: 'expelled',
      number: 3,
    });
    const status = await runStatus<Status>(directory, ...inFolder('acme/buyer'));
    expect(status).toMatchObject({ equal: true, exitCode: 0 });
    expect(status.members.find(({ member }) => member === 'carrier')).toMatchObject({ standing: 'expelled' });
  });

  it('has a node that is sent no block any more', async () => {
    const heights = async (): Promise<Map<string, number>> => {
      const { members } = await runStatus<{
        members: { member: string; status: { height: number } | null }[];
      }>(directory, ...inFolder('carrier'));
      return new Map(members.map(({ member, status }) => [member, status?.height ?? 0]));
    };
    const before = await heights();
    await json('acme/buyer', 'call', 'notes.add_note', '{"note_id":11,"body":"and on"}', '--wait', 'final');
    const after = await heights();
    expect(after.get('buyer')).toBeGreaterThan(before.get('buyer') ?? 0);
    expect(after.get('carrier')).toBe(before.get('carrier'));
  });

  it('leaves two members, of whom neither can expel the other', async () => {
    const { code, stderr } = await run('acme/seller', 'member', 'expel', 'buyer', 'It orders.');
    expect(code).toBe(1);
    expect(stderr).toContain('two members at least must be left');
  });
});
