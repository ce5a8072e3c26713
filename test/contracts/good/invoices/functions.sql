CREATE FUNCTION invoices.add_customer(customer_id int4, name text, vat_number text, terms_days int4) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO invoices.customer (customer_id, name, vat_number, terms_days)
  VALUES (add_customer.customer_id, add_customer.name, add_customer.vat_number, coalesce(add_customer.terms_days, 30));
END
$$;

-- Lines are a JSON array: [{"text": "Screws", "quantity": "10", "price": "0.25", "vat_rate": "19"}].
CREATE FUNCTION invoices.create_invoice(number text, customer_id int4, issued date, lines jsonb) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  terms int4;
  item jsonb;
  place int4 := 0;
  amount numeric(14,2);
  net_sum numeric(14,2) := 0;
  vat_sum numeric(14,2) := 0;
BEGIN
  SELECT c.terms_days INTO terms FROM invoices.customer AS c WHERE c.customer_id = create_invoice.customer_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no customer %', customer_id USING ERRCODE = 'BC202';
  END IF;
  IF jsonb_typeof(lines) IS DISTINCT FROM 'array' OR jsonb_array_length(lines) = 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'BC301', MESSAGE = 'an invoice has lines';
  END IF;
  INSERT INTO invoices.invoice (number, customer_id, issued, due, net, vat, gross)
  VALUES (create_invoice.number, create_invoice.customer_id, create_invoice.issued, create_invoice.issued + terms, 0, 0, 0);
  FOR item IN SELECT l.value FROM jsonb_array_elements(lines) WITH ORDINALITY AS l (value, ordinality) ORDER BY l.ordinality LOOP
    place := place + 1;
    amount := round(bucordo.decimal_number(item ->> 'quantity') * bucordo.decimal_number(item ->> 'price'), 2);
    INSERT INTO invoices.line (number, line_no, text, quantity, price, vat_rate, amount)
    VALUES (create_invoice.number, place, item ->> 'text', bucordo.decimal_number(item ->> 'quantity'),
            bucordo.decimal_number(item ->> 'price'), bucordo.decimal_number(item ->> 'vat_rate'), amount);
    net_sum := net_sum + amount;
    vat_sum := vat_sum + round(amount * bucordo.decimal_number(item ->> 'vat_rate') / 100, 2);
  END LOOP;
  UPDATE invoices.invoice AS i SET net = net_sum, vat = vat_sum, gross = net_sum + vat_sum
  WHERE i.number = create_invoice.number;
  RETURN net_sum + vat_sum;
END
$$;

CREATE FUNCTION invoices.pay(number text, amount numeric) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  invoice invoices.invoice;
BEGIN
  SELECT i.* INTO invoice FROM invoices.invoice AS i WHERE i.number = pay.number;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no invoice %', number USING ERRCODE = 'BC202';
  ELSIF invoice.state <> 'open' THEN
    RAISE EXCEPTION 'invoice % is %', number, invoice.state USING ERRCODE = 'BC401';
  ELSIF amount <= 0 OR amount > invoice.gross - invoice.paid THEN
    RAISE EXCEPTION 'invoice %: % paid, % open', number, amount, invoice.gross - invoice.paid USING ERRCODE = 'BC301';
  END IF;
  UPDATE invoices.invoice AS i
  SET paid = i.paid + amount, state = CASE WHEN i.paid + amount = i.gross THEN 'paid' ELSE i.state END
  WHERE i.number = pay.number
  RETURNING i.state INTO invoice.state;
  RETURN invoice.state;
END
$$;

CREATE FUNCTION invoices.cancel(number text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE invoices.invoice AS i SET state = 'cancelled'
  WHERE i.number = cancel.number AND i.state = 'open' AND i.paid = 0;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'invoice % cannot be cancelled', number USING ERRCODE = 'BC401';
  END IF;
END
$$;

-- Counts a reminder on every overdue invoice; answers with the sum that is overdue.
CREATE FUNCTION invoices.remind(today date) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  overdue numeric;
BEGIN
  SELECT coalesce(sum(i.gross - i.paid), 0) INTO overdue
  FROM invoices.invoice AS i WHERE i.state = 'open' AND i.due < today;
  UPDATE invoices.invoice AS i SET reminders = i.reminders + 1
  WHERE i.state = 'open' AND i.due < today AND i.reminders < 3;
  RETURN overdue;
END
$$;
