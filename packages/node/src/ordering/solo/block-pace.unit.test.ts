import { blockTransactionsMax } from '@bucordo/protocol';
import { expect, test } from 'vitest';
import { blockMsWanted } from '../../limits.ts';
import { BlockPace } from './block-pace.ts';

test('blocks are as large as may be while they are fast', () => {
  const pace = new BlockPace();
  pace.note(1, 2);
  pace.note(blockTransactionsMax, blockMsWanted);
  expect(pace.countMax).toBe(blockTransactionsMax);
});

test('I15: after a slow block the next has as many as fit into the time wanted, and at least one', () => {
  const pace = new BlockPace();
  pace.note(100, 4 * blockMsWanted);
  expect(pace.countMax).toBe(25);
  pace.note(25, 100 * blockMsWanted);
  expect(pace.countMax).toBe(1);
});

test('blocks grow again, twofold with each fast one', () => {
  const pace = new BlockPace();
  pace.note(1, 10 * blockMsWanted);
  const sizes = Array.from({ length: 11 }, () => {
    pace.note(pace.countMax, 1);
    return pace.countMax;
  });
  expect(sizes.slice(0, 4)).toEqual([2, 4, 8, 16]);
  expect(sizes.at(-1)).toBe(blockTransactionsMax);
});
