/** Identities and roles by transaction: by the administrators of their member, from the next height on. */

import { publicKeyOf, toHex } from '@bucordo/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BANK, bankCall } from '../../../../test/support/bank-contract.ts';
import { DecidingNetwork } from '../../../../test/support/deciding-network.ts';
import { seedOf } from '../../../../test/support/test-chain.ts';

const keyOf = (identity: string): string => toHex(publicKeyOf(seedOf(identity)));

const MEMBERS = {
  alpha: { class: 'trader' },
  beta: { class: 'trader', administrators: ['admin', 'bea', 'bob'], needed: 2 },
  omega: { class: 'trader' },
};

let network: DecidingNetwork;
beforeAll(async () => {
  network = await DecidingNetwork.found(MEMBERS, [BANK]);
});
afterAll(() => network.close());

const step = (identity: string, name: string, args: Record<string, unknown>) =>
  network.step(identity, name, args);
const refused = async (identity: string, name: string, args: Record<string, unknown>, words: string) => {
  const outcome = await step(identity, name, args);
  expect(outcome).toMatchObject({ message: expect.stringContaining(words) });
  expect(outcome.code).not.toBe('');
};
const done = async (identity: string, name: string, args: Record<string, unknown>): Promise<void> =>
  expect(await step(identity, name, args)).toMatchObject({ code: '', message: '' });

/** Calls a function that asks for the role clerk; '' when it is let in. */
const asClerk = async (identity: string): Promise<string | undefined> => {
  const [outcome] = await network.calls([
    [identity, bankCall('transfer', { source: 1, target: 2, amount: 1 })],
  ]);
  // The accounts do not matter: who is let in gets as far as missing them.
  return outcome?.code === 'BC001' ? '' : outcome?.code;
};

describe('enrolling', () => {
  test('I7: a key acts from the height after its enrolment, not in the block of it', async () => {
    const transfer = bankCall('transfer', { source: 1, target: 2, amount: 1 });
    const outcomes = await network.calls([
      [
        'omega/admin',
        {
          contract: 'bucordo',
          function: 'enrol',
          args: { name: 'olga', key: keyOf('omega/olga'), roles: ['clerk'] },
        },
      ],
      ['omega/olga', transfer],
      // What was rejected begins the next chunk of the block, in which the key is there.
      ['alpha/clerk', transfer],
      ['omega/olga', transfer],
    ]);
    expect(outcomes.map(({ code }) => code)).toEqual(['', 'identity_unknown', 'BC001', 'identity_unknown']);
    expect(await asClerk('omega/olga')).toBe('');
  });

  test.for<[who: string, args: Record<string, unknown>, words: string]>([
    ['omega/clerk', { name: 'x', key: keyOf('x'), roles: [] }, 'is no administrator'],
    ['omega/admin', { name: 'X', key: keyOf('x'), roles: [] }, 'the name of an identity'],
    ['omega/admin', { name: 'x', key: 'abcd', roles: [] }, '32 bytes'],
    ['omega/admin', { name: 'x', key: keyOf('x'), roles: ['a', 'a'] }, 'different names'],
    ['omega/admin', { name: 'x', key: keyOf('x'), roles: null }, 'different names'],
    ['omega/admin', { name: 'clerk', key: keyOf('x'), roles: [] }, 'has, or has had, the name'],
    ['omega/admin', { name: 'x', key: keyOf('alpha/clerk'), roles: [] }, 'is, or was, enrolled'],
  ])('by %s with %j is refused', async ([who, args, words]) => {
    await refused(who, 'enrol', args, words);
  });

  test('I7: of a key of small order is refused before it runs', async () => {
    const args = { name: 'x', key: '00'.repeat(32), roles: [] };
    expect(await step('omega/admin', 'enrol', args)).toMatchObject({ code: 'key_invalid' });
  });
});

