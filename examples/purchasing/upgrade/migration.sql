-- From 1.0.0: the table, and in it a word on every order that is older than remarks.
CREATE TABLE purchasing.order_remark (
  order_id      int4 REFERENCES purchasing.order_header,
  remark_number int4 CHECK (remark_number > 0),
  author        text NOT NULL,
  body          text NOT NULL CHECK (octet_length(body) <= 1000),
  PRIMARY KEY (order_id, remark_number)
);
INSERT INTO purchasing.order_remark (order_id, remark_number, author, body)
SELECT h.order_id, 1, 'buyer', 'placed before remarks were kept'
FROM purchasing.order_header AS h
ORDER BY h.order_id;
