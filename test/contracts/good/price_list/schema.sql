CREATE TABLE price_list.entry (
  article     text NOT NULL CHECK (octet_length(article) <= 60),
  valid_from  date NOT NULL,
  price       numeric(12,4) NOT NULL CHECK (price >= 0),
  currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  PRIMARY KEY (article, valid_from)
);

-- Discounts by quantity: from this many on, so many percent off.
CREATE TABLE price_list.discount (
  article   text NOT NULL CHECK (octet_length(article) <= 60),
  quantity  int4 NOT NULL CHECK (quantity > 1),
  percent   numeric(5,2) NOT NULL CHECK (percent > 0 AND percent < 100),
  PRIMARY KEY (article, quantity)
);

CREATE VIEW price_list.price AS
SELECT e.article, e.valid_from, e.price, e.currency FROM price_list.entry AS e;
