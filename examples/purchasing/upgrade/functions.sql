
-- Adds a remark to an order; anybody enrolled may. Returns its number within the order.
CREATE FUNCTION purchasing.remark_order(order_id int4, body text) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  last_number int4;
BEGIN
  PERFORM FROM purchasing.order_header AS h WHERE h.order_id = remark_order.order_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no order %', order_id USING ERRCODE = 'BC404';
  END IF;
  SELECT max(r.remark_number) INTO last_number FROM purchasing.order_remark AS r WHERE r.order_id = remark_order.order_id;
  INSERT INTO purchasing.order_remark (order_id, remark_number, author, body)
  VALUES (remark_order.order_id, coalesce(last_number, 0) + 1, bucordo.caller(), remark_order.body);
  RETURN coalesce(last_number, 0) + 1;
END
$$;
