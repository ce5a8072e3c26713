import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { wholeOrNothing } from './whole-or-nothing.ts';

const directory = mkdtempSync(join(tmpdir(), 'bucordo-whole-'));
const at = (name: string): string => join(directory, name);
afterAll(() => rmSync(directory, { recursive: true }));

describe('whole or nothing', () => {
  it('takes back what a failure has left, and nothing that was there before', async () => {
    mkdirSync(at('there'));
    const made = wholeOrNothing([at('there'), at('new')], async () => {
      writeFileSync(join(at('there'), 'file'), '');
      mkdirSync(at('new'));
      throw new Error('no room');
    });
    await expect(made).rejects.toThrow('no room');
    expect([existsSync(at('there')), existsSync(at('new'))]).toEqual([true, false]);
  });

  it('leaves everything where all went well', async () => {
    const made = await wholeOrNothing([at('kept')], async () => {
      mkdirSync(at('kept'));
      return 7;
    });
    expect([made, existsSync(at('kept'))]).toEqual([7, true]);
  });
});
