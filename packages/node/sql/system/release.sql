-- Releases of the program: which rules hold from which height on, and what of a release is installed here.
--
-- Rules are numbered and are everything that decides what a block comes to. A network begins with those
-- that its genesis names, and changes to the next ones at a height, by decision of the members. Whatever
-- else the node has in its database (views, usage, what is never hashed) has a version of its own, the
-- version of the schema, which every node brings up to date by itself when it starts.

-- Rules beyond the first ones. No row: the network has had the rules 1 from its genesis on.
CREATE TABLE bucordo.rules (
  version       int4 PRIMARY KEY CHECK (version > 1),
  hash          bytea NOT NULL CHECK (octet_length(hash) = 32),  -- SHA-256 of their text in the release
  from_height   int8 NOT NULL,                                   -- first height that goes by them
  proposal      int8                                             -- that decided so; NULL = the genesis
);

-- What of the program's releases is installed in this database. This node's own: it is in no hash.
CREATE TABLE bucordo.installed (
  part          text COLLATE "C" NOT NULL CHECK (part IN ('schema', 'rules')),
  version       int4 NOT NULL,
  height        int8 NOT NULL,  -- of the last block before it was installed
  program       text NOT NULL,  -- version of the program that installed it
  texts         bytea,          -- hash of the texts from which functions and views were made last; NULL for rules
  PRIMARY KEY (part, version)
);

-- The rules by which the block of this height is executed.
CREATE FUNCTION bucordo.rules_at(height int8) RETURNS int4
LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT pg_catalog.max(r.version) FROM bucordo.rules AS r WHERE r.from_height <= rules_at.height), 1)
$$;

-- {"version": number, "hash": 64 hexadecimal digits, "from_height": height}
-- The version is the next one; one that was decided and does not hold yet is decided anew. Each begins
-- after the block in which that is decided.
CREATE FUNCTION bucordo.rules_subject(document text, fields jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  here CONSTANT int8 := bucordo.height();
  next CONSTANT int4 := bucordo.rules_at(bucordo.height()) + 1;
BEGIN
  PERFORM bucordo.require_keys(document, ARRAY['version', 'hash', 'from_height']);
  IF NOT coalesce(pg_catalog.jsonb_typeof(fields -> 'version') = 'number' AND fields ->> 'version' ~ '^[1-9][0-9]{0,8}$', false)
     OR NOT coalesce(pg_catalog.jsonb_typeof(fields -> 'from_height') = 'number' AND fields ->> 'from_height' ~ '^[1-9][0-9]{0,8}$', false)
     OR NOT coalesce(pg_catalog.jsonb_typeof(fields -> 'hash') = 'string' AND fields ->> 'hash' ~ '^[0-9a-f]{64}$', false) THEN
    PERFORM bucordo.refuse('proposal_invalid', 'rules are named by their version, the 64 hexadecimal digits of their hash, and the height from which they hold');
  ELSIF (fields ->> 'version')::int4 <> next THEN
    PERFORM bucordo.refuse('proposal_invalid', 'the rules ' || (next - 1) || ' hold, so the next ones are ' || next || ', not ' || (fields ->> 'version'));
  ELSIF (fields ->> 'from_height')::int8 <= here THEN
    PERFORM bucordo.refuse('proposal_outdated', 'rules begin at a height to come; ' || (fields ->> 'from_height') || ' is not above ' || here);
  END IF;
  RETURN 'rules';
END $$;

-- Writes down which rules hold from which height on.
CREATE FUNCTION bucordo.set_rules(fields jsonb, by_proposal int8) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO bucordo.rules AS r (version, hash, from_height, proposal)
  VALUES ((fields ->> 'version')::int4, pg_catalog.decode(fields ->> 'hash', 'hex'), (fields ->> 'from_height')::int8, by_proposal)
  ON CONFLICT (version) DO UPDATE
    SET hash = excluded.hash, from_height = excluded.from_height, proposal = excluded.proposal;
END $$;

-- The kinds of proposals, and those of decisions that have a policy, as refusals name them.
CREATE FUNCTION bucordo.kinds_of_proposals() RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT 'deploy, retire, admit, expel, policy or limits' $$;
CREATE FUNCTION bucordo.kinds_of_policies() RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT 'deploy, retire, admit, expel, policy, limits or skip' $$;

GRANT EXECUTE ON FUNCTION bucordo.rules_at(int8) TO bucordo_node, bucordo_reader;
