-- Rights on the database itself, the schema public and the languages. Needs a superuser.
-- Afterwards PUBLIC may neither connect nor create anything, not even a temporary table.

DO $database$
BEGIN
    EXECUTE pg_catalog.format('ALTER DATABASE %I OWNER TO bucordo_owner', pg_catalog.current_database());
    EXECUTE pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', pg_catalog.current_database());
    EXECUTE pg_catalog.format(
        'GRANT CONNECT ON DATABASE %I TO bucordo_node, bucordo_reader, bucordo_member, bucordo_member_reader',
        pg_catalog.current_database()
    );
END
$database$;

-- A member's private tables live in schemas of its own, never in public.
DO $public$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public') THEN
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
    END IF;
END
$public$;

-- Without a language there is no DO and no CREATE FUNCTION.
REVOKE USAGE ON LANGUAGE plpgsql, sql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql, sql TO bucordo_owner, bucordo_deploy;

-- What the owner creates is nobody else's until granted.
ALTER DEFAULT PRIVILEGES FOR ROLE bucordo_owner REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE bucordo_owner REVOKE USAGE ON TYPES FROM PUBLIC;

-- A place of the member's own beside the shared tables: nobody else's node has it, no block writes
-- it, and queries can join it with everything that is shared.
CREATE SCHEMA IF NOT EXISTS private AUTHORIZATION bucordo_member;
GRANT USAGE ON SCHEMA private TO bucordo_member_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE bucordo_member IN SCHEMA private GRANT SELECT ON TABLES TO bucordo_member_reader;
