import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { lockLoad } from './load-lock.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo-lock-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('the lock of a load is held by one running process', () => {
  const file = join(directory, 'loads/a.lock');
  const release = lockLoad(file);
  expect(() => lockLoad(file)).toThrow(`process ${process.pid} loads this file`);
  release();
  // One that was killed leaves its number behind; no process has this one.
  writeFileSync(file, '4194305');
  lockLoad(file)();
  expect(readdirSync(join(directory, 'loads'))).toEqual([]);
});
