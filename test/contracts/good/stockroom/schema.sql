CREATE TABLE stockroom.bin (
  bin_code  text PRIMARY KEY CHECK (bin_code ~ '^[A-Z]{1,3}-[0-9]{1,4}$'),
  article   text NOT NULL,
  capacity  int4 NOT NULL,
  on_hand   int4 NOT NULL DEFAULT 0,
  reserved  int4 NOT NULL DEFAULT 0,
  minimum   int4 NOT NULL DEFAULT 0,
  free      int4 GENERATED ALWAYS AS (capacity - on_hand) STORED,
  aisle     text GENERATED ALWAYS AS (split_part(bin_code, '-', 1)) STORED,
  CONSTRAINT fits CHECK (on_hand >= 0 AND on_hand <= capacity),
  CONSTRAINT promised CHECK (reserved >= 0 AND on_hand - reserved >= 0),
  CONSTRAINT sensible CHECK (capacity > 0 AND minimum * 100 / capacity <= 80),
  CONSTRAINT named CHECK (length(bin_code || article) <= 60)
);
CREATE INDEX bin_article ON stockroom.bin (article);

ALTER TABLE stockroom.bin ADD CONSTRAINT short_article CHECK (octet_length(article) BETWEEN 1 AND 50);
