/** Reads an answer of any length in pages, because a node limits the rows of one answer. */

import type { Query, QueryRow } from './submitter.ts';

/** Rows in one page. */
const pageRows = 1_000;

/**
 * Yields the rows of `sql` in rising order of `key`, one of its columns, which must be unique and
 * not null. Every page is a query of its own: rows that are added meanwhile may or may not be seen.
 */
export async function* queryPages(options: {
  readonly query: Query;
  readonly sql: string;
  readonly key: string;
}): AsyncGenerator<QueryRow> {
  const { query, sql, key } = options;
  let after = '';
  for (;;) {
    const rows = await query(`SELECT p.* FROM (${sql}) AS p ${after} ORDER BY p.${key} LIMIT ${pageRows}`);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return;
    after = `WHERE p.${key} > '${String(last[key]).replaceAll("'", "''")}'`;
  }
}
