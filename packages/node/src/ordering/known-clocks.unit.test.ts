import { expect, test } from 'vitest';

import { aheadOfFellowsMaxMs, KnownClocks } from './known-clocks.ts';

const NOON = 1_800_000_000_000;
const DAY = 86_400_000;

/** This node's clock says `NOON + ours`; each fellow said `NOON + theirs` when it connected. */
function blockTime(ours: number, theirs: readonly number[]): number {
  const clocks = new KnownClocks(
    () => NOON + ours,
    () => 1_000,
  );
  for (const [index, time] of theirs.entries()) clocks.tell(`member${index}`, NOON + time);
  return clocks.blockTime() - NOON;
}

test.each([
  ['nobody else is known', DAY, [], DAY],
  ['clocks are equal', 0, [0, 0], 0],
  ['clocks differ a little', 0, [-900, 700], 0],
  ['one fellow alone is a day behind: either may be wrong', 0, [-DAY], 0],
  ['one of two fellows is a day behind', 0, [-DAY, 0], 0],
  ['one of two fellows is a day ahead', 0, [DAY, 0], 0],
  ['this clock is a day ahead of both fellows', DAY, [0, 500], 500 + aheadOfFellowsMaxMs],
  ['this clock is a day behind both fellows: a clock behind hurts nobody for ever', 0, [DAY, DAY], 0],
  ['this clock is a day ahead of three of four', DAY, [0, 0, DAY, 10], 10 + aheadOfFellowsMaxMs],
  ['this clock is ahead with half of all', DAY, [DAY, 0, 0], DAY],
])('%s', (_, ours, theirs, expected) => {
  expect(blockTime(ours, theirs)).toBe(expected);
});

test('a clock that jumps while fellows are connected is seen; one that has gone counts no more', () => {
  let now = NOON;
  let monotonicMs = 50;
  const clocks = new KnownClocks(
    () => now,
    () => monotonicMs,
  );
  clocks.tell('seller', NOON);
  clocks.tell('carrier', NOON);
  monotonicMs += 1_000;
  now += DAY;
  expect(clocks.others).toEqual([
    { member: 'seller', aheadMs: 1_000 - DAY },
    { member: 'carrier', aheadMs: 1_000 - DAY },
  ]);
  expect(clocks.blockTime()).toBe(NOON + 1_000 + aheadOfFellowsMaxMs);
  clocks.forget('carrier');
  expect(clocks.blockTime()).toBe(now);
});
