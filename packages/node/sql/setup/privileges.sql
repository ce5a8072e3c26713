-- Takes the system catalogue from PUBLIC and gives each role its part of it. Needs a superuser.
-- Run again, it repairs what a restore or an upgrade opened, and touches nothing that is right.

DO $routines$
DECLARE
    wanted record;
BEGIN
    -- PUBLIC, where it may execute anything; NULL stands for the default, which lets everybody.
    FOR wanted IN
        SELECT pg_catalog.string_agg(p.oid::regprocedure::text, ', ' ORDER BY p.oid) AS routines
        FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            AND (p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) AS a WHERE a.grantee = 0))
        HAVING pg_catalog.count(*) > 0
    LOOP
        EXECUTE 'REVOKE EXECUTE ON ROUTINE ' || wanted.routines || ' FROM PUBLIC';
    END LOOP;

    -- What a role may execute beyond its part, where another version or a restore gave it more.
    FOR wanted IN
        SELECT
            r.rolname AS role,
            pg_catalog.string_agg(p.oid::regprocedure::text, ', ' ORDER BY p.oid) AS routines
        FROM pg_catalog.pg_proc AS p
        CROSS JOIN LATERAL aclexplode(p.proacl) AS a
        JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
        LEFT JOIN bucordo_guard.routine_right AS w ON w.routine = p.oid
        WHERE p.pronamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            AND CASE
                WHEN r.rolname = 'bucordo_reader' THEN w.is_reader IS NOT TRUE
                WHEN r.rolname = 'bucordo_contract' THEN w.is_contract IS NOT TRUE
                WHEN r.rolname = 'bucordo_node' THEN w.routine IS NULL
                ELSE r.rolname ~ '^bucordo_(c_|deploy$)'
            END
        GROUP BY r.rolname
        ORDER BY r.rolname
    LOOP
        EXECUTE pg_catalog.format('REVOKE EXECUTE ON ROUTINE %s FROM %I', wanted.routines, wanted.role);
    END LOOP;

    -- One GRANT per set of roles, so that each routine's row is written once.
    FOR wanted IN
        SELECT
            'bucordo_owner, bucordo_node'
            || CASE WHEN r.is_reader THEN ', bucordo_reader' ELSE '' END
            || CASE WHEN r.is_contract THEN ', bucordo_contract' ELSE '' END
            || CASE WHEN r.is_member THEN ', bucordo_member, bucordo_member_reader' ELSE '' END AS roles,
            pg_catalog.string_agg(r.routine::regprocedure::text, ', ' ORDER BY r.routine) AS routines
        FROM bucordo_guard.routine_right AS r
        WHERE NOT pg_catalog.has_function_privilege('bucordo_owner', r.routine, 'EXECUTE')
            OR NOT pg_catalog.has_function_privilege('bucordo_node', r.routine, 'EXECUTE')
            OR r.is_reader AND NOT pg_catalog.has_function_privilege('bucordo_reader', r.routine, 'EXECUTE')
            OR r.is_contract AND NOT pg_catalog.has_function_privilege('bucordo_contract', r.routine, 'EXECUTE')
            OR r.is_member AND NOT pg_catalog.has_function_privilege('bucordo_member', r.routine, 'EXECUTE')
            OR r.is_member AND NOT pg_catalog.has_function_privilege('bucordo_member_reader', r.routine, 'EXECUTE')
        GROUP BY r.is_reader, r.is_contract, r.is_member
        ORDER BY r.is_reader, r.is_contract, r.is_member
    LOOP
        EXECUTE 'GRANT EXECUTE ON ROUTINE ' || wanted.routines || ' TO ' || wanted.roles;
    END LOOP;
END
$routines$;

-- Tables and views of the catalogue. pg_init_privs says what everybody could read at first;
-- the information schema is made later than that record, and only its inner views begin with _pg.
DO $relations$
DECLARE
    wanted record;
BEGIN
    REVOKE ALL ON ALL TABLES IN SCHEMA pg_catalog, information_schema FROM PUBLIC;
    FOR wanted IN
        SELECT pg_catalog.string_agg(c.oid::regclass::text, ', ' ORDER BY c.oid) AS relations
        FROM pg_catalog.pg_class AS c
        LEFT JOIN pg_catalog.pg_init_privs AS i
            ON i.objoid = c.oid AND i.classoid = 'pg_catalog.pg_class'::regclass AND i.objsubid = 0
        WHERE c.relkind IN ('r', 'v')
            AND (
                c.relnamespace = 'information_schema'::regnamespace
                AND c.relname !~ '^_pg'
                OR c.relnamespace = 'pg_catalog'::regnamespace
                AND EXISTS (
                    SELECT FROM aclexplode(i.initprivs) AS a
                    WHERE a.grantee = 0 AND a.privilege_type = 'SELECT'
                )
            )
            AND NOT (
                pg_catalog.has_table_privilege('bucordo_owner', c.oid, 'SELECT')
                AND pg_catalog.has_table_privilege('bucordo_node', c.oid, 'SELECT')
                AND pg_catalog.has_table_privilege('bucordo_reader', c.oid, 'SELECT')
            )
        HAVING pg_catalog.count(*) > 0
    LOOP
        EXECUTE 'GRANT SELECT ON ' || wanted.relations || ' TO bucordo_owner, bucordo_node, bucordo_reader';
    END LOOP;
END
$relations$;