describe('renaming', () => {
  test('keeps the key, and the old name is nobody else’s', async () => {
    await done('omega/admin', 'rename', { name: 'olga', new_name: 'olga_b' });
    expect(await asClerk('omega/olga')).toBe('');
    await refused(
      'omega/admin',
      'enrol',
      { name: 'olga', key: keyOf('y'), roles: [] },
      'has, or has had, the name',
    );
    await refused(
      'omega/admin',
      'rename',
      { name: 'nobody', new_name: 'somebody' },
      'has no identity nobody',
    );
    await refused('omega/admin', 'rename', { name: 'clerk', new_name: 'admin' }, 'has, or has had, the name');
  });
});

describe('rotating', () => {
  test('I7: the new key has no role before it has signed itself, the old one stays valid until its height', async () => {
    const asked = await step('omega/olga', 'rotate', {
      name: 'olga_b',
      new_key: keyOf('omega/olga2'),
      old_valid_to: null,
    });
    expect(asked.code).toBe('');
    expect(await asClerk('omega/olga2')).toBe('not_permitted');
    expect(await asClerk('omega/olga')).toBe('');
    await refused('omega/clerk', 'accept_key', {}, 'no identity waits for this key');
    await done('omega/olga2', 'accept_key', {});
    expect(await asClerk('omega/olga2')).toBe('');
    expect(await asClerk('omega/olga')).toBe('identity_revoked');
    await refused('omega/olga2', 'accept_key', {}, 'no identity waits');
  });

  test('I7: with a height both keys are valid until then', async () => {
    const { height } = await step('omega/admin', 'rotate', {
      name: 'olga_b',
      new_key: keyOf('omega/olga3'),
      old_valid_to: 1_000_000,
    });
    await refused(
      'omega/admin',
      'rotate',
      { name: 'olga_b', new_key: keyOf('z'), old_valid_to: height },
      'after this one',
    );
    // Given up for another: one ahead, until which two blocks follow.
    await done('omega/admin', 'rotate', {
      name: 'olga_b',
      new_key: keyOf('omega/olga4'),
      old_valid_to: height + 6,
    });
    await refused('omega/olga3', 'accept_key', {}, '');
    const accepted = await step('omega/olga4', 'accept_key', {});
    expect(accepted).toMatchObject({ code: '', height: height + 4 });
    expect(await asClerk('omega/olga2')).toBe('');
    expect(await asClerk('omega/olga2')).toBe('identity_revoked');
    expect(await asClerk('omega/olga4')).toBe('');
  });

  test('I7: a key that is replaced for a second time ends, whatever was said before', async () => {
    await done('omega/admin', 'enrol', { name: 'pete', key: keyOf('omega/pete'), roles: ['clerk'] });
    for (const [old, next] of [
      ['pete', 'pete2'],
      ['pete2', 'pete3'],
    ] as const) {
      const args = { name: 'pete', new_key: keyOf(`omega/${next}`), old_valid_to: 1_000_000 };
      await done(`omega/${old}`, 'rotate', args);
      await done(`omega/${next}`, 'accept_key', {});
    }
    const may = await Promise.all([asClerk('omega/pete'), asClerk('omega/pete2'), asClerk('omega/pete3')]);
    expect(may).toEqual(['identity_revoked', '', '']);
  });

  test('I7: a role that is taken is taken from all keys of the identity', async () => {
    await done('omega/admin', 'withdraw_role', { name: 'pete', role: 'clerk' });
    expect(await asClerk('omega/pete2')).toBe('not_permitted');
    expect(await asClerk('omega/pete3')).toBe('not_permitted');
  });

  test('I7: revoking ends all keys of the identity, also one that waits and one that was to live on', async () => {
    await done('omega/pete3', 'rotate', {
      name: 'pete',
      new_key: keyOf('omega/pete4'),
      old_valid_to: 1_000_000,
    });
    await done('omega/admin', 'revoke', { name: 'pete' });
    for (const key of ['pete2', 'pete3', 'pete4'])
      expect(await asClerk(`omega/${key}`)).toBe('identity_revoked');
    await refused('omega/pete4', 'accept_key', {}, '');
  });

  test('a new key of an administrator is none before it has signed', async () => {
    await done('alpha/admin', 'rotate', {
      name: 'admin',
      new_key: keyOf('alpha/admin2'),
      old_valid_to: null,
    });
    await refused('alpha/admin2', 'enrol', { name: 'x', key: keyOf('x'), roles: [] }, 'is no administrator');
    const expel = {
      kind: 'expel',
      title: 'x',
      document: '{"member":"omega","reason":"x"}',
      base_version: null,
    };
    await refused('alpha/admin2', 'propose', expel, 'is no administrator');
    await done('alpha/admin2', 'accept_key', {});
    await refused('alpha/admin', 'revoke', { name: 'clerk' }, '');
    await done('alpha/admin2', 'rename', { name: 'clerk', new_name: 'clark' });
  });

  test('is refused for a key in use, another’s identity, and the node that orders', async () => {
    await refused(
      'omega/admin',
      'rotate',
      { name: 'clerk', new_key: keyOf('omega/olga'), old_valid_to: null },
      'is, or was, enrolled',
    );
    await refused(
      'omega/clerk',
      'rotate',
      { name: 'admin', new_key: keyOf('z'), old_valid_to: null },
      'is no administrator',
    );
    await refused(
      'alpha/admin2',
      'rotate',
      { name: 'node', new_key: keyOf('z'), old_valid_to: null },
      'orders',
    );
  });
});

