import fc from 'fast-check';
import { expect, test } from 'vitest';

import { NonceWindow } from './nonce-window.ts';

const SPAN_MS = 100;

test('a nonce counts once within the span, and memory is bounded', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ nonce: fc.integer({ min: 0, max: 9 }), afterMs: fc.nat({ max: 120 }) }), {
        maxLength: 200,
      }),
      (uses) => {
        const window = new NonceWindow({ spanMs: SPAN_MS, nonceCountMax: 1_000, now: 0 });
        const lastNew = new Map<number, number>();
        let now = 0;
        for (const { nonce, afterMs } of uses) {
          now += afterMs;
          const verdict = window.use(String(nonce), now);
          const ageMs = now - (lastNew.get(nonce) ?? Number.NEGATIVE_INFINITY);
          if (ageMs <= SPAN_MS) expect(verdict).toBe('used');
          if (ageMs > 2 * SPAN_MS + 120) expect(verdict).toBe('new');
          if (verdict === 'new') lastNew.set(nonce, now);
        }
      },
    ),
  );
});

test('more nonces than fit are refused until older ones have passed', () => {
  const window = new NonceWindow({ spanMs: SPAN_MS, nonceCountMax: 3, now: 0 });
  expect(['a', 'b', 'c', 'd'].map((nonce) => window.use(nonce, 1))).toEqual(['new', 'new', 'new', 'full']);
  expect(window.use('a', 1)).toBe('used');
  expect(window.use('d', 101)).toBe('full');
  expect(window.use('d', 202)).toBe('new');
});
