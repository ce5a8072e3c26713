CREATE FUNCTION voting.open_ballot(ballot_id int4, question text, choices text[], quorum int4, closes timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  one text;
  seen text[] := '{}';
BEGIN
  FOREACH one IN ARRAY choices LOOP
    IF one = ANY (seen) OR btrim(one) = '' THEN
      RAISE EXCEPTION 'choices are named and differ' USING ERRCODE = 'BC301';
    END IF;
    seen := array_append(seen, one);
  END LOOP;
  INSERT INTO voting.ballot (ballot_id, question, choices, quorum, closes, opened_by)
  VALUES (open_ballot.ballot_id, open_ballot.question, open_ballot.choices, open_ballot.quorum, open_ballot.closes, bucordo.caller());
END
$$;

CREATE FUNCTION voting.cast_vote(ballot_id int4, choice text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  ballot voting.ballot;
BEGIN
  SELECT * INTO ballot FROM voting.ballot AS b WHERE b.ballot_id = cast_vote.ballot_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no ballot %', ballot_id USING ERRCODE = 'BC202';
  END IF;
  IF ballot.outcome IS NOT NULL OR ballot.closes < bucordo.block_time() THEN
    RAISE EXCEPTION 'ballot % is closed', ballot_id USING ERRCODE = 'BC401';
  END IF;
  IF choice <> ALL (ballot.choices) THEN
    RAISE EXCEPTION '% is no choice', choice USING ERRCODE = 'BC302';
  END IF;
  INSERT INTO voting.vote (ballot_id, member, choice, cast_at)
  VALUES (cast_vote.ballot_id, bucordo.member(), cast_vote.choice, bucordo.position())
  ON CONFLICT ON CONSTRAINT vote_pkey DO UPDATE SET choice = excluded.choice, cast_at = excluded.cast_at;
END
$$;

-- The choice with the most votes; of two with as many the one that comes first in the alphabet.
CREATE FUNCTION voting.close_ballot(ballot_id int4) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  ballot voting.ballot;
  votes int8;
  winner text;
BEGIN
  SELECT * INTO ballot FROM voting.ballot AS b WHERE b.ballot_id = close_ballot.ballot_id;
  IF NOT FOUND OR ballot.outcome IS NOT NULL THEN
    RAISE EXCEPTION 'no open ballot %', ballot_id USING ERRCODE = 'BC401';
  END IF;
  SELECT count(*) INTO votes FROM voting.vote AS v WHERE v.ballot_id = close_ballot.ballot_id;
  IF votes < ballot.quorum THEN
    winner := 'no quorum';
  ELSE
    SELECT v.choice INTO winner FROM voting.vote AS v
    WHERE v.ballot_id = close_ballot.ballot_id
    GROUP BY v.choice ORDER BY count(*) DESC, v.choice LIMIT 1;
  END IF;
  UPDATE voting.ballot AS b SET outcome = winner WHERE b.ballot_id = close_ballot.ballot_id;
  RETURN winner;
END
$$;
