/** How members decide: every step, whose ballots count, and what each kind of decision does. */

import { publicKeyOf, toHex } from '@bucordo/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BANK } from '../../../../test/support/bank-contract.ts';
import {
  DecidingNetwork,
  deployText,
  type ProposedText,
  policyText,
  THREE_MEMBERS,
} from '../../../../test/support/deciding-network.ts';
import { seedOf } from '../../../../test/support/test-chain.ts';

describe('decided', () => {
  let members: DecidingNetwork;

  beforeAll(async () => {
    members = await DecidingNetwork.found(THREE_MEMBERS, [BANK]);
  });

  afterAll(async () => {
    await members?.close();
  });

  const everyone = ['alpha', 'beta', 'gamma'];

  test('I6: a policy, which holds from then on, and its whole story', async () => {
    const number = await members.propose('alpha/admin', {
      ...policyText('limits', { kind: 'more_than_half' }),
      title: 'Fewer must agree on limits',
    });
    await members.step('beta/admin', 'comment', { proposal: number, body: 'why?' });
    await members.step('beta/node', 'report', reportOf(number, await members.documentHash(number)));
    await members.approve('alpha/admin', number);
    await members
      .step('beta/admin', 'reject', { proposal: number, reason: 'not yet' })
      .then(({ code }) => expect(code).toBe(''));
    expect(await members.status(number)).toBe('rejected');

    const second = await members.decide(
      'beta/admin',
      everyone,
      policyText('limits', { kind: 'more_than_half' }),
    );
    expect(await members.status(second)).toBe('active');
    expect(
      await members.query("SELECT rule, proposal FROM bucordo.policy WHERE decision = 'limits'"),
    ).toEqual([{ rule: { kind: 'more_than_half' }, proposal: BigInt(second) }]);

    const story = await members.query(
      'SELECT event, identity, text, height::int4 - min(height) OVER ()::int4 AS later FROM bucordo.decision_story WHERE proposal = $1 ORDER BY step',
      [number],
    );
    expect(story).toEqual([
      { event: 'proposed', identity: 'alpha/admin', text: 'Fewer must agree on limits', later: 0 },
      { event: 'commented', identity: 'beta/admin', text: 'why?', later: 1 },
      {
        event: 'checked',
        identity: 'beta/node',
        text: 'passed with 0 findings by checker 1 on 18',
        later: 2,
      },
      { event: 'approved', identity: 'alpha/admin', text: '', later: 3 },
      { event: 'objected', identity: 'beta/admin', text: 'not yet', later: 4 },
      {
        event: 'rejected',
        identity: 'beta/admin',
        text: '3 of 3 must approve, 1 approve and 1 reject',
        later: 4,
      },
    ]);
  });

  test('limits, by two of three', async () => {
    const document = '{"budget":200000,"rows":5000,"value_bytes":524288}';
    const number = await members.decide('gamma/admin', ['alpha', 'gamma'], { kind: 'limits', document });
    expect(await members.status(number)).toBe('active');
    expect(await members.query('SELECT budget, rows, value_bytes FROM bucordo.limits')).toEqual([
      { budget: 200_000, rows: 5000, value_bytes: 524_288 },
    ]);
  });

  test('limits out of their range are refused when they are submitted, and the proposal stays open', async () => {
    const document = '{"budget":999999999,"rows":5000,"value_bytes":524288}';
    const number = await members.propose('alpha/admin', { kind: 'limits', document });
    await members.approve('alpha/admin', number);
    await members.approve('beta/admin', number);
    expect((await members.step('alpha/admin', 'submit', { proposal: number })).code).toBe('proposal_invalid');
    expect(await members.status(number)).toBe('open');
  });

  test('by named classes: the others need not say anything', async () => {
    await members.decide('alpha/admin', everyone, policyText('skip', { kind: 'more_than_half' }));
    await members.decide(
      'alpha/admin',
      everyone,
      policyText('limits', { kind: 'classes', classes: ['visitor'] }),
    );
    const document = '{"budget":100000,"rows":10000,"value_bytes":1048576}';
    const number = await members.propose('alpha/admin', { kind: 'limits', document });
    await members.approve('alpha/admin', number);
    await members.approve('beta/admin', number);
    expect(await members.step('alpha/admin', 'submit', { proposal: number })).toMatchObject({
      code: 'policy_not_met',
      message: '1 of 1 must approve, 0 approve and 0 reject',
    });
    await members.approve('gamma/admin', number);
    expect((await members.step('alpha/admin', 'submit', { proposal: number })).code).toBe('');
  });

  test('at least two: rejected when only one is left who could approve', async () => {
    await members.decide('alpha/admin', everyone, policyText('limits', { kind: 'at_least', count: 2 }));
    const document = '{"budget":100000,"rows":10000,"value_bytes":1048576}';
    const number = await members.propose('alpha/admin', { kind: 'limits', document });
    await members.step('beta/admin', 'reject', { proposal: number, reason: 'too much' });
    expect(await members.status(number)).toBe('open');
    await members.step('gamma/admin', 'reject', { proposal: number, reason: 'too much' });
    expect(await members.status(number)).toBe('rejected');
    expect((await members.approve('alpha/admin', number)).code).toBe('proposal_closed');
  });

  test('a ballot can be changed while the proposal is open: the newest counts', async () => {
    const document = '{"budget":100000,"rows":10000,"value_bytes":1048576}';
    const number = await members.propose('alpha/admin', { kind: 'limits', document });
    await members.step('beta/admin', 'reject', { proposal: number, reason: 'hm' });
    await members.approve('alpha/admin', number);
    expect((await members.step('alpha/admin', 'submit', { proposal: number })).code).toBe('policy_not_met');
    await members.approve('beta/admin', number);
    const ballots =
      'SELECT member, approves FROM bucordo.proposal_ballots WHERE proposal = $1 ORDER BY member';
    expect(await members.query(ballots, [number])).toEqual([
      { member: 'alpha', approves: true },
      { member: 'beta', approves: true },
      { member: 'gamma', approves: null },
    ]);
    expect((await members.step('gamma/admin', 'submit', { proposal: number })).code).toBe('');
  });

  test('two proposals on one contract: the second is outdated as soon as the first is accepted', async () => {
    await members.decide('alpha/admin', everyone, policyText('deploy', { kind: 'at_least', count: 1 }));
    const next = (version: string): ProposedText => deployText({ ...BANK, version }, '1.0.0');
    const [first, second] = [
      await members.propose('alpha/admin', next('1.1.0')),
      await members.propose('beta/admin', next('1.2.0')),
    ];
    await members.approve('alpha/admin', first);
    await members.approve('beta/admin', second);
    const outcomes = await members.steps([
      ['alpha/admin', 'submit', { proposal: first }],
      ['beta/admin', 'submit', { proposal: second }],
    ]);
    expect(outcomes.map(({ code }) => code)).toEqual(['', 'proposal_outdated']);
    expect(outcomes[1]?.message).toContain('accepted in this block');
    const later = await members.step('beta/admin', 'submit', { proposal: second });
    expect(later).toMatchObject({ code: 'proposal_outdated' });
    expect(later.message).toContain('runs in version 1.1.0, the proposal stands on version 1.0.0');
    expect(
      await members.query('SELECT is_outdated FROM bucordo.proposals WHERE number = $1', [second]),
    ).toEqual([{ is_outdated: true }]);
  });
});

