/** Operators, aggregates and window functions with rules of their own. */

import type { Advice } from './refused-functions.ts';

/** Operators that may be written. */
export const ALLOWED_OPERATORS: ReadonlySet<string> = new Set(
  '= <> != < > <= >= + - * / % || -> ->> #> #>> @> <@ ? ?| ?& && ~~ !~~ ~~* !~~* ~ !~ ~* !~* #- & | # << >> ^@'.split(
    ' ',
  ),
);

/** Operators whose right side is a regular expression. */
export const PATTERN_OPERATORS: ReadonlySet<string> = new Set(['~', '!~', '~*', '!~*']);

/** Functions whose second argument is a regular expression. */
export const PATTERN_FUNCTIONS: RegExp = /^regexp_/;

/** What to say about another operator. */
export function adviceOnOperator(operator: string): Advice {
  if (operator === '^') {
    return {
      rule: 'version-dependent',
      message: 'Powers have other decimals in other versions of Postgres, and large ones take minutes.',
      remedy: 'Multiply in a loop, which the budget counts.',
    };
  }
  return {
    rule: 'operator',
    message: 'It is not among the operators that are known to give the same result on every node.',
    remedy: `Use one of ${[...ALLOWED_OPERATORS].join(' ')}.`,
  };
}

/** Aggregates whose result depends on the order of the rows. */
export const ORDERED_AGGREGATES: ReadonlySet<string> = new Set([
  'string_agg',
  'array_agg',
  'jsonb_agg',
  'jsonb_object_agg',
]);

/** Window functions whose result depends on the order within ties. */
export const ORDERED_WINDOWS: ReadonlySet<string> = new Set([
  'row_number',
  'lag',
  'lead',
  'first_value',
  'last_value',
  'nth_value',
  'ntile',
]);

/** Aggregates that give one row whatever they read. */
export const AGGREGATES: ReadonlySet<string> = new Set([
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'bool_and',
  'bool_or',
  'every',
  'bit_and',
  'bit_or',
  ...ORDERED_AGGREGATES,
]);

/** Functions that make many rows or long values of a number, with the arguments that say how many. */
export const BOUNDED_ARGUMENTS: ReadonlyMap<string, readonly number[]> = new Map([
  ['generate_series', [0, 1]],
  ['repeat', [1]],
  ['lpad', [1]],
  ['rpad', [1]],
  ['array_fill', [1]],
]);

/** Conditions that a handler may name: errors of the data, not of the machine or the budget. */
export const CATCHABLE_CONDITIONS: ReadonlySet<string> = new Set([
  'division_by_zero',
  'unique_violation',
  'foreign_key_violation',
  'check_violation',
  'not_null_violation',
  'no_data_found',
  'too_many_rows',
  'raise_exception',
  'numeric_value_out_of_range',
  'invalid_text_representation',
]);

/** SQLSTATE of a contract's own refusals; BC9.. is the system's. */
export const CONTRACT_CODE: RegExp = /^BC[0-8][0-9]{2}$/;

/** Columns that every table has and that tell how the node stores its rows. */
export const SYSTEM_COLUMNS: ReadonlySet<string> = new Set([
  'ctid',
  'xmin',
  'xmax',
  'cmin',
  'cmax',
  'tableoid',
]);
