-- The roles of a node, one set per server, shared by all databases in it. Needs a superuser.
-- May be run again at any time: what exists already is left as it is, attributes excepted.
--
--   bucordo_owner     owns schemas, tables, functions; nobody logs in as it
--   bucordo_node      the login that executes blocks; no superuser, no member of the owner
--   bucordo_reader    the login for queries; reads only
--   bucordo_member_reader  the same for the member's own people; the member grants it private schemas
--   bucordo_contract  the group that holds the functions which contracts may use
--
-- Each contract has a role bucordo_c_<contract> of its own, a member of bucordo_contract.

-- Databases of one server may be set up at the same time, and roles belong to all of them.
LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE;

DO $roles$
DECLARE
    missing text;
BEGIN
    FOREACH missing IN ARRAY ARRAY['bucordo_owner', 'bucordo_node', 'bucordo_reader', 'bucordo_member_reader', 'bucordo_contract'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_authid WHERE rolname = missing) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', missing);
        END IF;
    END LOOP;
END
$roles$;

ALTER ROLE bucordo_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE bucordo_node LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE bucordo_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE bucordo_member_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE bucordo_contract NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- Whatever a reader may read, the member's own people may read too.
GRANT bucordo_reader TO bucordo_member_reader;

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
ALTER ROLE bucordo_node SET transform_null_equals = off;
ALTER ROLE bucordo_node SET array_nulls = on;
ALTER ROLE bucordo_node SET default_transaction_isolation = 'read committed';
ALTER ROLE bucordo_node SET default_transaction_read_only = off;
ALTER ROLE bucordo_node SET synchronous_commit = on;
-- The clock may stop a node, never a transaction.
ALTER ROLE bucordo_node SET statement_timeout = 0;
ALTER ROLE bucordo_node SET lock_timeout = 0;
ALTER ROLE bucordo_node SET idle_in_transaction_session_timeout = 0;
