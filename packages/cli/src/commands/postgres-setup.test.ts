import { afterEach, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../program.ts';

afterEach(() => vi.restoreAllMocks());

async function printed(...words: string[]): Promise<string> {
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  await createProgram().exitOverride().parseAsync(words, { from: 'user' });
  return text;
}

describe('postgres-setup', () => {
  it('prints one transaction and how to run it, without a password', async () => {
    const script = await printed('postgres-setup');
    expect(script).toMatch(/^-- Sets up this database.*\nBEGIN;.*CREATE EVENT TRIGGER.*COMMIT;\n$/s);
    expect(script).not.toMatch(/\bPASSWORD '/i);
  });

  it('is one document with --json', async () => {
    const document: unknown = JSON.parse(await printed('postgres-setup', '--json'));
    expect(document).toEqual({ script: expect.stringContaining('CREATE ROLE') });
  });

  it('takes no arguments', async () => {
    await expect(printed('postgres-setup', 'shop')).rejects.toThrow(/too many arguments/);
  });
});
