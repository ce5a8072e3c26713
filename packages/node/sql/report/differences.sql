-- What of a contract's schemas is otherwise than the last decision left it: more, gone, or changed.
-- Rights of those who only read are nobody's but this member's. Where the server has another major
-- version by now, definitions that Postgres words itself are not compared.
--
-- $1: the contract; $2: what is there now, as in reflection.sql.

WITH recorded AS (
    SELECT
        s.objects,
        s.postgres <> pg_catalog.current_setting('server_version_num')::pg_catalog.int4 / 10000 AS is_moved
    FROM bucordo.contract_shape AS s
    WHERE s.contract = $1
),
before AS (
    SELECT o.kind, o.name, o.definition
    FROM recorded AS r
    CROSS JOIN LATERAL pg_catalog.jsonb_to_recordset(r.objects) AS o (kind pg_catalog.text, name pg_catalog.text, definition pg_catalog.text)
),
now AS (
    SELECT o.kind, o.name, o.definition
    FROM pg_catalog.jsonb_to_recordset($2::pg_catalog.jsonb) AS o (kind pg_catalog.text, name pg_catalog.text, definition pg_catalog.text)
)
SELECT
    coalesce(b.kind, n.kind) || ' ' || coalesce(b.name, n.name)
        || CASE WHEN b.kind IS NULL THEN ' is there' WHEN n.kind IS NULL THEN ' is gone' ELSE ' is changed' END AS "difference"
FROM before AS b
FULL JOIN now AS n ON n.kind = b.kind AND n.name = b.name
WHERE EXISTS (SELECT FROM recorded AS r)
    AND (
        b.kind IS NULL
        OR n.kind IS NULL
        OR n.definition <> b.definition
        AND NOT (
            coalesce(b.kind, n.kind) IN ('column', 'constraint', 'index', 'policy', 'rule', 'trigger', 'view')
            AND (SELECT r.is_moved FROM recorded AS r)
        )
    )
    AND NOT (
        coalesce(b.kind, n.kind) = 'right'
        AND coalesce(b.name, n.name) !~ ' to (PUBLIC|bucordo_(owner|deploy|contract|c_.*))$'
    )
ORDER BY 1
LIMIT 20
