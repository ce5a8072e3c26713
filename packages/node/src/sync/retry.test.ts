import { expect, test } from 'vitest';

import { keepTrying, pause, retryCeilingMs } from './retry.ts';

test.each([
  [1, 100],
  [2, 200],
  [3, 400],
  [6, 3_200],
  [7, 5_000],
  [1_000, 5_000],
])('after %i failures it waits up to %i ms', (failures, ceiling) => {
  expect(retryCeilingMs(failures)).toBe(ceiling);
});

test('it goes on until the signal, however attempts end', async () => {
  const stop = new AbortController();
  let attempts = 0;
  await keepTrying(async () => {
    attempts += 1;
    if (attempts === 3) stop.abort();
    return attempts === 1;
  }, stop.signal);
  expect(attempts).toBe(3);
});

test('a pause ends with the signal', async () => {
  const stop = new AbortController();
  const waiting = pause(60_000, stop.signal);
  stop.abort();
  await waiting;
  await pause(60_000, stop.signal);
});
