import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { loadRecentIds, RecentIds } from './recent-ids.ts';

const id = (number: number): Buffer => createHash('sha256').update(`id ${number}`).digest();

test('what was added is always found, what was not is found in one of a hundred cases at most', () => {
  const recent = new RecentIds(4_096, 1);
  for (let i = 0; i < 2_000; i++) recent.add(id(i), 0, 1);
  for (let i = 0; i < 2_000; i++) expect(recent.mayContain(id(i), 0)).toBe(true);
  const wrong = Array.from({ length: 10_000 }, (_, i) => recent.mayContain(id(10_000 + i), 0)).filter(
    Boolean,
  ).length;
  expect(wrong).toBeLessThan(100);
  expect(recent.completeFrom).toBe(1);
});

test('an id is found at any offset and counted once', () => {
  const recent = new RecentIds(1_024, 1);
  const bytes = Buffer.concat([Buffer.alloc(18), id(1)]);
  for (let i = 0; i < 10_000; i++) recent.add(bytes, 18, 1);
  expect(recent.mayContain(bytes, 18)).toBe(true);
  expect(recent.completeFrom).toBe(1);
});

test('an id of zeros is an id', () => {
  const recent = new RecentIds(1_024, 1);
  expect(recent.mayContain(Buffer.alloc(32), 0)).toBe(false);
  recent.add(Buffer.alloc(32), 0, 1);
  expect(recent.mayContain(Buffer.alloc(32), 0)).toBe(true);
});

test('every id committed at completeFrom or later is remembered, however many there were', () => {
  const recent = new RecentIds(1_024, 1);
  const perBlock = 37;
  for (let height = 1; height <= 200; height++) {
    for (let i = 0; i < perBlock; i++) recent.add(id(height * perBlock + i), 0, height);
    for (let back = recent.completeFrom; back <= height; back++) {
      for (let i = 0; i < perBlock; i += 9) expect(recent.mayContain(id(back * perBlock + i), 0)).toBe(true);
    }
    expect((height - recent.completeFrom) * perBlock).toBeLessThanOrEqual(1_024);
  }
  expect(recent.completeFrom).toBeGreaterThan(150);
});

test('I5: it vouches for a transaction whose whole time it remembers, and for no other', () => {
  const window = 100_000;
  const recent = new RecentIds(1_024, 500);
  expect(recent.isCertainlyNew(id(1), 0, 500 + window - 1)).toBe(true);
  expect(recent.isCertainlyNew(id(1), 0, 499 + window - 1)).toBe(false);
  recent.add(id(1), 0, 600);
  expect(recent.isCertainlyNew(id(1), 0, 600 + window)).toBe(false);
  expect(new RecentIds(1_024, 1).isCertainlyNew(id(1), 0, 10)).toBe(true);
});

test('a start fills it from the database, from the first height that was read', async () => {
  const asked: { fromHeight: number; limit: number }[] = [];
  const recent = await loadRecentIds(async function* (options) {
    asked.push(options);
    yield { height: 300_000, ids: Buffer.concat([id(1), id(2)]) };
    yield { height: 300_001, ids: id(3) };
  }, 300_001);
  expect(asked).toEqual([{ fromHeight: 200_002, limit: 1_000_000 }]);
  expect(recent.completeFrom).toBe(300_000);
  expect([1, 2, 3, 4].map((number) => recent.mayContain(id(number), 0))).toEqual([true, true, true, false]);
});

test('an empty chain is completely known', async () => {
  const recent = await loadRecentIds(async function* () {}, 0);
  expect(recent.completeFrom).toBe(1);
});
