-- The tables that the benchmarks write; the peer has the same in a schema without Bucordo.

CREATE TABLE shop.invoice (
  id bigint PRIMARY KEY,
  supplier integer NOT NULL,
  amount bigint NOT NULL,
  note text NOT NULL
);

CREATE TABLE shop.account (
  id integer PRIMARY KEY,
  owner text NOT NULL,
  balance bigint NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE shop.customer (
  id integer PRIMARY KEY,
  discount integer NOT NULL
);

CREATE TABLE shop.price (
  customer integer NOT NULL REFERENCES shop.customer (id),
  article integer NOT NULL,
  amount bigint NOT NULL,
  PRIMARY KEY (customer, article)
);

CREATE TABLE shop.customer_order (
  id bigint PRIMARY KEY,
  customer integer NOT NULL,
  total bigint NOT NULL,
  articles bigint NOT NULL
);
