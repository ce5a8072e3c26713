CREATE FUNCTION shop.require_order(wanted int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM shop.purchase AS p WHERE p.order_id = wanted;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'order % does not exist', wanted USING ERRCODE = 'BC202';
  END IF;
END
$$;

CREATE FUNCTION shop.place_order(order_id int4, goods text, price numeric) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  placed timestamptz := bucordo.block_time();
BEGIN
  PERFORM FROM shop.purchase AS p WHERE p.order_id = place_order.order_id;
  IF FOUND THEN
    RAISE EXCEPTION 'order % exists already', order_id USING ERRCODE = 'BC201';
  END IF;
  IF price > 1000 THEN
    RAISE EXCEPTION 'too dear' USING ERRCODE = 'BC301';
  END IF;
  INSERT INTO shop.purchase (order_id, goods, price, placed)
  VALUES (place_order.order_id, place_order.goods, place_order.price, placed);
END
$$;

CREATE FUNCTION shop.ship_order(order_id int4) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  now_shipped timestamptz := bucordo.block_time();
BEGIN
  PERFORM shop.require_order(order_id);
  UPDATE shop.purchase AS p SET shipped = now_shipped WHERE p.order_id = ship_order.order_id;
END
$$;

CREATE FUNCTION shop.total() RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  found numeric;
BEGIN
  SELECT coalesce(sum(p.price), 0) INTO found FROM shop.purchase AS p;
  RETURN found;
END
$$;

CREATE FUNCTION shop.halve(value int4) RETURNS int4 LANGUAGE plpgsql AS $$
BEGIN
  RETURN 1000 / value;
END
$$;
