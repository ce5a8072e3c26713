-- Recording an invoice: all of its lines or none.
--
-- Refusals:
--   BC001 recorded already     BC002 lines missing or incomplete     BC003 price with too many decimals

-- The lines come as arrays of equal length, one element a line, in the order of the invoice. An
-- invoice is recorded once: sent again, by whomever and with whatever lines, it is refused and
-- nothing changes, while lines that repeat each other within the invoice stay.
CREATE FUNCTION retail.record_invoice(
  invoice_no text, customer_id text, country text,
  stock_codes text[], descriptions text[], quantities int4[], local_times text[], unit_prices numeric[]
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  line_count int4 := cardinality(stock_codes);
  decimals int4;
BEGIN
  PERFORM FROM retail.invoice AS i WHERE i.invoice_no = record_invoice.invoice_no;
  IF FOUND THEN
    RAISE EXCEPTION 'invoice % is recorded already', invoice_no USING ERRCODE = 'BC001';
  END IF;
  IF line_count = 0
     OR cardinality(descriptions) <> line_count OR cardinality(quantities) <> line_count
     OR cardinality(local_times) <> line_count OR cardinality(unit_prices) <> line_count THEN
    RAISE EXCEPTION 'invoice % has no lines, or lists of different lengths for them', invoice_no
      USING ERRCODE = 'BC002';
  END IF;
  -- A column of 3 decimals would round silently what has more.
  SELECT max(scale(p.price)) INTO decimals FROM unnest(unit_prices) AS p(price);
  IF decimals > 3 THEN
    RAISE EXCEPTION 'invoice %: a price has % decimals, at most 3 are kept', invoice_no, decimals
      USING ERRCODE = 'BC003';
  END IF;
  INSERT INTO retail.invoice (invoice_no, customer_id, country, line_count)
  VALUES (record_invoice.invoice_no, record_invoice.customer_id, record_invoice.country, line_count);
  INSERT INTO retail.invoice_line (
    invoice_no, line_number, stock_code, description, quantity, local_time, unit_price
  )
  SELECT record_invoice.invoice_no, l.line_number::int4, l.stock_code, l.description, l.quantity, l.local_time,
         l.unit_price
  FROM unnest(stock_codes, descriptions, quantities, local_times, unit_prices) WITH ORDINALITY
       AS l (stock_code, description, quantity, local_time, unit_price, line_number)
  ORDER BY l.line_number;
END
$$;
