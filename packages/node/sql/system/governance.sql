-- Governance: the functions by which the administrators of the members decide together. Every one of
-- them is a transaction, so who said what, and when, is as certain as any other row.
--
-- A proposal is open until it is submitted with enough approvals, withdrawn, or rejected by so many
-- that its policy cannot be met any more. What was submitted of the kinds deploy and retire is
-- accepted, and carried out by every node at the end of the block; the other kinds are carried out
-- here, at once.

-- The contracts that run, with their version and its hash; the system's own has the number 0.
CREATE VIEW bucordo.running_contract AS
SELECT c.name, c.version, c.hash FROM bucordo.contract AS c WHERE c.number > 0 AND NOT c.is_retired;

-- What every member that has a say says about a proposal: approves, rejects, or nothing yet (NULL).
-- A member speaks when as many of its administrators as it needs gave the same ballot; where that is
-- so for both, the ballots that completed it last count. Ballots of those who are administrators no
-- more do not count, nor does a member that has left, nor the one that is to be expelled.
CREATE FUNCTION bucordo.member_ballots(proposal bucordo.proposal, height int8)
RETURNS TABLE (member text, class text, approves boolean)
LANGUAGE sql STABLE AS $$
  WITH newest AS (
    SELECT DISTINCT ON (b.member, b.administrator) b.member, b.administrator, b.approves, b.number
      FROM bucordo.ballot AS b
     WHERE b.proposal = (member_ballots.proposal).number
     ORDER BY b.member, b.administrator, b.number DESC
  ), said AS (
    SELECT n.member, n.approves, pg_catalog.array_agg(n.number ORDER BY n.number DESC) AS numbers
      FROM newest AS n
     WHERE bucordo.is_administrator(n.member, n.administrator, member_ballots.height)
     GROUP BY n.member, n.approves
  )
  SELECT m.id, m.class, (
           SELECT s.approves FROM said AS s
            WHERE s.member = m.id AND pg_catalog.cardinality(s.numbers) >= m.administrators_needed
            ORDER BY s.numbers[m.administrators_needed] DESC
            LIMIT 1
         )
    FROM bucordo.voting_member AS m
   WHERE NOT ((member_ballots.proposal).kind = 'expel' AND m.id = (member_ballots.proposal).subject)
   ORDER BY m.id
$$;

-- How a proposal stands against the policy of its kind; see bucordo.tally.
CREATE FUNCTION bucordo.proposal_tally(proposal bucordo.proposal, height int8,
                                       OUT voters int4, OUT approvals int4, OUT rejections int4, OUT needed int4)
LANGUAGE sql STABLE AS $$
  SELECT (bucordo.tally(p.rule, pg_catalog.array_agg(b.class ORDER BY b.member), pg_catalog.array_agg(b.approves ORDER BY b.member))).*
    FROM bucordo.policy AS p
    LEFT JOIN bucordo.member_ballots(proposal_tally.proposal, proposal_tally.height) AS b ON true
   WHERE p.decision = (proposal_tally.proposal).kind
   GROUP BY p.rule
$$;

-- The proposal of this number, as long as it is open. Refused as proposal_unknown or proposal_closed.
CREATE FUNCTION bucordo.open_proposal(number int8) RETURNS bucordo.proposal
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found_proposal bucordo.proposal;
BEGIN
  SELECT p.* INTO found_proposal FROM bucordo.proposal AS p WHERE p.number = open_proposal.number;
  IF NOT FOUND THEN
    PERFORM bucordo.refuse('proposal_unknown', 'there is no proposal ' || coalesce(number::text, 'without a number'));
  ELSIF found_proposal.status <> 'open' THEN
    PERFORM bucordo.refuse('proposal_closed', 'proposal ' || number || ' is ' || found_proposal.status);
  END IF;
  RETURN found_proposal;
END $$;

