CREATE FUNCTION orders.order_article(order_id int4, article_id int4) RETURNS void LANGUAGE plpgsql AS $$
DECLARE cost numeric(10,2);
BEGIN
  SELECT min(o.price) INTO cost FROM catalogue.offered AS o WHERE o.article_id = order_article.article_id;
  IF cost IS NULL THEN RAISE EXCEPTION 'article % is not offered', article_id USING ERRCODE = 'BC202'; END IF;
  INSERT INTO orders.purchase (order_id, article_id, price) VALUES (order_article.order_id, order_article.article_id, cost);
END $$;
