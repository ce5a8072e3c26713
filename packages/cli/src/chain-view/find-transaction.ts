/** From what somebody has typed or copied of a transaction's id to the id. */
import type { Client } from '@bucordo/client';
import { CommandError, notFoundError, usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { exitUsage } from '../exit-codes.ts';

/** Fewest digits that are looked for; the node's own limit. */
const digitsMin = 4;
const digitsMax = 64;

/**
 * The digits of an id or of its beginning. Capitals count as small letters, and the sign with which a table
 * shows that there is more is left out. A usage error where it is neither.
 */
export function idDigits(text: string): string {
  const digits = text
    .trim()
    .replace(/(…|\.\.\.)$/, '')
    .toLowerCase();
  if (/^[0-9a-f]+$/.test(digits) && digits.length >= digitsMin && digits.length <= digitsMax) return digits;
  throw usageError(
    `${text} is not a transaction id or the beginning of one`,
    `An id has ${digitsMax} hex digits; its first ${digitsMin} or more are enough where no other begins alike. \`bucordo call\` and \`bucordo history\` show ids.`,
  );
}

/** The id of the one transaction that the node of `member` knows under `digits`. Fails with `not_found` or `ambiguous`. */
export async function findTransaction(
  client: Client,
  digits: string,
  { member, timeoutMs }: { member: string; timeoutMs: number },
): Promise<string> {
  if (digits.length === digitsMax) return digits;
  const { transactions, more } = await client.transactionsBeginning(digits, { timeoutMs });
  const [found] = transactions;
  if (found === undefined)
    throw notFoundError(
      `the node of ${member} knows no transaction whose id begins with ${digits}`,
      `It was never ordered, or this node has not come so far: ${commandLine('status')}`,
      { id: digits },
    );
  if (transactions.length === 1 && !more) return found.id;
  const lines = transactions.map(({ id, height, index }) => `${id}  at height ${height}, index ${index}`);
  throw new CommandError(
    {
      code: 'ambiguous',
      exitCode: exitUsage,
      hint: 'Give more digits.',
      facts: { id: digits, candidates: transactions.map(({ id }) => id).join(' '), more },
    },
    [
      `several transactions have ids that begin with ${digits}:`,
      ...lines,
      ...(more ? ['and more'] : []),
    ].join('\n'),
  );
}
