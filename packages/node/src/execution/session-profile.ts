/**
 * The session profile: every setting that the result of a contract could depend on, pinned to one
 * value. It is set on the executor's session, because `plpgsql.extra_errors` counts from the
 * compilation of a function on, and checked at the end of each block, so that the next one starts
 * from it whatever this one's contracts left behind. (As SET clauses of `bucordo.execute_block` it would cost
 * more than storing the block.)
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
  // Whether a long key fits into an index depends on how it was compressed.
  ['default_toast_compression', 'pglz'],
  ['plpgsql.extra_errors', 'too_many_rows,strict_multi_assignment'],
  ['plpgsql.check_asserts', 'on'],
  // Plans: whether an expression over no rows raises depends on them, and so does the time.
  ['plan_cache_mode', 'force_generic_plan'],
  ['enable_seqscan', 'off'],
  ['synchronize_seqscans', 'off'],
  ['max_parallel_workers_per_gather', '0'],
  ['jit', 'off'],
  // No clock ends a block, and the next one may write.
  ['statement_timeout', '0'],
  ['lock_timeout', '0'],
  ['idle_in_transaction_session_timeout', '0'],
  ['default_transaction_isolation', 'read committed'],
  ['default_transaction_read_only', 'off'],
  ['default_transaction_deferrable', 'off'],
  // Messages to nobody cost time.
  ['client_min_messages', 'error'],
];

/** Statements that set the profile on a session. */
export function profileStatements(): string {
  return SESSION_PROFILE.map(
    ([name, value]) => `SET ${name} = ${isList(name) ? value : quoteText(value)};`,
  ).join('\n');
}

/** A condition that holds while the session has the profile. */
export function profileCheck(): string {
  const settings = SESSION_PROFILE.map(([name]) => `current_setting('${name}')`);
  return `concat_ws('|', ${settings.join(', ')}) = ${quoteText(SESSION_PROFILE.map(([, value]) => value).join('|'))}`;
}

// Lists are given as lists: one quoted text would be one element of that name.
function isList(name: string): boolean {
  return name === 'search_path' || name === 'DateStyle';
}
