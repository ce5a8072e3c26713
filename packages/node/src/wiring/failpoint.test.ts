import { expect, test } from 'vitest';

import { parseFailpoint, passFailpoint } from './failpoint.ts';

test('a failpoint is a place with an optional height', () => {
  expect(parseFailpoint(undefined)).toBeNull();
  expect(parseFailpoint('')).toBeNull();
  expect(parseFailpoint('storing')).toEqual({ at: 'storing', height: 1 });
  expect(parseFailpoint('acknowledging@12')).toEqual({ at: 'acknowledging', height: 12 });
  expect(() => parseFailpoint('sleeping')).toThrow(/Unknown failpoint/);
  expect(() => parseFailpoint('storing@x')).toThrow(/Unknown failpoint/);
});

test('nothing happens without one, elsewhere, or below its height', () => {
  passFailpoint(null, 'storing', 1);
  passFailpoint({ at: 'storing', height: 1 }, 'committing', 1);
  passFailpoint({ at: 'storing', height: 5 }, 'storing', 4);
});
