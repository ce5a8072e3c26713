/**
 * The session profile: every setting that the result of a contract could depend on, pinned to one
 * value. It is attached to `bucordo.execute_block`, so that each block starts from it whatever the
 * block before left behind, and set on the executor's session as well, because
 * `plpgsql.extra_errors` counts from the compilation of a function on.
 */

import { quoteText } from './sql-text.ts';

/** Name and value of each setting, in the order in which they are set. */
export const SESSION_PROFILE: readonly (readonly [name: string, value: string])[] = [
  ['search_path', 'pg_catalog, pg_temp'],
  // Text of values.
  ['TimeZone', 'UTC'],
  ['DateStyle', 'ISO, YMD'],
  ['IntervalStyle', 'postgres'],
  ['extra_float_digits', '1'],
  ['bytea_output', 'hex'],
  ['lc_monetary', 'C'],
  ['lc_numeric', 'C'],
  ['lc_time', 'C'],
  ['default_text_search_config', 'pg_catalog.simple'],
  // Meaning of statements.
  ['standard_conforming_strings', 'on'],
  ['array_nulls', 'on'],
  ['transform_null_equals', 'off'],
  ['plpgsql.extra_errors', 'too_many_rows,strict_multi_assignment'],
  ['plpgsql.check_asserts', 'on'],
  // Plans: whether an expression over no rows raises depends on them, and so does the time.
  ['plan_cache_mode', 'force_generic_plan'],
  ['enable_seqscan', 'off'],
  ['synchronize_seqscans', 'off'],
  ['max_parallel_workers_per_gather', '0'],
  ['jit', 'off'],
  // Messages to nobody cost time.
  ['client_min_messages', 'error'],
];

/** `SET` clauses of a function. */
export function profileClauses(): string {
  return SESSION_PROFILE.map(([name, value]) => `SET ${name} = ${settingValue(name, value)}`).join('\n');
}

/** Statements that set the profile on a session, in one text. */
export function profileStatements(): string {
  return SESSION_PROFILE.map(([name, value]) => `SET ${name} = ${settingValue(name, value)};`).join('\n');
}

// Lists are given as lists: one quoted text would be one element of that name.
function settingValue(name: string, value: string): string {
  return name === 'search_path' || name === 'DateStyle' ? value : quoteText(value);
}
