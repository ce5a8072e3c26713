CREATE FUNCTION billing.open_bill(bill_id int8, buyer text, issued date, days int4, discount numeric) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  opened billing.bill;
BEGIN
  INSERT INTO billing.bill (bill_id, seller, buyer, issued, due, discount)
  VALUES (open_bill.bill_id, bucordo.member(), open_bill.buyer, open_bill.issued, open_bill.issued + open_bill.days, open_bill.discount);
  SELECT b.* INTO STRICT opened FROM billing.bill AS b WHERE b.bill_id = open_bill.bill_id;
  RETURN opened.title;
EXCEPTION
  WHEN unique_violation THEN
    RAISE EXCEPTION 'bill % exists already', bill_id USING ERRCODE = 'BC201';
  WHEN check_violation THEN
    RAISE EXCEPTION 'bill % to % cannot be paid in % days', bill_id, buyer, days USING ERRCODE = 'BC301';
END
$$;

-- Writes a line, or writes it anew; answers with what it comes to.
CREATE FUNCTION billing.put_line(bill_id int8, line_no int4, article text, quantity numeric, price numeric, tax_rate numeric) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  comes_to numeric;
BEGIN
  INSERT INTO billing.bill_line AS l (bill_id, line_no, article, quantity, price, tax_rate)
  VALUES (put_line.bill_id, put_line.line_no, put_line.article, put_line.quantity, put_line.price, put_line.tax_rate)
  ON CONFLICT ON CONSTRAINT bill_line_pkey DO UPDATE
  SET article = excluded.article, quantity = excluded.quantity, price = excluded.price, tax_rate = excluded.tax_rate
  RETURNING l.gross INTO comes_to;
  RETURN comes_to;
EXCEPTION
  WHEN foreign_key_violation THEN
    RAISE EXCEPTION 'no bill %', bill_id USING ERRCODE = 'BC202';
  WHEN check_violation OR numeric_value_out_of_range THEN
    RAISE EXCEPTION 'nobody believes % times %', quantity, price USING ERRCODE = 'BC302';
END
$$;

CREATE FUNCTION billing.take_line(bill_id int8, line_no int4) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM billing.bill_line AS l WHERE l.bill_id = take_line.bill_id AND l.line_no = take_line.line_no;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'bill % has no line %', bill_id, line_no USING ERRCODE = 'BC203';
  END IF;
END
$$;

CREATE FUNCTION billing.total(bill_id int8) RETURNS numeric
LANGUAGE plpgsql STABLE AS $$
DECLARE
  less numeric;
BEGIN
  SELECT b.discount INTO less FROM billing.bill AS b WHERE b.bill_id = total.bill_id;
  RETURN round((SELECT coalesce(sum(l.gross), 0) FROM billing.bill_line AS l WHERE l.bill_id = total.bill_id) * (100 - less) / 100, 2);
END
$$;
