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
