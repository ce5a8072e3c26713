CREATE FUNCTION loyalty.enrol(card_no text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO loyalty.card (card_no) VALUES (enrol.card_no) ON CONFLICT DO NOTHING;
END
$$;

CREATE FUNCTION loyalty.factor(tier text) RETURNS numeric
LANGUAGE sql IMMUTABLE
RETURN CASE tier WHEN 'gold' THEN 2 WHEN 'silver' THEN 1.5 ELSE 1 END;

CREATE FUNCTION loyalty.points(card_no text, day date) RETURNS int8
LANGUAGE plpgsql AS $$
DECLARE
  answer int8;
BEGIN
  SELECT coalesce(sum(l.rest), 0) INTO answer FROM loyalty.lot AS l
  WHERE l.card_no = points.card_no AND l.expires >= day;
  RETURN answer;
END
$$;

CREATE FUNCTION loyalty.earn(card_no text, turnover numeric, day date) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  tier text;
  gained int4;
  ever int8;
BEGIN
  SELECT c.tier INTO tier FROM loyalty.card AS c WHERE c.card_no = earn.card_no;
  IF tier IS NULL THEN
    RAISE EXCEPTION 'no card %', card_no USING ERRCODE = 'BC202';
  END IF;
  IF turnover <= 0 OR turnover > 1000000 THEN
    RAISE EXCEPTION 'turnover of %', turnover USING ERRCODE = 'BC301';
  END IF;
  gained := floor(turnover * loyalty.factor(tier));
  INSERT INTO loyalty.lot (card_no, earned, expires, points, rest)
  VALUES (earn.card_no, bucordo.position(), day + 365, gained, gained);
  SELECT sum(l.points) INTO ever FROM loyalty.lot AS l WHERE l.card_no = earn.card_no;
  UPDATE loyalty.card AS c
  SET tier = CASE WHEN ever >= 10000 THEN 'gold' WHEN ever >= 1000 THEN 'silver' ELSE 'basic' END
  WHERE c.card_no = earn.card_no;
  RETURN gained;
END
$$;

-- What expires first is spent first.
CREATE FUNCTION loyalty.spend(card_no text, wanted int4, day date) RETURNS int8
LANGUAGE plpgsql AS $$
DECLARE
  lot record;
  open_points int4 := wanted;
  part int4;
BEGIN
  IF wanted <= 0 THEN
    RAISE EXCEPTION 'nothing to spend' USING ERRCODE = 'BC301';
  END IF;
  IF loyalty.points(card_no, day) < wanted THEN
    RAISE EXCEPTION 'card % has too few points', card_no USING ERRCODE = 'BC302';
  END IF;
  FOR lot IN
    SELECT l.earned, l.rest, l.expires FROM loyalty.lot AS l
    WHERE l.card_no = spend.card_no AND l.expires >= day AND l.rest > 0
    ORDER BY l.expires, l.earned, l.rest
  LOOP
    part := least(lot.rest, open_points);
    UPDATE loyalty.lot AS l SET rest = l.rest - part WHERE l.card_no = spend.card_no AND l.earned = lot.earned;
    open_points := open_points - part;
    EXIT WHEN open_points = 0;
  END LOOP;
  RETURN loyalty.points(card_no, day);
END
$$;

CREATE FUNCTION loyalty.expire(card_no text, day date) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  emptied int4;
BEGIN
  UPDATE loyalty.lot AS l SET rest = 0 WHERE l.card_no = expire.card_no AND l.expires < day AND l.rest > 0;
  GET DIAGNOSTICS emptied = ROW_COUNT;
  RETURN emptied;
END
$$;