-- Refuses a hash that is not that of the proposal's document.
CREATE FUNCTION bucordo.require_document(proposal bucordo.proposal, document_hash bytea) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF document_hash IS DISTINCT FROM proposal.document_hash THEN
    PERFORM bucordo.refuse('document_differs', 'proposal ' || proposal.number || ' has the document '
      || pg_catalog.encode(proposal.document_hash, 'hex'));
  END IF;
END $$;

-- Refuses a text that is missing, empty, or of more than `bytes_max` bytes.
CREATE FUNCTION bucordo.require_text(name text, value text, bytes_max int4) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF value IS NULL OR pg_catalog.octet_length(value) NOT BETWEEN 1 AND bytes_max THEN
    PERFORM bucordo.refuse('argument_invalid', name || ' is a text of 1 to ' || bytes_max || ' bytes');
  END IF;
END $$;

-- Refuses a proposal whose base runs no longer, or whose version does not rise.
CREATE FUNCTION bucordo.require_base(proposal bucordo.proposal) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
  contract CONSTANT text := proposal.subject;
  running  bucordo.running_contract;
  highest  text;
BEGIN
  SELECT r.* INTO running FROM bucordo.running_contract AS r WHERE r.name = contract;
  IF running.version IS DISTINCT FROM proposal.base_version OR running.hash IS DISTINCT FROM proposal.base_hash THEN
    PERFORM bucordo.refuse('proposal_outdated', 'contract ' || contract || ' runs in '
      || coalesce('version ' || running.version, 'no version') || ', the proposal stands on '
      || coalesce('version ' || proposal.base_version, 'none'));
  ELSIF EXISTS (SELECT FROM bucordo.proposal AS p
                 WHERE p.status = 'accepted' AND p.kind IN ('deploy', 'retire') AND p.subject = contract) THEN
    PERFORM bucordo.refuse('proposal_outdated', 'another proposal on contract ' || contract || ' was accepted in this block');
  END IF;
  IF proposal.kind = 'deploy' THEN
    SELECT v.version INTO highest FROM bucordo.contract_version AS v
     WHERE v.name = contract ORDER BY bucordo.version_parts(v.version) DESC LIMIT 1;
    IF bucordo.version_parts(proposal.version) <= bucordo.version_parts(highest) THEN
      PERFORM bucordo.refuse('proposal_invalid', 'version ' || proposal.version || ' is not above ' || highest
        || ', which contract ' || contract || ' has had');
    END IF;
  END IF;
END $$;

-- Refuses whoever is no administrator of its member.
CREATE FUNCTION bucordo.require_administrator() RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
  signer CONSTANT bucordo.identity := bucordo.signer();
BEGIN
  IF NOT bucordo.has_role('admin') THEN
    PERFORM bucordo.refuse('not_permitted', signer.member || '/' || signer.name || ' is no administrator: it has not the role admin');
  END IF;
END $$;

-- Refuses whoever is no administrator of a member that has a say: overseers look on, and who was invited has none
-- before it has joined.
CREATE FUNCTION bucordo.require_voting_administrator() RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
  speaker CONSTANT text := bucordo.member();
BEGIN
  PERFORM bucordo.require_administrator();
  IF NOT EXISTS (SELECT FROM bucordo.voting_member AS m WHERE m.id = speaker) THEN
    PERFORM bucordo.refuse('not_permitted', 'member ' || speaker || ' has no say: it is an overseer, or has not joined');
  END IF;
END $$;

-- Refuses a member that has left, and one whose own expulsion is proposed: it has no say.
CREATE FUNCTION bucordo.require_say(proposal bucordo.proposal) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
  speaker CONSTANT text := bucordo.member();
BEGIN
  IF NOT EXISTS (SELECT FROM bucordo.member_ballots(proposal, bucordo.height()) AS b WHERE b.member = speaker) THEN
    PERFORM bucordo.refuse('not_permitted', 'member ' || speaker || ' has no say in proposal ' || proposal.number);
  END IF;
END $$;

-- The functions from here on are for administrators; whoever else calls one is refused as
-- not_permitted.

