-- Adds to what is noted about a contract's schemas what a decision about another contract has changed there.
--
-- $1: the contract; $2 and $3: its schemas before and after the decision, as in reflection.sql.

WITH before AS (
    SELECT o.kind, o.name, o.definition
    FROM pg_catalog.jsonb_to_recordset($2::pg_catalog.jsonb) AS o (kind pg_catalog.text, name pg_catalog.text, definition pg_catalog.text)
),
after AS (
    SELECT o.kind, o.name, o.definition
    FROM pg_catalog.jsonb_to_recordset($3::pg_catalog.jsonb) AS o (kind pg_catalog.text, name pg_catalog.text, definition pg_catalog.text)
)
UPDATE bucordo.contract_shape AS s
SET objects = (
    SELECT pg_catalog.jsonb_agg(o.object)
    FROM (
        SELECT r.object
        FROM pg_catalog.jsonb_array_elements(s.objects) AS r (object)
        WHERE (r.object ->> 'kind', r.object ->> 'name') NOT IN (
            SELECT c.kind, c.name
            FROM (TABLE before EXCEPT TABLE after) AS c
        )
        UNION
        SELECT pg_catalog.to_jsonb(c)
        FROM (TABLE after EXCEPT TABLE before) AS c
    ) AS o
)
WHERE s.contract = $1