describe('revoking', () => {
  test('I7: ends all keys of an identity at the next height', async () => {
    const [revoked, late] = await network.calls([
      ['omega/admin', { contract: 'bucordo', function: 'revoke', args: { name: 'olga_b' } }],
      ['omega/olga4', bankCall('transfer', { source: 1, target: 2, amount: 1 })],
    ]);
    expect([revoked?.code, late?.code]).toEqual(['', 'BC001']);
    expect(await asClerk('omega/olga4')).toBe('identity_revoked');
  });

  test('is refused for the last administrator, the node that orders, and who is not there', async () => {
    await refused('omega/admin', 'revoke', { name: 'admin' }, 'fewer lasting administrators');
    await refused('alpha/admin2', 'revoke', { name: 'node' }, 'orders');
    await refused('omega/admin', 'revoke', { name: 'olga_b' }, 'has no identity olga_b');
  });
});

describe('roles', () => {
  const grant = (args: Record<string, unknown>): Record<string, unknown> => ({
    name: 'admin',
    role: 'clerk',
    from_height: null,
    to_height: null,
    from_time: null,
    to_time: null,
    ...args,
  });

  test('count from the next height and until they are taken', async () => {
    expect(await asClerk('omega/admin')).toBe('not_permitted');
    await done('omega/admin', 'grant_role', grant({}));
    expect(await asClerk('omega/admin')).toBe('');
    await done('omega/admin', 'withdraw_role', { name: 'admin', role: 'clerk' });
    expect(await asClerk('omega/admin')).toBe('not_permitted');
  });

  test('count from and to a height', async () => {
    const { height } = await step('omega/clerk', 'accept_key', {});
    await done('omega/admin', 'grant_role', grant({ from_height: height + 3, to_height: height + 4 }));
    expect(await asClerk('omega/admin')).toBe('not_permitted');
    expect(await asClerk('omega/admin')).toBe('');
    expect(await asClerk('omega/admin')).toBe('not_permitted');
  });

  test('count from and to a time', async () => {
    const [row] = await network.query('SELECT max(b.time) AS time FROM bucordo.block AS b');
    const at = (seconds: number): string => new Date(Number(row?.['time']) + seconds * 1000).toISOString();
    // Blocks of the test are a second apart.
    await done('omega/admin', 'grant_role', grant({ from_time: at(3), to_time: at(4) }));
    expect(await asClerk('omega/admin')).toBe('not_permitted');
    expect(await asClerk('omega/admin')).toBe('');
    expect(await asClerk('omega/admin')).toBe('not_permitted');
  });

  test('with which an identity was enrolled can be taken as well', async () => {
    await done('omega/admin', 'withdraw_role', { name: 'clerk', role: 'clerk' });
    expect(await asClerk('omega/clerk')).toBe('not_permitted');
  });

  test.for<[name: string, args: Record<string, unknown>, words: string]>([
    ['grant_role', grant({ role: 'Big' }), 'a role is'],
    ['grant_role', grant({ role: 'node' }), 'enrolled as one'],
    ['grant_role', grant({ from_height: 9_000, to_height: 9_000 }), 'ends after it begins'],
    ['grant_role', grant({ to_height: 1 }), 'ends after it begins'],
    [
      'grant_role',
      grant({ from_time: '2026-02-01T00:00:00Z', to_time: '2026-01-01T00:00:00Z' }),
      'ends after it begins',
    ],
    ['grant_role', grant({ name: 'nobody' }), 'has no identity nobody'],
    ['withdraw_role', { name: 'clerk', role: 'boss' }, 'has not the role boss'],
    ['withdraw_role', { name: 'admin', role: 'admin' }, 'fewer lasting administrators'],
  ])('%s of %j is refused', async ([name, args, words]) => {
    await refused('omega/admin', name, args, words);
  });
});

