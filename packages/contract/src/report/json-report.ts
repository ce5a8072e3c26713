/** Findings as one JSON value, for scripts. */

import type { Finding } from '../check/finding.ts';

/** What a check says to a script. */
export interface CheckReport {
  readonly contract: string;
  readonly version: string;
  /** Whether nothing was found by the layers that ran. */
  readonly passed: boolean;
  /** The layers that ran. */
  readonly layers: readonly Finding['layer'][];
  readonly findings: readonly Finding[];
}

/** Makes the report of a check in which these layers ran. */
export function jsonReport(
  contract: { readonly name: string; readonly version: string },
  layers: readonly Finding['layer'][],
  findings: readonly Finding[],
): CheckReport {
  return {
    contract: contract.name,
    version: contract.version,
    passed: findings.length === 0,
    layers,
    findings,
  };
}
