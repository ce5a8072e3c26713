-- What is in the database, object by object: kind, name, and a definition that two nodes with the same
-- chain agree in. Sorted, so that two answers can be laid side by side. Private schemas of the member
-- are not looked at, nor is anything that differs between nodes by right (numbers of the catalogue,
-- sizes, statistics).

WITH shared_schema AS (
    SELECT n.oid, n.nspname::text AS name
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname IN (
        SELECT s.name
        FROM bucordo.contract AS c
        CROSS JOIN LATERAL (VALUES (c.name), (c.name || '_history'), (c.name || '_read')) AS s (name)
    )
),
shared_relation AS (
    SELECT c.oid, c.relkind, c.relpersistence, c.relrowsecurity, s.name AS schema, c.relname::text AS name
    FROM pg_catalog.pg_class AS c
    JOIN shared_schema AS s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v')
)
SELECT f.kind, f.name, f.definition
FROM (
    SELECT
        'table' AS kind,
        r.schema || '.' || r.name AS name,
        CASE r.relpersistence WHEN 'p' THEN 'permanent' WHEN 'u' THEN 'unlogged' ELSE 'temporary' END
            || CASE WHEN r.relrowsecurity THEN ', row security' ELSE '' END AS definition
    FROM shared_relation AS r
    WHERE r.relkind = 'r'

    UNION ALL
    SELECT 'view', r.schema || '.' || r.name, pg_catalog.pg_get_viewdef(r.oid)
    FROM shared_relation AS r
    WHERE r.relkind = 'v'

    UNION ALL
    SELECT
        'column',
        r.schema || '.' || r.name || '.' || a.attname,
        pg_catalog.format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
            || CASE WHEN d.oid IS NULL THEN '' ELSE ' default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) END
    FROM shared_relation AS r
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum

    UNION ALL
    -- NOT NULL is a constraint of its own from Postgres 18 on; it stands with the column.
    SELECT 'constraint', r.schema || '.' || r.name || '.' || k.conname, pg_catalog.pg_get_constraintdef(k.oid)
    FROM shared_relation AS r
    JOIN pg_catalog.pg_constraint AS k ON k.conrelid = r.oid AND k.contype <> 'n'

    UNION ALL
    SELECT 'index', r.schema || '.' || c.relname, pg_catalog.pg_get_indexdef(i.indexrelid)
    FROM shared_relation AS r
    JOIN pg_catalog.pg_index AS i ON i.indrelid = r.oid
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid

    UNION ALL
    SELECT
        'trigger',
        r.schema || '.' || r.name || '.' || t.tgname,
        CASE t.tgenabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled' ELSE 'enabled ' || t.tgenabled::text END
            || ', ' || t.tgfoid::pg_catalog.regproc::text
    FROM shared_relation AS r
    JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = r.oid AND NOT t.tgisinternal

    UNION ALL
    SELECT
        'function',
        s.name || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')',
        pg_catalog.concat_ws(
            ', ',
            'returns ' || pg_catalog.pg_get_function_result(p.oid),
            l.lanname,
            CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
            CASE WHEN p.prosecdef THEN 'security definer' END,
            'owner ' || p.proowner::pg_catalog.regrole::text,
            pg_catalog.array_to_string(p.proconfig, ', '),
            'body ' || pg_catalog.encode(
                pg_catalog.sha256(
                    pg_catalog.convert_to(coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc), 'UTF8')
                ),
                'hex'
            )
        )
    FROM pg_catalog.pg_proc AS p
    JOIN shared_schema AS s ON s.oid = p.pronamespace
    JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang

    UNION ALL
    SELECT
        'callable',
        c.contract || '.' || c.name,
        '(' || coalesce(
            (
                SELECT pg_catalog.string_agg(a.name || ' ' || a.type, ', ' ORDER BY a.place)
                FROM ROWS FROM (
                    pg_catalog.unnest(c.parameter_names), pg_catalog.unnest(c.parameter_types)
                ) WITH ORDINALITY AS a (name, type, place)
            ),
            ''
        ) || ')'
            || CASE WHEN c.returns_value THEN ' returns a value' ELSE '' END
            || ' roles ' || c.roles::text || ' classes ' || c.classes::text
    FROM bucordo.function AS c
    WHERE NOT c.is_retired
) AS f
ORDER BY f.kind COLLATE "C", f.name COLLATE "C", f.definition COLLATE "C"
