import { expect, test } from 'vitest';
import { ClockJumps, jumpMs } from './clock-jumps.ts';

interface Clocks {
  now: number;
  counted: number;
}

function watched(): { clocks: Clocks; jumps: number[]; watch: ClockJumps } {
  const clocks = { now: 1_000_000, counted: 0 };
  const jumps: number[] = [];
  const pair = { now: () => clocks.now, monotonicMs: () => clocks.counted };
  return { clocks, jumps, watch: new ClockJumps(pair, (byMs) => jumps.push(byMs)) };
}

test.each([
  ['set forward by a day', 86_400_000, 0, [86_400_000]],
  ['set back by a day', -86_400_000, 0, [-86_400_000]],
  ['asleep for an hour, which is not counted', 3_600_000, 0, [3_600_000]],
  ['corrected by less than anybody minds', jumpMs - 1, 0, []],
  ['stopped for a minute and otherwise right', 60_000, 60_000, []],
])('a clock that is %s', (_, nowMs, countedMs, expected) => {
  const { clocks, jumps, watch } = watched();
  clocks.now += nowMs;
  clocks.counted += countedMs;
  watch.look();
  watch.look();
  watch.stop();
  expect(jumps).toEqual(expected);
});

test('small steps that add up are noticed', () => {
  const { clocks, jumps, watch } = watched();
  for (let step = 0; step < 4; step++) {
    clocks.now += jumpMs / 2;
    watch.look();
  }
  watch.stop();
  expect(jumps).toEqual([jumpMs, jumpMs]);
});
