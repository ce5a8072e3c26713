-- Bids are sealed: first the hash of price and salt, later both.
CREATE TABLE sealed_bid.tender (
  tender_id      int4 PRIMARY KEY,
  subject        text NOT NULL,
  buyer          text NOT NULL,
  submit_height  int8 NOT NULL,
  reveal_height  int8 NOT NULL,
  winner         text,
  price          numeric(14,2),
  CHECK (reveal_height > submit_height)
);

CREATE TABLE sealed_bid.bid (
  tender_id  int4 NOT NULL REFERENCES sealed_bid.tender,
  bidder     text NOT NULL CHECK (octet_length(bidder) <= 100),
  seal       bytea NOT NULL CHECK (octet_length(seal) = 32),
  price      numeric(14,2) CHECK (price > 0),
  PRIMARY KEY (tender_id, bidder)
);
