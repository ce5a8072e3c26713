import { expect, test } from 'vitest';
import { QueryTurns } from './query-turns.ts';

const open = (): QueryTurns =>
  new QueryTurns({ atOnce: 4, atOncePerIdentity: 2, waiting: 6, waitingPerIdentity: 3 });

/** Asks for a turn; what has been given out stands in `got`. */
function asker(turns: QueryTurns) {
  const got: string[] = [];
  const ask = (identity: string): boolean => {
    const turn = turns.take(identity);
    void turn?.then((isOpen) => got.push(isOpen ? identity : `${identity} closed`));
    return turn !== null;
  };
  return { got, ask };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('I15: one identity has at most its share of the connections, and another is served at once', async () => {
  const turns = open();
  const { got, ask } = asker(turns);
  for (let i = 0; i < 4; i++) ask('greedy');
  ask('other');
  await settled();
  expect(got).toEqual(['greedy', 'greedy', 'other']);
});

test('I15: one identity can fill only its share of the queue', async () => {
  const turns = open();
  const { got, ask } = asker(turns);
  const greedy = Array.from({ length: 7 }, () => ask('greedy'));
  expect(greedy).toEqual([true, true, true, true, true, false, false]);
  for (const other of ['a', 'b', 'c', 'd', 'e']) expect(ask(other)).toBe(true);
  expect(ask('f')).toBe(false);
  await settled();
  expect(got).toEqual(['greedy', 'greedy', 'a', 'b']);
});

test('whoever came first and may comes next; who has a share waits and holds up nobody', async () => {
  const turns = open();
  const { got, ask } = asker(turns);
  for (const identity of ['greedy', 'greedy', 'greedy', 'a', 'b', 'c']) ask(identity);
  await settled();
  got.length = 0;
  turns.end('a');
  await settled();
  expect(got).toEqual(['c']);
  turns.end('greedy');
  await settled();
  expect(got).toEqual(['c', 'greedy']);
});

test('who waits when it closes hears it, and so does who comes later', async () => {
  const turns = open();
  const { got, ask } = asker(turns);
  for (const identity of ['greedy', 'greedy', 'greedy']) ask(identity);
  turns.close();
  ask('late');
  await settled();
  expect(got).toEqual(['greedy', 'greedy', 'greedy closed', 'late closed']);
});
