-- What is in the database, object by object: kind, name, and a definition that two nodes with the same
-- chain agree in. Sorted, so that two answers can be laid side by side. Private schemas of the member
-- are not looked at, nor is anything that differs between nodes by right (numbers of the catalogue,
-- sizes, statistics, publications that change nothing of what statements do).
--
-- $1: a contract, to see its schemas alone; NULL for all of them, the system's, and the roles.

WITH shared_schema AS (
    SELECT n.oid, n.nspname::text AS name, n.nspowner, n.nspacl
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname IN (
        SELECT s.name
        FROM bucordo.contract AS c
        CROSS JOIN LATERAL (VALUES (c.name), (c.name || '_history'), (c.name || '_read')) AS s (name)
        WHERE c.name = $1::pg_catalog.text OR $1::pg_catalog.text IS NULL
    )
),
shared_relation AS (
    SELECT c.*, s.name || '.' || c.relname::text AS name
    FROM pg_catalog.pg_class AS c
    JOIN shared_schema AS s ON s.oid = c.relnamespace
    -- Indexes stand with their tables; the large values of a table have one of their own.
    WHERE c.relkind NOT IN ('i', 'I', 't')
),
system_role AS (
    SELECT r.*, r.rolname::text AS name
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname ~ '^bucordo_(owner|node|reader|member|member_reader|contract|deploy|c_.*)$'
),
shared_function AS (
    SELECT
        p.*,
        s.name || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' AS name
    FROM pg_catalog.pg_proc AS p
    JOIN shared_schema AS s ON s.oid = p.pronamespace
),
-- What each object gives to others than its owner.
given AS (
    SELECT s.name, s.nspowner AS owner, coalesce(s.nspacl, pg_catalog.acldefault('n', s.nspowner)) AS acl
    FROM shared_schema AS s
    UNION ALL
    SELECT r.name, r.relowner, coalesce(
        r.relacl,
        pg_catalog.acldefault(CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END::pg_catalog."char", r.relowner)
    )
    FROM shared_relation AS r
    UNION ALL
    SELECT r.name || '.' || a.attname, r.relowner, a.attacl
    FROM shared_relation AS r
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT p.name, p.proowner, coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
    FROM shared_function AS p
)
SELECT f.kind, f.name, f.definition
FROM (
    SELECT 'schema' AS kind, s.name, 'owner ' || s.nspowner::pg_catalog.regrole::text AS definition
    FROM shared_schema AS s

    UNION ALL
    SELECT
        CASE r.relkind WHEN 'r' THEN 'table' ELSE 'relation' END,
        r.name,
        pg_catalog.concat_ws(
            ', ',
            CASE r.relpersistence WHEN 'p' THEN 'permanent' WHEN 'u' THEN 'unlogged' ELSE 'temporary' END,
            CASE WHEN r.relkind <> 'r' THEN 'kind ' || r.relkind::text END,
            CASE WHEN r.relrowsecurity THEN 'row security' END,
            CASE WHEN r.relforcerowsecurity THEN 'row security for the owner' END,
            CASE WHEN r.relreplident <> 'd' THEN 'replica identity ' || r.relreplident::text END,
            CASE WHEN r.relispartition OR EXISTS (
                SELECT FROM pg_catalog.pg_inherits AS i WHERE r.oid IN (i.inhrelid, i.inhparent)
            ) THEN 'inherits or is inherited' END,
            pg_catalog.array_to_string(r.reloptions, ', '),
            'owner ' || r.relowner::pg_catalog.regrole::text
        )
    FROM shared_relation AS r
    WHERE r.relkind <> 'v'

    UNION ALL
    SELECT
        'view',
        r.name,
        pg_catalog.concat_ws(
            ', ',
            pg_catalog.array_to_string(r.reloptions, ', '),
            'owner ' || r.relowner::pg_catalog.regrole::text,
            pg_catalog.pg_get_viewdef(r.oid)
        )
    FROM shared_relation AS r
    WHERE r.relkind = 'v'

    UNION ALL
    SELECT
        'column',
        r.name || '.' || a.attname,
        pg_catalog.format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
            || CASE
                WHEN d.oid IS NULL THEN ''
                ELSE CASE a.attgenerated WHEN '' THEN ' default ' ELSE ' generated ' END
                    || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
            END
            || CASE WHEN a.attidentity = '' THEN '' ELSE ' identity' END
            || CASE
                WHEN a.attcollation IN (0, 'pg_catalog."default"'::pg_catalog.regcollation) THEN ''
                ELSE ' collate ' || a.attcollation::pg_catalog.regcollation::text
            END
    FROM shared_relation AS r
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum

    UNION ALL
    -- NOT NULL is a constraint of its own from Postgres 18 on; it stands with the column.
    SELECT 'constraint', r.name || '.' || k.conname, pg_catalog.pg_get_constraintdef(k.oid)
    FROM shared_relation AS r
    JOIN pg_catalog.pg_constraint AS k ON k.conrelid = r.oid AND k.contype <> 'n'

    UNION ALL
    -- Keys of other tables that lead here: they refuse what this table would allow.
    SELECT 'constraint', k.conrelid::pg_catalog.regclass::text || '.' || k.conname, 'on ' || r.name
    FROM shared_relation AS r
    JOIN pg_catalog.pg_constraint AS k ON k.confrelid = r.oid
    WHERE k.conrelid NOT IN (SELECT o.oid FROM shared_relation AS o)

    UNION ALL
    SELECT
        'index',
        pg_catalog.split_part(r.name, '.', 1) || '.' || c.relname,
        pg_catalog.pg_get_indexdef(i.indexrelid)
            || CASE WHEN i.indisvalid AND i.indisready AND i.indislive THEN '' ELSE ', not valid' END
    FROM shared_relation AS r
    JOIN pg_catalog.pg_index AS i ON i.indrelid = r.oid
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid

    UNION ALL
    SELECT
        'trigger',
        r.name || '.' || t.tgname,
        CASE t.tgenabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled' ELSE 'enabled ' || t.tgenabled::text END
            || ', ' || t.tgfoid::pg_catalog.regproc::text || ', ' || pg_catalog.pg_get_triggerdef(t.oid)
    FROM shared_relation AS r
    JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = r.oid AND NOT t.tgisinternal

    UNION ALL
    -- The triggers by which Postgres keeps foreign keys have numbers for names; only one that is not enabled is listed.
    SELECT 'trigger', r.name || '.' || k.conname, 'a foreign key is not kept: ' || t.tgenabled::text
    FROM shared_relation AS r
    JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = r.oid AND t.tgisinternal AND t.tgenabled <> 'O'
    JOIN pg_catalog.pg_constraint AS k ON k.oid = t.tgconstraint

    UNION ALL
    SELECT
        'rule',
        r.name || '.' || w.rulename,
        CASE w.ev_enabled WHEN 'O' THEN '' ELSE 'enabled ' || w.ev_enabled::text || ', ' END
            || pg_catalog.pg_get_ruledef(w.oid)
    FROM shared_relation AS r
    JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = r.oid
    WHERE r.relkind <> 'v' OR w.rulename <> '_RETURN'

    UNION ALL
    SELECT
        'policy',
        r.name || '.' || p.polname,
        pg_catalog.concat_ws(
            ', ',
            p.polcmd::text,
            CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
            p.polroles::pg_catalog.regrole[]::text,
            pg_catalog.pg_get_expr(p.polqual, p.polrelid),
            pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)
        )
    FROM shared_relation AS r
    JOIN pg_catalog.pg_policy AS p ON p.polrelid = r.oid

    UNION ALL
    -- Publications of changes that leave a key out, or choose rows by other columns: Postgres refuses to
    -- change such a table's rows.
    SELECT 'publication', r.name || '.' || b.pubname, 'changes of rows are refused'
    FROM shared_relation AS r
    JOIN pg_catalog.pg_publication_rel AS m ON m.prrelid = r.oid
    JOIN pg_catalog.pg_publication AS b ON b.oid = m.prpubid AND (b.pubupdate OR b.pubdelete)
    JOIN pg_catalog.pg_index AS i ON i.indrelid = r.oid AND i.indisprimary
    WHERE EXISTS (
        SELECT
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND CASE
                WHEN a.attnum = ANY (i.indkey::pg_catalog.int2[]) THEN a.attnum <> ALL (m.prattrs::pg_catalog.int2[])
                ELSE m.prqual::text ~ (':varattno ' || a.attnum || ' ')
            END
    )

    UNION ALL
    SELECT
        'function',
        p.name,
        pg_catalog.concat_ws(
            ', ',
            'returns ' || pg_catalog.pg_get_function_result(p.oid),
            l.lanname,
            CASE p.prokind WHEN 'f' THEN NULL ELSE 'kind ' || p.prokind::text END,
            CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
            CASE WHEN p.proisstrict THEN 'strict' END,
            CASE WHEN p.proleakproof THEN 'leakproof' END,
            CASE WHEN p.proparallel <> 'u' THEN 'parallel ' || p.proparallel::text END,
            CASE WHEN p.prosecdef THEN 'security definer' END,
            CASE WHEN p.prosupport <> 0 THEN 'support ' || p.prosupport::text END,
            'owner ' || p.proowner::pg_catalog.regrole::text,
            pg_catalog.array_to_string(p.proconfig, ', '),
            'body ' || pg_catalog.encode(
                pg_catalog.sha256(
                    pg_catalog.convert_to(coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc), 'UTF8')
                ),
                'hex'
            )
        )
    FROM shared_function AS p
    JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang

    UNION ALL
    -- Types of their own; those of rows and their arrays stand with the tables.
    SELECT
        'type',
        s.name || '.' || t.typname,
        'kind ' || t.typtype::text || ', owner ' || t.typowner::pg_catalog.regrole::text
    FROM pg_catalog.pg_type AS t
    JOIN shared_schema AS s ON s.oid = t.typnamespace
    WHERE t.typtype <> 'c' AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = t.oid)

    UNION ALL
    -- Whatever else stands in the schemas: operators and their classes, collations, statistics, text search.
    SELECT 'object', i.type || ' ' || i.identity, 'in the schema'
    FROM pg_catalog.pg_depend AS d
    JOIN shared_schema AS s ON s.oid = d.refobjid
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) AS i
    WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
        AND d.classid NOT IN (
            'pg_catalog.pg_class'::pg_catalog.regclass,
            'pg_catalog.pg_proc'::pg_catalog.regclass,
            'pg_catalog.pg_type'::pg_catalog.regclass,
            'pg_catalog.pg_constraint'::pg_catalog.regclass,
            'pg_catalog.pg_publication_namespace'::pg_catalog.regclass
        )

    UNION ALL
    SELECT
        'right',
        g.name || ' to ' || coalesce(r.rolname, 'PUBLIC'),
        pg_catalog.string_agg(
            a.privilege_type || CASE WHEN a.is_grantable THEN ' with grant option' ELSE '' END,
            ', ' ORDER BY a.privilege_type COLLATE "C", a.is_grantable
        )
    FROM given AS g
    CROSS JOIN LATERAL pg_catalog.aclexplode(g.acl) AS a
    LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
    WHERE a.grantee <> g.owner
    GROUP BY g.name, r.rolname

    UNION ALL
    -- Rights that what is made from now on will have.
    SELECT
        'default',
        pg_catalog.concat_ws(
            ' ', d.defaclobjtype::text, 'of', d.defaclrole::pg_catalog.regrole::text, 'in ' || n.nspname
        ),
        d.defaclacl::text
    FROM pg_catalog.pg_default_acl AS d
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
    WHERE n.oid IN (SELECT s.oid FROM shared_schema AS s)
        OR $1::pg_catalog.text IS NULL AND n.oid IS NULL AND d.defaclrole IN (SELECT r.oid FROM system_role AS r)

    UNION ALL
    SELECT
        'role',
        r.name,
        pg_catalog.concat_ws(
            ', ',
            CASE WHEN r.rolcanlogin THEN 'login' ELSE 'no login' END,
            CASE WHEN r.rolinherit THEN 'inherits' ELSE 'does not inherit' END,
            CASE WHEN r.rolsuper THEN 'superuser' END,
            CASE WHEN r.rolcreaterole THEN 'creates roles' END,
            CASE WHEN r.rolcreatedb THEN 'creates databases' END,
            CASE WHEN r.rolreplication THEN 'replication' END,
            CASE WHEN r.rolbypassrls THEN 'bypasses row security' END
        )
    FROM system_role AS r
    WHERE $1::pg_catalog.text IS NULL

    UNION ALL
    -- Whose rights a role has, and who has those of the roles that change what is shared.
    SELECT DISTINCT 'membership', m.member::pg_catalog.regrole::text || ' in ' || m.roleid::pg_catalog.regrole::text, 'member'
    FROM pg_catalog.pg_auth_members AS m
    WHERE $1::pg_catalog.text IS NULL
        AND (
            m.member IN (SELECT r.oid FROM system_role AS r)
            OR m.roleid IN (
                SELECT r.oid FROM system_role AS r WHERE r.name NOT IN ('bucordo_reader', 'bucordo_member_reader', 'bucordo_member')
            )
        )

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
    WHERE NOT c.is_retired AND (c.contract = $1::pg_catalog.text OR $1::pg_catalog.text IS NULL)
) AS f
ORDER BY f.kind COLLATE "C", f.name COLLATE "C", f.definition COLLATE "C"
