-- The roles of a node, one set per server, shared by all databases in it. Needs a superuser.
-- May be run again at any time: what exists already is left as it is, attributes excepted.
--
--   bucordo_owner     owns schemas, tables, functions; nobody logs in as it
--   bucordo_node      the login that executes blocks; no superuser; becomes the owner to install contracts
--   bucordo_reader    the login for queries; reads only
--   bucordo_member_reader  the same for the member's own people; the member grants it private schemas
--   bucordo_member    the login of the member's own people; owns the schema `private`
--   bucordo_contract  the group that holds the functions which contracts may use
--   bucordo_deploy    runs the statements of a contract's text while it is installed
--   bucordo_c_001 to bucordo_c_100  the roles as which contracts act, one each, in the order of installation
--
-- Contracts come and go by decision of the members, while the node runs and no superuser is there:
-- so their roles exist beforehand, and the node may become the owner, who installs them. Contracts
-- cannot: their functions are SECURITY DEFINER, and inside those Postgres refuses SET ROLE.

-- Databases of one server may be set up at the same time, and roles belong to all of them.
LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE;

DO $roles$
DECLARE
    missing text;
BEGIN
    FOREACH missing IN ARRAY ARRAY[
        'bucordo_owner', 'bucordo_node', 'bucordo_reader', 'bucordo_member', 'bucordo_member_reader', 'bucordo_contract',
        'bucordo_deploy'
    ] || ARRAY(SELECT 'bucordo_c_' || pg_catalog.lpad(number::text, 3, '0') FROM generate_series(1, 100) AS number) LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_authid WHERE rolname = missing) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', missing);
        END IF;
    END LOOP;
    -- Each contract may use what contracts may use. Who gives an object away must belong to its new
    -- owner, so the owner belongs to all of them.
    FOR missing IN
        SELECT r.rolname FROM pg_catalog.pg_authid AS r WHERE r.rolname ~ '^bucordo_(c_[0-9]{3}|deploy)$' ORDER BY r.rolname
    LOOP
        IF NOT pg_catalog.pg_has_role(missing, 'bucordo_contract', 'MEMBER') THEN
            EXECUTE pg_catalog.format('GRANT bucordo_contract TO %I', missing);
        END IF;
        IF NOT pg_catalog.pg_has_role('bucordo_owner', missing, 'MEMBER') THEN
            EXECUTE pg_catalog.format('GRANT %I TO bucordo_owner', missing);
        END IF;
    END LOOP;
END
$roles$;

ALTER ROLE bucordo_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD NULL;
-- Roles that nobody logs in as: those of contracts, the one that installs, and whichever has such a name.
DO $contracts$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT r.rolname FROM pg_catalog.pg_authid AS r
        WHERE r.rolname ~ '^bucordo_(c_.*|contract|deploy)$'
            AND (
                r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls
                OR r.rolpassword IS NOT NULL
            )
        ORDER BY r.rolname
    LOOP
        EXECUTE pg_catalog.format(
            'ALTER ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD NULL',
            wanted.rolname
        );
    END LOOP;
    -- Rights of other roles that none of the system's roles has. From Postgres 16 on a membership is
    -- taken back in the name of whoever gave it.
    FOR wanted IN
        SELECT m.member::regrole AS member, m.roleid::regrole AS granted, m.grantor::regrole AS grantor
        FROM pg_catalog.pg_auth_members AS m
        JOIN pg_catalog.pg_authid AS r ON r.oid = m.member
        JOIN pg_catalog.pg_authid AS g ON g.oid = m.roleid
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
        ORDER BY 1, 2
    LOOP
        EXECUTE pg_catalog.format(
            'REVOKE %s FROM %s%s CASCADE',
            wanted.granted,
            wanted.member,
            CASE
                WHEN pg_catalog.current_setting('server_version_num')::int >= 160000
                    THEN pg_catalog.format(' GRANTED BY %s', wanted.grantor)
                ELSE ''
            END
        );
    END LOOP;
END
$contracts$;

-- The node may become the owner, and has none of its rights before it does.
ALTER ROLE bucordo_node LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE bucordo_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE bucordo_member_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE bucordo_member LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
GRANT bucordo_owner TO bucordo_node;

-- Whatever a reader may read, the member's own people may read too.
GRANT bucordo_reader TO bucordo_member, bucordo_member_reader;

-- A reader may lower its own limits or raise them, so these are manners, not protection:
-- protection is that it holds no right to write.
ALTER ROLE bucordo_reader SET default_transaction_read_only = on;
ALTER ROLE bucordo_reader SET statement_timeout = '30s';
ALTER ROLE bucordo_reader SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE bucordo_reader SET temp_file_limit = '1GB';
ALTER ROLE bucordo_member_reader SET default_transaction_read_only = on;
ALTER ROLE bucordo_member_reader SET statement_timeout = '30s';
ALTER ROLE bucordo_member_reader SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE bucordo_member_reader SET temp_file_limit = '1GB';

-- What decides about rows must not depend on how the rest of the server is configured.
ALTER ROLE bucordo_node SET default_toast_compression = 'pglz';
ALTER ROLE bucordo_node SET max_stack_depth = '2MB';
ALTER ROLE bucordo_node SET session_replication_role = 'origin';
-- What a receipt says of an error is derived from the words of its context, so they are in one language.
ALTER ROLE bucordo_node SET lc_messages = 'C';
ALTER ROLE bucordo_node SET transform_null_equals = off;
ALTER ROLE bucordo_node SET array_nulls = on;
ALTER ROLE bucordo_node SET default_transaction_isolation = 'read committed';
ALTER ROLE bucordo_node SET default_transaction_read_only = off;
ALTER ROLE bucordo_node SET synchronous_commit = on;
-- The clock may stop a node, never a transaction.
ALTER ROLE bucordo_node SET statement_timeout = 0;
ALTER ROLE bucordo_node SET lock_timeout = 0;
ALTER ROLE bucordo_node SET idle_in_transaction_session_timeout = 0;
