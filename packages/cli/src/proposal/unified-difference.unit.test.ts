/** The difference of two texts: known cases, and that it always leads from the one text to the other. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differenceLines, unifiedDifference } from './unified-difference.ts';

test.for<[title: string, before: string, after: string, expected: string]>([
  ['equal texts have none', 'a\nb\n', 'a\nb\n', ''],
  ['a new text', '', 'a\nb\n', '@@ -0,0 +1,2 @@\n+a\n+b'],
  ['a text that is gone', 'a\n', '', '@@ -1,1 +0,0 @@\n-a'],
  ['a changed line', 'a\nb\nc\n', 'a\nx\nc\n', '@@ -1,3 +1,3 @@\n a\n-b\n+x\n c'],
  [
    'two changes far apart are two hunks',
    '1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n',
    '0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n',
    '@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n@@ -7,4 +8,3 @@\n 7\n 8\n 9\n-10',
  ],
])('%s', ([, before, after, expected]) => {
  expect(unifiedDifference(before, after)).toBe(expected);
});

test('the lines that are kept or gone are the one text, those that are kept or new the other', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 });
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const lines = differenceLines(before, after);
      const without = (mark: string): string[] =>
        lines.filter((line) => line.mark !== mark).map((line) => line.text);
      expect(without('+')).toEqual(before);
      expect(without('-')).toEqual(after);
    }),
  );
});

test('no shorter difference exists', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const edits = differenceLines(before, after).filter(({ mark }) => mark !== ' ').length;
      expect(edits).toBe(before.length + after.length - 2 * commonLength(before, after));
    }),
  );
});

test('texts with nothing in common are told at once', () => {
  const before = Array.from({ length: 5_000 }, (_, index) => `before ${index}`);
  const after = Array.from({ length: 5_000 }, (_, index) => `after ${index}`);
  expect(differenceLines(before, after)).toHaveLength(10_000);
});

/** Length of the longest common subsequence, by the book. */
function commonLength(before: readonly string[], after: readonly string[]): number {
  let row = Array.from({ length: after.length + 1 }, () => 0);
  for (const line of before) {
    const next = [0];
    for (const [index, other] of after.entries()) {
      next.push(line === other ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
