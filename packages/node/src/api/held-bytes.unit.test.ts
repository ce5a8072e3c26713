import { expect, test } from 'vitest';
import { groupOfAddress, HeldBytes } from './held-bytes.ts';

function heldBytes(bytesMax: number) {
  const held = new HeldBytes(bytesMax);
  const cut: string[] = [];
  const hold = (group: string, name: string) => held.hold(group, () => cut.push(name));
  return { held, cut, hold };
}

test('I15: the sum over all holders stays within the limit, whatever they add', () => {
  const { held, cut, hold } = heldBytes(1_000);
  for (let turn = 0; turn < 500; turn++) {
    hold(`address ${turn % 7}`, String(turn)).add((turn * 37) % 300);
    expect(held.bytes).toBeLessThanOrEqual(1_000);
  }
  expect(cut.length).toBeGreaterThan(400);
});

test('I15: the greediest group loses its largest holder, of equals the oldest; others are left alone', () => {
  const { held, cut, hold } = heldBytes(100);
  const honest = hold('honest', 'honest');
  honest.add(30);
  hold('greedy', 'small').add(10);
  hold('greedy', 'first').add(25);
  hold('greedy', 'second').add(25);
  expect(cut).toEqual([]);
  hold('greedy', 'third').add(11);
  expect(cut).toEqual(['first']);
  honest.add(20);
  expect(cut).toEqual(['first']);
  hold('new', 'new').add(10);
  expect(cut).toEqual(['first', 'honest']);
  expect(held.bytes).toBe(56);
});

test('I15: one that is too large alone is cut, and counts nothing afterwards', () => {
  const { held, cut, hold } = heldBytes(100);
  const one = hold('a', 'one');
  one.add(101);
  expect(cut).toEqual(['one']);
  one.add(50);
  one.remove(10);
  one.release();
  expect(held.bytes).toBe(0);
});

test('what is released or removed makes room', () => {
  const { held, cut, hold } = heldBytes(100);
  const one = hold('a', 'one');
  one.add(90);
  one.remove(60);
  const two = hold('b', 'two');
  two.add(70);
  expect([held.bytes, one.bytes, two.bytes]).toEqual([100, 30, 70]);
  two.release();
  two.release();
  expect(held.bytes).toBe(30);
  expect(cut).toEqual([]);
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2:ffff::1', '2001:db8:1:2'],
  ['::1', '::1'],
  ['', ''],
])('the group of %s is %s', (address, group) => {
  expect(groupOfAddress(address)).toBe(group);
});
