CREATE FUNCTION catalogue.add_article(article_id int4, price numeric) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO catalogue.article (article_id, price) VALUES (add_article.article_id, add_article.price);
END $$;
