CREATE FUNCTION recalls.make_lot(lot_no text, product text, made_on date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO recalls.lot (lot_no, product, made_by, made_on)
  VALUES (make_lot.lot_no, make_lot.product, bucordo.member(), make_lot.made_on);
END
$$;

CREATE FUNCTION recalls.use_in(from_lots text[], into_lot text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF into_lot = ANY (from_lots) THEN
    RAISE EXCEPTION 'a lot is not made of itself' USING ERRCODE = 'BC301';
  END IF;
  INSERT INTO recalls.ingredient (into_lot, from_lot)
  SELECT DISTINCT use_in.into_lot, f.lot FROM unnest(from_lots) AS f (lot) ORDER BY f.lot
  ON CONFLICT DO NOTHING;
END
$$;

CREATE FUNCTION recalls.deliver(lot_no text, customer text, quantity int4) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  is_recalled bool;
BEGIN
  SELECT l.recalled INTO is_recalled FROM recalls.lot AS l WHERE l.lot_no = deliver.lot_no;
  IF is_recalled IS NULL OR is_recalled THEN
    RAISE EXCEPTION 'lot % cannot be delivered', lot_no USING ERRCODE = 'BC401';
  END IF;
  INSERT INTO recalls.delivery AS d (lot_no, customer, quantity) VALUES (deliver.lot_no, deliver.customer, deliver.quantity)
  ON CONFLICT ON CONSTRAINT delivery_pkey DO UPDATE SET quantity = d.quantity + excluded.quantity;
END
$$;

-- Recalls a lot and everything made of it, at most ten steps away.
CREATE FUNCTION recalls.recall(lot_no text) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
  found_lots text[] := ARRAY[lot_no];
  wave text[] := ARRAY[lot_no];
  one text;
BEGIN
  FOR depth IN 1 .. 10 LOOP
    wave := ARRAY(
      SELECT DISTINCT i.into_lot FROM recalls.ingredient AS i
      WHERE i.from_lot = ANY (wave) AND i.into_lot <> ALL (found_lots)
      ORDER BY i.into_lot
    );
    EXIT WHEN cardinality(wave) = 0;
    found_lots := found_lots || wave;
  END LOOP;
  FOREACH one IN ARRAY found_lots LOOP
    UPDATE recalls.lot AS l SET recalled = true WHERE l.lot_no = one;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'no lot %', one USING ERRCODE = 'BC202';
    END IF;
  END LOOP;
  RETURN found_lots;
END
$$;

CREATE FUNCTION recalls.acknowledge(lot_no text) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  me text := bucordo.member();
  moment timestamptz := bucordo.block_time();
  pieces int4;
BEGIN
  UPDATE recalls.delivery AS d SET acknowledged = moment
  WHERE d.lot_no = acknowledge.lot_no AND d.customer = me AND d.acknowledged IS NULL
  RETURNING d.quantity INTO pieces;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'nothing to acknowledge' USING ERRCODE = 'BC202';
  END IF;
  RETURN pieces;
END
$$;
