-- identity buyer/alice class buyer
-- test: orders what another contract offers
-- as buyer/alice
-- expect BC202
SELECT orders.order_article(1, 7);
SELECT catalogue.add_article(7, 1.50);
SELECT orders.order_article(1, 7);
SELECT price = 1.50 FROM orders.purchase;
