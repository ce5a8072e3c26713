import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Agreement, finalQuorum } from './agreement.ts';

const at = (member: string, height: number, agrees = true, stateHash = agrees ? 'ours' : 'theirs') => ({
  member,
  height,
  agrees,
  stateHash,
});

test.each([
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 3],
  [5, 4],
  [6, 5],
  [7, 5],
  [100, 67],
])('more than two thirds of %i members are %i', (members, quorum) => {
  expect(finalQuorum(members)).toBe(quorum);
});

test('final is the height that a quorum has reached, whatever heights its members signed', () => {
  const agreement = new Agreement(['a', 'b', 'c', 'd']);
  expect(agreement.final).toBe(0);
  agreement.add(at('a', 10));
  agreement.add(at('b', 7));
  expect(agreement.final).toBe(0);
  agreement.add(at('d', 9));
  expect(agreement.final).toBe(7);
  agreement.add(at('c', 8));
  expect(agreement.final).toBe(8);
  agreement.add(at('c', 3));
  expect(agreement.final).toBe(8);
});

test('one member of three that differs is named; the others are not diverged', () => {
  const agreement = new Agreement(['a', 'b', 'c']);
  agreement.add(at('a', 5));
  agreement.add(at('b', 5));
  agreement.add(at('c', 5, false));
  agreement.add(at('c', 6, false, 'later'));
  expect(agreement.divergedAt).toBeNull();
  expect([...agreement.differing]).toEqual([['c', { height: 5, stateHash: 'theirs' }]]);
  expect(agreement.final).toBe(0);
});

test('a node that most others contradict is diverged from the first such height', () => {
  const agreement = new Agreement(['a', 'b', 'c']);
  agreement.add(at('a', 8));
  agreement.add(at('b', 6, false));
  expect(agreement.divergedAt).toBeNull();
  agreement.add(at('c', 5, false));
  expect(agreement.divergedAt).toBe(5);
});

test('of two members that differ each is suspect', () => {
  const agreement = new Agreement(['a', 'b']);
  agreement.add(at('a', 4));
  agreement.add(at('b', 4, false));
  expect(agreement.divergedAt).toBe(4);
});

test('a member that was repaired and agrees again differs no longer', () => {
  const agreement = new Agreement(['a', 'b', 'c']);
  agreement.add(at('b', 4, false));
  agreement.add(at('b', 3));
  expect(agreement.differing.size).toBe(1);
  agreement.add(at('b', 9));
  expect(agreement.differing.size).toBe(0);
});

test('final never falls and never exceeds what the members signed', () => {
  const members = ['a', 'b', 'c', 'd', 'e'];
  const statement = fc.record({
    member: fc.constantFrom(...members),
    height: fc.nat(50),
    agrees: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 60 }), (statements) => {
      const agreement = new Agreement(members);
      let before = 0;
      for (const { member, height, agrees } of statements) {
        agreement.add(at(member, height, agrees));
        expect(agreement.final).toBeGreaterThanOrEqual(before);
        before = agreement.final;
      }
      const reached = members.filter((member) =>
        statements.some((one) => one.member === member && one.agrees && one.height >= before),
      );
      if (before > 0) expect(reached.length).toBeGreaterThanOrEqual(4);
    }),
  );
});
