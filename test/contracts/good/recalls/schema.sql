CREATE TABLE recalls.lot (
  lot_no    text PRIMARY KEY CHECK (octet_length(lot_no) <= 40),
  product   text NOT NULL,
  made_by   text NOT NULL,
  made_on   date NOT NULL,
  recalled  bool NOT NULL DEFAULT false
);

-- Which lot went into which.
CREATE TABLE recalls.ingredient (
  into_lot  text NOT NULL REFERENCES recalls.lot (lot_no) CHECK (octet_length(into_lot) <= 40),
  from_lot  text NOT NULL REFERENCES recalls.lot (lot_no) CHECK (octet_length(from_lot) <= 40),
  PRIMARY KEY (into_lot, from_lot)
);
CREATE INDEX ingredient_from ON recalls.ingredient (from_lot);

CREATE TABLE recalls.delivery (
  lot_no        text NOT NULL REFERENCES recalls.lot (lot_no) CHECK (octet_length(lot_no) <= 40),
  customer      text NOT NULL CHECK (octet_length(customer) <= 100),
  quantity      int4 NOT NULL CHECK (quantity > 0),
  acknowledged  timestamptz,
  PRIMARY KEY (lot_no, customer)
);
