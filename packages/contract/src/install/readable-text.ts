/**
 * Whether a text of a contract can be read by the parser alike on every node: in bounded time, and
 * with nothing in it that one version of Postgres reads otherwise than another.
 */

import { checkReading } from '../check/check-limits.ts';
import { FindingList } from '../check/finding-list.ts';
import { SourceText } from '../check/source-text.ts';
import { type ParsedStatement, parseStatements, scanTokens } from '../check/sql-parser.ts';
import { StatementError } from './statement-error.ts';

/** Throws a {@link StatementError} for a text that is not to be read. */
export function requireReadable(text: string): void {
  const problem = readingProblem(text);
  if (problem !== null) throw new StatementError(problem, text);
}

/** The statements of a text that may be read. Throws a {@link StatementError} when it has no syntax. */
export function parseText(text: string): readonly ParsedStatement[] {
  const parsed = parseStatements(text);
  if ('ok' in parsed) return parsed.ok;
  // Within the limits that does not happen; were it to, it would be this machine's stack and not the text.
  if (parsed.error.isExhausted) throw new Error(`the parser ran out of stack: ${parsed.error.message}`);
  throw new StatementError(parsed.error.message, statementAt(text, parsed.error.offset));
}

// The text from the last semicolon before an offset on.
function statementAt(text: string, offset: number): string {
  const ends = (scanTokens(text) ?? []).filter((token) => token.text === ';' && token.end <= offset);
  return Buffer.from(text, 'utf8')
    .toString('utf8', ends.at(-1)?.end ?? 0)
    .trim();
}

/** Why a text is not to be read; null when it may be. */
export function readingProblem(text: string): string | null {
  const findings = new FindingList();
  checkReading(new SourceText('', text), findings);
  const [finding] = findings.all;
  return finding === undefined ? null : `${finding.construct}: ${finding.message}`;
}
