-- Framework agreements of a buyer with a supplier, and the call-offs against them.
CREATE TABLE framework.agreement (
  agreement_id  int4 PRIMARY KEY,
  buyer         text NOT NULL,
  supplier      text NOT NULL,
  starts        date NOT NULL,
  ends          date NOT NULL CHECK (ends > starts),
  value_max     numeric(16,2) NOT NULL CHECK (value_max > 0)
);

CREATE TABLE framework.item (
  agreement_id  int4 NOT NULL REFERENCES framework.agreement,
  article       text NOT NULL CHECK (octet_length(article) <= 50),
  price         numeric(12,4) NOT NULL CHECK (price > 0),
  quantity_max  int4 NOT NULL,
  called        int4 NOT NULL DEFAULT 0,
  PRIMARY KEY (agreement_id, article),
  CHECK (called BETWEEN 0 AND quantity_max)
);

CREATE TABLE framework.call_off (
  call_id       uuid PRIMARY KEY,
  agreement_id  int4 NOT NULL,
  article       text NOT NULL CHECK (octet_length(article) <= 50),
  quantity      int4 NOT NULL CHECK (quantity > 0),
  wanted_on     date NOT NULL,
  value         numeric(16,2) NOT NULL,
  delivered     int4 NOT NULL DEFAULT 0 CHECK (delivered <= quantity),
  FOREIGN KEY (agreement_id, article) REFERENCES framework.item (agreement_id, article)
);
CREATE INDEX call_off_item ON framework.call_off (agreement_id, article);

CREATE VIEW framework.remaining AS
SELECT i.agreement_id, i.article, i.quantity_max - i.called AS quantity FROM framework.item AS i;
