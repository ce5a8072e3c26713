-- What a user has without Bucordo: the tables and functions of bench/contract in a schema of their own.
DROP SCHEMA IF EXISTS plain CASCADE;
CREATE SCHEMA plain;

CREATE TABLE plain.invoice (
  id bigint PRIMARY KEY,
  supplier integer NOT NULL,
  amount bigint NOT NULL,
  note text NOT NULL CHECK (octet_length(note) <= 1024)
);

CREATE TABLE plain.account (
  id integer PRIMARY KEY,
  owner text NOT NULL CHECK (octet_length(owner) <= 1024),
  balance bigint NOT NULL CHECK (balance >= 0)
) WITH (fillfactor = 70);

CREATE TABLE plain.customer (
  id integer PRIMARY KEY,
  discount integer NOT NULL
);

CREATE TABLE plain.price (
  customer integer NOT NULL REFERENCES plain.customer (id),
  article integer NOT NULL,
  amount bigint NOT NULL,
  PRIMARY KEY (customer, article)
);

CREATE TABLE plain.customer_order (
  id bigint PRIMARY KEY,
  customer integer NOT NULL,
  total bigint NOT NULL,
  articles bigint NOT NULL
);
-- One insert.
CREATE FUNCTION plain.place_invoice(p_id bigint, p_supplier integer, p_amount bigint, p_note text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO plain.invoice (id, supplier, amount, note) VALUES (p_id, p_supplier, p_amount, p_note);
END $$;

-- Two updates and a rule.
CREATE FUNCTION plain.transfer(p_from integer, p_to integer, p_amount bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_balance bigint;
BEGIN
  SELECT balance INTO v_balance FROM plain.account WHERE id = p_from;
  IF v_balance IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'BC001', MESSAGE = 'no such account ' || p_from;
  END IF;
  IF v_balance < p_amount THEN
    RAISE EXCEPTION USING ERRCODE = 'BC002', MESSAGE = 'account ' || p_from || ' has only ' || v_balance;
  END IF;
  UPDATE plain.account SET balance = balance - p_amount WHERE id = p_from;
  UPDATE plain.account SET balance = balance + p_amount WHERE id = p_to;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'BC001', MESSAGE = 'no such account ' || p_to;
  END IF;
END $$;

-- A join with an aggregate, and an insert of what it found.
CREATE FUNCTION plain.order_of_customer(p_id bigint, p_customer integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_total bigint;
  v_articles bigint;
BEGIN
  SELECT coalesce(sum(price.amount * (100 - customer.discount)), 0), count(*)
    INTO v_total, v_articles
    FROM plain.customer JOIN plain.price ON price.customer = customer.id
   WHERE customer.id = p_customer;
  INSERT INTO plain.customer_order (id, customer, total, articles) VALUES (p_id, p_customer, v_total, v_articles);
END $$;

-- Accounts p_from to p_to with a million each; at most 10,000 a transaction.
CREATE FUNCTION plain.open_accounts(p_from integer, p_to integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO plain.account (id, owner, balance)
  SELECT i, 'owner ' || i, 1000000 FROM generate_series(p_from, p_to) i ORDER BY i;
END $$;

-- Customers p_from to p_to with twenty prices each; at most 400 a transaction.
CREATE FUNCTION plain.open_customers(p_from integer, p_to integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO plain.customer (id, discount) SELECT i, i % 10 FROM generate_series(p_from, p_to) i ORDER BY i;
  INSERT INTO plain.price (customer, article, amount)
  SELECT i, a, (i * a) % 1000 FROM generate_series(p_from, p_to) i, generate_series(1, 20) a ORDER BY i, a;
END $$;
