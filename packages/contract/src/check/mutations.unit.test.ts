import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ContractPackage } from '../package/contract-package.ts';
import { readPackage } from '../package/read-package.ts';
import { checkSyntax } from './check-syntax.ts';

const starter: ContractPackage = readPackage(join(import.meta.dirname, '../../../cli/contracts/starter'));

/** Pieces of text that bring a parser out of step. */
const PIECES: readonly string[] = [
  ...'( ) [ ] ; $$ \' " := = . .. -- /* */ << >> , * :: $1 é'.split(' '),
  ...'LOOP END IF INTO FROM SELECT CASE WHEN USING RETURN BEGIN DECLARE EXCEPTION FOR IN WITH NULL RAISE'.split(
    ' ',
  ),
];

/** Replaces the word at a place of a text, counted in thousandths of its words. */
const mutation = fc.record({ at: fc.nat(999), take: fc.nat(3), piece: fc.constantFrom('', ...PIECES) });

function mutated(text: string, changes: readonly { at: number; take: number; piece: string }[]): string {
  const words = text.split(/(\s+|[()[\];,.])/);
  for (const { at, take, piece } of changes) {
    words.splice(Math.floor((at * words.length) / 1000), take, ` ${piece} `);
  }
  return words.join('');
}

it('judges whatever is made of a contract, and tells everything about each finding', {
  timeout: 60_000,
}, async () => {
  const changes = fc.array(mutation, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(changes, fc.boolean(), async (list, isSchema) => {
      const { schema, functions } = starter;
      const findings = await checkSyntax(
        isSchema
          ? { ...starter, schema: { ...schema, text: mutated(schema.text, list) } }
          : { ...starter, functions: { ...functions, text: mutated(functions.text, list) } },
      );
      for (const { rule, file, line, column, construct, message, remedy } of findings) {
        expect([rule, file, construct, message, remedy].every((text) => text !== '')).toBe(true);
        expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
        // Two readings that differ would be a way past the checker.
        expect(rule).not.toBe('unreadable');
      }
    }),
    { numRuns: 80 },
  );
});
