-- What the start-up check needs to know about the server, the database and the login: one row.
-- Runs as the node; touches nothing. Column names are those of ServerFacts.

SELECT
    pg_catalog.current_setting('server_version_num')::int AS "version",
    pg_catalog.current_database()::text AS "database",
    SESSION_USER::text AS "login",
    pg_catalog.pg_is_in_recovery() AS "isStandby",
    (
        SELECT pg_catalog.jsonb_object_agg(s.name, pg_catalog.current_setting(s.name))
        FROM pg_catalog.pg_settings AS s
        WHERE s.name = ANY ($1::text[])
    ) AS "settings",
    -- The name of the locale's column changed with version 17.
    (
        SELECT pg_catalog.jsonb_build_object(
            'encoding', pg_catalog.pg_encoding_to_char(d.encoding),
            'provider', d.datlocprovider,
            'collate', d.datcollate,
            'ctype', d.datctype,
            'locale', pg_catalog.to_jsonb(d) ->> 'datlocale'
        )
        FROM pg_catalog.pg_database AS d
        WHERE d.datname = pg_catalog.current_database()
    ) AS "locale",
    -- Over a network without encryption: neither a socket, nor this machine, nor TLS.
    (
        pg_catalog.inet_server_addr() IS NOT NULL
        AND NOT pg_catalog.inet_client_addr() <<= ANY (ARRAY['127.0.0.0/8', '::1/128']::inet[])
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_stat_ssl AS s WHERE s.pid = pg_catalog.pg_backend_pid() AND s.ssl
        )
    ) AS "isPlaintext",
    (
        SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = SESSION_USER
    ) AS "isSuperuser",
    -- Roles whose rights the login has or can take, beyond its own and those of the set-up.
    ARRAY(
        SELECT r.rolname::text
        FROM pg_catalog.pg_roles AS r
        WHERE r.rolname <> SESSION_USER
            AND NOT (
                SESSION_USER = 'bucordo_node'
                AND (
                    r.rolname IN ('bucordo_owner', 'bucordo_deploy', 'bucordo_contract', 'pg_database_owner')
                    OR pg_catalog.starts_with(r.rolname::text, 'bucordo_c_')
                )
            )
            AND pg_catalog.pg_has_role(SESSION_USER, r.oid, 'MEMBER')
        ORDER BY r.rolname
    ) AS "memberships",
    ARRAY(
        SELECT named
        FROM pg_catalog.unnest($2::text[]) AS named
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = named)
        ORDER BY named
    ) AS "missingRoles",
    -- Roles of the node with an attribute that the set-up never gives.
    ARRAY(
        SELECT r.rolname::text
        FROM pg_catalog.pg_roles AS r
        WHERE (r.rolname = ANY ($2::text[]) OR pg_catalog.starts_with(r.rolname::text, 'bucordo_c_'))
            AND (
                r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
                OR r.rolcanlogin AND r.rolname NOT IN ('bucordo_node', 'bucordo_reader', 'bucordo_member', 'bucordo_member_reader')
            )
        ORDER BY r.rolname
    ) AS "powerfulRoles",
    -- The system's roles with rights of others that the set-up never gives: the same as it takes back.
    ARRAY(
        SELECT r.rolname || ' in ' || g.rolname
        FROM pg_catalog.pg_auth_members AS m
        JOIN pg_catalog.pg_roles AS r ON r.oid = m.member
        JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
        WHERE CASE
            WHEN r.rolname ~ '^bucordo_(c_.*|deploy)$' THEN g.rolname <> 'bucordo_contract'
            WHEN r.rolname = 'bucordo_contract' THEN true
            WHEN r.rolname = 'bucordo_owner' THEN g.rolname !~ '^bucordo_(c_.*|deploy)$'
            WHEN r.rolname ~ '^bucordo_(reader|member|member_reader)$'
                THEN g.rolsuper
                    OR g.rolname ~ '^bucordo_(owner|node|contract|deploy|c_.*)$'
                    OR g.rolname ~ '^pg_(execute_server_program|read_server_files|write_server_files|write_all_data|maintain)$'
            ELSE false
        END
        ORDER BY 1
    ) AS "unsafeMemberships",
    -- What the set-up gives besides routines and is gone: without it a decision fails on this node alone.
    ARRAY(
        SELECT 'USAGE on language ' || l.lanname || ' for ' || r.rolname
        FROM pg_catalog.pg_language AS l
        CROSS JOIN pg_catalog.pg_roles AS r
        WHERE l.lanname IN ('plpgsql', 'sql')
            AND r.rolname IN ('bucordo_owner', 'bucordo_deploy')
            AND NOT pg_catalog.has_language_privilege(r.oid, l.oid, 'USAGE')
        UNION ALL
        SELECT 'CREATE on the database for ' || r.rolname
        FROM pg_catalog.pg_roles AS r
        WHERE r.rolname = 'bucordo_owner'
            AND NOT pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database()::text, 'CREATE')
        UNION ALL
        SELECT 'membership of ' || m.rolname || ' in ' || g.rolname
        FROM pg_catalog.pg_roles AS m
        CROSS JOIN pg_catalog.pg_roles AS g
        WHERE (
                m.rolname ~ '^bucordo_(c_[0-9]{3}|deploy)$' AND g.rolname = 'bucordo_contract'
                OR m.rolname = 'bucordo_owner' AND g.rolname ~ '^bucordo_(c_[0-9]{3}|deploy)$'
                OR m.rolname = 'bucordo_node' AND g.rolname = 'bucordo_owner'
            )
            AND NOT pg_catalog.pg_has_role(m.oid, g.oid, 'MEMBER')
        ORDER BY 1
    ) AS "missingRights",
    ARRAY(
        SELECT p.oid::regprocedure::text
        FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            AND (
                p.proacl IS NULL
                OR EXISTS (SELECT FROM pg_catalog.aclexplode(p.proacl) AS a WHERE a.grantee = 0)
            )
        ORDER BY 1
    ) AS "publicRoutines",
    ARRAY(
        SELECT c.oid::regclass::text
        FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            AND EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) AS a WHERE a.grantee = 0)
        ORDER BY 1
    ) AS "publicTables",
    ARRAY(
        SELECT l.lanname::text
        FROM pg_catalog.pg_language AS l
        WHERE l.lanpltrusted
            AND EXISTS (
                SELECT
                FROM pg_catalog.aclexplode(coalesce(l.lanacl, pg_catalog.acldefault('l', l.lanowner))) AS a
                WHERE a.grantee = 0
            )
        ORDER BY 1
    ) AS "publicLanguages",
    ARRAY(
        SELECT a.privilege_type
        FROM pg_catalog.pg_database AS d
        CROSS JOIN pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) AS a
        WHERE d.datname = pg_catalog.current_database() AND a.grantee = 0
        ORDER BY 1
    ) AS "publicDatabaseRights",
    -- Schemas in which everybody may create.
    ARRAY(
        SELECT n.nspname::text
        FROM pg_catalog.pg_namespace AS n
        WHERE EXISTS (
            SELECT
            FROM pg_catalog.aclexplode(n.nspacl) AS a
            WHERE a.grantee = 0 AND a.privilege_type = 'CREATE'
        )
        ORDER BY 1
    ) AS "publicSchemas",
    -- The event trigger: A when it is as set up and always fires.
    (
        SELECT CASE
            WHEN e.evtevent <> 'ddl_command_start' OR e.evttags IS NOT NULL THEN 'changed'
            WHEN NOT EXISTS (
                SELECT
                FROM pg_catalog.pg_proc AS p
                JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
                WHERE p.oid = e.evtfoid AND n.nspname = 'bucordo_guard' AND p.proname = 'refuse_ddl'
            ) THEN 'changed'
            ELSE e.evtenabled::text
        END
        FROM pg_catalog.pg_event_trigger AS e
        WHERE e.evtname = 'bucordo_refuse_ddl'
    ) AS "eventTrigger",
    EXISTS (
        SELECT
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'bucordo_guard' AND c.relname = 'routine_right'
    ) AS "isSetUp";
