-- Schema 2: the database knows its version, and the members decide which rules hold from which height on.
-- What system/release.sql makes in a new database, in one that was founded before.

CREATE TABLE bucordo.rules (
  version       int4 PRIMARY KEY CHECK (version > 1),
  hash          bytea NOT NULL CHECK (octet_length(hash) = 32),
  from_height   int8 NOT NULL,
  proposal      int8
);

CREATE TABLE bucordo.installed (
  part          text COLLATE "C" NOT NULL CHECK (part IN ('schema', 'rules')),
  version       int4 NOT NULL,
  height        int8 NOT NULL,
  program       text NOT NULL,
  texts         bytea,
  PRIMARY KEY (part, version)
);

ALTER TABLE bucordo.proposal DROP CONSTRAINT proposal_kind_check;
ALTER TABLE bucordo.proposal ADD CONSTRAINT proposal_kind_check
  CHECK (kind IN ('deploy', 'retire', 'admit', 'expel', 'policy', 'limits', 'rules'));
ALTER TABLE bucordo.policy DROP CONSTRAINT policy_decision_check;
ALTER TABLE bucordo.policy ADD CONSTRAINT policy_decision_check
  CHECK (decision IN ('deploy', 'retire', 'admit', 'expel', 'policy', 'limits', 'skip', 'rules'));

-- As if the genesis had named no policy for the kind: position 0, before every block.
SELECT pg_catalog.setval('bucordo.context', 0), pg_catalog.setval('bucordo.rows', 1, false), pg_catalog.setval('bucordo.bytes', 0);
INSERT INTO bucordo.policy (decision, rule, proposal) VALUES ('rules', '{"kind": "more_than_two_thirds"}', NULL);

-- What a transaction or a decision failed of is kept by name, beside the words of Postgres.
ALTER TABLE bucordo.rejection ADD COLUMN context text, ADD COLUMN table_name text, ADD COLUMN constraint_name text, ADD COLUMN column_name text;
ALTER TABLE bucordo.local_failure ADD COLUMN names text;
-- They tell more, or are told more, than a replacement could.
DROP FUNCTION bucordo.execute_block(int8, int8, bytea, bytea, bytea, bytea, bytea, int4, int8, bytea);
DROP FUNCTION bucordo.outcomes_of(int8, int4);
DROP FUNCTION bucordo.finish_proposal(int8, text, text, text);
