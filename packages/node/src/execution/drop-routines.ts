/** Drops what a schema has besides tables. */

import type pg from 'pg';

/**
 * Statements that drop all views and functions of a schema. They hold no data; those of a new version are
 * created from nothing. What others have built on them is not taken with them: then nothing is dropped.
 */
export async function dropRoutinesSql(client: pg.ClientBase, schema: string): Promise<string> {
  const { rows } = await client.query<{ views: string | null; functions: string | null }>(
    `SELECT (SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, c.relname), ', ' ORDER BY c.relname)
               FROM pg_catalog.pg_class AS c
              WHERE c.relnamespace = n.oid AND c.relkind = 'v') AS views,
            (SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I(%s)', n.nspname, p.proname,
                      pg_catalog.pg_get_function_identity_arguments(p.oid)), ', ' ORDER BY p.oid)
               FROM pg_catalog.pg_proc AS p
              WHERE p.pronamespace = n.oid) AS functions
       FROM pg_catalog.pg_namespace AS n
      WHERE n.nspname = $1`,
    [schema],
  );
  const { views = null, functions = null } = rows[0] ?? {};
  // A function that gives rows of a view stands on it.
  const drops = [
    ...(functions === null ? [] : [`DROP FUNCTION ${functions};`]),
    ...(views === null ? [] : [`DROP VIEW ${views};`]),
  ];
  return drops.join('\n');
}
