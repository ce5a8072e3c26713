
-- Since 1.1.0: what anybody has to say about an order. A remark is never changed.
CREATE TABLE purchasing.order_remark (
  order_id      int4 REFERENCES purchasing.order_header,
  remark_number int4 CHECK (remark_number > 0),
  author        text NOT NULL,
  body          text NOT NULL CHECK (octet_length(body) <= 1000),
  PRIMARY KEY (order_id, remark_number)
);
