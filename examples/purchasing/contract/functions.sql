-- What may happen to a purchase order, and who may make it happen.
--
--   placed ──approve──► approved ──confirm──► confirmed ──ship──► shipped ──complete──► complete
--     └─────reject────► rejected              (the vendor)        (the carrier)
--
-- The buyer's employee who is named on the order places it, receives its goods line by line and
-- completes it; another employee, an approver, approves or rejects it. Goods are received on an order
-- that is approved, confirmed or shipped, and on no other.
--
-- Refusals (the code and the message stand in the receipt, the same on every member's node):
--   BC101 not the identity that may do this       BC102 approving one's own order
--   BC201 exists already                          BC202 does not exist
--   BC301 lines missing or incomplete             BC302 the vendor does not offer the product
--   BC303 quantity outside the vendor's limits    BC304 amounts that do not add up
--   BC305 dates in the wrong order                BC306 quantities that contradict each other
--   BC401 not in this state                       BC411 goods on an order not yet approved
--   BC412 goods on a rejected order               BC413 goods on a complete order
--   BC414 goods received before                   BC415 goods of a line not received yet

---------------------------------------------------------------------------------------------------
-- Master data: each party publishes its own.

CREATE FUNCTION purchasing.add_unit_measure(unit_code text, name text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM purchasing.unit_measure AS u WHERE u.unit_code = add_unit_measure.unit_code;
  IF FOUND THEN
    RAISE EXCEPTION 'unit of measure % exists already', unit_code USING ERRCODE = 'BC201';
  END IF;
  INSERT INTO purchasing.unit_measure (unit_code, name)
  VALUES (add_unit_measure.unit_code, add_unit_measure.name);
END
$$;

CREATE FUNCTION purchasing.add_product(
  product_id int4, name text, product_number text, made bool, finished_goods bool, color text,
  safety_stock_level int4, reorder_point int4, standard_cost numeric, list_price numeric, size text,
  size_unit_code text, weight_unit_code text, weight numeric, days_to_manufacture int4, product_line text,
  product_class text, style text, subcategory_id int4, model_id int4, sell_start date, sell_end date,
  discontinued date
) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM purchasing.product AS p WHERE p.product_id = add_product.product_id;
  IF FOUND THEN
    RAISE EXCEPTION 'product % exists already', product_id USING ERRCODE = 'BC201';
  END IF;
  INSERT INTO purchasing.product (
    product_id, name, product_number, made, finished_goods, color, safety_stock_level, reorder_point,
    standard_cost, list_price, size, size_unit_code, weight_unit_code, weight, days_to_manufacture,
    product_line, product_class, style, subcategory_id, model_id, sell_start, sell_end, discontinued
  )
  VALUES (
    add_product.product_id, add_product.name, add_product.product_number, add_product.made,
    add_product.finished_goods, add_product.color, add_product.safety_stock_level,
    add_product.reorder_point, add_product.standard_cost, add_product.list_price, add_product.size,
    add_product.size_unit_code, add_product.weight_unit_code, add_product.weight,
    add_product.days_to_manufacture, add_product.product_line, add_product.product_class,
    add_product.style, add_product.subcategory_id, add_product.model_id, add_product.sell_start,
    add_product.sell_end, add_product.discontinued
  );
END
$$;

CREATE FUNCTION purchasing.add_vendor(
  vendor_id int4, account_number text, name text, credit_rating int2, preferred bool, active bool,
  web_service_url text
) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM purchasing.vendor AS v WHERE v.vendor_id = add_vendor.vendor_id;
  IF FOUND THEN
    RAISE EXCEPTION 'vendor % exists already', vendor_id USING ERRCODE = 'BC201';
  END IF;
  INSERT INTO purchasing.vendor (
    vendor_id, account_number, name, credit_rating, preferred, active, web_service_url
  )
  VALUES (
    add_vendor.vendor_id, add_vendor.account_number, add_vendor.name, add_vendor.credit_rating,
    add_vendor.preferred, add_vendor.active, add_vendor.web_service_url
  );
END
$$;

-- A carrier publishes its own way of shipping: the identity carries its number.
CREATE FUNCTION purchasing.publish_ship_method(
  ship_method_id int4, name text, ship_base numeric, ship_rate numeric
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  caller text := bucordo.caller();
  carrier text := 'carriers/carrier-' || ship_method_id::text;
BEGIN
  IF caller IS DISTINCT FROM carrier THEN
    RAISE EXCEPTION 'ship method % is published by %, not by %', ship_method_id, carrier, caller
      USING ERRCODE = 'BC101';
  END IF;
  PERFORM FROM purchasing.ship_method AS s WHERE s.ship_method_id = publish_ship_method.ship_method_id;
  IF FOUND THEN
    RAISE EXCEPTION 'ship method % exists already', ship_method_id USING ERRCODE = 'BC201';
  END IF;
  INSERT INTO purchasing.ship_method (ship_method_id, name, ship_base, ship_rate)
  VALUES (
    publish_ship_method.ship_method_id, publish_ship_method.name, publish_ship_method.ship_base,
    publish_ship_method.ship_rate
  );
END
$$;

-- A vendor offers a product: nobody can offer in another vendor's name.
CREATE FUNCTION purchasing.offer_product(
  product_id int4, vendor_id int4, average_lead_time int4, standard_price numeric, last_receipt_cost numeric,
  last_receipt_date date, min_order_qty int4, max_order_qty int4, on_order_qty int4, unit_code text
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  caller text := bucordo.caller();
  vendor text := 'vendors/vendor-' || vendor_id::text;
BEGIN
  IF caller IS DISTINCT FROM vendor THEN
    RAISE EXCEPTION 'products of vendor % are offered by %, not by %', vendor_id, vendor, caller
      USING ERRCODE = 'BC101';
  END IF;
  PERFORM FROM purchasing.vendor AS v WHERE v.vendor_id = offer_product.vendor_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'vendor % does not exist', vendor_id USING ERRCODE = 'BC202';
  END IF;
  PERFORM FROM purchasing.product AS p WHERE p.product_id = offer_product.product_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'product % does not exist', product_id USING ERRCODE = 'BC202';
  END IF;
  PERFORM FROM purchasing.product_vendor AS o
  WHERE o.product_id = offer_product.product_id AND o.vendor_id = offer_product.vendor_id;
  IF FOUND THEN
    RAISE EXCEPTION 'vendor % offers product % already', vendor_id, product_id USING ERRCODE = 'BC201';
  END IF;
  INSERT INTO purchasing.product_vendor (
    product_id, vendor_id, average_lead_time, standard_price, last_receipt_cost, last_receipt_date,
    min_order_qty, max_order_qty, on_order_qty, unit_code
  )
  VALUES (
    offer_product.product_id, offer_product.vendor_id, offer_product.average_lead_time,
    offer_product.standard_price, offer_product.last_receipt_cost, offer_product.last_receipt_date,
    offer_product.min_order_qty, offer_product.max_order_qty, offer_product.on_order_qty,
    offer_product.unit_code
  );
END
$$;

---------------------------------------------------------------------------------------------------
-- The order.

-- Places an order with all its lines. The lines come as arrays of equal length, one element a line.
-- Answers with the number of lines.
CREATE FUNCTION purchasing.place_order(
  order_id int4, employee_id int4, vendor_id int4, ship_method_id int4, order_date date, ship_date date,
  sub_total numeric, tax_amt numeric, freight numeric, total_due numeric,
  line_ids int4[], due_dates date[], product_ids int4[], order_qtys int4[], unit_prices numeric[],
  line_totals numeric[]
) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  caller text := bucordo.caller();
  employee text := 'buyer/employee-' || employee_id::text;
  line_count int4 := cardinality(line_ids);
  lines_sum numeric;
  decimals int4;
  min_qty int4;
  max_qty int4;
BEGIN
  IF caller IS DISTINCT FROM employee THEN
    RAISE EXCEPTION 'order % of employee % is placed by %, not by %', order_id, employee_id, employee, caller
      USING ERRCODE = 'BC101';
  END IF;
  PERFORM FROM purchasing.order_header AS h WHERE h.order_id = place_order.order_id;
  IF FOUND THEN
    RAISE EXCEPTION 'order % exists already', order_id USING ERRCODE = 'BC201';
  END IF;
  PERFORM FROM purchasing.vendor AS v WHERE v.vendor_id = place_order.vendor_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'vendor % does not exist', vendor_id USING ERRCODE = 'BC202';
  END IF;
  PERFORM FROM purchasing.ship_method AS s WHERE s.ship_method_id = place_order.ship_method_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ship method % does not exist', ship_method_id USING ERRCODE = 'BC202';
  END IF;
  IF line_count = 0
     OR cardinality(due_dates) <> line_count OR cardinality(product_ids) <> line_count
     OR cardinality(order_qtys) <> line_count OR cardinality(unit_prices) <> line_count
     OR cardinality(line_totals) <> line_count THEN
    RAISE EXCEPTION 'order % has no lines, or lists of different lengths for them', order_id
      USING ERRCODE = 'BC301';
  END IF;
  IF ship_date < order_date THEN
    RAISE EXCEPTION 'order % of % would be shipped before, on %', order_id, order_date::text, ship_date::text
      USING ERRCODE = 'BC305';
  END IF;

  -- A column of 4 decimals would round silently what has more.
  SELECT max(scale(amount)) INTO decimals
  FROM unnest(unit_prices || line_totals || sub_total || tax_amt || freight || total_due) AS amounts(amount);
  IF decimals > 4 THEN
    RAISE EXCEPTION 'order %: an amount has % decimals, at most 4 are kept', order_id, decimals
      USING ERRCODE = 'BC304';
  END IF;
  SELECT sum(amount) INTO lines_sum FROM unnest(line_totals) AS totals(amount);
  IF lines_sum <> sub_total THEN
    RAISE EXCEPTION 'order %: the lines add up to %, the order says %', order_id, lines_sum, sub_total
      USING ERRCODE = 'BC304';
  END IF;
  IF sub_total + tax_amt + freight <> total_due THEN
    RAISE EXCEPTION 'order %: % + % + % is not the total due of %', order_id, sub_total, tax_amt, freight, total_due
      USING ERRCODE = 'BC304';
  END IF;

  INSERT INTO purchasing.order_header (
    order_id, state, employee_id, vendor_id, ship_method_id, order_date, ship_date, sub_total, tax_amt,
    freight, total_due
  )
  VALUES (
    place_order.order_id, 'placed', place_order.employee_id, place_order.vendor_id,
    place_order.ship_method_id, place_order.order_date, place_order.ship_date, place_order.sub_total,
    place_order.tax_amt, place_order.freight, place_order.total_due
  );

  FOR i IN 1 .. line_count LOOP
    SELECT o.min_order_qty, o.max_order_qty INTO min_qty, max_qty
    FROM purchasing.product_vendor AS o
    WHERE o.product_id = product_ids[i] AND o.vendor_id = place_order.vendor_id;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'order %: vendor % does not offer product %', order_id, vendor_id, product_ids[i]
        USING ERRCODE = 'BC302';
    END IF;
    IF order_qtys[i] < min_qty OR order_qtys[i] > max_qty THEN
      RAISE EXCEPTION 'order %: % of product % ordered, vendor % delivers % to %',
        order_id, order_qtys[i], product_ids[i], vendor_id, min_qty, max_qty
        USING ERRCODE = 'BC303';
    END IF;
    IF order_qtys[i] * unit_prices[i] <> line_totals[i] THEN
      RAISE EXCEPTION 'order %, line %: % times % is not %',
        order_id, line_ids[i], order_qtys[i], unit_prices[i], line_totals[i]
        USING ERRCODE = 'BC304';
    END IF;
    INSERT INTO purchasing.order_line (
      order_id, line_id, vendor_id, product_id, due_date, order_qty, unit_price, line_total
    )
    VALUES (
      place_order.order_id, line_ids[i], place_order.vendor_id, product_ids[i], due_dates[i], order_qtys[i],
      unit_prices[i], line_totals[i]
    );
  END LOOP;
  RETURN line_count;
END
$$;

CREATE FUNCTION purchasing.approve_order(order_id int4) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  caller text := bucordo.caller();
  found_state text;
  placed_by int4;
BEGIN
  SELECT h.state, h.employee_id INTO found_state, placed_by
  FROM purchasing.order_header AS h WHERE h.order_id = approve_order.order_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'order % does not exist', order_id USING ERRCODE = 'BC202';
  END IF;
  IF caller = 'buyer/employee-' || placed_by::text THEN
    RAISE EXCEPTION 'order % was placed by %, who cannot approve it', order_id, caller USING ERRCODE = 'BC102';
  END IF;
  IF found_state <> 'placed' THEN
    RAISE EXCEPTION 'order % is %, only a placed order can be approved', order_id, found_state
      USING ERRCODE = 'BC401';
  END IF;
  UPDATE purchasing.order_header AS h SET state = 'approved' WHERE h.order_id = approve_order.order_id;
END
$$;

CREATE FUNCTION purchasing.reject_order(order_id int4) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  found_state text;
BEGIN
  SELECT h.state INTO found_state
  FROM purchasing.order_header AS h WHERE h.order_id = reject_order.order_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'order % does not exist', order_id USING ERRCODE = 'BC202';
  END IF;
  IF found_state <> 'placed' THEN
    RAISE EXCEPTION 'order % is %, only a placed order can be rejected', order_id, found_state
      USING ERRCODE = 'BC401';
  END IF;
  UPDATE purchasing.order_header AS h SET state = 'rejected' WHERE h.order_id = reject_order.order_id;
END
$$;

-- The vendor takes the order on. Only the vendor to whom it was given can.
CREATE FUNCTION purchasing.confirm_order(order_id int4) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  caller text := bucordo.caller();
  found_state text;
  ordered_from int4;
BEGIN
  SELECT h.state, h.vendor_id INTO found_state, ordered_from
  FROM purchasing.order_header AS h WHERE h.order_id = confirm_order.order_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'order % does not exist', order_id USING ERRCODE = 'BC202';
  END IF;
  IF caller IS DISTINCT FROM 'vendors/vendor-' || ordered_from::text THEN
    RAISE EXCEPTION 'order % is confirmed by vendors/vendor-%, not by %', order_id, ordered_from, caller
      USING ERRCODE = 'BC101';
  END IF;
  IF found_state <> 'approved' THEN
    RAISE EXCEPTION 'order % is %, only an approved order can be confirmed', order_id, found_state
      USING ERRCODE = 'BC401';
  END IF;
  UPDATE purchasing.order_header AS h SET state = 'confirmed' WHERE h.order_id = confirm_order.order_id;
END
$$;

-- The carrier has taken the goods away. Only the carrier of the order's ship method can say so.
CREATE FUNCTION purchasing.ship_order(order_id int4) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  caller text := bucordo.caller();
  found_state text;
  shipped_with int4;
BEGIN
  SELECT h.state, h.ship_method_id INTO found_state, shipped_with
  FROM purchasing.order_header AS h WHERE h.order_id = ship_order.order_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'order % does not exist', order_id USING ERRCODE = 'BC202';
  END IF;
  IF caller IS DISTINCT FROM 'carriers/carrier-' || shipped_with::text THEN
    RAISE EXCEPTION 'order % is shipped by carriers/carrier-%, not by %', order_id, shipped_with, caller
      USING ERRCODE = 'BC101';
  END IF;
  IF found_state <> 'confirmed' THEN
    RAISE EXCEPTION 'order % is %, only a confirmed order can be shipped', order_id, found_state
      USING ERRCODE = 'BC401';
  END IF;
  UPDATE purchasing.order_header AS h SET state = 'shipped' WHERE h.order_id = ship_order.order_id;
END
$$;

-- Goods of one line came in: so many, of which some were sent back, the rest is in stock. Once a line.
CREATE FUNCTION purchasing.receive_line(
  order_id int4, line_id int4, received_qty numeric, rejected_qty numeric, stocked_qty numeric
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  caller text := bucordo.caller();
  found_state text;
  placed_by int4;
  ordered int4;
  received_before numeric;
BEGIN
  SELECT h.state, h.employee_id INTO found_state, placed_by
  FROM purchasing.order_header AS h WHERE h.order_id = receive_line.order_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'order % does not exist', order_id USING ERRCODE = 'BC202';
  END IF;
  IF caller IS DISTINCT FROM 'buyer/employee-' || placed_by::text THEN
    RAISE EXCEPTION 'goods of order % are received by buyer/employee-%, not by %', order_id, placed_by, caller
      USING ERRCODE = 'BC101';
  END IF;
  CASE found_state
    WHEN 'placed' THEN
      RAISE EXCEPTION 'order % is not approved yet, line % cannot be received', order_id, line_id
        USING ERRCODE = 'BC411';
    WHEN 'rejected' THEN
      RAISE EXCEPTION 'order % was rejected, line % cannot be received', order_id, line_id
        USING ERRCODE = 'BC412';
    WHEN 'complete' THEN
      RAISE EXCEPTION 'order % is complete, line % cannot be received any more', order_id, line_id
        USING ERRCODE = 'BC413';
    ELSE
      NULL; -- approved, confirmed, shipped: goods may come in
  END CASE;

  SELECT l.order_qty, l.received_qty INTO ordered, received_before
  FROM purchasing.order_line AS l
  WHERE l.order_id = receive_line.order_id AND l.line_id = receive_line.line_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'order % has no line %', order_id, line_id USING ERRCODE = 'BC202';
  END IF;
  IF received_before IS NOT NULL THEN
    RAISE EXCEPTION 'order %, line %: % were received before', order_id, line_id, received_before
      USING ERRCODE = 'BC414';
  END IF;
  IF received_qty IS NULL OR rejected_qty IS NULL OR stocked_qty IS NULL
     OR rejected_qty < 0 OR rejected_qty > received_qty OR received_qty > ordered
     OR stocked_qty <> received_qty - rejected_qty
     OR scale(received_qty) > 2 OR scale(rejected_qty) > 2 OR scale(stocked_qty) > 2 THEN
    RAISE EXCEPTION 'order %, line %: of % ordered, % received, % rejected, % stocked contradict each other',
      order_id, line_id, ordered, received_qty, rejected_qty, stocked_qty
      USING ERRCODE = 'BC306';
  END IF;
  UPDATE purchasing.order_line AS l
  SET received_qty = receive_line.received_qty,
      rejected_qty = receive_line.rejected_qty,
      stocked_qty = receive_line.stocked_qty
  WHERE l.order_id = receive_line.order_id AND l.line_id = receive_line.line_id;
END
$$;

-- Nothing more is expected: every line was received, some perhaps short.
CREATE FUNCTION purchasing.complete_order(order_id int4) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  caller text := bucordo.caller();
  found_state text;
  placed_by int4;
  open_lines int8;
BEGIN
  SELECT h.state, h.employee_id INTO found_state, placed_by
  FROM purchasing.order_header AS h WHERE h.order_id = complete_order.order_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'order % does not exist', order_id USING ERRCODE = 'BC202';
  END IF;
  IF caller IS DISTINCT FROM 'buyer/employee-' || placed_by::text THEN
    RAISE EXCEPTION 'order % is completed by buyer/employee-%, not by %', order_id, placed_by, caller
      USING ERRCODE = 'BC101';
  END IF;
  IF found_state <> 'shipped' THEN
    RAISE EXCEPTION 'order % is %, only a shipped order can be completed', order_id, found_state
      USING ERRCODE = 'BC401';
  END IF;
  SELECT count(*) INTO open_lines
  FROM purchasing.order_line AS l
  WHERE l.order_id = complete_order.order_id AND l.received_qty IS NULL;
  IF open_lines > 0 THEN
    RAISE EXCEPTION 'order % has % lines whose goods were not received', order_id, open_lines
      USING ERRCODE = 'BC415';
  END IF;
  UPDATE purchasing.order_header AS h SET state = 'complete' WHERE h.order_id = complete_order.order_id;
END
$$;
