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
  const brought = new Map<number, readonly MemberCheckpoint[]>();
  const checkpoints = new Checkpoints({
    member: 'a',
    members: ['a', 'b', 'c'],
    maySign: () => true,
    everyBlocks: 10,
    everyMs: 250,
    finalWithinMs: 5_000,
    publish: (height) => signed.push(height),
    stateAt: async () => null,
    broughtBy: async (height) => brought.get(height) ?? [],
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
  ): void => {
    brought.set(height, given);
    checkpoints.committed({
      height,
      blockHash: `block ${height}`,
      stateHash: `state ${height}`,
      hasCheckpoints: given.length > 0,
      isActive,
    });
  };
  return { checkpoints, signed, finals, divergences, block };
}

const of = (member: string, height: number, stateHash = `state ${height}`): MemberCheckpoint => ({
  member,
  height,
  blockHash: `block ${height}`,
  stateHash,
});

// Signing begins when what was received before is compared.
async function caughtUp(checkpoints: Checkpoints): Promise<void> {
  checkpoints.caughtUp();
  await vi.advanceTimersByTimeAsync(0);
}

test('a lone block is signed at once, and its checkpoints cause no further ones', async () => {
  const { checkpoints, signed, finals, block } = opened();
  await caughtUp(checkpoints);
  block(1);
  block(2, [of('a', 1), of('b', 1)]);
  block(3, [of('c', 1)]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(signed).toEqual([1]);
  expect(finals).toEqual([1]);
});

test('under load a node signs after so many blocks or milliseconds, and the last block when it is over', async () => {
  const { checkpoints, signed, block } = opened();
  await caughtUp(checkpoints);
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
  await checkpoints.restore(3, { checkpoints: [of('a', 3), of('b', 3)], lastActive: 3 });
  for (let height = 4; height <= 30; height++) block(height);
  // What it had signed before its disk was restored comes back through the ordering.
  block(31, [of('a', 30)]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(signed).toEqual([]);
  await caughtUp(checkpoints);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(signed).toEqual([]);
  block(32);
  expect(signed).toEqual([32]);
  expect(checkpoints.status().signed).toBe(32);
});

test('a node that most others contradict says so once, from the first height, and signs nothing more', async () => {
  const { checkpoints, signed, divergences, block } = opened();
  await caughtUp(checkpoints);
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

test('I1: a node that sees the others differ first signs the height at which it does, once, and then nothing', async () => {
  const { checkpoints, signed, divergences, block } = opened({ everyMs: 10_000 });
  await caughtUp(checkpoints);
  block(1);
  expect(signed).toEqual([1]);
  for (let height = 2; height <= 5; height++) block(height);
  checkpoints.heard(of('b', 4, 'other'));
  checkpoints.heard(of('c', 4, 'other'));
  await vi.advanceTimersByTimeAsync(0);
  expect(divergences.length).toBe(1);
  expect(signed).toEqual([1, 4]);
  block(6);
  checkpoints.heard(of('b', 6, 'other still'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(signed).toEqual([1, 4]);
});

test('I10: one that finds itself diverged at its start says so when it has caught up, not before', async () => {
  const stateAt = async (height: number) => ({ blockHash: `block ${height}`, stateHash: `state ${height}` });
  const { checkpoints, signed } = opened({ stateAt });
  const stored = [of('b', 7, 'other'), of('c', 7, 'other')];
  await checkpoints.restore(9, { checkpoints: stored, lastActive: 9 });
  expect(checkpoints.isDiverged).toBe(true);
  expect(signed).toEqual([]);
  await caughtUp(checkpoints);
  expect(signed).toEqual([7]);
});

test('I1: a block that was not signed before a stop is signed after the start, though nothing follows it', async () => {
  const stateAt = async (height: number) => ({ blockHash: `block ${height}`, stateHash: `state ${height}` });
  const { checkpoints, signed, finals, block } = opened({ stateAt });
  await checkpoints.restore(6, { checkpoints: [of('a', 3), of('b', 5)], lastActive: 5 });
  expect(signed).toEqual([]);
  await caughtUp(checkpoints);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(signed).toEqual([5]);
  expect(checkpoints.status()).toMatchObject({ final: 0, notFinal: { height: 5, missing: ['c'] } });
  block(7, [of('c', 5)]);
  await vi.advanceTimersByTimeAsync(0);
  expect(finals).toEqual([5]);
  expect(checkpoints.status().notFinal).toBeNull();
});

test('I10: one that hears within that time that it has signed the block does not sign it again', async () => {
  const stateAt = async (height: number) => ({ blockHash: `block ${height}`, stateHash: `state ${height}` });
  const { checkpoints, signed } = opened({ stateAt });
  await checkpoints.restore(6, { checkpoints: [], lastActive: 6 });
  await caughtUp(checkpoints);
  await vi.advanceTimersByTimeAsync(2_000);
  checkpoints.heard(of('a', 6, 'another state'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(signed).toEqual([]);
});

test('the time in which a block should be final counts from the block, not from when an earlier one was', async () => {
  const { checkpoints, block } = opened({ finalWithinMs: 5_000 });
  await caughtUp(checkpoints);
  block(1);
  await vi.advanceTimersByTimeAsync(1_000);
  block(2);
  await vi.advanceTimersByTimeAsync(3_000);
  block(3, [of('b', 1), of('c', 1)]);
  await vi.advanceTimersByTimeAsync(2_500);
  expect(checkpoints.status().notFinal).toMatchObject({ height: 2, forMs: 5_500 });
});

test('I10: what others have heard of this node before its disk was restored it does not sign again', async () => {
  const { checkpoints, signed, block } = opened();
  checkpoints.heard(of('a', 3));
  await caughtUp(checkpoints);
  for (let height = 1; height <= 3; height++) block(height);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(signed).toEqual([]);
  block(4);
  expect(signed).toEqual([4]);
});

test('I1: a state that this node has signed and has no more makes nobody differ', async () => {
  const { checkpoints, divergences, block } = opened({ members: ['a', 'b'] });
  block(1);
  checkpoints.heard(of('a', 1, 'before the repair'));
  await vi.advanceTimersByTimeAsync(0);
  expect(checkpoints.status()).toMatchObject({ differing: {}, diverged: null, signed: 1 });
  expect(divergences).toEqual([]);
});

test('checkpoints that come directly count like those of the chain, also about heights to come', async () => {
  const { checkpoints, finals, block } = opened();
  await caughtUp(checkpoints);
  checkpoints.heard(of('b', 2));
  checkpoints.heard(of('c', 2, 'other'));
  checkpoints.heard(of('x', 2, 'of nobody'));
  block(1);
  await vi.advanceTimersByTimeAsync(0);
  expect(checkpoints.status()).toMatchObject({ final: 0, latest: { a: 1 }, differing: {} });
  block(2);
  await vi.advanceTimersByTimeAsync(250);
  expect(checkpoints.status()).toMatchObject({ final: 0, latest: { a: 2, b: 2, c: 2 }, differing: { c: 2 } });
  checkpoints.heard(of('c', 2));
  await vi.advanceTimersByTimeAsync(0);
  expect(finals).toEqual([2]);
});

test('I15: of one that speaks of ever higher heights a few words are kept, the first and the newest', async () => {
  const { checkpoints, block } = opened();
  for (let height = 1; height <= 1_000; height++) checkpoints.heard(of('b', height));
  for (let height = 1; height <= 1_000; height++) block(height);
  await vi.advanceTimersByTimeAsync(0);
  expect(checkpoints.status().latest).toMatchObject({ b: 1_000 });
});

test('I1: a block that does not become final in its time is an alarm that names who is missing, until it does', async () => {
  const { checkpoints, block } = opened({ finalWithinMs: 1_000 });
  await caughtUp(checkpoints);
  block(1);
  checkpoints.heard(of('b', 1));
  await vi.advanceTimersByTimeAsync(999);
  expect(checkpoints.status().notFinal).toBeNull();
  block(2);
  await vi.advanceTimersByTimeAsync(251);
  expect(checkpoints.status().notFinal).toEqual({ height: 1, forMs: 1_250, missing: ['c'] });
  checkpoints.heard(of('c', 1));
  await vi.advanceTimersByTimeAsync(0);
  expect(checkpoints.status()).toMatchObject({ final: 1, notFinal: null });
  // The block behind it has its own time.
  await vi.advanceTimersByTimeAsync(1_000);
  expect(checkpoints.status().notFinal).toMatchObject({ height: 2, missing: ['b', 'c'] });
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
  await caughtUp(checkpoints);
  block(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(signed).toEqual([]);
  isEnrolled = true;
  block(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(signed).toEqual([2]);
});
