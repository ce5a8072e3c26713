import { expect, test } from 'vitest';

import { Counters } from './counters.ts';

test('blocks, transactions and rejections by code are counted', () => {
  const counters = new Counters();
  expect(counters.counts()).toEqual({ blocks: 0, transactions: 0, rejected: {}, blockMs: 0 });
  counters.block(3, ['failed', 'BC001'], { ms: 10, nowMs: 0 });
  counters.block(1, ['BC001'], { ms: 10, nowMs: 0 });
  expect(counters.counts()).toEqual({
    blocks: 2,
    transactions: 4,
    rejected: { failed: 1, BC001: 2 },
    blockMs: 10,
  });
});

test('codes beyond the bound are counted together', () => {
  const counters = new Counters();
  for (let n = 0; n < 2000; n++) counters.block(1, [`code${n}`], { ms: 1, nowMs: 0 });
  const { rejected } = counters.counts();
  expect(Object.keys(rejected).length).toBe(1025);
  expect(rejected['other']).toBe(976);
});

test('the rate covers the last five whole seconds', () => {
  const counters = new Counters();
  for (let second = 0; second < 20; second++) counters.block(10, [], { ms: 1, nowMs: second * 1000 + 500 });
  expect(counters.transactionsPerSecond(19_900)).toBe(10);
  expect(counters.transactionsPerSecond(22_000)).toBe(6);
  expect(counters.transactionsPerSecond(60_000)).toBe(0);
});
