CREATE TABLE shop.purchase (
  order_id int4 PRIMARY KEY,
  goods    text NOT NULL,
  price    numeric(10,2) NOT NULL,
  placed   timestamptz NOT NULL,
  shipped  timestamptz
);
