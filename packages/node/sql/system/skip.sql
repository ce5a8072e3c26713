-- Transactions that the members skip, because executing them would stop every node. What the members said
-- came as signed statements from outside the ordering, which stands still; the node has verified the
-- signatures before it hands them in here, and judges here whose they are.

-- The statements that this node has taken.
CREATE TABLE bucordo.skip (
  transaction_id bytea NOT NULL,
  height         int8  NOT NULL,   -- at which nodes stopped
  member         text COLLATE "C" NOT NULL,
  key            bytea NOT NULL,   -- of one of the member's administrators
  signature      bytea NOT NULL,   -- over H("skip", …)
  PRIMARY KEY (transaction_id, height, key)
);

-- What is skipped, from which height on: enough members have said so. Never taken back.
CREATE TABLE bucordo.skipped (
  transaction_id bytea PRIMARY KEY,
  height         int8 NOT NULL
);

-- How the statements for a skip stand against the policy `skip`, and what is still missing. A member
-- has said so when as many of its administrators as it needs have signed.
CREATE FUNCTION bucordo.skip_tally(skipped_id bytea, from_height int8, OUT approvals int4, OUT needed int4, OUT agreed text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  next_height CONSTANT int8 := 1 + (SELECT pg_catalog.max(s.height) FROM bucordo.state AS s);
BEGIN
  WITH said AS (
    SELECT m.id, m.class,
           (SELECT pg_catalog.count(DISTINCT i.name)
              FROM bucordo.skip AS s
              JOIN bucordo.identity AS i ON i.key = s.key AND i.member = s.member
             WHERE s.transaction_id = skipped_id AND s.height = from_height AND s.member = m.id
               AND bucordo.is_administrator(i.member, i.name, next_height)) >= m.administrators_needed AS has_agreed
      FROM bucordo.voting_member AS m
  )
  SELECT t.approvals, t.needed, coalesce((SELECT pg_catalog.array_agg(s.id ORDER BY s.id) FROM said AS s WHERE s.has_agreed), '{}')
    INTO STRICT approvals, needed, agreed
    FROM bucordo.policy AS p
   CROSS JOIN LATERAL bucordo.tally(p.rule,
           (SELECT pg_catalog.array_agg(s.class ORDER BY s.id) FROM said AS s),
           (SELECT pg_catalog.array_agg(CASE WHEN s.has_agreed THEN true END ORDER BY s.id) FROM said AS s)) AS t
   WHERE p.decision = 'skip';
END $$;

-- Takes a verified statement. Returns why it does not count, as a word, or NULL when it does:
--   executed           this node has the transaction on its chain
--   not_administrator  the key is not that of an administrator of the member
CREATE FUNCTION bucordo.take_skip(skipped_id bytea, from_height int8, of_member text, by_key bytea, by_signature bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  next_height CONSTANT int8 := 1 + (SELECT pg_catalog.max(s.height) FROM bucordo.state AS s);
BEGIN
  IF EXISTS (SELECT FROM bucordo.transaction AS t WHERE t.id = skipped_id) THEN
    RETURN 'executed';
  ELSIF NOT EXISTS (SELECT FROM bucordo.identity AS i
                     WHERE i.key = by_key AND i.member = of_member AND i.valid_from <= next_height
                       AND (i.valid_to IS NULL OR i.valid_to > next_height)
                       AND bucordo.is_administrator(i.member, i.name, next_height)) THEN
    RETURN 'not_administrator';
  END IF;
  INSERT INTO bucordo.skip (transaction_id, height, member, key, signature)
  VALUES (skipped_id, from_height, of_member, by_key, by_signature)
  ON CONFLICT (transaction_id, height, key) DO NOTHING;
  RETURN NULL;
END $$;

-- Skips the transaction from this height on if enough members have said so. Returns whether it is skipped.
CREATE FUNCTION bucordo.skip_if_agreed(skipped_id bytea, from_height int8) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  tally record;
BEGIN
  SELECT t.* INTO STRICT tally FROM bucordo.skip_tally(skipped_id, from_height) AS t;
  IF tally.approvals >= tally.needed THEN
    INSERT INTO bucordo.skipped AS s (transaction_id, height) VALUES (skipped_id, from_height)
    ON CONFLICT (transaction_id) DO UPDATE SET height = least(s.height, excluded.height);
  END IF;
  RETURN EXISTS (SELECT FROM bucordo.skipped AS s WHERE s.transaction_id = skipped_id AND s.height <= from_height);
END $$;

GRANT EXECUTE ON FUNCTION
  bucordo.take_skip(bytea, int8, text, bytea, bytea), bucordo.skip_if_agreed(bytea, int8), bucordo.skip_tally(bytea, int8)
  TO bucordo_node;
