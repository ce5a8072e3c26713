/** What one identity or member may add, so that nobody uses up what others need (I15). */

import { publicKeyOf, toHex } from '@bucordo/protocol';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DecidingNetwork } from '../../../../test/support/deciding-network.ts';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { seedOf } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';
import { readCatalogue } from './catalogue-reader.ts';

const keyOf = (identity: string): string => toHex(publicKeyOf(seedOf(identity)));
const rotation = (name: string, key: string) => ({ name, new_key: keyOf(key), old_valid_to: null });

let database: TestDatabase;
let network: DecidingNetwork;
let superuser: pg.Client;
beforeAll(async () => {
  database = await freshDatabase();
  network = await DecidingNetwork.found({ alpha: {}, beta: {}, gamma: {} }, [], database);
  superuser = await connect(database.connection('postgres'));
});
afterAll(async () => {
  await superuser?.end();
  await network?.close();
});

/** Enrols identities by the shortest way, as many transactions would have. */
async function fill(member: string, count: number, more = 'NULL'): Promise<void> {
  await superuser.query(`SET session_replication_role = replica;
    INSERT INTO bucordo.identity (key, member, name, roles, valid_from, valid_to, member_class)
    SELECT sha256(convert_to('${member} ${more} ' || i, 'UTF8')), '${member}', 'n' || i || '${more === 'NULL' ? '' : 'x'}', '{}', -2000, ${more}, 'member'
      FROM generate_series(1, ${count}) AS i;
    SET session_replication_role = origin`);
}

const step = (who: string, name: string, args: Record<string, unknown>) => network.step(who, name, args);
const enrol = (who: string, name: string) =>
  step(`${who}/admin`, 'enrol', { name, key: keyOf(`${who}/${name}`), roles: [] });

describe('I15: new keys of an identity', () => {
  test('are four in a thousand blocks, however the calls are spread', async () => {
    const four = await network.steps(
      [1, 2, 3, 4].map((n) => ['gamma/clerk', 'rotate', rotation('clerk', `gamma/clerk${n}`)]),
    );
    expect(four.map(({ code }) => code)).toEqual(['', '', '', '']);
    expect(await step('gamma/clerk', 'rotate', rotation('clerk', 'gamma/clerk5'))).toMatchObject({
      code: 'limit_reached',
      message: expect.stringContaining('at most 4 new keys in 1000 blocks'),
    });
  });

  test('asked for by the identity do not count for its administrators', async () => {
    expect(await step('gamma/admin', 'rotate', rotation('clerk', 'gamma/clerk6'))).toMatchObject({
      code: '',
    });
    expect(await step('gamma/clerk6', 'accept_key', {})).toMatchObject({ code: '' });
  });

  test('go on with the key that replaced', async () => {
    expect(await step('gamma/clerk6', 'rotate', rotation('clerk', 'gamma/clerk7'))).toMatchObject({
      code: 'limit_reached',
    });
  });
});

describe('I15: identities of a member', () => {
  test('are at most ten thousand; the others are not concerned', async () => {
    await fill('alpha', 10_000 - 4);
    expect(await enrol('alpha', 'last')).toMatchObject({ code: '' });
    expect(await enrol('alpha', 'one_more')).toMatchObject({
      code: 'limit_reached',
      message: expect.stringContaining('at most 10000 identities'),
    });
    expect(await enrol('beta', 'first')).toMatchObject({ code: '' });
  });

  test('keys can be replaced and room be made when there is none', async () => {
    expect(await step('alpha/admin', 'rotate', rotation('last', 'alpha/last2'))).toMatchObject({ code: '' });
    expect(await step('alpha/admin', 'revoke', { name: 'last' })).toMatchObject({ code: '' });
    expect(await enrol('alpha', 'after')).toMatchObject({ code: '' });
  });

  test('when the network is full, a member with few takes more, one with fifty does not', async () => {
    await fill('beta', 10_000 - 6);
    expect(await enrol('beta', 'one_more')).toMatchObject({
      code: 'limit_reached',
      message: expect.stringContaining('the network has 20000 identities'),
    });
    expect(await enrol('gamma', 'first')).toMatchObject({ code: '' });
  });
});

test('I15: keys that ended long ago take no memory of admission', async () => {
  const count = async () => (await readCatalogue(superuser)).identities.length;
  const before = await count();
  await fill('gamma', 30, '-1000');
  expect(await count()).toBe(before);
  await fill('gamma', 30, '1');
  expect(await count()).toBe(before + 30);
});