describe('members', () => {
  let members: DecidingNetwork;
  const limits = { kind: 'limits', document: '{"budget":100000,"rows":10000,"value_bytes":1048576}' };
  const says = async (number: number): Promise<unknown[]> =>
    members.query(
      'SELECT member, approves FROM bucordo.proposal_ballots WHERE proposal = $1 ORDER BY member',
      [number],
    );

  beforeAll(async () => {
    members = await DecidingNetwork.found({
      alpha: {},
      beta: {},
      gamma: {},
      delta: {},
      watch: { class: 'overseer' },
    });
  });

  afterAll(async () => {
    await members?.close();
  });

  test('an overseer has no say', async () => {
    const number = await members.propose('alpha/admin', limits);
    expect(await says(number)).toHaveLength(4);
    expect(await members.approve('watch/admin', number)).toMatchObject({
      code: 'not_permitted',
      message: `member watch has no say in proposal ${number}`,
    });
  });

  test('one that is to be expelled has no say in that, and none in anything afterwards', async () => {
    const document = JSON.stringify({ member: 'delta', reason: 'does not pay' });
    const open = await members.propose('beta/admin', limits);
    await members.approve('delta/admin', open);
    const number = await members.propose('alpha/admin', { kind: 'expel', document });
    expect((await members.approve('delta/admin', number)).code).toBe('not_permitted');
    expect((await members.step('delta/admin', 'reject', { proposal: number, reason: 'no' })).code).toBe(
      'not_permitted',
    );
    for (const member of ['alpha', 'beta', 'gamma']) await members.approve(`${member}/admin`, number);
    expect((await members.step('gamma/admin', 'submit', { proposal: number })).code).toBe('');
    expect(await members.status(number)).toBe('active');
    expect(await says(open)).toEqual([
      { member: 'alpha', approves: null },
      { member: 'beta', approves: null },
      { member: 'gamma', approves: null },
    ]);
    expect(
      (await members.step('delta/admin', 'approve', { proposal: open, document_hash: '00' })).code,
    ).not.toBe('');
  });

  test('an administrator that was revoked: its ballots count no more', async () => {
    const number = await members.propose('alpha/admin', limits);
    await members.approve('beta/admin', number);
    const key = toHex(publicKeyOf(seedOf('beta/second')));
    await members.step('beta/admin', 'enrol', { name: 'second', key, roles: ['admin'] });
    expect((await members.step('beta/admin', 'revoke', { name: 'admin' })).code).toBe('');
    expect(await says(number)).toContainEqual({ member: 'beta', approves: null });
  });
});

