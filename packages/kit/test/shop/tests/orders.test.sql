-- Orders, from the buyer's side.
-- identity buyer/carol class buyer

-- as buyer/alice
SELECT shop.place_order(1, 'pens', 12.50);

-- test: an order is placed once
-- expect BC201 exists already
SELECT shop.place_order(1, 'pens', 12.50);
SELECT count(*) = 1, sum(price) = 12.50 FROM shop.purchase;
-- expect no rows
SELECT * FROM shop.purchase AS p WHERE p.price < 0;
-- expect 1 row
SELECT p.order_id FROM shop.purchase AS p;
-- expect value pens
SELECT p.goods FROM shop.purchase AS p;
-- expect value 12.50
SELECT shop.total();

-- test: the database begins anew for every test
SELECT count(*) = 1 FROM shop.purchase;

-- test: roles and classes count
-- as vendor/bob
-- expect not_permitted
SELECT shop.place_order(2, 'paper', 1);
-- as buyer/carol
-- expect not_permitted
SELECT shop.place_order(2, 'paper', 1);

-- test: arguments by name, read from the state; several calls are one transaction
SELECT shop.place_order(
  price => (SELECT p.price * 2 FROM shop.purchase AS p WHERE p.order_id = 1),
  goods => 'paper; -- not a comment',
  order_id => 2
);
SELECT price = 25.00 FROM shop.purchase WHERE order_id = 2;
-- expect BC201
SELECT shop.place_order(3, 'ink', 1), shop.place_order(1, 'ink', 1);
SELECT count(*) = 2 FROM shop.purchase;

-- test: time is the test's
-- at 2026-05-01T09:00:00Z
SELECT shop.place_order(2, 'ink', 1);
SELECT placed = '2026-05-01T09:00:00Z' FROM shop.purchase WHERE order_id = 2;
-- advance 2 blocks
-- advance 3600 seconds
-- as vendor/bob
SELECT shop.ship_order(2);
SELECT shipped = '2026-05-01T10:00:02Z' FROM shop.purchase WHERE order_id = 2;

-- test: an error of Postgres is failed
-- expect failed
SELECT shop.halve(0);
-- expect argument_invalid
SELECT shop.halve('x');
