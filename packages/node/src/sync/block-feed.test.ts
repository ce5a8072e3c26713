import { expect, test } from 'vitest';

import { BlockFeed } from './block-feed.ts';

const bytes = (length: number) => () => new Uint8Array(length);

test('without followers nothing is encoded', () => {
  const feed = new BlockFeed(4);
  feed.publish(5, () => {
    throw new Error('encoded for nobody');
  });
  expect(feed.head).toBe(5);
  expect(feed.recent(5)).toBeUndefined();
});

test('the newest blocks are kept within both bounds', () => {
  const feed = new BlockFeed(0, { blocksMax: 3, bytesMax: 100 });
  feed.join();
  for (let height = 1; height <= 4; height++) feed.publish(height, bytes(10));
  expect([1, 2, 3, 4].map((height) => feed.recent(height)?.length)).toEqual([undefined, 10, 10, 10]);
  feed.publish(5, bytes(90));
  expect([3, 4, 5].map((height) => feed.recent(height)?.length)).toEqual([undefined, 10, 90]);
  feed.publish(6, bytes(1000));
  expect(feed.recent(6)).toBeUndefined();
});

test('the last follower that leaves frees what was kept', () => {
  const feed = new BlockFeed(0);
  const leave = feed.join();
  feed.publish(1, bytes(10));
  leave();
  leave();
  expect(feed.followers).toBe(0);
  expect(feed.recent(1)).toBeUndefined();
});

test('waiting ends with the next block or with the signal', async () => {
  const feed = new BlockFeed(0);
  const stop = new AbortController();
  const next = feed.beyond(0, stop.signal);
  feed.publish(1, bytes(1));
  await next;
  await feed.beyond(0, stop.signal);
  const never = feed.beyond(1, stop.signal);
  stop.abort();
  await never;
});
