CREATE FUNCTION open_auction.offer(title text, reserve numeric, step numeric, hours int4) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  lot uuid := bucordo.new_id();
BEGIN
  INSERT INTO open_auction.lot (lot_id, title, seller, reserve, step, ends)
  VALUES (lot, offer.title, bucordo.caller(), offer.reserve, offer.step, bucordo.add_seconds(bucordo.block_time(), hours * 3600));
  RETURN lot;
END
$$;

CREATE FUNCTION open_auction.bid(lot_id uuid, amount numeric) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  lot record;
  highest numeric;
  clock timestamptz := bucordo.block_time();
BEGIN
  SELECT l.seller, l.step, l.ends, l.settled INTO lot FROM open_auction.lot AS l WHERE l.lot_id = bid.lot_id;
  CASE
    WHEN NOT FOUND THEN
      RAISE EXCEPTION 'no such lot' USING ERRCODE = 'BC202';
    WHEN lot.settled OR lot.ends <= clock THEN
      RAISE EXCEPTION 'the auction is over' USING ERRCODE = 'BC401';
    WHEN lot.seller = bucordo.caller() THEN
      RAISE EXCEPTION 'sellers do not bid' USING ERRCODE = 'BC103';
    ELSE
      NULL;
  END CASE;
  SELECT max(b.amount) INTO highest FROM open_auction.bid AS b WHERE b.lot_id = bid.lot_id;
  IF amount < coalesce(highest, 0) + lot.step THEN
    RAISE EXCEPTION 'at least % is needed', coalesce(highest, 0) + lot.step USING ERRCODE = 'BC301';
  END IF;
  INSERT INTO open_auction.bid (lot_id, place, bidder, amount)
  VALUES (bid.lot_id, bucordo.position(), bucordo.caller(), bid.amount);
  -- A bid in the last five minutes prolongs the auction.
  IF lot.ends < bucordo.add_seconds(clock, 300) THEN
    UPDATE open_auction.lot AS l SET ends = bucordo.add_seconds(clock, 300) WHERE l.lot_id = bid.lot_id;
  END IF;
  RETURN amount;
END
$$;

-- Anybody may settle an auction that is over.
CREATE FUNCTION open_auction.settle(lot_id uuid) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  lot open_auction.lot;
  best_bidder text;
  best_amount numeric;
BEGIN
  SELECT * INTO STRICT lot FROM open_auction.lot AS l WHERE l.lot_id = settle.lot_id;
  IF lot.ends > bucordo.block_time() THEN
    RAISE EXCEPTION 'the auction is still running' USING ERRCODE = 'BC401';
  END IF;
  SELECT b.bidder, b.amount INTO best_bidder, best_amount
  FROM open_auction.bid AS b WHERE b.lot_id = settle.lot_id
  ORDER BY b.amount DESC, b.place LIMIT 1;
  IF best_amount IS NULL OR best_amount < lot.reserve THEN
    best_bidder := NULL;
  END IF;
  UPDATE open_auction.lot AS l SET settled = true, sold_to = best_bidder WHERE l.lot_id = settle.lot_id;
  RETURN best_bidder;
END
$$;

CREATE FUNCTION open_auction.ranking(lot_id uuid) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  list jsonb;
BEGIN
  WITH best AS (
    SELECT b.bidder, max(b.amount) AS amount FROM open_auction.bid AS b
    WHERE b.lot_id = ranking.lot_id GROUP BY b.bidder
  )
  SELECT jsonb_agg(jsonb_build_array(e.bidder, e.amount) ORDER BY e.amount DESC, e.bidder) INTO list FROM best AS e;
  RETURN coalesce(list, '[]');
END
$$;
