/** The conversions that PL/pgSQL makes without a word when it assigns, made explicit so that they are judged like any other. */

import type { Finding } from '../check/finding.ts';
import type { Catalogue } from './catalogue.ts';
import type { Excerpt } from './excerpt.ts';
import { findingAt, type ResolvedStatement } from './resolved-statement.ts';
import type { Answer, Question } from './throwaway.ts';

/** An assignment that converts. */
export interface Conversion {
  readonly functionName: string;
  readonly excerpt: Excerpt;
  /** Object id of the type of the value. */
  readonly from: number;
  /** The type of what it is assigned to, as SQL. */
  readonly to: string;
}

/** Conversions as statements, and findings about those that there are none of. */
export interface ResolvedConversions {
  readonly statements: readonly ResolvedStatement[];
  readonly findings: readonly Finding[];
}

/** Resolves all conversions; each pair of types is asked once. */
export async function resolveConversions(
  conversions: readonly Conversion[],
  catalogue: Catalogue,
  resolve: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): Promise<ResolvedConversions> {
  const byPair = new Map<string, Conversion[]>();
  for (const use of conversions) {
    if (catalogue.type(use.from) === undefined || isSame(catalogue, use.from, use.to)) continue;
    const pair = `${use.from} ${use.to}`;
    byPair.set(pair, [...(byPair.get(pair) ?? []), use]);
  }
  const pairs = [...byPair.values()];
  const questions = pairs.map(([first], index): Question => {
    const type = catalogue.type(first?.from ?? 0)?.sql ?? '';
    const parameters = [{ name: 'value', type }];
    const sql = `SELECT (value)::${first?.to ?? ''}`;
    return { functionName: `conversion${index}`, parameters, isPositional: true, sql };
  });
  const answers = await resolve(questions);
  const answered = pairs.flatMap((uses, index) => {
    const answer = answers[index];
    return answer === undefined ? [] : uses.map((use) => ({ use, answer }));
  });
  return {
    statements: answered.flatMap(({ use, answer }) =>
      'tree' in answer ? [converted(use, answer.tree)] : [],
    ),
    findings: answered.flatMap(({ use, answer }) =>
      'tree' in answer ? [] : [impossible(use, answer.refusal.message, catalogue)],
    ),
  };
}

function converted(
  { functionName, excerpt }: Conversion,
  tree: ResolvedStatement['tree'],
): ResolvedStatement {
  return { functionName, excerpt, tree, sql: '', mayStop: false };
}

function impossible(use: Conversion, message: string, catalogue: Catalogue): Finding {
  return findingAt(use.excerpt, {
    rule: 'conversion',
    construct: `assigning ${catalogue.type(use.from)?.sql ?? 'a value'} to ${use.to}`,
    message: `Postgres: ${message}`,
    remedy: 'Declare the variable with the type of the value.',
  });
}

function isSame(catalogue: Catalogue, from: number, to: string): boolean {
  const type = catalogue.type(from);
  const plain = to.replace(/\([\d, ]*\)/, '').trim();
  return type !== undefined && (type.sql === plain || type.name === plain);
}
