-- The story of every decision, for readers: what was proposed, who said what, in which transaction
-- and block, and what became of it.

-- Proposals with how they stand: now, while they are open, else when they were decided. `policy` is the
-- rule of their kind in words; `reason` is why it failed, for everybody the same, `local_reason` in the
-- words of the Postgres that is asked; voters, approvals, rejections and needed are of open ones.
CREATE VIEW bucordo.proposals AS
SELECT p.number, p.kind, p.subject, p.title, p.status,
       p.status = 'open' AND p.kind IN ('deploy', 'retire') AND p.base_hash IS DISTINCT FROM r.hash AS is_outdated,
       p.base_version, p.version,
       pg_catalog.encode(p.document_hash, 'hex') AS document_hash,
       p.proposed_by, bucordo.height_of(p.proposed_position) AS proposed_height, bucordo.time_of(b.time) AS proposed_at,
       bucordo.height_of(p.decided_position) AS decided_height, p.outcome, p.reason,
       -- Postgres's words may quote a row.
       CASE WHEN bucordo.may_read_rows(p.subject) THEN l.reason ELSE l.names END AS local_reason,
       CASE p.status WHEN 'open' THEN bucordo.policy_words(y.rule) END AS policy,
       CASE p.status WHEN 'open' THEN bucordo.tally_words(t.voters, t.approvals, t.rejections, t.needed) ELSE p.tally END AS tally,
       t.voters, t.approvals, t.rejections, t.needed
  FROM bucordo.proposal AS p
  JOIN bucordo.block AS b ON b.height = bucordo.height_of(p.proposed_position)
  JOIN bucordo.policy AS y ON y.decision = p.kind
  LEFT JOIN bucordo.running_contract AS r ON r.name = p.subject
  LEFT JOIN bucordo.local_failure AS l ON l.proposal = p.number
  LEFT JOIN LATERAL bucordo.proposal_tally(p.*::bucordo.proposal, (SELECT pg_catalog.max(s.height) + 1 FROM bucordo.state AS s)) AS t
    ON p.status = 'open';

-- What every member says about every proposal: NULL where it has not said, or not enough of its
-- administrators have.
CREATE VIEW bucordo.proposal_ballots AS
SELECT p.number AS proposal, m.member, m.class, m.approves
  FROM bucordo.proposal AS p
  CROSS JOIN LATERAL bucordo.member_ballots(
    p.*::bucordo.proposal,
    coalesce(bucordo.height_of(p.decided_position), (SELECT pg_catalog.max(s.height) + 1 FROM bucordo.state AS s))
  ) AS m;

-- Everything that happened to every proposal, in the order of the chain. `text` is what was said:
-- title, comment, reason, verdict, outcome; `hash` that of the document or of the report. `local_text` is why it
-- failed in the words of the node that is asked.
CREATE VIEW bucordo.decision_story AS
WITH event AS (
  SELECT p.number AS proposal, p.proposed_position AS position, 1 AS rank, 0 AS number, 'proposed' AS event,
         p.title AS text, p.document_hash AS hash
    FROM bucordo.proposal AS p
  UNION ALL
  SELECT c.proposal, c.position, 2, c.number, 'commented', c.body, NULL
    FROM bucordo.comment AS c
  UNION ALL
  SELECT r.proposal, r.position, 3, r.number, 'checked',
         r.verdict || ' with ' || r.finding_count || CASE r.finding_count WHEN 1 THEN ' finding by ' ELSE ' findings by ' END || r.checker, r.report_hash
    FROM bucordo.check_report AS r
  UNION ALL
  SELECT b.proposal, b.position, 4, b.number, CASE WHEN b.approves THEN 'approved' ELSE 'objected' END, b.reason,
         CASE WHEN b.approves THEN p.document_hash END
    FROM bucordo.ballot AS b
    JOIN bucordo.proposal AS p ON p.number = b.proposal
  UNION ALL
  SELECT p.number, p.decided_position, 5, 0,
         CASE WHEN p.status IN ('accepted', 'active', 'failed') THEN 'submitted' ELSE p.status END,
         CASE p.status WHEN 'withdrawn' THEN '' ELSE coalesce(p.tally, '') END, NULL
    FROM bucordo.proposal AS p
   WHERE p.decided_position IS NOT NULL
  UNION ALL
  SELECT p.number, p.decided_position, 6, 0, p.status, coalesce(p.outcome || coalesce(': ' || p.reason, ''), ''), NULL
    FROM bucordo.proposal AS p
   WHERE p.status IN ('active', 'failed')
)
SELECT e.proposal, pg_catalog.row_number() OVER (PARTITION BY e.proposal ORDER BY e.position, e.rank, e.number) AS step,
       e.event, i.member, i.member || '/' || i.name AS identity, e.text, pg_catalog.encode(e.hash, 'hex') AS hash,
       bucordo.height_of(e.position) AS height, bucordo.time_of(b.time) AS time, pg_catalog.encode(t.id, 'hex') AS transaction,
       CASE WHEN e.event = 'failed' THEN
         (SELECT CASE WHEN bucordo.may_read_rows(p.subject) THEN l.reason ELSE l.names END
            FROM bucordo.local_failure AS l JOIN bucordo.proposal AS p ON p.number = l.proposal
           WHERE l.proposal = e.proposal) END AS local_text
  FROM event AS e
  JOIN bucordo.transaction AS t ON t.position = e.position
  JOIN bucordo.block AS b ON b.height = bucordo.height_of(e.position)
  JOIN bucordo.identity AS i ON i.key = bucordo.signer_of(t.payload);

GRANT EXECUTE ON FUNCTION
  bucordo.member_ballots(bucordo.proposal, int8), bucordo.proposal_tally(bucordo.proposal, int8),
  bucordo.tally_words(int4, int4, int4, int4),
  -- What these ask, with the rights of whoever reads.
  bucordo.is_administrator(text, text, int8), bucordo.roles_at(bytea, int8, int8), bucordo.time_at(int8)
  TO bucordo_node, bucordo_reader;