describe('administrators, m of n', () => {
  let board: DecidingNetwork;
  const document = '{"budget":100000,"rows":10000,"value_bytes":1048576}';
  const limits: ProposedText = { kind: 'limits', document };

  beforeAll(async () => {
    board = await DecidingNetwork.found({
      alpha: {},
      beta: { administrators: ['ann', 'bob', 'cyd'], needed: 2 },
      gamma: { administrators: ['kim', 'lee'] },
    });
  });

  afterAll(async () => {
    await board?.close();
  });

  const says = async (number: number): Promise<unknown[]> =>
    (
      await board.query('SELECT approves FROM bucordo.proposal_ballots WHERE proposal = $1 ORDER BY member', [
        number,
      ])
    ).map(({ approves }) => approves);
  const reject = (identity: string, proposal: number) =>
    board.step(identity, 'reject', { proposal, reason: 'no' });

  test('a member that wants two speaks when two have said the same', async () => {
    const number = await board.propose('alpha/admin', limits);
    await board.approve('beta/ann', number);
    expect(await says(number)).toEqual([null, null, null]);
    await board.approve('beta/ann', number);
    expect(await says(number)).toEqual([null, null, null]);
    await board.approve('beta/cyd', number);
    expect(await says(number)).toEqual([null, true, null]);
  });

  test('two who say different things are silent until a third agrees with one of them', async () => {
    const number = await board.propose('alpha/admin', { ...limits, title: 'second' });
    await board.approve('beta/ann', number);
    await reject('beta/bob', number);
    expect(await says(number)).toEqual([null, null, null]);
    await reject('beta/cyd', number);
    expect(await says(number)).toEqual([null, false, null]);
    expect(await board.status(number)).toBe('rejected');
  });

  test('of a member that wants one, the ballot given last counts', async () => {
    const number = await board.propose('alpha/admin', { ...limits, title: 'third' });
    await board.approve('gamma/kim', number);
    expect(await says(number)).toEqual([null, null, true]);
    await reject('gamma/lee', number);
    expect(await board.status(number)).toBe('rejected');
    expect(await says(number)).toEqual([null, null, false]);
  });
});

function reportOf(proposal: number, hash: string): Record<string, unknown> {
  return {
    proposal,
    document_hash: hash,
    report_hash: 'ab'.repeat(32),
    verdict: 'passed',
    finding_count: 0,
    checker: 'checker 1 on 18',
  };
}
