-- identity buyer/alice class buyer
-- identity bank/carol class bank roles auditor
-- identity bank/dan class bank

-- as buyer/alice
SELECT catalogue.add_article(7, 1.50), catalogue.add_article(8, 2.50);

-- test: orders what another contract offers
-- expect BC202
SELECT orders.order_article(1, 9);
SELECT orders.order_article(1, 7);
SELECT price = 1.50 FROM orders.purchase;

-- test: readers see what the manifest lets them see
SELECT orders.order_article(1, 7), orders.order_article(2, 8);
-- expect 2 rows
SELECT * FROM orders.purchase;
-- seen by buyer/alice
SELECT count(*) = 2, sum(p.price) = 4.00 FROM orders_read.purchase AS p;
-- seen by bank/carol
SELECT count(*) = 1, min(p.order_id) = 2, count(p.article_id) = 0 FROM orders_read.purchase AS p;
-- seen by bank/dan
-- expect no rows
SELECT * FROM orders_read.purchase;
-- seen by buyer/alice
-- expect denied
SELECT * FROM orders.purchase;
-- expect 2 rows
SELECT * FROM orders.purchase;
