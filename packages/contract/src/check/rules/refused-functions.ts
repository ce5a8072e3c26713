/**
 * Functions that authors reach for and contracts cannot have, each with the reason and the way that
 * works instead. A function that is neither here nor on the positive list is refused without advice.
 */

/** Why something is refused and what replaces it. */
export interface Advice {
  readonly rule: string;
  readonly message: string;
  readonly remedy: string;
}

interface Group extends Advice {
  /** Names, separated by blanks. */
  readonly names: string;
}

const GROUPS: readonly Group[] = [
  {
    rule: 'clock',
    names:
      'now clock_timestamp statement_timestamp transaction_timestamp timeofday localtimestamp age current_date current_timestamp',
    message: "It reads the node's clock: every node executes the transaction at another moment.",
    remedy:
      'Write bucordo.block_time(), the time of the block, which is the same on every node; for another moment, a parameter.',
  },
  {
    rule: 'random',
    names:
      'random setseed random_normal gen_random_uuid uuidv4 uuidv7 uuid_generate_v4 uuid_generate_v1 gen_random_bytes',
    message: 'It gives other values on every node.',
    remedy: 'Write bucordo.new_id() for an id, or bucordo.random_bytes(n).',
  },
  {
    rule: 'sequence',
    names: 'nextval setval currval lastval',
    message: 'A sequence counts what was rolled back on one node alone, so nodes would number differently.',
    remedy: "Take the key as a parameter, or write bucordo.position(), the transaction's place in the order.",
  },
  {
    rule: 'session',
    names: `set_config current_setting current_user session_user user current_role current_database current_schema
      current_schemas pg_backend_pid inet_client_addr inet_server_addr inet_client_port inet_server_port version pg_conf_load_time
      pg_postmaster_start_time current_query pg_trigger_depth pg_my_temp_schema pg_is_in_recovery getdatabaseencoding`,
    message: "It reads or changes the node's session, which is not part of the shared state.",
    remedy:
      'Write bucordo.caller(), bucordo.member() or bucordo.has_role(role) to learn who calls; take everything else as a parameter.',
  },
  {
    rule: 'wait',
    names: `pg_sleep pg_sleep_for pg_sleep_until pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock
      pg_advisory_xact_lock_shared pg_try_advisory_lock pg_try_advisory_xact_lock pg_advisory_unlock pg_advisory_unlock_all
      pg_cancel_backend pg_terminate_backend pg_notify pg_listening_channels pg_notification_queue_usage`,
    message: 'It waits, locks or signals outside of the transaction and can stop a node.',
    remedy: 'Remove it: transactions run one after another in the same order on every node.',
  },
  {
    rule: 'physical',
    names: `txid_current txid_current_if_assigned pg_current_xact_id pg_current_snapshot txid_current_snapshot txid_snapshot_xmin
      pg_relation_size pg_total_relation_size pg_table_size pg_indexes_size pg_database_size pg_column_size pg_column_compression
      pg_relation_filenode pg_relation_filepath pg_stat_get_live_tuples pg_xact_commit_timestamp pg_current_wal_lsn
      pg_tablespace_size pg_size_pretty`,
    message: 'It tells how this node stores its data, which differs between nodes.',
    remedy: 'Use a column of a table, bucordo.tx_id() or bucordo.position().',
  },
  {
    rule: 'files',
    names: `pg_read_file pg_read_binary_file pg_ls_dir pg_stat_file pg_ls_logdir pg_ls_waldir pg_ls_tmpdir lo_import lo_export lo_create
      lo_creat lo_from_bytea lo_get lo_put lo_open lo_unlink loread lowrite dblink dblink_connect dblink_exec pg_logdir_ls
      pg_reload_conf pg_rotate_logfile pg_switch_wal pg_create_restore_point pg_promote pg_log_backend_memory_contexts`,
    message: 'It reaches files, other databases or the server: outside of the sandbox.',
    remedy: 'Give the data to the function as a parameter.',
  },
  {
    rule: 'dynamic-sql',
    names: `query_to_xml query_to_xmlschema query_to_xml_and_xmlschema table_to_xml schema_to_xml database_to_xml cursor_to_xml
      ts_rewrite ts_stat pg_get_viewdef pg_get_functiondef`,
    message: 'It runs a text as a statement, which no check has seen.',
    remedy: 'Write the statement itself.',
  },
  {
    rule: 'catalogue',
    names: `pg_typeof to_regclass to_regtype to_regproc to_regprocedure to_regnamespace to_regrole pg_get_userbyid has_table_privilege
      has_schema_privilege has_function_privilege has_column_privilege pg_has_role obj_description col_description format_type
      pg_get_expr pg_get_constraintdef pg_get_indexdef pg_describe_object pg_table_is_visible pg_get_keywords`,
    message:
      "It reads the catalogue, whose numbers and contents differ between nodes and Postgres' versions.",
    remedy: 'Keep what the contract must know in one of its tables.',
  },
  {
    rule: 'floating-point',
    names: `float4 float8 sin cos tan cot asin acos atan atan2 sind cosd tand cotd asind acosd atand atan2d sinh cosh tanh asinh acosh atanh
      degrees radians pi cbrt stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp regr_slope
      regr_intercept regr_r2 regr_avgx regr_avgy regr_count regr_sxx regr_sxy regr_syy percentile_cont erf erfc gamma lgamma`,
    message: 'It computes in floating point, whose last digits depend on the machine and its libraries.',
    remedy: 'Compute with numeric, or with integers of the smallest unit, such as cents.',
  },
  {
    rule: 'version-dependent',
    names:
      'power pow exp ln log log10 normalize is_normalized quote_ident unicode_version icu_unicode_version casefold',
    message:
      'Its result depends on the version of Postgres or of a library: nodes on different versions would differ.',
    remedy: 'Multiply in a loop, or keep a table of the values that the rules need.',
  },
  {
    rule: 'version-dependent',
    names: 'width_bucket',
    message: 'At the edges of its buckets it counts otherwise in other versions of Postgres.',
    remedy: 'Write floor((value - low) * count / (high - low)) + 1.',
  },
  {
    rule: 'hash',
    names:
      'hashtext hashint4 hashint8 hash_record hash_array hashtextextended hashbytea hash_numeric crc32 crc32c',
    message: 'Postgres promises no stable results for its internal hashes; they may change with a version.',
    remedy: 'Write sha256(bytes).',
  },
  {
    rule: 'format',
    names:
      'to_char to_date to_timestamp to_number date_format make_timestamp make_timestamptz make_time justify_days justify_hours justify_interval isfinite date_bin',
    message: 'Its reading or writing of dates and numbers depends on settings, locale and time zone.',
    remedy:
      'Use bucordo.timestamp_utc(text) for a time, make_date(year, month, day) for a date, extract(… FROM …) and lpad(…) for a text.',
  },
  {
    rule: 'order',
    names: 'any_value mode percentile_disc json_agg json_object_agg xmlagg',
    message:
      'Its result depends on the order in which the node happens to read the rows, or is of a type contracts do not have.',
    remedy: 'Use min(…), max(…), or jsonb_agg(… ORDER BY …).',
  },
  {
    rule: 'populate',
    names: `jsonb_populate_record jsonb_populate_recordset jsonb_to_record jsonb_to_recordset json_populate_record json_populate_recordset
      json_to_record json_to_recordset populate_record`,
    message: "It casts texts to column types unseen; a text 'now' would become this node's clock.",
    remedy: "Take the fields one by one: (document->>'field'), checked before they are cast.",
  },
  {
    rule: 'budget',
    names:
      'factorial jsonb_path_query jsonb_path_exists jsonb_path_match jsonb_path_query_array jsonb_path_query_first to_tsvector to_tsquery plainto_tsquery',
    message: 'A short call of it can take minutes or gigabytes, which no budget counts.',
    remedy: 'Write a loop, which the budget counts, or the operators -> and ->>.',
  },
];

const ADVICE: ReadonlyMap<string, Advice> = new Map(
  GROUPS.flatMap(({ names, ...advice }) => names.split(/\s+/).map((name) => [name, advice] as const)),
);

/** What to say about a refused function, or null when there is nothing special to say. */
export function adviceOnFunction(name: string): Advice | null {
  return ADVICE.get(name) ?? null;
}
