-- Which routines of the system catalogue each role may execute, as one view. Needs a superuser.
--
-- Postgres lets everybody execute nearly all of its 3,400 built-in functions. Here nobody may,
-- and each role gets what it needs. "Initially public" are those that initdb opened to everybody;
-- files, signals and other dangerous ones are not, and are granted to no role of the node.
--
--   bucordo_owner, bucordo_node   all that was initially public
--   bucordo_reader                of these, what only reads, and neither waits, locks nor signals
--   bucordo_contract              a positive list: deterministic functions over the types of contracts,
--                                 with the functions behind operators, casts and indexes of these types

CREATE OR REPLACE VIEW bucordo_guard.contract_type AS
SELECT named::regtype::oid AS type
FROM unnest(ARRAY[
    'bool', 'int2', 'int4', 'int8', 'numeric', 'text', 'varchar', 'bpchar', 'bytea', 'uuid', 'date',
    'timestamptz', 'timestamp', 'interval', 'jsonb', 'record', 'void', 'cstring', 'unknown', 'trigger',
    'anyelement', 'anynonarray', 'anyarray', 'anycompatible', 'anycompatiblenonarray', 'anycompatiblearray',
    'bool[]', 'int2[]', 'int4[]', 'int8[]', 'numeric[]', 'text[]', 'bytea[]', 'uuid[]', 'date[]',
    'timestamptz[]', 'jsonb[]'
]) AS named;

-- Functions by name, in all their forms over any types: pure, or fixed by the session's profile.
CREATE OR REPLACE VIEW bucordo_guard.contract_name AS
SELECT named::name AS name
FROM unnest(ARRAY[
    -- numbers
    'abs', 'ceil', 'ceiling', 'floor', 'round', 'trunc', 'sign', 'mod', 'div', 'gcd', 'lcm', 'sqrt', 'scale',
    'trim_scale', 'min_scale', 'numeric', 'int2', 'int4', 'int8', 'bool',
    -- text and bytes
    'length', 'char_length', 'character_length', 'octet_length', 'bit_length', 'lower', 'upper', 'btrim', 'ltrim',
    'rtrim', 'lpad', 'rpad', 'substr', 'substring', 'position', 'overlay', 'replace', 'translate', 'split_part',
    'left', 'right', 'reverse', 'strpos', 'starts_with', 'ascii', 'chr', 'repeat', 'concat', 'concat_ws', 'format',
    'quote_literal', 'initcap', 'md5', 'encode', 'decode', 'convert_to', 'convert_from', 'sha224', 'sha256',
    'sha384', 'sha512', 'regexp_replace', 'regexp_match', 'regexp_matches', 'regexp_split_to_array', 'regexp_like',
    'regexp_count', 'regexp_substr', 'regexp_instr', 'like', 'notlike', 'similar_to_escape', 'like_escape', 'text',
    'varchar', 'textanycat', 'anytextcat',
    -- arrays and series
    'array_length', 'array_ndims', 'array_lower', 'array_upper', 'cardinality', 'array_append', 'array_prepend',
    'array_cat', 'array_remove', 'array_replace', 'array_position', 'array_positions', 'array_to_string',
    'string_to_array', 'unnest', 'generate_subscripts', 'array_fill', 'trim_array', 'generate_series',
    'num_nulls', 'num_nonnulls',
    -- jsonb
    'jsonb_array_length', 'jsonb_typeof', 'jsonb_extract_path', 'jsonb_extract_path_text', 'jsonb_array_elements',
    'jsonb_array_elements_text', 'jsonb_each', 'jsonb_each_text', 'jsonb_object_keys', 'jsonb_set', 'jsonb_insert',
    'jsonb_strip_nulls', 'jsonb_build_object', 'jsonb_build_array', 'jsonb_pretty', 'jsonb_exists', 'to_jsonb',
    'jsonb_object', 'jsonb_concat', 'jsonb_contains',
    -- aggregates and windows
    'count', 'sum', 'avg', 'min', 'max', 'bool_and', 'bool_or', 'every', 'bit_and', 'bit_or', 'string_agg',
    'array_agg', 'jsonb_agg', 'jsonb_object_agg', 'row_number', 'rank', 'dense_rank', 'lag', 'lead', 'first_value',
    'last_value', 'nth_value', 'ntile',
    -- dates and times, from given values only
    'extract', 'date_part', 'make_date', 'make_interval', 'date_trunc', 'timezone',
    'timestamptz_pl_interval', 'timestamptz_mi_interval', 'interval_pl_timestamptz'
]) AS named;

