-- Compares what the node's roles may execute with what the set-up gives them: one row per
-- difference, `is_missing` or else in excess. Runs as the node, after facts.sql has shown that the
-- roles and the guard exist.

WITH wanted AS MATERIALIZED (
    SELECT r.routine, r.is_reader, r.is_contract
    FROM bucordo_guard.routine_right AS r
),
missing AS (
    SELECT named.role, w.routine
    FROM wanted AS w
    CROSS JOIN LATERAL (
        VALUES
            ('bucordo_owner'::name, true),
            ('bucordo_node'::name, true),
            ('bucordo_reader'::name, w.is_reader),
            ('bucordo_contract'::name, w.is_contract)
    ) AS named (role, is_wanted)
    WHERE named.is_wanted AND NOT pg_catalog.has_function_privilege(named.role, w.routine, 'EXECUTE')
),
excess AS (
    SELECT r.rolname AS role, p.oid AS routine
    FROM pg_catalog.pg_proc AS p
    CROSS JOIN LATERAL pg_catalog.aclexplode(p.proacl) AS a
    JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
    LEFT JOIN wanted AS w ON w.routine = p.oid
    WHERE p.pronamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        AND CASE
            WHEN r.rolname = 'bucordo_reader' THEN w.is_reader IS NOT TRUE
            WHEN r.rolname = 'bucordo_contract' THEN w.is_contract IS NOT TRUE
            WHEN r.rolname = 'bucordo_node' THEN w.routine IS NULL
            ELSE r.rolname ~ '^bucordo_(c_|deploy$)'
        END
)
SELECT
    d.role::text AS "role",
    d.is_missing AS "isMissing",
    pg_catalog.count(*)::int AS "count",
    (pg_catalog.array_agg(d.routine::regprocedure::text ORDER BY d.routine))[1:5] AS "routines"
FROM (
    SELECT m.role, m.routine, true AS is_missing FROM missing AS m
    UNION ALL
    SELECT e.role, e.routine, false FROM excess AS e
) AS d
GROUP BY d.role, d.is_missing
ORDER BY d.role, d.is_missing;
