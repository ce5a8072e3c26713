/**
 * What a check says about one place in a contract. A finding is advice to the person who approves:
 * it names the place, what stands there, why it cannot be trusted, and what to write instead.
 */

/** The layer of the checker that found it: limits of the text, syntax alone, or the meaning in a database. */
export type CheckLayer = 'B0' | 'B1' | 'B2';

/** One refusal. Without findings a contract has passed. */
export interface Finding {
  /** The rule's short name in kebab-case, such as `clock` or `limit-without-order`; stable over versions. */
  readonly rule: string;
  readonly layer: CheckLayer;
  /** Path inside the package folder, such as `functions.sql` or `migrations/1-2.sql`. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units, as editors count. */
  readonly column: number;
  /** What stands there, as a person would call it: `now()`, `LIMIT`, `column type double precision`. */
  readonly construct: string;
  /** Why nodes could differ, or how the sandbox could be left. */
  readonly message: string;
  /** What to write instead. */
  readonly remedy: string;
}

/** A place in one of the package's files. */
export type Place = Pick<Finding, 'file' | 'line' | 'column'>;

/** Orders findings by file and place, as a person reads them; the same findings always give the same order. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort(
    (a, b) =>
      compareTexts(a.file, b.file) || a.line - b.line || a.column - b.column || compareTexts(a.rule, b.rule),
  );
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
