/** The arithmetic of policies: how many must approve, of whom, and when that cannot be any more. */

import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { TestChain } from '../../../../test/support/test-chain.ts';
import { connect } from '../postgres/connection.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  await (await new TestChain([]).found(database)).close();
  client = await connect(database.connection('postgres'));
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

async function tally(rule: object, members: readonly (readonly [class_: string, ballot: boolean | null])[]) {
  const { rows } = await client.query('SELECT * FROM bucordo.tally($1::jsonb, $2, $3)', [
    JSON.stringify(rule),
    members.map(([class_]) => class_),
    members.map(([, ballot]) => ballot),
  ]);
  return rows[0];
}

const voters = (count: number): [string, boolean | null][] =>
  Array.from({ length: count }, () => ['a', null]);

test.for<[rule: object, needed: readonly number[]]>([
  // needed of 0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 100 members
  [{ kind: 'all' }, [1, 1, 2, 3, 4, 5, 6, 7, 9, 10, 100]],
  [{ kind: 'more_than_two_thirds' }, [1, 1, 2, 3, 3, 4, 5, 5, 7, 7, 67]],
  [{ kind: 'more_than_half' }, [1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 51]],
  [{ kind: 'at_least', count: 1 }, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
  [{ kind: 'at_least', count: 3 }, [1, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3]],
  [{ kind: 'at_least', count: 9999 }, [1, 1, 2, 3, 4, 5, 6, 7, 9, 10, 100]],
  [{ kind: 'classes', classes: ['a'] }, [1, 1, 2, 3, 4, 5, 6, 7, 9, 10, 100]],
])('%j', async ([rule, needed]) => {
  const counts = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 100];
  const found = [];
  for (const count of counts) found.push(await tally(rule, voters(count)));
  expect(found.map((each) => each.needed)).toEqual(needed);
  expect(found.map((each) => each.voters)).toEqual(counts);
});

test('more than a fraction is more than it, for every number of members', async () => {
  for (let count = 1; count <= 60; count++) {
    const twoThirds = (await tally({ kind: 'more_than_two_thirds' }, voters(count))).needed;
    expect([3 * twoThirds > 2 * count, 3 * (twoThirds - 1) > 2 * count]).toEqual([true, false]);
    const half = (await tally({ kind: 'more_than_half' }, voters(count))).needed;
    expect([2 * half > count, 2 * (half - 1) > count]).toEqual([true, false]);
  }
});

test('approvals and rejections are counted apart from those who have not said', async () => {
  const members = [
    ['a', true],
    ['a', true],
    ['a', false],
    ['b', null],
  ] as const;
  expect(await tally({ kind: 'all' }, members)).toEqual({
    voters: 4,
    approvals: 2,
    rejections: 1,
    needed: 4,
  });
});

test('of the kind classes only the members of these classes are asked, all of them', async () => {
  const members = [
    ['a', true],
    ['b', false],
    ['c', true],
    ['a', null],
  ] as const;
  const rule = { kind: 'classes', classes: ['a', 'c'] };
  expect(await tally(rule, members)).toEqual({ voters: 3, approvals: 2, rejections: 0, needed: 3 });
});

test('where nobody of the classes is left, all members are asked', async () => {
  const members = [
    ['a', true],
    ['b', null],
  ] as const;
  const rule = { kind: 'classes', classes: ['gone'] };
  expect(await tally(rule, members)).toEqual({ voters: 2, approvals: 1, rejections: 0, needed: 2 });
});

test.for<[rule: unknown, problem: string]>([
  [{ kind: 'all' }, ''],
  [{ kind: 'more_than_two_thirds' }, ''],
  [{ kind: 'more_than_half' }, ''],
  [{ kind: 'classes', classes: ['buyer'] }, ''],
  [{ kind: 'at_least', count: 9999 }, ''],
  [null, 'the kind of a policy'],
  ['all', 'the kind of a policy'],
  [['all'], 'the kind of a policy'],
  [{}, 'the kind of a policy'],
  [{ kind: 'most' }, 'the kind of a policy'],
  [{ kind: 'all', count: 1 }, 'has no "count"'],
  [{ kind: 'at_least', count: 1, classes: ['a'] }, 'has no "classes"'],
  [{ kind: 'at_least' }, 'has a count'],
  [{ kind: 'at_least', count: 0 }, 'has a count'],
  [{ kind: 'at_least', count: '2' }, 'has a count'],
  [{ kind: 'at_least', count: 10_000 }, 'has a count'],
  [{ kind: 'classes' }, 'names 1 to 32'],
  [{ kind: 'classes', classes: [] }, 'names 1 to 32'],
  [{ kind: 'classes', classes: 'buyer' }, 'names 1 to 32'],
  [{ kind: 'classes', classes: [1] }, 'names 1 to 32'],
  [{ kind: 'classes', classes: Array.from({ length: 33 }, (_, index) => `c${index}`) }, 'names 1 to 32'],
])('%j as a rule: %s', async ([rule, problem]) => {
  const { rows } = await client.query('SELECT bucordo.policy_problem($1::jsonb) AS problem', [
    JSON.stringify(rule),
  ]);
  if (problem === '') expect(rows[0]?.problem).toBeNull();
  else expect(rows[0]?.problem).toContain(problem);
});