describe('a member that needs two administrators', () => {
  const enrol = { name: 'bert', key: keyOf('beta/bert'), roles: ['clerk'] };

  test('has nothing changed by one of them', async () => {
    const asked = await step('beta/bea', 'enrol', enrol);
    expect(asked).toMatchObject({ code: '', result: expect.any(Number) });
    const request = Number(asked.result);
    expect(await asClerk('beta/bert')).toBe('identity_unknown');
    await refused('beta/bea', 'consent', { request }, 'has consented');
    await refused('omega/admin', 'consent', { request }, 'has no open request');
    await refused('beta/clerk', 'consent', { request }, 'is no administrator');
    expect(await step('beta/bob', 'consent', { request })).toMatchObject({ code: '', result: true });
    expect(await asClerk('beta/bert')).toBe('');
    await refused('beta/admin', 'consent', { request }, 'has no open request');
  });

  test('consents of somebody who is no administrator any more do not count', async () => {
    const leave = Number((await step('beta/bob', 'leave', {})).result);
    const withdrawal = Number(
      (await step('beta/bea', 'withdraw_role', { name: 'bob', role: 'admin' })).result,
    );
    await done('beta/admin', 'consent', { request: withdrawal });
    expect(await step('beta/bea', 'consent', { request: leave })).toMatchObject({ code: '', result: false });
    await done('beta/admin', 'withdraw_request', { request: leave });
    await refused('beta/bea', 'consent', { request: leave }, 'has no open request');
  });

  test('cannot be left with fewer than it needs', async () => {
    const request = Number((await step('beta/bea', 'revoke', { name: 'bea' })).result);
    await refused('beta/admin', 'consent', { request }, 'fewer lasting administrators than the 2');
  });

  test('changes its own rule by it', async () => {
    await refused('beta/bea', 'set_administrators', { needed: 0 }, '1 to 100');
    const three = Number((await step('beta/bea', 'set_administrators', { needed: 3 })).result);
    await refused('beta/admin', 'consent', { request: three }, 'fewer lasting administrators than the 3');
    const one = Number((await step('beta/bea', 'set_administrators', { needed: 1 })).result);
    await done('beta/admin', 'consent', { request: one });
    await done('beta/bea', 'revoke', { name: 'bert' });
    expect(await asClerk('beta/bert')).toBe('identity_revoked');
  });

  test('the story of requests can be read', async () => {
    const rows = await network.query(
      'SELECT r.action, r.status, r.consents FROM bucordo.requests AS r ORDER BY r.number',
    );
    expect(rows[0]).toEqual({ action: 'enrol', status: 'done', consents: ['bea', 'bob'] });
    expect(rows[1]).toMatchObject({ action: 'leave', status: 'withdrawn' });
  });
});
