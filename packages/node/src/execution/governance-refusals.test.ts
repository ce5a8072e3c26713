/** Every refusal of governance, with its code and its words: what cannot be proposed, said or decided, and by whom. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BANK } from '../../../../test/support/bank-contract.ts';
import {
  approvedHash,
  DecidingNetwork,
  deployText,
  type ProposedText,
  policyText,
  proposalArguments,
  THREE_MEMBERS,
} from '../../../../test/support/deciding-network.ts';

const NEW_CONTRACT = { ...BANK, name: 'second', schema: '', source: '', functions: {} };

let network: DecidingNetwork;

beforeAll(async () => {
  network = await DecidingNetwork.found(THREE_MEMBERS, [BANK]);
});

afterAll(async () => {
  await network?.close();
});

describe('refused', () => {
  let open: number;
  let withdrawn: number;

  beforeAll(async () => {
    open = await network.propose('alpha/admin', policyText('limits', { kind: 'all' }));
    withdrawn = await network.propose('alpha/admin', policyText('limits', { kind: 'all' }));
    await network.step('alpha/admin', 'withdraw', { proposal: withdrawn });
  });

  const contractText = (changes: object): string =>
    JSON.stringify({ ...JSON.parse(deployText(NEW_CONTRACT, null).document), ...changes });

  test.for<[title: string, proposed: ProposedText, code: string, words: string]>([
    ['an unknown kind', { kind: 'party', document: '{}' }, 'argument_invalid', 'the kind of a proposal'],
    ['a kind that has a policy but no proposals', { kind: 'skip', document: '{}' }, 'argument_invalid', ''],
    ['no title', { ...policyText('skip', { kind: 'all' }), title: '' }, 'argument_invalid', 'title'],
    [
      'a long title',
      { ...policyText('skip', { kind: 'all' }), title: 'é'.repeat(101) },
      'argument_invalid',
      '200',
    ],
    ['no document', { kind: 'policy', document: '' }, 'argument_invalid', 'document'],
    [
      'a document above its limit',
      { kind: 'policy', document: ' '.repeat(204_801) },
      'argument_invalid',
      '204800',
    ],
    ['no JSON', { kind: 'policy', document: 'rule: all' }, 'proposal_invalid', 'no JSON'],
    ['no object', { kind: 'policy', document: '[]' }, 'proposal_invalid', 'no JSON object'],
    [
      'a deep document',
      { kind: 'policy', document: `${'['.repeat(17)}${']'.repeat(17)}` },
      'proposal_invalid',
      'nested',
    ],
    ['a very deep document', { kind: 'policy', document: '['.repeat(200_000) }, 'proposal_invalid', 'nested'],
    ['a huge number', { kind: 'limits', document: '{"budget":1e9}' }, 'proposal_invalid', 'whole'],
    [
      'a long number',
      { kind: 'limits', document: '{"budget":1000000000}' },
      'proposal_invalid',
      'nine digits',
    ],
    [
      'a NUL in a text',
      { kind: 'policy', document: '{"decision":"\\u0000"}' },
      'proposal_invalid',
      'no JSON',
    ],
    [
      'half a character',
      { kind: 'policy', document: '{"decision":"\\ud800"}' },
      'proposal_invalid',
      'no JSON',
    ],
    [
      'a base for a policy',
      { ...policyText('skip', { kind: 'all' }), base: '1.0.0' },
      'argument_invalid',
      'no version',
    ],
    ['a policy for nothing', policyText('party', { kind: 'all' }), 'proposal_invalid', 'a policy is for'],
    ['an unknown rule', policyText('skip', { kind: 'most' }), 'proposal_invalid', 'the kind of a policy'],
    [
      'an unknown key',
      { kind: 'policy', document: '{"decision":"skip","rule":{"kind":"all"},"x":1}' },
      'proposal_invalid',
      'exactly these keys',
    ],
    [
      'a repeated key',
      { kind: 'policy', document: '{"decision":"skip","rule":{"kind":"all"},"rule":{"kind":"all"}}' },
      'proposal_invalid',
      'exactly these keys',
    ],
    [
      'a repeated key in the rule',
      { kind: 'policy', document: '{"decision":"skip","rule":{"kind":"all","kind":"all"}}' },
      'proposal_invalid',
      'repeats',
    ],
    [
      'keys in another order',
      { kind: 'policy', document: '{"rule":{"kind":"all"},"decision":"skip"}' },
      'proposal_invalid',
      'in this order',
    ],
    [
      'limits of nothing',
      { kind: 'limits', document: '{"budget":0,"rows":1,"value_bytes":1}' },
      'proposal_invalid',
      'from 1 on',
    ],
    [
      'limits as text',
      { kind: 'limits', document: '{"budget":"1","rows":1,"value_bytes":1}' },
      'proposal_invalid',
      'whole numbers',
    ],
    [
      'a retirement of nothing',
      { kind: 'retire', document: '{"contract":"none","version":"1.0.0"}' },
      'proposal_invalid',
      'no contract',
    ],
    [
      'a retirement of the system',
      { kind: 'retire', document: '{"contract":"bucordo","version":"1.0.0"}' },
      'proposal_invalid',
      'no contract',
    ],
    [
      'a retirement of another version',
      { kind: 'retire', document: '{"contract":"bank","version":"0.9.0"}' },
      'proposal_invalid',
      'no contract',
    ],
    [
      'a retirement that names no base',
      { kind: 'retire', document: '{"contract":"bank","version":"1.0.0"}' },
      'proposal_outdated',
      'runs in version 1.0.0',
    ],
    [
      'an expulsion of nobody',
      { kind: 'expel', document: '{"member":"delta","reason":"x"}' },
      'proposal_invalid',
      '',
    ],
    [
      'a contract without its keys',
      { kind: 'deploy', document: '{"name":"second"}' },
      'proposal_invalid',
      'exactly these keys',
    ],
    [
      'a contract of another form',
      { kind: 'deploy', document: contractText({ bucordo_contract: 2 }) },
      'proposal_invalid',
      'another form',
    ],
    [
      'a contract with a reserved name',
      { kind: 'deploy', document: contractText({ name: 'bucordo_x' }) },
      'proposal_invalid',
      'may not be named bucordo_x',
    ],
    [
      'a contract with no name',
      { kind: 'deploy', document: contractText({ name: null }) },
      'proposal_invalid',
      'named nothing',
    ],
    [
      'a contract without a version',
      { kind: 'deploy', document: contractText({ version: '1.0' }) },
      'proposal_invalid',
      '1.2.3',
    ],
    [
      'a new contract that names a base',
      deployText(NEW_CONTRACT, '0.9.0'),
      'proposal_outdated',
      'runs in no version',
    ],
    [
      'a contract that names no base',
      deployText({ ...BANK, version: '1.1.0' }, null),
      'proposal_outdated',
      'stands on none',
    ],
    [
      'a contract that names another base',
      deployText({ ...BANK, version: '1.1.0' }, '0.9.0'),
      'proposal_outdated',
      'runs in version 1.0.0',
    ],
    ['the same version again', deployText(BANK, '1.0.0'), 'proposal_invalid', 'not above 1.0.0'],
    [
      'a version that falls',
      deployText({ ...BANK, version: '0.10.0' }, '1.0.0'),
      'proposal_invalid',
      'not above 1.0.0',
    ],
  ])('a proposal with %s', async ([, proposed, code, words]) => {
    const before = await network.query('SELECT count(*) FROM bucordo.proposal');
    const outcome = await network.step('alpha/admin', 'propose', proposalArguments(proposed));
    expect([outcome.code, outcome.message]).toEqual([code, expect.stringContaining(words)]);
    expect(await network.query('SELECT count(*) FROM bucordo.proposal')).toEqual(before);
  });

  test.for<[name: string, args: (number: number) => Record<string, unknown>]>([
    ['comment', (proposal) => ({ proposal, body: 'hm' })],
    [
      'approve',
      (proposal) => ({ proposal, document_hash: approvedHash(policyText('limits', { kind: 'all' })) }),
    ],
    ['reject', (proposal) => ({ proposal, reason: 'no' })],
    ['submit', (proposal) => ({ proposal })],
    ['withdraw', (proposal) => ({ proposal })],
    ['report', (proposal) => reportOf(proposal, '00')],
  ])('%s: of no proposal, and of one that is not open', async ([name, args]) => {
    expect(await network.step('alpha/admin', name, args(9_999))).toMatchObject({
      code: 'proposal_unknown',
      message: 'there is no proposal 9999',
    });
    expect(await network.step('alpha/admin', name, args(withdrawn))).toMatchObject({
      code: 'proposal_closed',
      message: `proposal ${withdrawn} is withdrawn`,
    });
  });

  test.for<[name: string, args: Record<string, unknown>]>([
    ['propose', proposalArguments(policyText('skip', { kind: 'all' }))],
    ['comment', { proposal: 1, body: 'hm' }],
    ['approve', { proposal: 1, document_hash: '00' }],
    ['reject', { proposal: 1, reason: 'no' }],
    ['submit', { proposal: 1 }],
    ['withdraw', { proposal: 1 }],
    ['report', reportOf(1, '00')],
  ])('%s by somebody who is no administrator', async ([name, args]) => {
    expect((await network.step('alpha/clerk', name, args)).code).toBe('not_permitted');
  });

  test('an approval of another text than the one proposed', async () => {
    const other = approvedHash(policyText('limits', { kind: 'more_than_half' }));
    const outcome = await network.step('beta/admin', 'approve', { proposal: open, document_hash: other });
    expect(outcome).toMatchObject({ code: 'document_differs' });
    expect(outcome.message).toContain(await network.documentHash(open));
    const none = await network.step('beta/admin', 'approve', { proposal: open, document_hash: null });
    expect(none.code).toBe('document_differs');
  });

  test('a rejection without a reason, a comment without words', async () => {
    for (const reason of [null, '', 'x'.repeat(4097)]) {
      const outcome = await network.step('beta/admin', 'reject', { proposal: open, reason });
      expect(outcome).toMatchObject({
        code: 'argument_invalid',
        message: 'reason is a text of 1 to 4096 bytes',
      });
    }
    expect((await network.step('beta/admin', 'comment', { proposal: open, body: '' })).code).toBe(
      'argument_invalid',
    );
  });

  test('a withdrawal by another member', async () => {
    const outcome = await network.step('beta/admin', 'withdraw', { proposal: open });
    expect(outcome).toMatchObject({ code: 'not_permitted' });
    expect(outcome.message).toContain('alpha/admin');
  });

  test('a submission before enough have approved', async () => {
    await network.approve('alpha/admin', open);
    expect(await network.step('alpha/admin', 'submit', { proposal: open })).toMatchObject({
      code: 'policy_not_met',
      message: '3 of 3 must approve, 1 approve and 0 reject',
    });
    expect(await network.status(open)).toBe('open');
  });

  test('a report that is none', async () => {
    const hash = await network.documentHash(open);
    const good = reportOf(open, hash);
    for (const [wrong, code] of [
      [{ document_hash: '00' }, 'document_differs'],
      [{ report_hash: '00' }, 'argument_invalid'],
      [{ verdict: 'fine' }, 'argument_invalid'],
      [{ finding_count: -1 }, 'argument_invalid'],
      [{ checker: '' }, 'argument_invalid'],
    ] as const) {
      expect((await network.step('beta/node', 'report', { ...good, ...wrong })).code).toBe(code);
    }
  });

  test('more open proposals of a member than 32', async () => {
    const mine = (
      await network.query(
        "SELECT count(*)::int4 AS n FROM bucordo.proposal WHERE status = 'open' AND proposed_by LIKE 'gamma/%'",
      )
    )[0];
    const calls = Array.from(
      { length: 33 - Number(mine?.['n']) },
      (): [string, string, Record<string, unknown>] => [
        'gamma/admin',
        'propose',
        proposalArguments(policyText('skip', { kind: 'all' })),
      ],
    );
    const outcomes = await network.steps(calls);
    expect(outcomes.map(({ code }) => code).filter((code) => code !== '')).toEqual(['limit_reached']);
    expect(outcomes.at(-1)?.message).toBe('a member has at most 32 open proposals');
  });

  test.for<[name: string, max: number, args: (number: number, hash: string) => Record<string, unknown>]>([
    ['comment', 256, (proposal) => ({ proposal, body: 'hm' })],
    ['approve', 256, (proposal, document_hash) => ({ proposal, document_hash })],
    ['report', 64, reportOf],
  ])('%s more than %i times', async ([name, max, args]) => {
    const number = await network.propose('beta/admin', policyText('skip', { kind: 'all' }));
    const hash = await network.documentHash(number);
    const calls = Array.from({ length: max + 1 }, (): [string, string, Record<string, unknown>] => [
      'beta/admin',
      name,
      args(number, hash),
    ]);
    const codes = (await network.steps(calls)).map(({ code }) => code);
    expect(codes).toEqual([...Array.from({ length: max }, () => ''), 'limit_reached']);
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
