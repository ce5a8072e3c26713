import { expect, test } from 'vitest';

import { Closing } from './closing.ts';

test('parts are closed in reverse order, once, whatever happens to one of them', async () => {
  const closing = new Closing();
  const closed: string[] = [];
  const failures: string[] = [];
  closing.add('first', () => closed.push('first'));
  closing.add('broken', () => {
    throw new Error('broken');
  });
  closing.add('endless', () => new Promise(() => {}), 20);
  closing.add('last', async () => closed.push('last'));
  const told = (name: string): void => {
    failures.push(name);
  };
  await closing.close(told);
  await closing.close(told);
  expect(closed).toEqual(['last', 'first']);
  expect(failures).toEqual(['endless', 'broken']);
});
