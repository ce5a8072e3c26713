-- What the roles of contracts hold outside their fence: one row per object. Runs as the node, after
-- facts.sql has shown that the roles exist. Routines of the system catalogue are judged by rights.sql.
--
-- Inside the fence are: the context and budget functions of schema `bucordo`; in the contract's own
-- schema the use of it, rows of tables, and the functions and views that the contract's role owns;
-- views that another contract publishes; the languages, for the role that installs.

WITH contract_role AS (
    SELECT r.oid, r.rolname::text AS name
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname ~ '^bucordo_(c_.*|contract|deploy)$'
),
-- A contract's schema has its history beside it.
contract_schema AS (
    SELECT n.oid
    FROM pg_catalog.pg_namespace AS n
    JOIN pg_catalog.pg_namespace AS h ON h.nspname = n.nspname || '_history'
    JOIN pg_catalog.pg_roles AS r ON r.oid = n.nspowner AND r.rolname = 'bucordo_owner'
    WHERE n.nspname <> 'bucordo'
),
held AS (
    SELECT r.oid AS role, r.name, d.classid, d.objid, d.objsubid, d.deptype = 'o' AS is_owner
    FROM pg_catalog.pg_shdepend AS d
    JOIN contract_role AS r ON r.oid = d.refobjid
    CROSS JOIN (
        SELECT b.oid FROM pg_catalog.pg_database AS b WHERE b.datname = pg_catalog.current_database()
    ) AS here
    WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass
        AND d.dbid IN (0, here.oid)
        -- Roles belong to all databases of the server; memberships are judged with the roles.
        AND d.classid <> 'pg_catalog.pg_auth_members'::regclass
        AND (d.classid <> 'pg_catalog.pg_database'::regclass OR d.objid = here.oid)
)
SELECT h.name AS "role", pg_catalog.pg_describe_object(h.classid, h.objid, h.objsubid) AS "object"
FROM held AS h
LEFT JOIN pg_catalog.pg_proc AS p ON h.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = h.objid
LEFT JOIN pg_catalog.pg_class AS c ON h.classid = 'pg_catalog.pg_class'::regclass AND c.oid = h.objid
LEFT JOIN pg_catalog.pg_namespace AS n ON h.classid = 'pg_catalog.pg_namespace'::regclass AND n.oid = h.objid
WHERE NOT CASE
    WHEN p.oid IS NOT NULL AND p.pronamespace = 'pg_catalog'::regnamespace THEN NOT h.is_owner
    WHEN p.oid IS NOT NULL AND p.pronamespace IN (SELECT s.oid FROM contract_schema AS s)
        THEN h.is_owner OR p.proowner = h.role
    WHEN p.oid IS NOT NULL THEN
        NOT h.is_owner
        AND h.name = 'bucordo_contract'
        AND p.pronamespace IN (SELECT b.oid FROM pg_catalog.pg_namespace AS b WHERE b.nspname = 'bucordo')
        AND p.proname IN (
            'caller', 'member', 'has_role', 'tx_id', 'height', 'position', 'ordinal', 'block_time',
            'block_time_ms', 'add_seconds', 'seconds_between', 'timestamp_utc', 'random_bytes', 'new_id',
            'whole_number', 'decimal_number', 'lower_case', 'upper_case', 'fold_case',
            'charge', 'charge_scan', 'charge_work', 'units_left', 'check_size', 'check_array', 'check_digits',
            'check_nesting'
        )
    WHEN c.oid IS NOT NULL THEN
        c.relnamespace IN (SELECT s.oid FROM contract_schema AS s)
        AND (c.relkind = 'v' OR NOT h.is_owner AND h.name LIKE 'bucordo\_c\_%')
        -- The rows of a table are for the contract whose schema it is in.
        AND (
            c.relkind = 'v'
            OR NOT EXISTS (
                SELECT
                FROM pg_catalog.pg_proc AS f
                WHERE f.pronamespace = c.relnamespace AND f.proowner <> h.role
            )
        )
        AND NOT EXISTS (
            SELECT
            FROM pg_catalog.aclexplode(c.relacl) AS a
            WHERE a.grantee = h.role
                AND c.relowner <> h.role
                AND (a.is_grantable OR a.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE'))
        )
    WHEN n.oid IS NOT NULL THEN
        NOT h.is_owner
        AND (n.nspname = 'bucordo' OR n.oid IN (SELECT s.oid FROM contract_schema AS s))
        AND NOT EXISTS (
            SELECT
            FROM pg_catalog.aclexplode(n.nspacl) AS a
            WHERE a.grantee = h.role AND (a.is_grantable OR a.privilege_type <> 'USAGE')
        )
    ELSE h.classid = 'pg_catalog.pg_language'::regclass AND NOT h.is_owner AND h.name = 'bucordo_deploy'
END
ORDER BY 1, 2;
