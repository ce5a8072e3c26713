-- Which rows and columns readers see. A contract may say so for its tables; then readers see views in
-- the schema <contract>_read instead of the tables (see reader-views.ts). Who reads is known from
-- settings that the query interface sets for one transaction; its readers cannot set any themselves.
--
-- This keeps the people who use a node apart, not organisations: whoever administrates the database
-- of a member reads all that is shared.

-- Contracts of which readers do not see everything.
CREATE TABLE bucordo.restricted_contract (
  name          text COLLATE "C" PRIMARY KEY
);

-- Id of the member whose identity reads; NULL outside of the query interface.
CREATE FUNCTION bucordo.reader_member() RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT nullif(pg_catalog.current_setting('bucordo.reader_member', true), '')
$$;

-- Class of the member whose identity reads.
CREATE FUNCTION bucordo.reader_class() RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT nullif(pg_catalog.current_setting('bucordo.reader_class', true), '')
$$;

-- Roles of the identity that reads.
CREATE FUNCTION bucordo.reader_roles() RETURNS text[]
LANGUAGE sql STABLE AS $$
  SELECT pg_catalog.string_to_array(coalesce(pg_catalog.current_setting('bucordo.reader_roles', true), ''), ',')
$$;

-- Whether the identity that reads has the role.
CREATE FUNCTION bucordo.reader_has_role(role text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT role = ANY (bucordo.reader_roles())
$$;

-- Whether there is nothing that who reads may not see. Asked once a query, before anything by row.
CREATE FUNCTION bucordo.may_read_everything() RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT current_user NOT IN ('bucordo_reader', 'bucordo_member_reader')
      OR NOT EXISTS (SELECT FROM bucordo.restricted_contract AS c)
$$;

-- Whether the arguments and results of a transaction may be shown: they hold what the rows hold. To
-- readers, those of restricted contracts only when their own member has signed it.
CREATE FUNCTION bucordo.may_read_calls(calls int4[], signer text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT current_user NOT IN ('bucordo_reader', 'bucordo_member_reader')
      OR signer = bucordo.reader_member()
      OR NOT EXISTS (
           SELECT FROM bucordo.restricted_contract AS c
             JOIN bucordo.function AS f ON f.contract = c.name
            WHERE f.number = ANY (calls))
$$;

-- Whether all rows of the contract may be shown to who reads.
CREATE FUNCTION bucordo.may_read_rows(contract text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT current_user NOT IN ('bucordo_reader', 'bucordo_member_reader')
      OR NOT EXISTS (SELECT FROM bucordo.restricted_contract AS c WHERE c.name = contract)
$$;

-- Notes whether a contract is restricted. As long as one is, readers see transactions, results and
-- rejections through the views only, which leave out what they may not read.
CREATE FUNCTION bucordo.restrict_contract(contract text, is_restricted boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM bucordo.restricted_contract AS c WHERE c.name = contract;
  IF is_restricted THEN
    INSERT INTO bucordo.restricted_contract (name) VALUES (contract);
  END IF;
  IF EXISTS (SELECT FROM bucordo.restricted_contract AS c) THEN
    REVOKE SELECT ON bucordo.transaction, bucordo.result, bucordo.rejection FROM bucordo_reader;
  ELSE
    GRANT SELECT ON bucordo.transaction, bucordo.result, bucordo.rejection TO bucordo_reader;
  END IF;
  -- Shown by bucordo.proposals to those who may see the rows that it may quote.
  REVOKE SELECT ON bucordo.local_failure FROM bucordo_reader;
END $$;

GRANT EXECUTE ON FUNCTION
  bucordo.reader_member(), bucordo.reader_class(), bucordo.reader_roles(), bucordo.reader_has_role(text),
  bucordo.may_read_everything(), bucordo.may_read_calls(int4[], text), bucordo.may_read_rows(text)
  TO bucordo_node, bucordo_reader;
