CREATE FUNCTION stockroom.add_bin(bin_code text, article text, capacity int4, minimum int4) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  where_it_is text;
BEGIN
  INSERT INTO stockroom.bin AS b (bin_code, article, capacity, minimum)
  VALUES (add_bin.bin_code, add_bin.article, add_bin.capacity, add_bin.minimum)
  RETURNING b.aisle INTO where_it_is;
  RETURN where_it_is;
EXCEPTION
  WHEN unique_violation THEN
    RAISE EXCEPTION 'bin % exists already', bin_code USING ERRCODE = 'BC201';
  WHEN check_violation THEN
    RAISE EXCEPTION 'bin % for % pieces of % makes no sense', bin_code, capacity, article USING ERRCODE = 'BC301';
END
$$;

-- Spreads what arrives over the bins of an article, in the order of their codes; answers with what did not fit.
CREATE FUNCTION stockroom.receive(article text, pieces int4) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  place record;
  rest int4 := pieces;
  part int4;
BEGIN
  FOR place IN SELECT b.bin_code, b.free FROM stockroom.bin AS b WHERE b.article = receive.article ORDER BY b.bin_code LOOP
    EXIT WHEN rest = 0;
    part := least(rest, place.free);
    UPDATE stockroom.bin AS b SET on_hand = b.on_hand + part WHERE b.bin_code = place.bin_code;
    rest := rest - part;
  END LOOP;
  RETURN rest;
END
$$;

CREATE FUNCTION stockroom.reserve(bin_code text, pieces int4) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE stockroom.bin AS b SET reserved = b.reserved + pieces WHERE b.bin_code = reserve.bin_code;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no bin %', bin_code USING ERRCODE = 'BC202';
  END IF;
EXCEPTION WHEN check_violation THEN
  RAISE EXCEPTION 'bin % has no % pieces left', bin_code, pieces USING ERRCODE = 'BC302';
END
$$;

CREATE FUNCTION stockroom.pick(bin_code text, pieces int4) RETURNS bool
LANGUAGE plpgsql AS $$
DECLARE
  on_hand int4;
  lowest int4;
BEGIN
  UPDATE stockroom.bin AS b SET on_hand = b.on_hand - pieces, reserved = b.reserved - pieces
  WHERE b.bin_code = pick.bin_code
  RETURNING b.on_hand, b.minimum INTO on_hand, lowest;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no bin %', bin_code USING ERRCODE = 'BC202';
  END IF;
  RETURN on_hand < lowest;
EXCEPTION WHEN check_violation THEN
  RAISE EXCEPTION '% pieces of bin % are not reserved', pieces, bin_code USING ERRCODE = 'BC303';
END
$$;

CREATE FUNCTION stockroom.recount(bin_code text, counted int4) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  before stockroom.bin;
BEGIN
  SELECT b.* INTO STRICT before FROM stockroom.bin AS b WHERE b.bin_code = recount.bin_code;
  before.on_hand := counted;
  before.reserved := least(before.reserved, counted);
  UPDATE stockroom.bin AS b SET on_hand = before.on_hand, reserved = before.reserved WHERE b.bin_code = before.bin_code;
  RETURN before.reserved;
EXCEPTION WHEN no_data_found THEN
  RAISE EXCEPTION 'no bin %', bin_code USING ERRCODE = 'BC202';
END
$$;
