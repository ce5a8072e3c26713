-- One insert.
CREATE FUNCTION shop.place_invoice(p_id bigint, p_supplier integer, p_amount bigint, p_note text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO shop.invoice (id, supplier, amount, note) VALUES (p_id, p_supplier, p_amount, p_note);
END $$;

-- An invoice of many lines: one insert in each turn of a loop.
CREATE FUNCTION shop.place_lines(p_first bigint, p_count integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR n IN 0 .. p_count - 1 LOOP
    INSERT INTO shop.invoice (id, supplier, amount, note) VALUES (p_first + n, n, n, 'a line of it');
  END LOOP;
END $$;

-- Two updates and a rule.
CREATE FUNCTION shop.transfer(p_from integer, p_to integer, p_amount bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_balance bigint;
BEGIN
  SELECT balance INTO v_balance FROM shop.account WHERE id = p_from;
  IF v_balance IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'BC001', MESSAGE = 'no such account ' || p_from;
  END IF;
  IF v_balance < p_amount THEN
    RAISE EXCEPTION USING ERRCODE = 'BC002', MESSAGE = 'account ' || p_from || ' has only ' || v_balance;
  END IF;
  UPDATE shop.account SET balance = balance - p_amount WHERE id = p_from;
  UPDATE shop.account SET balance = balance + p_amount WHERE id = p_to;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'BC001', MESSAGE = 'no such account ' || p_to;
  END IF;
END $$;

-- A join with an aggregate, and an insert of what it found.
CREATE FUNCTION shop.order_of_customer(p_id bigint, p_customer integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_total bigint;
  v_articles bigint;
BEGIN
  SELECT coalesce(sum(price.amount * (100 - customer.discount)), 0), count(*)
    INTO v_total, v_articles
    FROM shop.customer JOIN shop.price ON price.customer = customer.id
   WHERE customer.id = p_customer;
  INSERT INTO shop.customer_order (id, customer, total, articles) VALUES (p_id, p_customer, v_total, v_articles);
END $$;

-- Accounts p_from to p_to with a million each; at most 10,000 a transaction.
CREATE FUNCTION shop.open_accounts(p_from integer, p_to integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_last integer := p_to - p_from;
BEGIN
  INSERT INTO shop.account (id, owner, balance)
  SELECT p_from + i, 'owner ' || (p_from + i), 1000000 FROM generate_series(0, 9999) i WHERE i <= v_last ORDER BY i;
END $$;

-- Customers p_from to p_to with twenty prices each; at most 400 a transaction.
CREATE FUNCTION shop.open_customers(p_from integer, p_to integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_last integer := p_to - p_from;
BEGIN
  INSERT INTO shop.customer (id, discount)
  SELECT p_from + i, (p_from + i) % 10 FROM generate_series(0, 399) i WHERE i <= v_last ORDER BY i;
  INSERT INTO shop.price (customer, article, amount)
  SELECT p_from + i, a, ((p_from + i) * a) % 1000
    FROM generate_series(0, 399) i, generate_series(1, 20) a WHERE i <= v_last ORDER BY i, a;
END $$;
