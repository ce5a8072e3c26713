/** Collects findings, bounded, each place and rule once. */

import { findingsMax } from '../limits.ts';
import type { CheckLayer, Finding } from './finding.ts';
import type { Advice } from './rules/refused-functions.ts';
import type { SourceText } from './source-text.ts';

/** Where something stands: an offset in one of the package's texts. */
export interface Spot {
  readonly source: SourceText;
  readonly offset: number;
}

/** The findings of one check. */
export class FindingList {
  readonly #findings = new Map<string, Finding>();

  /** What was found, in the order of finding. */
  get all(): readonly Finding[] {
    return [...this.#findings.values()];
  }

  /** Whether nothing was found. */
  get isEmpty(): boolean {
    return this.#findings.size === 0;
  }

  /** Adds a finding of layer B1. */
  add(spot: Spot, construct: string, advice: Advice): void {
    this.addOf('B1', spot, construct, advice);
  }

  /** Adds a finding. Beyond the limit, further ones are dropped. */
  addOf(layer: CheckLayer, { source, offset }: Spot, construct: string, advice: Advice): void {
    const place = source.place(offset);
    const { rule, message, remedy } = advice;
    this.take({ rule, layer, ...place, construct: shorten(construct), message, remedy });
  }

  /** Adds a finding of another list. */
  take(finding: Finding): void {
    if (this.#findings.size >= findingsMax) return;
    const { file, line, column, rule, construct } = finding;
    const key = [file, line, column, rule, construct].join(' ');
    if (!this.#findings.has(key)) this.#findings.set(key, finding);
  }
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`;
}
