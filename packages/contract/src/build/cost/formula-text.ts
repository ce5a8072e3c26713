/** How formulas of work are written: over lengths of values, for once or for each row. */

import type { ValueKind } from '../value-kind.ts';

/** What an expression costs: parts that depend on values, and steps that do not. */
export interface Work {
  /** SQL expressions of type int8, each a number of steps. */
  readonly parts: readonly string[];
  readonly constant: number;
  /** Whether something in it is more than linear: then it is charged outside of loops, too. */
  readonly isSteep: boolean;
}

/** Around terms that are the same for every row of a statement. */
const ONCE = /\u0001([^\u0001\u0002]*)\u0002/g;

/** A formula where it is computed once. */
export function computedOnce(formula: string): string {
  return formula.replaceAll(ONCE, '$1');
}

/** A formula that is computed for each row of a query: what its variables say is computed before. */
export function computedPerRow(formula: string): string {
  return formula.replaceAll(ONCE, '(SELECT $1)');
}

/** SQL for the bytes of a value. */
export function measured(value: string, kind: ValueKind): string {
  return `coalesce(pg_catalog.octet_length(${kind === 'text' ? value : `(${value})::text`}), 0)::int8`;
}

/** SQL of all steps together. */
export function workText({ parts, constant }: Work): string {
  return [...parts, ...(constant > 0 ? [`${Math.round(constant)}`] : [])].join(' + ') || '0';
}

/** Marks a term that is the same for every row of a statement. */
export function once(term: string): string {
  return `\u0001${term}\u0002`;
}