-- Proposes a decision and returns its number. `base_version` is the version of the contract that the
-- proposer knows as running, NULL when there is none; of other kinds than deploy and retire it is NULL.
-- Refused as
--   argument_invalid   an unknown kind, a title of other than 1 to 200 bytes
--   proposal_invalid   a document that is not what the kind asks for, a version that does not rise
--   proposal_outdated  a base that does not run
--   limit_reached     the member has 32 open proposals
CREATE FUNCTION bucordo.propose(kind text, title text, document text, base_version text) RETURNS int8
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  -- A contract's document travels as one argument, which with its escapes has 256 KiB.
  document_bytes_max CONSTANT int4 := 204800;
  -- Enough for every contract of a network at once; 6 MB that nobody has decided yet.
  open_max           CONSTANT int4 := 32;
  proposer           CONSTANT text := bucordo.caller();
  given              bucordo.proposal;
BEGIN
  PERFORM bucordo.require_voting_administrator();
  IF kind IS NULL OR kind NOT IN ('deploy', 'retire', 'admit', 'expel', 'policy', 'limits', 'rules') THEN
    PERFORM bucordo.refuse('argument_invalid', 'the kind of a proposal is ' || bucordo.kinds_of_proposals());
  END IF;
  PERFORM bucordo.require_text('title', title, 200);
  PERFORM bucordo.require_text('document', document, document_bytes_max);
  IF (SELECT pg_catalog.count(*) FROM bucordo.proposal AS p
       WHERE p.status = 'open' AND pg_catalog.split_part(p.proposed_by, '/', 1) = bucordo.member()) >= open_max THEN
    PERFORM bucordo.refuse('limit_reached', 'a member has at most ' || open_max || ' open proposals');
  END IF;

  given.number            := 1 + coalesce((SELECT pg_catalog.max(p.number) FROM bucordo.proposal AS p), 0);
  given.kind              := kind;
  given.subject           := bucordo.document_subject(kind, document);
  given.title             := title;
  given.document          := document;
  given.document_hash     := bucordo.document_hash(kind, document);
  given.version           := CASE WHEN kind IN ('deploy', 'rules') THEN document::pg_catalog.jsonb ->> 'version' END;
  given.base_version      := base_version;
  given.base_hash         := (SELECT r.hash FROM bucordo.running_contract AS r
                               WHERE kind IN ('deploy', 'retire') AND r.name = given.subject AND r.version = propose.base_version);
  given.proposed_by       := proposer;
  given.proposed_position := bucordo.position();
  given.status            := 'open';
  IF kind IN ('deploy', 'retire') THEN
    PERFORM bucordo.require_base(given);
  ELSIF base_version IS NOT NULL THEN
    PERFORM bucordo.refuse('argument_invalid', 'a proposal of the kind ' || kind || ' stands on no version');
  END IF;
  INSERT INTO bucordo.proposal SELECT given.*;
  RETURN given.number;
END $$;

