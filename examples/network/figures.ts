/**
 * Figures that must come out of a member's own database: computed by SQL there, compared here.
 * Every figure is text, so that a decimal is compared with all its digits.
 */

import type { Query } from './submitter.ts';

/** One figure: what it counts, what it should be, what it is. `found` is null when it is missing. */
export interface Figure {
  readonly name: string;
  readonly expected: string;
  readonly found: string | null;
}

/** The figures of one member. */
export interface FigureReport {
  readonly figures: readonly Figure[];
  /** Whether every figure is as expected. */
  readonly correct: boolean;
}

/**
 * Runs the statements, each of which must answer with rows (figure text, value text), and compares. A
 * figure that nobody expected counts as wrong: it is reported with the expectation "none".
 */
export async function checkFigures(options: {
  readonly query: Query;
  readonly statements: readonly string[];
  readonly expected: ReadonlyMap<string, string>;
}): Promise<FigureReport> {
  const found = new Map<string, string>();
  for (const statement of options.statements) {
    for (const row of await options.query(statement)) found.set(String(row['figure']), String(row['value']));
  }
  const figures: Figure[] = [];
  for (const [name, expected] of options.expected) {
    figures.push({ name, expected, found: found.get(name) ?? null });
  }
  for (const [name, value] of found) {
    if (!options.expected.has(name)) figures.push({ name, expected: 'none', found: value });
  }
  return { figures, correct: figures.every((figure) => figure.found === figure.expected) };
}
