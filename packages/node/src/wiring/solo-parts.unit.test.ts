import { expect, test } from 'vitest';
import { finalQuorum } from '../checkpoints/agreement.ts';
import { fellowsNeeded } from './solo-parts.ts';

test.each([
  [0, 0, 0],
  [1, 1, 1],
  [2, 1, 2],
  [3, 2, 3],
  [4, 2, 4],
  [6, 3, 6],
  [9, 4, 9],
])('I4: of %i fellows %i must answer, or %i when the database is older', (others, same, older) => {
  const all = { others, signers: others };
  expect(fellowsNeeded('first', all)).toBe(0);
  expect(fellowsNeeded('same', all)).toBe(same);
  expect(fellowsNeeded('older', all)).toBe(older);
  // Those that have yet to start are asked, and nobody waits for them, unless there is a gap.
  expect(fellowsNeeded('same', { others, signers: 0 })).toBe(0);
  expect(fellowsNeeded('older', { others, signers: 0 })).toBe(older);
});

test('I4: whoever made a block final, one of those who must answer is among them', () => {
  for (let members = 2; members <= 200; members++) {
    const others = members - 1;
    // All but those who must answer, and this node itself, are too few for a quorum.
    expect(members - fellowsNeeded('same', { others, signers: others })).toBeLessThan(finalQuorum(members));
  }
});
