import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeExitCodes, exitCodes } from './exit-codes.ts';

describe('exit codes', () => {
  it('are the numbers from 0 on and the one of Ctrl-C, each with a name of its own', () => {
    expect(exitCodes.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130]);
    expect(new Set(exitCodes.map(({ name }) => name)).size).toBe(exitCodes.length);
  });

  it('are all in the table that help shows', () => {
    for (const { number, name } of exitCodes) expect(describeExitCodes()).toContain(`  ${number}  ${name}`);
  });

  it('are documented in the README as they are', () => {
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8').replace(/ +/g, ' ');
    for (const { number, name, meaning } of exitCodes)
      expect(readme).toContain(`| ${number} | ${name} | ${meaning} |`);
  });
});
