/**
 * Errors that a handler catches. A statement over several rows ends with the error of the row that comes
 * first, and which one that is depends on the plan and on the order on disk. That is harmless as long as
 * all errors that its rows may raise end alike: all in the same branch of a handler, or none of them caught,
 * since an error that nobody catches is `failed`, whatever it was.
 */

import type { ResolvedFunction } from './catalogue.ts';
import { DELETE, INSERT, UPDATE } from './query-rows.ts';
import type { Handlers, Objection } from './resolved-statement.ts';

/** Conditions of what is computed for a row, and of a row that is written; `other` stands for all that no handler may name. */
export const ANY_ERROR: readonly string[] = [
  'division_by_zero',
  'numeric_value_out_of_range',
  'invalid_text_representation',
  'no_data_found',
  'too_many_rows',
  'raise_exception',
  'check_violation',
  'not_null_violation',
  'unique_violation',
  'foreign_key_violation',
  'other',
];

/** What a row that is written may break at once. */
export const ROW_ERRORS: readonly string[] = ['check_violation', 'not_null_violation', 'unique_violation'];

/**
 * What is found out about rows when all of them have been written or taken out, one behind the other: foreign keys,
 * and the limits of bytes, rows and units. What the rows before have drawn of these stays drawn when the error is
 * caught, so that even one and the same error leaves less or more behind, and the next id is another one.
 */
const HISTORY_ERRORS: readonly string[] = ['foreign_key_violation', 'numeric_value_out_of_range', 'other'];

/** What each command that writes may raise for several rows, by its number, whatever its tables compute. */
export const ERRORS_OF_WRITES: ReadonlyMap<
  number,
  { readonly word: string; readonly errors: readonly string[] }
> = new Map([
  [UPDATE, { word: 'UPDATE', errors: [...ROW_ERRORS, ...HISTORY_ERRORS] }],
  [INSERT, { word: 'INSERT', errors: [...ROW_ERRORS, ...HISTORY_ERRORS] }],
  [DELETE, { word: 'DELETE', errors: HISTORY_ERRORS }],
]);

/** What a built-in function or operator may raise. */
export function errorsOf(called: ResolvedFunction): readonly string[] {
  if (DIVIDING.test(called.signature)) return ['division_by_zero', 'numeric_value_out_of_range'];
  if (COUNTING.test(called.signature)) return ['numeric_value_out_of_range'];
  return ['numeric_value_out_of_range', 'invalid_text_representation', 'other'];
}

/** What a conversion through text may raise. */
export const CONVERSION_ERRORS: readonly string[] = [
  'numeric_value_out_of_range',
  'invalid_text_representation',
];

const DIVIDING = /^(int\d+|numeric_)(div|mod)\(|^(mod|div)\(/;
const COUNTING = /^int\d+(pl|mi|mul|um|abs)\(|^(abs|int[248]|numeric|numeric_\w+|gcd|lcm)\((int|numeric)/;

// Two errors of `raised` that end differently under `handlers`; null when all of them end alike.
function differingErrors(raised: ReadonlySet<string>, handlers: Handlers): readonly [string, string] | null {
  let first: { readonly error: string; readonly end: number } | null = null;
  for (const error of raised) {
    const end = handlers.findIndex((conditions) => conditions.some((each) => catches(each, error)));
    if (first === null) first = { error, end };
    else if (first.end !== end) return [first.error, error];
  }
  return null;
}

// A condition that no contract may name catches everything.
function catches(condition: string, error: string): boolean {
  return condition === error || !ANY_ERROR.includes(condition);
}

/** The errors that the rows of a statement may raise, as they are found. */
export class RowErrors {
  readonly #errors = new Set<string>();
  #construct = '';
  #words: readonly string[] = [];

  /** Whether nothing was noted. */
  get isEmpty(): boolean {
    return this.#errors.size === 0;
  }

  /** All that was noted. */
  get all(): readonly string[] {
    return [...this.#errors];
  }

  /** Notes what a construct may raise for one row of several; the first construct is named. */
  note(errors: readonly string[], construct: string, words: readonly string[]): void {
    if (this.isEmpty) {
      this.#construct = construct;
      this.#words = words;
    }
    for (const each of errors) this.#errors.add(each);
  }

  /** What is wrong with them under these handlers; null when all end alike. */
  objection(handlers: readonly Handlers[]): Objection | null {
    const found = handlers.map((each) => differingErrors(this.#errors, each)).find((each) => each !== null);
    if (found === undefined || found === null) return null;
    return {
      rule: 'caught-per-row',
      construct: `${this.#construct} for several rows`,
      message: `it may end with ${found.map((each) => (each === 'other' ? 'an error that nobody catches' : each)).join(' or ')}, by which row comes first, and a handler treats the two differently`,
      remedy: LOOP_REMEDY,
      words: this.#words,
    };
  }
}

/** What to do instead of many rows in one statement. */
export const LOOP_REMEDY =
  'Take one row at a time: FOR one IN SELECT … ORDER BY key LOOP … END LOOP, with the work in a statement of its own inside the loop; or fix a whole key by equality.';
