CREATE FUNCTION wholesale.add_category(category_id int2, category_name text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO wholesale.category (category_id, category_name) VALUES (category_id, category_name);
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'category % exists already', category_id USING ERRCODE = 'BC201';
END
$$;

CREATE FUNCTION wholesale.add_product(product_id int4, category_id int2, product_name text, unit_price numeric, units_in_stock int4, reorder_level int4) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO wholesale.product (product_id, category_id, product_name, unit_price, units_in_stock, reorder_level)
  VALUES (product_id, category_id, product_name, unit_price, units_in_stock, reorder_level);
EXCEPTION
  WHEN foreign_key_violation THEN
    RAISE EXCEPTION 'no category %', category_id USING ERRCODE = 'BC202';
  WHEN check_violation THEN
    RAISE EXCEPTION 'product % cannot be as it is', product_id USING ERRCODE = 'BC301';
END
$$;

-- Takes what is ordered from stock; answers with what it costs.
CREATE FUNCTION wholesale.order_product(order_id int8, product_id int4, quantity int4) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  cost numeric;
  price numeric;
BEGIN
  UPDATE wholesale.product AS p SET units_in_stock = p.units_in_stock - quantity, state = 'sold'
  WHERE p.product_id = order_product.product_id AND NOT p.discontinued
  RETURNING p.unit_price INTO price;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no product %', product_id USING ERRCODE = 'BC203';
  END IF;
  INSERT INTO wholesale.order_detail AS d (order_id, product_id, quantity, unit_price)
  VALUES (order_product.order_id, order_product.product_id, order_product.quantity, price)
  RETURNING d.amount INTO cost;
  RETURN cost;
EXCEPTION
  WHEN unique_violation THEN
    RAISE EXCEPTION 'order % has product % already', order_id, product_id USING ERRCODE = 'BC204';
  WHEN check_violation THEN
    RAISE EXCEPTION 'no % pieces of product %', quantity, product_id USING ERRCODE = 'BC302';
END
$$;

CREATE FUNCTION wholesale.reorder(category_id int2, pieces int4) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  low record;
  ordered int4 := 0;
BEGIN
  FOR low IN
    SELECT p.product_id FROM wholesale.product AS p
    WHERE p.category_id = reorder.category_id AND p.units_in_stock <= p.reorder_level
    ORDER BY p.product_id
  LOOP
    UPDATE wholesale.product AS p SET units_on_order = p.units_on_order + pieces WHERE p.product_id = low.product_id;
    ordered := ordered + 1;
  END LOOP;
  RETURN ordered;
END
$$;
