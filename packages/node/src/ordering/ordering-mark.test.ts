import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { OrderingMark } from './ordering-mark.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bucordo-mark-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const markOf = (network = 'aa') => new OrderingMark(join(directory, 'mark.json'), network, silent);

test('what was written last is read by the next run, and by one of the same network only', () => {
  expect(markOf().read()).toBeNull();
  let height = 3;
  const mark = markOf();
  mark.start(() => ({ height, hash: `hash ${height}` }));
  expect(markOf().read()).toEqual({ height: 3, hash: 'hash 3' });
  height = 9;
  mark.stop();
  expect(markOf().read()).toEqual({ height: 9, hash: 'hash 9' });
  expect(markOf('bb').read()).toBeNull();
});

test.each(['', '{', 'null', '[]', '{"network":"aa"}', '{"network":"aa","height":"3","hash":"x"}'])(
  'a file that holds %j is no mark',
  (text) => {
    writeFileSync(join(directory, 'mark.json'), text);
    expect(markOf().read()).toBeNull();
  },
);

test('a run that never ordered leaves the mark of the one before', () => {
  const before = markOf();
  before.start(() => ({ height: 5, hash: 'x' }));
  before.stop();
  markOf().stop();
  expect(markOf().read()).toEqual({ height: 5, hash: 'x' });
});
