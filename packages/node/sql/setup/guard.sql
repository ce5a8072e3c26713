-- The guard: what the set-up itself installs, in a schema that belongs to the superuser, so that no
-- role of the node can change it. Needs a superuser.

CREATE SCHEMA IF NOT EXISTS bucordo_guard;

-- A contract's role owns its entry functions, and an owner may alter, grant or drop. No privilege
-- takes that away, so an event trigger refuses every such command of a contract's role.
-- The trigger runs as the role that issues the command, which may hold no right to any function:
-- it only passes the role's name on to a function that runs as the superuser.
CREATE OR REPLACE FUNCTION bucordo_guard.check_ddl(role_name name, command text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF starts_with(role_name::text, 'bucordo_c_') THEN
        RAISE insufficient_privilege USING MESSAGE = format('%s is not allowed in a contract', command);
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION bucordo_guard.refuse_ddl() RETURNS event_trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bucordo_guard.check_ddl(CURRENT_USER, TG_TAG);
END
$$;

REVOKE ALL ON SCHEMA bucordo_guard FROM PUBLIC;
GRANT USAGE ON SCHEMA bucordo_guard TO PUBLIC;
GRANT EXECUTE ON FUNCTION bucordo_guard.check_ddl(name, text), bucordo_guard.refuse_ddl() TO PUBLIC;

DO $guard$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtname = 'bucordo_refuse_ddl') THEN
        CREATE EVENT TRIGGER bucordo_refuse_ddl ON ddl_command_start EXECUTE FUNCTION bucordo_guard.refuse_ddl();
    END IF;
    -- Also where the session's own triggers are switched off (session_replication_role).
    ALTER EVENT TRIGGER bucordo_refuse_ddl ENABLE ALWAYS;
END
$guard$;
