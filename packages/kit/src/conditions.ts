/**
 * The two conditions under which every test runs. They differ in what Postgres may do differently on
 * two nodes without being wrong: the defaults of the server and the login, the plans, the order in
 * which rows lie in the files. A contract that can tell them apart would part the members.
 *
 * What the node pins for every session (`session-profile.ts`) is pinned here too, so a contract never
 * sees the other time zone; it is there for whatever would escape the profile. The machine's clock
 * cannot be turned, but it goes on between the runs.
 */

/** How one of the two databases is set up. */
export interface Conditions {
  /** As failures name it: `run 1`. */
  readonly name: string;
  /** One sentence on what is special, for the words of a failure. */
  readonly words: string;
  /** Defaults of the database, by `ALTER DATABASE`. */
  readonly defaults: Readonly<Record<string, string>>;
  /** Settings of the executor's session that the profile leaves open. */
  readonly session: Readonly<Record<string, string>>;
  /** Whether rows are put into the reverse of the order in which they were written, after every block. */
  readonly isReversed: boolean;
  /** What the planner is told about every table: rows and pages; null for nothing, as before the first ANALYZE. */
  readonly statistics: { readonly rows: number; readonly pages: number } | null;
}

/** The first run: Postgres as it comes. */
export const FIRST: Conditions = {
  name: 'run 1',
  words: 'rows in the order in which they were written',
  defaults: {},
  session: { enable_bitmapscan: 'off' },
  isReversed: false,
  statistics: null,
};

/** The second run: everything else. */
export const SECOND: Conditions = {
  name: 'run 2',
  words: 'rows in the reverse order, other plans, other defaults of the server',
  defaults: {
    TimeZone: 'Pacific/Chatham',
    DateStyle: 'SQL, DMY',
    IntervalStyle: 'sql_standard',
    extra_float_digits: '-5',
    bytea_output: 'escape',
    default_text_search_config: 'pg_catalog.english',
    plan_cache_mode: 'force_custom_plan',
    statement_timeout: '1h',
  },
  session: {
    enable_indexscan: 'off',
    enable_indexonlyscan: 'off',
    enable_hashjoin: 'off',
    enable_hashagg: 'off',
    enable_nestloop: 'off',
    enable_memoize: 'off',
    enable_material: 'off',
    enable_incremental_sort: 'off',
    work_mem: '64kB',
    random_page_cost: '1',
    from_collapse_limit: '1',
    join_collapse_limit: '1',
    geqo: 'off',
  },
  isReversed: true,
  statistics: { rows: 1e7, pages: 1e5 },
};
