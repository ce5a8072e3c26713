import type { Outcome } from '@bucordo/protocol';
import { expect, test } from 'vitest';
import { finalCharactersMax } from '../limits.ts';
import { type Caller, Waiters } from './waiters.ts';

test('I15: answers that wait for finality are kept up to a bound; who finds no room is told so at once', () => {
  const waiters = new Waiters();
  const told: Outcome[] = [];
  const caller = (number: number): Caller => ({
    replies: { outcomes: (batch) => void told.push(...batch) },
    number,
    level: 'final',
    deadlineMs: 1_000,
  });
  const outcome: Outcome = {
    number: 0,
    height: 7,
    index: 0,
    code: '',
    message: '',
    result: 'x'.repeat(65_000),
    duplicate: false,
    detail: null,
    call: null,
  };
  const fitting = Math.floor(finalCharactersMax / 65_064);
  for (let number = 0; number < fitting + 5; number++)
    waiters.awaitFinal(caller(number), { ...outcome, number });
  expect(told.map(({ number, code }) => [number, code])).toEqual(
    [0, 1, 2, 3, 4].map((n) => [fitting + n, 'overloaded']),
  );
  expect(told[0]?.message).toContain('height 7');
  waiters.final(7);
  expect(told.filter(({ code }) => code === '')).toHaveLength(fitting);
  waiters.awaitFinal(caller(9_999), { ...outcome, number: 9_999 });
  waiters.final(7);
  expect(told.at(-1)).toMatchObject({ number: 9_999, code: '' });
});
