-- Proposals and what members said about them. All of it is state of the network: written by
-- transactions only, with history, and hashed like the tables of contracts.

-- A decision that members are asked for. Numbered 1, 2, 3 … in the order of the chain.
CREATE TABLE bucordo.proposal (
  number            int8 PRIMARY KEY,
  kind              text COLLATE "C" NOT NULL CHECK (kind IN ('deploy', 'retire', 'admit', 'expel', 'policy', 'limits', 'rules')),
  subject           text COLLATE "C" NOT NULL,  -- contract, member, or kind of decision that it is about
  title             text NOT NULL,
  document          text NOT NULL,              -- what is decided, to the byte
  document_hash     bytea NOT NULL,             -- H("contract", document) of a deploy, else H("decision", document)
  version           text,                       -- of the contract that is to be deployed, or of the rules; NULL for other kinds
  base_version      text,                       -- version of the contract that runs; NULL = there is none
  base_hash         bytea,                      -- and its hash
  proposed_by       text COLLATE "C" NOT NULL,  -- member/name
  proposed_position int8 NOT NULL,
  status            text COLLATE "C" NOT NULL DEFAULT 'open'
                    CHECK (status IN ('open', 'accepted', 'active', 'failed', 'withdrawn', 'rejected')),
  decided_position  int8,                       -- of the transaction after which it was open no more
  tally             text,                       -- how the members stood then, in words
  outcome           text,                       -- the code by which it failed
  reason            text                        -- where and why it failed, as far as that is the same on every node
);
CREATE INDEX proposal_status ON bucordo.proposal (status, number);
CREATE INDEX proposal_subject ON bucordo.proposal (subject, number);

-- What an administrator said, every time it said something. Its newest ballot counts.
CREATE TABLE bucordo.ballot (
  proposal          int8 NOT NULL REFERENCES bucordo.proposal (number),
  number            int4 NOT NULL,              -- 1, 2, 3 … within the proposal
  member            text COLLATE "C" NOT NULL,
  administrator     text COLLATE "C" NOT NULL,  -- name within the member
  approves          boolean NOT NULL,
  reason            text NOT NULL,              -- why it rejects; empty when it approves
  position          int8 NOT NULL,
  PRIMARY KEY (proposal, number)
);

-- What somebody wrote about a proposal.
CREATE TABLE bucordo.comment (
  proposal          int8 NOT NULL REFERENCES bucordo.proposal (number),
  number            int4 NOT NULL,
  author            text COLLATE "C" NOT NULL,  -- member/name
  body              text NOT NULL,
  position          int8 NOT NULL,
  PRIMARY KEY (proposal, number)
);

-- What a member's checker said about the document of a proposal. Advice: it decides nothing.
CREATE TABLE bucordo.check_report (
  proposal          int8 NOT NULL REFERENCES bucordo.proposal (number),
  number            int4 NOT NULL,
  member            text COLLATE "C" NOT NULL,
  reporter          text COLLATE "C" NOT NULL,  -- member/name; often the member's node
  report_hash       bytea NOT NULL,             -- of the report, which stays with the member
  verdict           text COLLATE "C" NOT NULL CHECK (verdict IN ('passed', 'refused')),
  finding_count     int4 NOT NULL,
  checker           text NOT NULL,              -- which checker, on which Postgres
  position          int8 NOT NULL,
  PRIMARY KEY (proposal, number)
);

-- Every version of every contract that ever ran.
CREATE TABLE bucordo.contract_version (
  name              text COLLATE "C" NOT NULL,
  version           text COLLATE "C" NOT NULL,
  hash              bytea NOT NULL,             -- H("contract", document)
  document          text NOT NULL,
  from_height       int8 NOT NULL,              -- first height at which it could be called
  to_height         int8,                       -- first height at which it no longer could
  proposal          int8,                       -- NULL = the genesis
  PRIMARY KEY (name, version)
);

-- Notes that `version` of the contract runs from `from_height` on; the version before ends there.
CREATE FUNCTION bucordo.begin_contract_version(name text, version text, hash bytea, document text, from_height int8, proposal int8)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM bucordo.end_contract_version(name, from_height);
  INSERT INTO bucordo.contract_version (name, version, hash, document, from_height, to_height, proposal)
  VALUES (begin_contract_version.name, begin_contract_version.version, begin_contract_version.hash,
          begin_contract_version.document, begin_contract_version.from_height, NULL, begin_contract_version.proposal);
END $$;

-- Notes that the contract cannot be called from `to_height` on.
CREATE FUNCTION bucordo.end_contract_version(name text, to_height int8) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE bucordo.contract_version AS v SET to_height = end_contract_version.to_height
   WHERE v.name = end_contract_version.name AND v.to_height IS NULL;
END $$;

-- Why a decision failed in the words of this node's Postgres, which differ between versions: no part of the shared state.
CREATE TABLE bucordo.local_failure (
  proposal          int8 PRIMARY KEY,
  reason            text NOT NULL,
  names             text                        -- what of it quotes no row: table, constraint, column, SQLSTATE
);

-- Ends an accepted proposal: active, or failed by the code `failure` when that is given. `local_reason` and
-- `local_names` are this node's own.
CREATE FUNCTION bucordo.finish_proposal(number int8, failure text, reason text, local_reason text, local_names text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE bucordo.proposal AS p
     SET status = CASE WHEN failure IS NULL THEN 'active' ELSE 'failed' END, outcome = failure, reason = finish_proposal.reason
   WHERE p.number = finish_proposal.number AND p.status = 'accepted';
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'assert_failure', MESSAGE = 'proposal ' || number || ' is not accepted';
  END IF;
  IF local_reason IS NOT NULL THEN
    INSERT INTO bucordo.local_failure (proposal, reason, names) VALUES (finish_proposal.number, local_reason, local_names);
  END IF;
END $$;
