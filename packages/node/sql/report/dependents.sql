-- Objects outside of the shared schemas that stand on what a contract's schemas hold: views, tables with
-- columns of its row types, domains, functions, defaults, keys, policies, publications. They are on this
-- node alone, and Postgres refuses to drop or to change what they stand on.
--
-- $1: the contract. One row per object, as Postgres describes it, with the name of the relation it belongs to.

WITH shared_schema AS (
    SELECT
        n.oid,
        n.nspname IN ($1::pg_catalog.text, $1::pg_catalog.text || '_history', $1::pg_catalog.text || '_read') AS is_of_contract
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname IN (
        SELECT c.name || s.suffix
        FROM bucordo.contract AS c
        CROSS JOIN (VALUES (''), ('_history'), ('_read')) AS s (suffix)
        UNION ALL
        SELECT $1::pg_catalog.text || s.suffix
        FROM (VALUES (''), ('_history'), ('_read')) AS s (suffix)
    )
),
base AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AS classid, c.oid AS objid
    FROM pg_catalog.pg_class AS c
    JOIN shared_schema AS s ON s.oid = c.relnamespace AND s.is_of_contract
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid
    FROM pg_catalog.pg_proc AS p
    JOIN shared_schema AS s ON s.oid = p.pronamespace AND s.is_of_contract
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
    FROM pg_catalog.pg_type AS t
    JOIN shared_schema AS s ON s.oid = t.typnamespace AND s.is_of_contract
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid
    FROM pg_catalog.pg_constraint AS k
    JOIN shared_schema AS s ON s.oid = k.connamespace AND s.is_of_contract
    UNION ALL
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, s.oid
    FROM shared_schema AS s
    WHERE s.is_of_contract
),
dependent AS (
    SELECT DISTINCT d.classid, d.objid, d.objsubid
    FROM pg_catalog.pg_depend AS d
    JOIN base AS b ON b.classid = d.refclassid AND b.objid = d.refobjid
),
-- The relation that a part of a relation belongs to.
placed AS (
    SELECT
        d.*,
        coalesce(
            CASE WHEN d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass THEN d.objid END,
            w.ev_class, a.adrelid, t.tgrelid, nullif(k.conrelid, 0), p.polrelid, r.prrelid, x.stxrelid
        ) AS relation,
        y.typnamespace,
        f.pronamespace,
        k.connamespace
    FROM dependent AS d
    LEFT JOIN pg_catalog.pg_rewrite AS w
        ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid = d.objid
    LEFT JOIN pg_catalog.pg_attrdef AS a
        ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND a.oid = d.objid
    LEFT JOIN pg_catalog.pg_trigger AS t
        ON d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND t.oid = d.objid
    LEFT JOIN pg_catalog.pg_constraint AS k
        ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = d.objid
    LEFT JOIN pg_catalog.pg_policy AS p
        ON d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND p.oid = d.objid
    LEFT JOIN pg_catalog.pg_publication_rel AS r
        ON d.classid = 'pg_catalog.pg_publication_rel'::pg_catalog.regclass AND r.oid = d.objid
    LEFT JOIN pg_catalog.pg_statistic_ext AS x
        ON d.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND x.oid = d.objid
    LEFT JOIN pg_catalog.pg_type AS y
        ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND y.oid = d.objid
    LEFT JOIN pg_catalog.pg_proc AS f
        ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND f.oid = d.objid
)
SELECT DISTINCT
    pg_catalog.pg_describe_object(p.classid, p.objid, p.objsubid) AS "object",
    coalesce(c.relname, '')::pg_catalog.text AS "relation"
FROM placed AS p
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = p.relation
WHERE
    -- A publication has no schema; what it names of a contract is on this node alone.
    p.classid IN (
        'pg_catalog.pg_publication_rel'::pg_catalog.regclass, 'pg_catalog.pg_publication_namespace'::pg_catalog.regclass
    )
    OR coalesce(c.relnamespace, p.typnamespace, p.pronamespace, p.connamespace) NOT IN (
        SELECT s.oid FROM shared_schema AS s
    )
    -- Large values and indexes stand in schemas of Postgres, or with their table.
    AND coalesce(c.relkind, 'r') NOT IN ('t')
    OR coalesce(c.relnamespace, p.typnamespace, p.pronamespace, p.connamespace) IS NULL
    AND p.classid NOT IN ('pg_catalog.pg_namespace'::pg_catalog.regclass, 'pg_catalog.pg_default_acl'::pg_catalog.regclass)
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend AS n
        JOIN shared_schema AS s ON s.oid = n.refobjid
        WHERE n.classid = p.classid AND n.objid = p.objid
            AND n.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
    )
ORDER BY 1
