CREATE TABLE catalogue.article (article_id int4 PRIMARY KEY, price numeric(10,2) NOT NULL);
CREATE VIEW catalogue.offered AS SELECT a.article_id, a.price FROM catalogue.article AS a;
