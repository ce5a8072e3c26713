import { expect, test } from 'vitest';

import { Counters } from './counters.ts';

test('blocks, transactions and rejections by code are counted', () => {
  const counters = new Counters();
  expect(counters.counts()).toEqual({ blocks: 0, transactions: 0, rejected: {}, blockMs: 0 });
  counters.block(3, ['failed', 'BC001'], 10);
  counters.block(1, ['BC001'], 10);
  expect(counters.counts()).toEqual({
    blocks: 2,
    transactions: 4,
    rejected: { failed: 1, BC001: 2 },
    blockMs: 10,
  });
});

test('codes beyond the bound are counted together', () => {
  const counters = new Counters();
  for (let n = 0; n < 2000; n++) counters.block(1, [`code${n}`], 1);
  const { rejected } = counters.counts();
  expect(Object.keys(rejected).length).toBe(1025);
  expect(rejected['other']).toBe(976);
});
