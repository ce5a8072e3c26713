import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Checkpoints, type CheckpointsOptions, type MemberCheckpoint } from './checkpoints.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function opened(options: Partial<CheckpointsOptions> = {}) {
  const signed: number[] = [];
  const finals: number[] = [];
  const divergences: object[] = [];
  const checkpoints = new Checkpoints({
    member: 'a',
    members: ['a', 'b', 'c'],
    maySign: () => true,
    everyBlocks: 10,
    everyMs: 250,
    publish: (height) => signed.push(height),
    stateAt: async () => null,
    onFinal: (height) => finals.push(height),
    onDiverged: (divergence) => divergences.push(divergence),
    now: () => Date.now(),
    log: silent,
    ...options,
  });
  const block = (
    height: number,
    given: readonly MemberCheckpoint[] = [],
    isActive = given.length === 0,
  ): void =>
    checkpoints.committed({
      height,
      blockHash: `block ${height}`,
      stateHash: `state ${height}`,
      checkpoints: given,
      isActive,
    });
  return { checkpoints, signed, finals, divergences, block };
}

const of = (member: string, height: number, stateHash = `state ${height}`): MemberCheckpoint => ({
  member,
  height,
  blockHash: `block ${height}`,
  stateHash,
});

test('a lone block is signed at once, and its checkpoints cause no further ones', async () => {
  const { checkpoints, signed, finals, block } = opened();
  checkpoints.caughtUp();
  block(1);
  block(2, [of('a', 1), of('b', 1)]);
  block(3, [of('c', 1)]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(signed).toEqual([1]);
  expect(finals).toEqual([1]);
});

test('under load a node signs after so many blocks or milliseconds, and the last block when it is over', async () => {
  const { checkpoints, signed, block } = opened();
  checkpoints.caughtUp();
  for (let height = 1; height <= 25; height++) block(height);
  expect(signed).toEqual([1, 11, 21]);
  await vi.advanceTimersByTimeAsync(250);
  expect(signed).toEqual([1, 11, 21, 25]);
  await vi.advanceTimersByTimeAsync(250);
  block(26);
  expect(signed).toEqual([1, 11, 21, 25, 26]);
});

test('I10: nothing is signed before the node has caught up, and no height that it has signed before', async () => {
  const stateAt = async (height: number) => ({ blockHash: `block ${height}`, stateHash: `state ${height}` });
  const { checkpoints, signed, block } = opened({ stateAt });
  await checkpoints.restore([of('a', 3), of('b', 3)]);
  for (let height = 4; height <= 30; height++) block(height);
  // What it had signed before its disk was restored comes back through the ordering.
  block(31, [of('a', 30)]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(signed).toEqual([]);
  checkpoints.caughtUp();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(signed).toEqual([]);
  block(32);
  expect(signed).toEqual([32]);
  expect(checkpoints.status().signed).toBe(32);
});

test('a node that most others contradict says so once, from the first height, and signs nothing more', async () => {
  const { checkpoints, signed, divergences, block } = opened();
  checkpoints.caughtUp();
  block(1);
  block(2, [of('b', 1, 'other'), of('c', 1, 'other')]);
  await vi.advanceTimersByTimeAsync(0);
  expect(divergences).toEqual([{ height: 1, ours: 'state 1', theirs: { b: 'other', c: 'other' } }]);
  block(3);
  block(4, [of('b', 3, 'other again')]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(signed).toEqual([1]);
  expect(divergences.length).toBe(1);
  expect(checkpoints.status()).toMatchObject({ final: 0, differing: { b: 1, c: 1 }, latest: { b: 3, c: 1 } });
});

test('a checkpoint of a height that this node has not reached changes nothing', async () => {
  const { checkpoints, block } = opened();
  block(1);
  block(2, [of('b', 99)]);
  await vi.advanceTimersByTimeAsync(0);
  expect(checkpoints.status()).toMatchObject({ final: 0, diverged: null, differing: {} });
});

test('members that join or leave change which states count', async () => {
  const { checkpoints, finals, block } = opened({ members: ['a', 'b'] });
  block(1);
  block(2, [of('a', 1), of('b', 1), of('c', 1)]);
  await vi.advanceTimersByTimeAsync(1);
  expect(finals).toEqual([1]);
  expect(checkpoints.status().latest).toEqual({ a: 1, b: 1 });

  checkpoints.setMembers(['a', 'b', 'c', 'd']);
  block(3);
  block(4, [of('a', 3), of('b', 3)]);
  await vi.advanceTimersByTimeAsync(1);
  expect(finals).toEqual([1]);
  block(5, [of('c', 3)]);
  await vi.advanceTimersByTimeAsync(1);
  expect(finals).toEqual([1, 3]);

  block(6);
  block(7, [of('a', 6), of('b', 6), of('d', 6, 'another')]);
  await vi.advanceTimersByTimeAsync(1);
  expect(checkpoints.status()).toMatchObject({ final: 3, differing: { d: 6 } });
  checkpoints.setMembers(['a', 'b']);
  expect(checkpoints.status()).toMatchObject({ final: 6, differing: {}, latest: { a: 6, b: 6 } });
});

test('a node that is not enrolled for a member with a say signs nothing', async () => {
  let isEnrolled = false;
  const { checkpoints, signed, block } = opened({ maySign: () => isEnrolled });
  checkpoints.caughtUp();
  block(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(signed).toEqual([]);
  isEnrolled = true;
  block(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(signed).toEqual([2]);
});
