CREATE TABLE fickle.item (
  item_id int4 PRIMARY KEY,
  kind    text NOT NULL,
  note    text
);
CREATE INDEX item_kind ON fickle.item (kind);
