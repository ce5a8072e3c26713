CREATE TABLE loyalty.card (
  card_no  text PRIMARY KEY CHECK (card_no ~ '^[0-9]{8}$'),
  tier     text NOT NULL DEFAULT 'basic' CHECK (tier IN ('basic', 'silver', 'gold')),
  CHECK (octet_length(card_no) = 8)
);

-- Points are kept in lots, because each lot expires on its own day.
CREATE TABLE loyalty.lot (
  card_no  text NOT NULL REFERENCES loyalty.card (card_no),
  earned   int8 NOT NULL,
  expires  date NOT NULL,
  points   int4 NOT NULL CHECK (points >= 0),
  rest     int4 NOT NULL CHECK (rest >= 0 AND rest <= points),
  PRIMARY KEY (card_no, earned),
  CHECK (octet_length(card_no) = 8)
);
