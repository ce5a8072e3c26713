/** A folder or text that is no contract. */

import type { Finding } from '../check/finding.ts';

/** What is wrong with a contract's files, each with its file and place; one finding at least. */
export class PackageError extends Error {
  readonly findings: readonly Finding[];
  /** What to do about the first finding. */
  readonly remedy: string;

  constructor(first: Finding, ...others: readonly Finding[]) {
    super(`${first.file}:${first.line}: ${first.construct}: ${first.message}`);
    this.name = 'PackageError';
    this.findings = [first, ...others];
    this.remedy = first.remedy;
  }
}
