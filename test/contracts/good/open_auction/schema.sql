CREATE TABLE open_auction.lot (
  lot_id   uuid PRIMARY KEY,
  title    text NOT NULL,
  seller   text NOT NULL,
  reserve  numeric(12,2) NOT NULL CHECK (reserve >= 0),
  step     numeric(12,2) NOT NULL CHECK (step > 0),
  ends     timestamptz NOT NULL,
  sold_to  text,
  settled  bool NOT NULL DEFAULT false
);

CREATE TABLE open_auction.bid (
  lot_id    uuid NOT NULL REFERENCES open_auction.lot,
  place     int8 NOT NULL,
  bidder    text NOT NULL,
  amount    numeric(12,2) NOT NULL CHECK (amount > 0),
  PRIMARY KEY (lot_id, place),
  UNIQUE (lot_id, amount)
);