-- Text input of dates and times reads the clock ('now', 'today'), so contracts may not call it. Differences of
-- times and sums of intervals beyond the range of an interval differ between versions.
CREATE OR REPLACE VIEW bucordo_guard.contract_routine AS
WITH found AS (
    SELECT p.oid
    FROM pg_catalog.pg_proc AS p
    JOIN bucordo_guard.contract_name AS n ON n.name = p.proname
    WHERE p.provolatile <> 'v'
    UNION
    SELECT o.oprcode::oid
    FROM pg_catalog.pg_operator AS o
    WHERE (o.oprleft = 0 OR o.oprleft IN (SELECT type FROM bucordo_guard.contract_type))
        AND o.oprright IN (SELECT type FROM bucordo_guard.contract_type)
    UNION
    SELECT c.castfunc
    FROM pg_catalog.pg_cast AS c
    WHERE c.castsource IN (SELECT type FROM bucordo_guard.contract_type)
        AND c.casttarget IN (SELECT type FROM bucordo_guard.contract_type)
    UNION
    -- Long IN lists are hashed, and the hash function's right is checked then.
    SELECT a.amproc::oid
    FROM pg_catalog.pg_amproc AS a
    WHERE a.amproclefttype IN (SELECT type FROM bucordo_guard.contract_type)
        AND a.amprocrighttype IN (SELECT type FROM bucordo_guard.contract_type)
        AND a.amprocfamily IN (
            SELECT f.oid
            FROM pg_catalog.pg_opfamily AS f
            JOIN pg_catalog.pg_am AS m ON m.oid = f.opfmethod
            WHERE m.amname IN ('btree', 'hash')
        )
    UNION
    SELECT f.io
    FROM pg_catalog.pg_type AS t
    CROSS JOIN LATERAL (VALUES (t.typinput::oid), (t.typoutput::oid), (t.typmodin::oid)) AS f (io)
    WHERE t.oid IN (SELECT type FROM bucordo_guard.contract_type)
)
SELECT f.oid AS routine
FROM found AS f
JOIN pg_catalog.pg_proc AS p ON p.oid = f.oid
WHERE p.pronamespace = 'pg_catalog'::regnamespace
    AND p.prokind <> 'p'
    AND p.provolatile <> 'v'
    AND p.proname NOT IN (
        'date_in', 'timestamptz_in', 'timestamp_in', 'interval_in',
        'timestamptz_mi', 'timestamp_mi', 'interval_pl', 'interval_mi', 'interval_um', 'interval'
    );

-- Functions that change nothing: what a query and the tools behind it call.
CREATE OR REPLACE VIEW bucordo_guard.reader_routine AS
SELECT p.oid AS routine
FROM pg_catalog.pg_proc AS p
WHERE p.pronamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    AND p.prokind <> 'p'
    AND (
        p.provolatile <> 'v'
        OR p.proname IN (
            'random', 'random_normal', 'gen_random_uuid', 'uuidv4', 'uuidv7', 'clock_timestamp', 'timeofday',
            'pg_relation_size', 'pg_table_size', 'pg_indexes_size', 'pg_total_relation_size', 'pg_database_size',
            -- Asked by psql and other tools about every table; they only read the catalogue.
            'pg_partition_ancestors', 'pg_partition_tree', 'pg_is_in_recovery', 'pg_sequence_last_value'
        )
    )
    -- These run a text as SQL, tell what other sessions do, or take a transaction's number.
    AND p.proname !~ '_to_xml(schema|_and_xmlschema)?$'
    AND p.proname !~ '^pg_stat_get_(activity|backend_|progress_|subscription|wal_)'
    AND p.proname NOT IN (
        'ts_rewrite', 'ts_stat', 'pg_lock_status', 'pg_cursor', 'pg_prepared_statement', 'txid_current',
        'pg_current_xact_id'
    );

-- What the tools of the member's own people call besides, at their own logins: settings of their session, a
-- number of their transaction, and who else is there. Never the query door's, whose settings say who reads.
CREATE OR REPLACE VIEW bucordo_guard.member_routine AS
SELECT p.oid AS routine
FROM pg_catalog.pg_proc AS p
WHERE p.pronamespace = 'pg_catalog'::regnamespace
    AND (
        p.proname IN ('set_config', 'txid_current', 'pg_current_xact_id', 'pg_lock_status', 'pg_blocking_pids', 'pg_cursor')
        OR p.proname ~ '^pg_stat_get_(activity|backend_.*)$'
    );

-- One row per routine of the catalogue: who may execute it.
CREATE OR REPLACE VIEW bucordo_guard.routine_right AS
SELECT
    p.oid AS routine,
    p.oid IN (SELECT routine FROM bucordo_guard.reader_routine) AS is_reader,
    p.oid IN (SELECT routine FROM bucordo_guard.contract_routine) AS is_contract,
    p.oid IN (SELECT routine FROM bucordo_guard.member_routine) AS is_member
FROM pg_catalog.pg_proc AS p
LEFT JOIN pg_catalog.pg_init_privs AS i
    ON i.objoid = p.oid AND i.classoid = 'pg_catalog.pg_proc'::regclass AND i.objsubid = 0
WHERE p.pronamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    AND (i.initprivs IS NULL OR EXISTS (SELECT FROM aclexplode(i.initprivs) AS a WHERE a.grantee = 0));

REVOKE ALL ON ALL TABLES IN SCHEMA bucordo_guard FROM PUBLIC;
GRANT SELECT ON bucordo_guard.routine_right TO bucordo_node;
