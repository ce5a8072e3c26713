
-- From 1.0.0: a word on every order that is older than remarks, after the table is made.
INSERT INTO purchasing.order_remark (order_id, remark_number, author, body)
SELECT h.order_id, 1, 'buyer', 'placed before remarks were kept'
FROM purchasing.order_header AS h
ORDER BY h.order_id;
