/** Members by transaction: invited by decision, joining, leaving, expelled, and what that does to their keys and votes. */

import { publicKeyOf, toHex } from '@bucordo/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BANK, bankCall } from '../../../../test/support/bank-contract.ts';
import {
  DecidingNetwork,
  type ProposedText,
  THREE_MEMBERS,
} from '../../../../test/support/deciding-network.ts';
import { seedOf } from '../../../../test/support/test-chain.ts';

const keyOf = (identity: string): string => toHex(publicKeyOf(seedOf(identity)));

const DELTA = {
  member: 'delta',
  name: 'The company delta',
  class: 'trader',
  administrators: { needed: 1 },
  identities: [
    { name: 'node', key: keyOf('delta/node'), roles: ['node'] },
    { name: 'admin', key: keyOf('delta/admin'), roles: ['admin'] },
    { name: 'clerk', key: keyOf('delta/clerk'), roles: ['clerk'] },
  ],
  authority: '',
  text: 'New in the region.',
};

function admitText(changes: object = {}): ProposedText {
  return { kind: 'admit', document: JSON.stringify({ ...DELTA, ...changes }) };
}

function expelText(member: string): ProposedText {
  return { kind: 'expel', document: JSON.stringify({ member, reason: 'It does not pay.' }) };
}

describe('a document of a new member', () => {
  let network: DecidingNetwork;
  beforeAll(async () => {
    network = await DecidingNetwork.found(THREE_MEMBERS);
  });
  afterAll(() => network.close());

  test.for<[what: string, changes: object, words: string]>([
    ['an id that is none', { member: 'Delta' }, 'the id of a member'],
    ['the id of a member', { member: 'beta' }, 'already'],
    ['a class that is none', { class: 'Big traders' }, 'the class of a member'],
    ['no name', { name: '' }, '1 to 200 bytes'],
    ['a text too long', { text: 'x'.repeat(4097) }, '4096 bytes'],
    ['an authority that is no certificate', { authority: 'none' }, 'certificate in PEM'],
    ['no identities', { identities: [] }, '1 to 20 identities'],
    ['no administrator', { identities: DELTA.identities.slice(0, 1) }, 'role admin'],
    ['fewer administrators than needed', { administrators: { needed: 2 } }, 'role admin'],
    ['a need of none', { administrators: { needed: 0 } }, '1 to 100'],
    ['an overseer with a node', { class: 'overseer' }, 'runs no node'],
    [
      'a key that is enrolled',
      { identities: [{ name: 'admin', key: keyOf('beta/admin'), roles: ['admin'] }] },
      'enrolled already',
    ],
    [
      'one key twice',
      { identities: [...DELTA.identities, { name: 'other', key: keyOf('delta/admin'), roles: [] }] },
      'one name or one key',
    ],
    [
      'a role twice',
      { identities: [{ name: 'admin', key: keyOf('delta/admin'), roles: ['admin', 'admin'] }] },
      'roles of admin',
    ],
    ['a key that is none', { identities: [{ name: 'admin', key: 'ab', roles: ['admin'] }] }, '64 hex digits'],
    ['a key more', { number: 9 }, 'exactly these keys'],
  ])('is refused with %s', async ([, changes, words]) => {
    const { document } = admitText(changes);
    const outcome = await network.step('alpha/admin', 'propose', {
      kind: 'admit',
      title: 'x',
      document,
      base_version: null,
    });
    expect(outcome).toMatchObject({ code: 'proposal_invalid', message: expect.stringContaining(words) });
  });

  test('I7: is refused with a key of small order before it runs', async () => {
    const admin = { name: 'admin', key: '00'.repeat(32), roles: ['admin'] };
    const { document } = admitText({ identities: [admin] });
    const args = { kind: 'admit', title: 'x', document, base_version: null };
    expect(await network.step('alpha/admin', 'propose', args)).toMatchObject({ code: 'key_invalid' });
  });
});

