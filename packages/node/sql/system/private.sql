-- A place of the member's own beside the shared tables: nobody else's node has it, no block writes
-- it, and queries can join it with everything that is shared. Needs a superuser, because it makes
-- logins; they get their passwords, where the server asks for one, from its administrator.
--
--   bucordo_member         owns the schema `private`: tables, views, whatever the member builds there
--   bucordo_member_reader  reads the schema `private` and all that bucordo_reader reads

DO $roles$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['bucordo_member', 'bucordo_member_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = wanted) THEN
      EXECUTE pg_catalog.format('CREATE ROLE %I LOGIN', wanted);
    END IF;
  END LOOP;
END
$roles$;

GRANT bucordo_reader TO bucordo_member, bucordo_member_reader;
ALTER ROLE bucordo_member_reader SET default_transaction_read_only = on;
ALTER ROLE bucordo_member_reader SET statement_timeout = '30s';
ALTER ROLE bucordo_member_reader SET idle_in_transaction_session_timeout = '60s';

CREATE SCHEMA private AUTHORIZATION bucordo_member;
GRANT USAGE ON SCHEMA private TO bucordo_member_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE bucordo_member IN SCHEMA private GRANT SELECT ON TABLES TO bucordo_member_reader;
