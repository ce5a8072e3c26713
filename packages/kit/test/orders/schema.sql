CREATE TABLE orders.purchase (order_id int4 PRIMARY KEY, article_id int4 NOT NULL, price numeric(10,2) NOT NULL);