describe('a new member', () => {
  let network: DecidingNetwork;
  beforeAll(async () => {
    network = await DecidingNetwork.found(THREE_MEMBERS, [BANK]);
  });
  afterAll(() => network.close());

  const open = (identity: string, id: number) =>
    network
      .calls([[identity, bankCall('open_account', { id, owner: 'x', balance: 10 })]])
      .then(([outcome]) => outcome?.code);
  const voters = async (): Promise<unknown[]> =>
    (await network.query('SELECT m.id FROM bucordo.voting_member AS m ORDER BY m.id')).map(({ id }) => id);

  test('I7: is unknown before the decision, and its keys act from the next height on', async () => {
    expect(await open('delta/clerk', 1)).toBe('identity_unknown');
    await network.decide('alpha/admin', ['alpha', 'beta', 'gamma'], admitText());
    expect(await open('delta/clerk', 1)).toBe('');
  });

  test('has a number of its own and no vote before one of its administrators has joined', async () => {
    expect(
      await network.query('SELECT m.number, m.status FROM bucordo.member AS m WHERE m.id = $1', ['delta']),
    ).toEqual([{ number: 4, status: 'invited' }]);
    expect(await voters()).toEqual(['alpha', 'beta', 'gamma']);
    expect(await network.step('delta/clerk', 'join', {})).toMatchObject({ code: 'not_permitted' });
    expect(await network.step('alpha/admin', 'join', {})).toMatchObject({
      code: 'not_permitted',
      message: expect.stringContaining('has joined already'),
    });
    expect(await network.step('delta/admin', 'join', {})).toMatchObject({ code: '' });
    expect(await voters()).toEqual(['alpha', 'beta', 'delta', 'gamma']);
  });

  test('counts for decisions from then on', async () => {
    const number = await network.propose('alpha/admin', expelText('gamma'));
    await network.approve('alpha/admin', number);
    await network.approve('beta/admin', number);
    expect((await network.step('alpha/admin', 'submit', { proposal: number })).code).toBe('policy_not_met');
    await network.approve('delta/admin', number);
    expect((await network.step('alpha/admin', 'submit', { proposal: number })).code).toBe('');
  });

  test('I7: the keys of an expelled member end at the next height, its rows stay', async () => {
    expect(await open('gamma/clerk', 3)).toBe('identity_revoked');
    expect(await voters()).toEqual(['alpha', 'beta', 'delta']);
    expect(
      await network.query('SELECT m.number, m.status FROM bucordo.member AS m WHERE m.id = $1', ['gamma']),
    ).toEqual([{ number: 3, status: 'expelled' }]);
  });

  test('the member whose node orders can neither leave nor be expelled', async () => {
    expect(await network.step('alpha/admin', 'leave', {})).toMatchObject({
      code: 'not_permitted',
      message: expect.stringContaining('orders'),
    });
    const { document } = expelText('alpha');
    expect(
      await network.step('beta/admin', 'propose', {
        kind: 'expel',
        title: 'x',
        document,
        base_version: null,
      }),
    ).toMatchObject({ code: 'not_permitted', message: expect.stringContaining('successor') });
  });

  test('leaves by its own administrator, and neither its id nor its number comes back', async () => {
    expect((await network.step('delta/admin', 'leave', {})).code).toBe('');
    expect(await open('delta/clerk', 4)).toBe('identity_revoked');
    const { document } = admitText();
    expect(
      await network.step('alpha/admin', 'propose', {
        kind: 'admit',
        title: 'x',
        document,
        base_version: null,
      }),
    ).toMatchObject({ code: 'proposal_invalid', message: expect.stringContaining('already') });
    const identities = DELTA.identities.map(({ name, roles }) => ({
      name,
      key: keyOf(`epsilon/${name}`),
      roles,
    }));
    await network.decide('alpha/admin', ['alpha', 'beta'], admitText({ member: 'epsilon', identities }));
    expect(
      await network.query('SELECT m.number FROM bucordo.member AS m WHERE m.id = $1', ['epsilon']),
    ).toEqual([{ number: 5 }]);
  });

  test('an unknown member cannot be expelled', async () => {
    const { document } = expelText('nobody');
    expect(
      await network.step('beta/admin', 'propose', {
        kind: 'expel',
        title: 'x',
        document,
        base_version: null,
      }),
    ).toMatchObject({ code: 'proposal_invalid' });
  });
});

