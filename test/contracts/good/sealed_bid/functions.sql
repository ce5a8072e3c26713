CREATE FUNCTION sealed_bid.find_tender(wanted int4) RETURNS sealed_bid.tender
LANGUAGE plpgsql AS $$
DECLARE
  found_one sealed_bid.tender;
BEGIN
  SELECT * INTO found_one FROM sealed_bid.tender AS t WHERE t.tender_id = wanted;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no tender %', wanted USING ERRCODE = 'BC202';
  END IF;
  RETURN found_one;
END
$$;

CREATE FUNCTION sealed_bid.announce(tender_id int4, subject text, submit_blocks int4, reveal_blocks int4) RETURNS int8
LANGUAGE plpgsql AS $$
DECLARE
  here int8 := bucordo.height();
BEGIN
  IF submit_blocks < 1 OR reveal_blocks < 1 OR submit_blocks > 1000000 OR reveal_blocks > 1000000 THEN
    RAISE EXCEPTION 'both periods last 1 to 1000000 blocks' USING ERRCODE = 'BC301';
  END IF;
  INSERT INTO sealed_bid.tender (tender_id, subject, buyer, submit_height, reveal_height)
  VALUES (announce.tender_id, announce.subject, bucordo.member(), here + submit_blocks, here + submit_blocks + reveal_blocks);
  RETURN here + submit_blocks;
END
$$;

CREATE FUNCTION sealed_bid.submit_bid(tender_id int4, seal bytea) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  tender sealed_bid.tender := sealed_bid.find_tender(tender_id);
BEGIN
  IF bucordo.height() > tender.submit_height THEN
    RAISE EXCEPTION 'bids for % ended at height %', tender_id, tender.submit_height USING ERRCODE = 'BC401';
  END IF;
  IF tender.buyer = bucordo.member() THEN
    RAISE EXCEPTION 'the buyer does not bid' USING ERRCODE = 'BC103';
  END IF;
  INSERT INTO sealed_bid.bid (tender_id, bidder, seal)
  VALUES (submit_bid.tender_id, bucordo.member(), submit_bid.seal)
  ON CONFLICT ON CONSTRAINT bid_pkey DO NOTHING;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'one bid a member' USING ERRCODE = 'BC201';
  END IF;
END
$$;

CREATE FUNCTION sealed_bid.reveal(tender_id int4, price numeric, salt text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  me text := bucordo.member();
  wanted bytea := sha256(convert_to(price::text || ':' || salt, 'UTF8'));
  kept bytea;
BEGIN
  SELECT b.seal INTO kept FROM sealed_bid.bid AS b WHERE b.tender_id = reveal.tender_id AND b.bidder = me;
  IF kept IS NULL OR kept <> wanted THEN
    RAISE EXCEPTION 'this is not the bid you sealed: %', encode(wanted, 'hex') USING ERRCODE = 'BC302';
  END IF;
  UPDATE sealed_bid.bid AS b SET price = reveal.price WHERE b.tender_id = reveal.tender_id AND b.bidder = me;
END
$$;

CREATE FUNCTION sealed_bid.award(tender_id int4) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  tender sealed_bid.tender := sealed_bid.find_tender(tender_id);
  best record;
BEGIN
  IF tender.winner IS NOT NULL THEN
    RAISE EXCEPTION 'tender % went to %', tender_id, tender.winner USING ERRCODE = 'BC401';
  END IF;
  SELECT b.bidder, b.price INTO best FROM sealed_bid.bid AS b
  WHERE b.tender_id = award.tender_id AND b.price IS NOT NULL
  ORDER BY b.price, b.bidder LIMIT 1;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  UPDATE sealed_bid.tender AS t SET winner = best.bidder, price = best.price WHERE t.tender_id = award.tender_id;
  RETURN best.bidder;
END
$$;