-- Adds a comment of 1 to 4,096 bytes to an open proposal. A member writes at most 256 to one.
CREATE FUNCTION bucordo.comment(proposal int8, body text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  -- A conversation; at 4 KB each a member adds at most 1 MB to a proposal.
  comments_max CONSTANT int4 := 256;
  about        CONSTANT bucordo.proposal := bucordo.open_proposal(proposal);
BEGIN
  PERFORM bucordo.require_voting_administrator();
  PERFORM bucordo.require_text('body', body, 4096);
  IF (SELECT pg_catalog.count(*) FROM bucordo.comment AS c
       WHERE c.proposal = about.number AND pg_catalog.split_part(c.author, '/', 1) = bucordo.member()) >= comments_max THEN
    PERFORM bucordo.refuse('limit_reached', 'a member writes at most ' || comments_max || ' comments to a proposal');
  END IF;
  INSERT INTO bucordo.comment (proposal, number, author, body, position)
  VALUES (about.number, 1 + (SELECT pg_catalog.count(*) FROM bucordo.comment AS c WHERE c.proposal = about.number),
          bucordo.caller(), comment.body, bucordo.position());
END $$;

-- Notes what the member's checker said about the document: the hash of its report, the verdict
-- (passed, refused), how many findings, and which checker it was. Nodes may say this too. At most 64
-- a member and proposal.
CREATE FUNCTION bucordo.report(proposal int8, document_hash bytea, report_hash bytea, verdict text, finding_count int4, checker text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  -- Every node of a member, after every change of its checker.
  reports_max CONSTANT int4 := 64;
  about       CONSTANT bucordo.proposal := bucordo.open_proposal(proposal);
BEGIN
  IF NOT bucordo.has_role('node') THEN
    PERFORM bucordo.require_voting_administrator();
  END IF;
  PERFORM bucordo.require_document(about, document_hash);
  PERFORM bucordo.require_text('checker', checker, 200);
  IF report_hash IS NULL OR pg_catalog.octet_length(report_hash) <> 32 OR verdict IS NULL OR verdict NOT IN ('passed', 'refused')
     OR finding_count IS NULL OR finding_count < 0 THEN
    PERFORM bucordo.refuse('argument_invalid', 'a report has a hash of 32 bytes, passed or refused, and a number of findings');
  END IF;
  IF (SELECT pg_catalog.count(*) FROM bucordo.check_report AS r
       WHERE r.proposal = about.number AND r.member = bucordo.member()) >= reports_max THEN
    PERFORM bucordo.refuse('limit_reached', 'a member gives at most ' || reports_max || ' reports to a proposal');
  END IF;
  INSERT INTO bucordo.check_report (proposal, number, member, reporter, report_hash, verdict, finding_count, checker, position)
  VALUES (about.number, 1 + (SELECT pg_catalog.count(*) FROM bucordo.check_report AS r WHERE r.proposal = about.number),
          bucordo.member(), bucordo.caller(), report.report_hash, report.verdict, report.finding_count, report.checker,
          bucordo.position());
END $$;

-- Writes down a ballot; 256 an administrator and proposal are enough for every change of mind.
CREATE FUNCTION bucordo.cast_ballot(about bucordo.proposal, approves boolean, reason text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  ballots_max CONSTANT int4 := 256;
  speaker     CONSTANT text := pg_catalog.split_part(bucordo.caller(), '/', 2);
BEGIN
  PERFORM bucordo.require_say(about);
  IF (SELECT pg_catalog.count(*) FROM bucordo.ballot AS b
       WHERE b.proposal = about.number AND b.member = bucordo.member() AND b.administrator = speaker) >= ballots_max THEN
    PERFORM bucordo.refuse('limit_reached', 'an administrator gives at most ' || ballots_max || ' ballots to a proposal');
  END IF;
  INSERT INTO bucordo.ballot (proposal, number, member, administrator, approves, reason, position)
  VALUES (about.number, 1 + (SELECT pg_catalog.count(*) FROM bucordo.ballot AS b WHERE b.proposal = about.number),
          bucordo.member(), speaker, cast_ballot.approves, cast_ballot.reason, bucordo.position());
END $$;

-- Approves the document with this hash; refused as document_differs when the proposal has another.
CREATE FUNCTION bucordo.approve(proposal int8, document_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  about CONSTANT bucordo.proposal := bucordo.open_proposal(proposal);
BEGIN
  PERFORM bucordo.require_administrator();
  PERFORM bucordo.require_document(about, document_hash);
  PERFORM bucordo.cast_ballot(about, true, '');
END $$;

-- Rejects a proposal for a reason of 1 to 4,096 bytes. When so many have rejected that the policy
-- cannot be met any more, the proposal is rejected.
CREATE FUNCTION bucordo.reject(proposal int8, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  about CONSTANT bucordo.proposal := bucordo.open_proposal(proposal);
  stand record;
BEGIN
  PERFORM bucordo.require_administrator();
  PERFORM bucordo.require_text('reason', reason, 4096);
  PERFORM bucordo.cast_ballot(about, false, reason);
  SELECT t.* INTO STRICT stand FROM bucordo.proposal_tally(about, bucordo.height()) AS t;
  IF stand.voters - stand.rejections < stand.needed THEN
    UPDATE bucordo.proposal AS p
       SET status = 'rejected', decided_position = bucordo.position(),
           tally = bucordo.tally_words(stand.voters, stand.approvals, stand.rejections, stand.needed)
     WHERE p.number = about.number;
  END IF;
END $$;

-- How a proposal stands, in words.
CREATE FUNCTION bucordo.tally_words(voters int4, approvals int4, rejections int4, needed int4) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT needed || ' of ' || voters || ' must approve, ' || approvals || ' approve and ' || rejections || ' reject'
$$;

-- Takes back a proposal of the own member, as long as it is open.
CREATE FUNCTION bucordo.withdraw(proposal int8) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  about CONSTANT bucordo.proposal := bucordo.open_proposal(proposal);
BEGIN
  PERFORM bucordo.require_administrator();
  IF pg_catalog.split_part(about.proposed_by, '/', 1) <> bucordo.member() THEN
    PERFORM bucordo.refuse('not_permitted', 'proposal ' || proposal || ' is of ' || about.proposed_by || ', whose member alone withdraws it');
  END IF;
  UPDATE bucordo.proposal AS p SET status = 'withdrawn', decided_position = bucordo.position() WHERE p.number = about.number;
END $$;

-- Has an approved proposal carried out. Refused as
--   policy_not_met     too few have approved
--   proposal_outdated  the contract has changed since it was proposed
--   proposal_invalid   the document is not what the kind asks for, as things stand now
CREATE FUNCTION bucordo.submit(proposal int8) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  about CONSTANT bucordo.proposal := bucordo.open_proposal(proposal);
  stand record;
BEGIN
  PERFORM bucordo.require_administrator();
  PERFORM bucordo.require_say(about);
  SELECT t.* INTO STRICT stand FROM bucordo.proposal_tally(about, bucordo.height()) AS t;
  IF stand.approvals < stand.needed THEN
    PERFORM bucordo.refuse('policy_not_met', bucordo.tally_words(stand.voters, stand.approvals, stand.rejections, stand.needed));
  END IF;
  IF about.kind IN ('deploy', 'retire') THEN
    PERFORM bucordo.require_base(about);
  ELSE
    PERFORM bucordo.document_subject(about.kind, about.document);
    PERFORM bucordo.carry_out(about);
  END IF;
  UPDATE bucordo.proposal AS p
     SET status = CASE WHEN about.kind IN ('deploy', 'retire') THEN 'accepted' ELSE 'active' END,
         decided_position = bucordo.position(),
         tally = bucordo.tally_words(stand.voters, stand.approvals, stand.rejections, stand.needed)
   WHERE p.number = about.number;
END $$;

-- Does what was decided, of the kinds that need no node for it.
CREATE FUNCTION bucordo.carry_out(about bucordo.proposal) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  fields CONSTANT jsonb := about.document::pg_catalog.jsonb;
BEGIN
  CASE about.kind
    WHEN 'policy' THEN
      UPDATE bucordo.policy AS p SET rule = fields -> 'rule', proposal = about.number WHERE p.decision = fields ->> 'decision';
    WHEN 'limits' THEN
      PERFORM bucordo.set_limits((fields ->> 'budget')::int4, (fields ->> 'rows')::int4, (fields ->> 'value_bytes')::int4);
    WHEN 'admit' THEN
      PERFORM bucordo.admit_member(fields, about.number);
    WHEN 'expel' THEN
      PERFORM bucordo.expel_member(fields, about.number);
    WHEN 'rules' THEN
      PERFORM bucordo.set_rules(fields, about.number);
  END CASE;
END $$;