describe('an overseer', () => {
  let network: DecidingNetwork;
  beforeAll(async () => {
    const looking = {
      ...BANK,
      name: 'looking',
      functions: { look: { roles: [], classes: ['overseer'] } },
      schema: 'CREATE TABLE looking.glass (id int4 PRIMARY KEY);',
      source: `CREATE FUNCTION looking.look() RETURNS int4 LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;`,
    };
    network = await DecidingNetwork.found({ alpha: { class: 'trader' }, vendor: { class: 'overseer' } }, [
      BANK,
      looking,
    ]);
  });
  afterAll(() => network.close());

  test('has no vote and no node', async () => {
    expect(await network.query('SELECT m.id FROM bucordo.voting_member AS m')).toEqual([{ id: 'alpha' }]);
    expect(
      await network.step('vendor/admin', 'enrol', {
        name: 'other',
        key: keyOf('vendor/other'),
        roles: ['node'],
      }),
    ).toMatchObject({ code: 'not_permitted', message: expect.stringContaining('runs no node') });
  });

  test('calls no function of a contract that does not name its class', async () => {
    const calls = ['vendor/clerk', 'alpha/clerk'].map(
      (who) => [who, bankCall('balance', { id: 1 })] as const,
    );
    const outcomes = await network.calls([
      ...calls,
      ['vendor/clerk', { contract: 'looking', function: 'look', args: {} }],
    ]);
    expect(outcomes.map(({ code }) => code)).toEqual(['not_permitted', '', '']);
  });

  test('neither proposes nor comments: it looks on', async () => {
    const document = '{"budget":1,"rows":100,"value_bytes":262144}';
    const limits = { kind: 'limits', title: 'x', document, base_version: null };
    const words = expect.stringContaining('has no say');
    expect(await network.step('vendor/admin', 'propose', limits)).toMatchObject({
      code: 'not_permitted',
      message: words,
    });
    const { result } = await network.step('alpha/admin', 'propose', {
      ...limits,
      document: '{"budget":100000,"rows":100,"value_bytes":262144}',
    });
    const comment = { proposal: Number(result), body: 'I would not.' };
    expect(await network.step('vendor/admin', 'comment', comment)).toMatchObject({
      code: 'not_permitted',
      message: words,
    });
    expect(await network.step('alpha/admin', 'comment', comment)).toMatchObject({ code: '' });
  });

  test('rules itself as any member does', async () => {
    const enrolled = await network.step('vendor/admin', 'enrol', {
      name: 'eve',
      key: keyOf('vendor/eve'),
      roles: [],
    });
    expect(enrolled).toMatchObject({ code: '' });
  });
});

describe('of two members', () => {
  test('neither expels the other: it would decide alone', async () => {
    const network = await DecidingNetwork.found({ alpha: {}, beta: {} });
    const { document } = expelText('beta');
    const args = { kind: 'expel', title: 'x', document, base_version: null };
    expect(await network.step('alpha/admin', 'propose', args)).toMatchObject({
      code: 'proposal_invalid',
      message: expect.stringContaining('two members at least'),
    });
    await network.close();
  });

  test('that were three when it was proposed, neither does', async () => {
    const network = await DecidingNetwork.found({ alpha: {}, beta: {}, gamma: {} });
    const number = await network.propose('alpha/admin', expelText('beta'));
    await network.approve('alpha/admin', number);
    expect(await network.step('gamma/admin', 'leave', {})).toMatchObject({ code: '' });
    expect(await network.step('alpha/admin', 'submit', { proposal: number })).toMatchObject({
      code: 'proposal_invalid',
    });
    await network.close();
  });
});
